/** What a page of a directory says of taking it along. */
import { assert, assertEquals } from "@std/assert";
import type { ListingEntry } from "../../lib/pages/listing.ts";
import { type ListingInit, listingPage } from "../../lib/pages/listing_page.ts";
import { PLAIN_QUERY } from "../../lib/pages/listing_query.ts";

const entry = (name: string, more: Partial<ListingEntry> = {}) =>
  ({ name, kind: "file", readable: true, ...more }) as const;

function page(init: Partial<ListingInit>): string {
  const bytes = listingPage({
    path: "/sub/",
    parent: true,
    entries: [],
    archives: ["zip", "tar"],
    ...init,
  });
  return new TextDecoder().decode(bytes).replace(/<(style|script)>.*/g, "");
}

const formOf = (text: string) =>
  /<form id="take">[^]*?<\/form>/.exec(text)?.[0] ?? "";
/** The names that boxes have, as they stand in the page. */
const boxesOf = (text: string) =>
  [...text.matchAll(
    /<input type=checkbox form=take name=name value="([^]*?)"/g,
  )]
    .map(([, value]) => value);

Deno.test("archive form: a button for each form of an archive, and no link, which crawlers would follow", () => {
  const form = formOf(page({ archives: ["zip", "tar", "tar.gz", "tar.zst"] }));
  const buttons = [...form.matchAll(/<button name="(\w+)" value="([^"]+)"/g)]
    .map(([, name, value]) => `${name}=${value}`);
  assertEquals(buttons, [
    "archive=zip",
    "archive=tar",
    "archive=tar.gz",
    "archive=tar.zst",
  ]);
  assert(!/href|action|method/.test(form), form);
});

Deno.test("archive form: one form of an archive has no menu, none has no form", () => {
  assert(!formOf(page({ archives: ["zip"] })).includes("<details>"));
  for (const archives of [[], undefined]) {
    const text = page({ archives, entries: [entry("a")] });
    assertEquals(formOf(text), "");
    assertEquals(boxesOf(text), []);
  }
});

Deno.test("archive form: what a search has found is no folder", () => {
  for (const changes of [{ q: "a" }, { recursive: true }]) {
    const query = { ...PLAIN_QUERY, ...changes };
    const text = page({ query, entries: [entry("a")] });
    assertEquals(formOf(text), "");
    assertEquals(boxesOf(text), []);
  }
});

Deno.test("archive form: which entries have a box, and with which name", () => {
  const rows: ReadonlyArray<readonly [ListingEntry, string | undefined]> = [
    [entry("a.txt"), "a.txt"],
    [entry("more", { kind: "directory" }), "more"],
    [entry("a b&amp;c"), "a b&amp;amp;c"],
    [entry(`"><script>`), "&quot;&gt;&lt;script&gt;"],
    [entry("50%"), "50%"],
    [entry("\u202egnp.txt"), "&#8238;gnp.txt"],
    // A form would send CR LF.
    [entry("a\nb"), undefined],
    [entry("a\rb"), undefined],
    [entry("key", { readable: false }), undefined],
    [entry("run.py", { kind: "script" }), undefined],
    [entry("cgi-bin", { kind: "scripts" }), undefined],
  ];
  for (const [entry, name] of rows) {
    const boxes = name === undefined ? [] : [name];
    assertEquals(boxesOf(page({ entries: [entry] })), boxes, entry.name);
  }
});

Deno.test("archive form: the label of a box is text whose direction a name cannot turn", () => {
  const text = page({ entries: [entry('\u202e"x')] });
  assert(text.includes('aria-label="Select \ufffd&quot;x"'), text);
});
