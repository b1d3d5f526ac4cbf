/** The bare list of `http.server`: names, references, order. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ListingEntry } from "../../lib/pages/listing.ts";
import { plainCollation } from "../../lib/pages/listing_order.ts";
import { plainForm } from "../../lib/pages/listing_plain.ts";
import { PLAIN_QUERY } from "../../lib/pages/listing_query.ts";

function text(path: string, entries: readonly ListingEntry[]): string {
  const heading = { path, parent: path !== "/", query: PLAIN_QUERY };
  const summary = {
    ...heading,
    directories: 0,
    files: entries.length,
    size: undefined,
    pages: 1,
    cut: undefined,
  };
  return plainForm.head(heading) + plainForm.rows(entries, 0, heading) +
    plainForm.tail(summary);
}

Deno.test("plainForm has a title, a heading, and an entry for each name, and no way up", () => {
  const page = text("/sub/dir/", [
    { name: "file.txt", kind: "file", readable: true },
    { name: "more", kind: "directory", readable: true },
    { name: "run.sh", kind: "script", readable: true },
    { name: "cgi-bin", kind: "scripts", readable: false },
    { name: "secret", kind: "file", readable: false },
  ]);
  assertStringIncludes(page, "<title>Index of /sub/dir</title>");
  const [, content] = page.split("<body>\n");
  assertEquals(
    content,
    `<h1>Directory listing for /sub/dir/</h1>
<hr>
<ul>
<li><a href="file.txt">file.txt</a></li>
<li><a href="more/">more/</a></li>
<li><a href="run.sh">run.sh</a></li>
<li><a href="cgi-bin/">cgi-bin/</a></li>
<li><a href="secret">secret</a></li>
</ul>
<hr>
</body>
</html>
`,
  );
});

Deno.test("plainForm has nothing in an empty directory", () => {
  assertStringIncludes(text("/", []), "<title>Index of /</title>");
  assertStringIncludes(text("/", []), "<ul>\n</ul>\n");
});

Deno.test("plainForm writes references as urllib.parse.quote does, and names as text", () => {
  const rows: Array<[name: string, href: string, text: string]> = [
    ["!'()*.txt", "%21%27%28%29%2A.txt", "!&#39;()*.txt"],
    [
      `<&";=,$@:>`,
      "%3C%26%22%3B%3D%2C%24%40%3A%3E",
      "&lt;&amp;&quot;;=,$@:&gt;",
    ],
    ["a+b~c_d-e.f", "a%2Bb~c_d-e.f", "a+b~c_d-e.f"],
    ["a/b c", "a/b%20c", "a/b c"],
    ["100%#?", "100%25%23%3F", "100%#?"],
    ["a\\b\n", "a%5Cb%0A", "a\\b\n"],
    ["🎉", "%F0%9F%8E%89", "🎉"],
    ["\ud800", "%EF%BF%BD", "\ud800"],
    ["\u202etxt.exe", "%E2%80%AEtxt.exe", "\ufffdtxt.exe"],
  ];
  for (const [name, href, shown] of rows) {
    const page = text("/", [{ name, kind: "directory", readable: true }]);
    assertStringIncludes(page, `<li><a href="${href}/">${shown}/</a></li>\n`);
  }
});

Deno.test("plainCollation goes by the lower-cased name in code points, as http.server does", () => {
  const names = ["b", "C", "a", "A", "10", "9", "🎉", "\uff41", "_", "ä", "Z"];
  assertEquals(
    names.sort(plainCollation),
    ["10", "9", "_", "A", "a", "b", "C", "Z", "ä", "\uff41", "🎉"],
  );
});
