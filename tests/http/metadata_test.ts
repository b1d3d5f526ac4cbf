import { assertEquals } from "@std/assert";
import { wantedDigest } from "../../lib/http/digest.ts";
import { compileGlob } from "../../lib/http/glob.ts";
import {
  downloadField,
  formatAttachment,
  hasContentHash,
} from "../../lib/http/metadata.ts";

Deno.test("compileGlob(): ? and * stay in a segment, ** does not", () => {
  const rows: Array<[glob: string, yes: string[], no: string[]]> = [
    ["/a.js", ["/a.js"], ["/a_js", "/b/a.js", "/a.jsx", "/A.js"]],
    ["a.js", ["/a.js"], ["/b/a.js"]],
    ["/*.js", ["/a.js", "/.js"], ["/b/a.js", "/a.css"]],
    ["/?.js", ["/a.js", "/🎉.js"], ["/.js", "/ab.js", "//.js"]],
    ["/a/**", ["/a/", "/a/b", "/a/b/c"], ["/a", "/ab"]],
    ["/**", ["/", "/a", "/a/b"], []],
    ["/**/*.js", ["/a.js", "/b/a.js", "/b/c/a.js"], ["/a.css"]],
    ["/a/**/b", ["/a/b", "/a/x/b", "/a/x/y/b"], ["/ab", "/a/xb"]],
    ["**/b", ["/b", "/a/b"], ["/ab"]],
    ["/*/b", ["/a/b"], ["/b", "/a/c/b"]],
    ["/[a].{js}", ["/[a].{js}"], ["/a.js"]],
    ["/a\\*", ["/a\\x"], ["/a*"]],
  ];
  for (const [glob, yes, no] of rows) {
    const matches = compileGlob(glob);
    for (const path of yes) {
      assertEquals(matches(path), true, `${glob} ${path}`);
    }
    for (const path of no) {
      assertEquals(matches(path), false, `${glob} ${path}`);
    }
  }
});

Deno.test("compileGlob(): no pattern is slow", () => {
  const matches = compileGlob(`/${"*a".repeat(30)}b`);
  assertEquals(matches(`/${"a".repeat(20_000)}`), false); // backtracking would not end
});

Deno.test("hasContentHash() knows the names that bundlers write", () => {
  const rows: Array<[string, boolean]> = [
    ["app.3f2a9c1b.js", true],
    ["app-3f2a9c1b.js", true],
    ["3f2a9c1b.js", true],
    ["index-BxYz12_a.css", true],
    ["index-a1B2c3D4.js.map", true],
    ["chunk.d41d8cd98f00b204e9800998ecf8427e.js.map", true],
    ["logo.3f2a9c1b.svg", true],
    // words, dates, sizes, versions
    ["app.js", false],
    ["my-component.js", false],
    ["jquery-20231231.js", false],
    ["bootstrap.min.css", false],
    ["vendor-bootstrap5.css", false],
    ["app.MainComponent.js", false],
    ["index-JavaScript.js", false],
    ["jquery.Version3.js", false],
    ["report-2024-final.pdf", false],
    ["logo-1920x1080.png", false],
    ["app-v20240115.js", false],
    ["README-internationalization.md", false],
    ["photo-my-holiday-in-Paris-2024.jpg", false],
    ["user-manual-iPhone-15-Pro.pdf", false],
    ["notes-for-the-Meeting-on-2024-01-02.txt", false],
    ["v1.2-release-notes-for-Windows-11.html", false],
    ["font-Roboto-Regular-v30-latin.woff2", false],
    ["photo-iPhone12.jpg", false],
    ["cafe2024.jpg", false],
    ["facade2024.jpg", false],
    ["face2face.png", false],
    ["3f2a9c1b", false],
  ];
  for (const [name, expected] of rows) {
    assertEquals(hasContentHash(name), expected, name);
  }
});

Deno.test("formatAttachment() has the name in ASCII, and in UTF-8 where that says less (RFC 8187)", () => {
  const rows: Array<[string, string]> = [
    ["a.txt", 'attachment; filename="a.txt"'],
    [
      'a"b\\c.txt',
      `attachment; filename="a_b_c.txt"; filename*=UTF-8''a%22b%5Cc.txt`,
    ],
    ["a\r\nb", `attachment; filename="a__b"; filename*=UTF-8''a%0D%0Ab`],
    [
      "привет",
      `attachment; filename="______"; filename*=UTF-8''%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82`,
    ],
    ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
    [
      "é'()*",
      `attachment; filename="_'()*"; filename*=UTF-8''%C3%A9%27%28%29%2A`,
    ],
    ["50%", `attachment; filename="50_"; filename*=UTF-8''50%25`],
    ["\ud800", `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ];
  for (const [name, expected] of rows) {
    assertEquals(formatAttachment(name), expected);
  }
});

Deno.test("downloadField() is there where the query asks for it", () => {
  const rows: Array<[string, boolean]> = [
    ["?download", true],
    ["?download=1", true],
    ["?a=b&download", true],
    ["?download&a", true],
    ["", false],
    ["?", false],
    ["?downloads", false],
    ["?a=download", false],
    ["?adownload", false],
  ];
  for (const [query, expected] of rows) {
    assertEquals(downloadField(query, "a").length === 1, expected, query);
  }
});

Deno.test("wantedDigest() takes the algorithm with the largest weight (RFC 9530 §4)", () => {
  const rows: Array<[string, string | undefined]> = [
    ["sha-256=1", "sha-256"],
    ["sha-512=3, sha-256=10, unixsum=0", "sha-256"],
    ["sha-256=5, sha-512=5", "sha-512"],
    ["sha-256=0", undefined],
    ["sha-256=0, sha-512=1", "sha-512"],
    ["sha-256=1, sha-256=0", undefined],
    ["md5=10", undefined],
    ["sha-256=11", undefined],
    ["sha-256", undefined],
    ["SHA-256=1", undefined],
    ["", undefined],
    [",,", undefined],
  ];
  for (const [value, expected] of rows) {
    assertEquals(wantedDigest(value), expected, value);
  }
});
