import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Listing, listingPage } from "../../lib/pages/listing.ts";

function text(path: string, entries: Listing["entries"]): string {
  const listing = { path, parent: path !== "/", entries };
  return new TextDecoder().decode(listingPage(listing));
}

function names(page: string): string[] {
  return [...page.matchAll(/<a href="[^"]*">([^<]*)<\/a>/g)]
    .map(([, name = ""]) => name);
}

Deno.test("listingPage() has a title and an entry for each name", () => {
  const page = text("/sub/dir/", [
    { name: "file.txt", directory: false },
    { name: "more", directory: true },
  ]);
  assertStringIncludes(page, "<title>Index of /sub/dir</title>");
  assertStringIncludes(page, "<h1>Directory listing for /sub/dir/</h1>");
  assertStringIncludes(page, '<li><a href="../">../</a></li>');
  assertStringIncludes(page, '<li><a href="file.txt">file.txt</a></li>');
  assertStringIncludes(page, '<li><a href="more/">more/</a></li>');
});

Deno.test("listingPage() says that a directory is empty, and only then", () => {
  const says = "</ul>\n<p>This directory is empty.</p>\n";
  assertStringIncludes(text("/", []), says);
  assertStringIncludes(text("/sub/", []), says);
  const page = text("/", [{ name: "a", directory: false }]);
  assertEquals(page.includes("empty"), false);
});

Deno.test("listingPage() has no way up from the root", () => {
  assertStringIncludes(text("/", []), "<title>Index of /</title>");
  assertEquals(names(text("/", [])), []);
});

Deno.test("listingPage() sorts by the lower-cased name", () => {
  const entries = ["b", "C", "a", "A", "10", "9"].map((name) => ({
    name,
    directory: false,
  }));
  assertEquals(names(text("/", entries)), ["10", "9", "A", "a", "b", "C"]);
});

Deno.test("listingPage() writes any name as a relative reference to it", () => {
  const all = ["a b", "100%", "a#b", "a?b", "a:b", "é", "🎉", "-rf", "a\\b"];
  for (const name of all) {
    const page = text("/", [{ name, directory: false }]);
    const [, href = ""] = /<a href="([^"]*)"/.exec(page) ?? [];
    const { pathname, search, hash } = new URL(href, "http://h/d/");
    assertEquals(decodeURIComponent(pathname), `/d/${name}`);
    assertEquals(search + hash, "");
  }
});

Deno.test("listingPage() writes references of unreserved characters and plus signs alone", () => {
  const rows: Array<[name: string, href: string]> = [
    ["!'()*.txt", "%21%27%28%29%2A.txt"],
    [`<&";=,$@:>`, "%3C%26%22%3B%3D%2C%24%40%3A%3E"],
    ["a+b~c_d-e.f", "a+b~c_d-e.f"],
    ["a +'", "a%20+%27"],
    ["é", "%C3%A9"],
  ];
  for (const [name, href] of rows) {
    const page = text("/", [{ name, directory: true }]);
    assertStringIncludes(page, `<li><a href="${href}/">`);
  }
});

Deno.test("listingPage() does not stumble over half a surrogate pair", () => {
  assertStringIncludes(
    text("/", [{ name: "\ud800", directory: false }]),
    "%EF%BF%BD",
  );
});
