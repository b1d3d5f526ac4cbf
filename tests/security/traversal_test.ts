/** Nothing outside the root is ever served, whatever the URL says. */
import { assertEquals } from "@std/assert";
import { segmentsBelow } from "../../lib/ports/files.ts";
import { createHandler, memoryFiles } from "../../main.ts";
import { filesOf } from "../support/site.ts";

const TREE = {
  "/srv/www/a.txt": "public",
  "/srv/www-secret/s.txt": "SECRET",
  "/srv/s.txt": "SECRET",
  "/etc/passwd": "SECRET",
};

const TARGETS = [
  "/../s.txt",
  "/%2e%2e/s.txt",
  "/%2e%2e%2fs.txt",
  "/..%2fs.txt",
  "/..%2F..%2Fetc%2Fpasswd",
  "/..%5cs.txt",
  "/..\\s.txt",
  "/a/..%00/s.txt",
  "/..%20/s.txt",
  "/.%2e/.%2e/etc/passwd",
  "/%c0%ae%c0%ae/s.txt",
  "/..%c0%afs.txt",
  "/%252e%252e/s.txt",
  "/....//s.txt",
  "/../www-secret/s.txt",
  "/..%2fwww-secret/s.txt",
  "/%2fetc/passwd",
  "//etc/passwd",
  "/file:/etc/passwd",
  "/C:/etc/passwd",
  "/etc/passwd%00.txt",
  "/-secret/s.txt",
];

Deno.test("no target leaves the root", async () => {
  const handler = createHandler({
    root: "/srv/www",
    files: filesOf(TREE),
    log: false,
  });
  for (const target of TARGETS) {
    // As Deno passes it on (not normalised), and as Bun does.
    const { href } = new URL(target, "http://localhost");
    for (const url of [`http://localhost${target}`, href]) {
      const request = new Request("http://localhost/");
      Object.defineProperty(request, "url", { value: url });
      const response = await handler(request);
      const text = await response.text();
      assertEquals(text.includes("SECRET"), false, url);
      assertEquals([400, 404].includes(response.status), true, url);
    }
  }
});

Deno.test("on Windows, separators, drives, streams and devices are no names", async () => {
  const files = memoryFiles(
    { "/w/a.txt": "a", "/w/con": "DEVICE", "/w/a.txt::$DATA": "STREAM" },
    { os: "windows" },
  );
  const handler = createHandler({ root: "/w", files, log: false });
  const rows: Array<[string, number]> = [
    ["/a.txt", 200],
    ["/con", 404],
    ["/a.txt::$DATA", 404],
    ["/a.txt%20", 404],
    ["/a.txt.", 404],
    ["/..%5c..%5cwindows", 404],
    ["/c:/a.txt", 404],
    ["/A~1.TXT", 404],
  ];
  for (const [path, status] of rows) {
    const response = await handler(new Request(`http://localhost${path}`));
    assertEquals(response.status, status, path);
  }
});

Deno.test("segmentsBelow() ends at a segment, not in the middle of one", () => {
  const rows = [
    ["/srv/www", "/srv/www", "posix", []],
    ["/srv/www", "/srv/www/a/b", "posix", ["a", "b"]],
    ["/srv/www/", "/srv/www/a", "posix", ["a"]],
    ["/", "/a", "posix", ["a"]],
    ["/srv/www", "/srv/www/..a", "posix", ["..a"]],
    ["/srv/www", "/srv/www-secret", "posix", undefined],
    ["/srv/www", "/srv", "posix", undefined],
    ["/srv/www", "/etc/passwd", "posix", undefined],
    ["C:\\www", "C:\\www\\a\\b", "windows", ["a", "b"]],
    ["C:\\www", "c:\\WWW\\a", "windows", ["a"]],
    ["C:\\", "C:\\a", "windows", ["a"]],
    ["C:\\www", "C:\\www-secret", "windows", undefined],
    ["C:\\www", "D:\\www\\a", "windows", undefined],
    ["\\\\host\\share", "\\\\host\\share\\a", "windows", ["a"]],
    ["\\\\host\\share", "\\\\host\\other\\a", "windows", undefined],
    ["C:\\\u0130", "C:\\i\u0307\\.git", "windows", [".git"]],
    ["C:\\\u0130", "C:\\\u0130\\.git", "windows", [".git"]],
    ["/srv/\u0130", "/srv/\u0130/.git", "posix", [".git"]],
  ] as const;
  for (const [root, path, os, expected] of rows) {
    const actual = segmentsBelow(root, path, os);
    assertEquals(actual, expected as string[] | undefined, `${root} ${path}`);
  }
});
