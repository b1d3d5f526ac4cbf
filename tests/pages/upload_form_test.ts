/** What a page of a directory says of receiving files. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ListingUpload } from "../../lib/pages/listing.ts";
import { UPLOAD_SCRIPT } from "../../lib/pages/listing_assets.ts";
import {
  type ListingInit,
  listingPage,
  pageForm,
} from "../../lib/pages/listing_page.ts";
import { PLAIN_QUERY } from "../../lib/pages/listing_query.ts";

const UPLOAD: ListingUpload = {
  only: false,
  maxFile: undefined,
  onDuplicate: "rename",
};

function page(
  upload: Partial<ListingUpload>,
  init: Partial<ListingInit> = {},
): string {
  const bytes = listingPage({
    path: "/in <b>/",
    parent: true,
    entries: [{ name: "secret.txt", kind: "file", readable: true }],
    archives: ["zip"],
    upload: { ...UPLOAD, ...upload },
    ...init,
  });
  return new TextDecoder().decode(bytes);
}

const visible = (text: string) => text.replace(/<(style|script)>.*/g, "");
const formOf = (text: string) =>
  /<form id="send"[^]*?<\/form>/.exec(text)?.[0] ?? "";

Deno.test("upload form: files and a text, as multipart/form-data to the directory itself (RFC 7578)", () => {
  const form = formOf(page({}));
  for (
    const part of [
      'method="post"',
      'enctype="multipart/form-data"',
      '<input type="file" name="file" multiple>',
      '<textarea name="text"',
      "<button>",
    ]
  ) assertStringIncludes(form, part);
  assert(!/action|href/.test(form), form);
});

Deno.test("upload form: it says how large a file may be, and what becomes of a name that is taken", () => {
  const rows: ReadonlyArray<
    readonly [upload: Partial<ListingUpload>, told: string]
  > = [
    [{ maxFile: 2 ** 31 }, "Up to 2.0\xa0GB a file. Nothing is replaced"],
    [{}, ">Nothing is replaced: a file whose name is taken gets a number."],
    [{ onDuplicate: "refuse" }, "is taken is refused."],
    [{ onDuplicate: "overwrite" }, ">A file of the same name is replaced."],
  ];
  for (const [upload, told] of rows) {
    assertStringIncludes(formOf(page(upload)), told);
  }
  assertStringIncludes(formOf(page({ maxFile: 9 })), 'data-max="9"');
});

Deno.test("upload form: a page that receives nothing, and what a search has found, has neither form nor script", () => {
  const search = { ...PLAIN_QUERY, q: "a" };
  for (const init of [{ upload: undefined }, { query: search }]) {
    const text = page({}, init);
    assertEquals(formOf(text), "");
    assert(!text.includes(UPLOAD_SCRIPT.text));
  }
  assert(page({}).includes(UPLOAD_SCRIPT.text));
});

Deno.test("drop box: nothing of what is there is in its page, and no way on", () => {
  const text = visible(page({ only: true }));
  assert(!/secret|<table|<a |role="search"|id="take"/.test(text), text);
  assert(formOf(text) !== "");
  assertStringIncludes(text, "Send files to <bdi>in &lt;b&gt;</bdi>");
  assertStringIncludes(text, "<title>Send files to in &lt;b&gt;</title>");
  const root = visible(page({ only: true }, { path: "/", parent: false }));
  assertStringIncludes(root, '<h1 id="title">Send files</h1>');
});

Deno.test("pages: the policy lets only our scripts run, forms and connections go only here", () => {
  const policy = new Map(pageForm.fields).get("Content-Security-Policy") ?? "";
  const directives = policy.split("; ");
  assertEquals(directives[0], "default-src 'none'");
  for (
    const directive of [
      "connect-src 'self'",
      "form-action 'self'",
      "img-src 'self' data:",
    ]
  ) assert(directives.includes(directive), policy);
  assertStringIncludes(policy, UPLOAD_SCRIPT.hash);
  assert(!/unsafe|blob:|\*/.test(policy), policy);
});
