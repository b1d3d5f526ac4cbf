/** What a client or a file name says never becomes markup. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LISTING_POLICY } from "../../lib/pages/listing_frame.ts";
import { site } from "../support/site.ts";

const NAMES = [
  "<img src=x onerror=alert(1)>.txt",
  '"><script>alert(1)<!script>',
  "javascript:alert(1)",
  "a&amp;b",
  "it's",
  "a\nb",
  "{{7*7}}",
];

Deno.test("file names in listings are text, and their links lead to the file", async () => {
  const tree = Object.fromEntries(NAMES.map((name) => [`/${name}`, name]));
  const fetch = site(tree);
  const response = await fetch("/");
  assertEquals(
    response.headers.get("content-security-policy"),
    LISTING_POLICY,
  );
  const text = await response.text();
  assert(!text.includes("<img") && !text.includes("<script>alert"));
  const links = [...text.matchAll(/<tr><th><a href="([^"]*)"/g)].map((
    [, href],
  ) => href);
  assertEquals(links.length, NAMES.length);
  for (const link of links) {
    const { pathname, protocol } = new URL(
      (link ?? "").replaceAll("&#39;", "'"),
      "http://localhost/",
    );
    assertEquals(protocol, "http:");
    const file = await fetch(pathname);
    assert(NAMES.includes(await file.text()), link);
  }
});

Deno.test("names of directories in titles are text", async () => {
  const fetch = site({ "/<b>&/x": "" });
  const text = await (await fetch("/%3Cb%3E&/")).text();
  assertStringIncludes(text, '<h1 id="title"><bdi>&lt;b&gt;&amp;</bdi>');
  assert(!text.includes("<b>"));
});

Deno.test("error pages do not echo the target, and escape the method", async () => {
  const fetch = site({});
  const absent = await (await fetch("/<script>alert(1)</script>")).text();
  assert(!absent.includes("alert"));
  const response = await fetch("/", { method: "A'&B" });
  assertEquals(response.status, 501);
  assertStringIncludes(await response.text(), "(&#39;A&#39;&amp;B&#39;)");
});

Deno.test("a name cannot turn the direction of its text, nor does its link change", async () => {
  const text = await (await site({ "/\u202etxt.exe": "" })("/")).text();
  assert(!text.includes("\u202e"));
  assertStringIncludes(text, '<a href="%E2%80%AEtxt.exe">');
  assertStringIncludes(text, "<bdi>\ufffdtxt.exe</bdi></a>");
});
