/** RFC 9110 §14: range requests, §13.1.5: If-Range, §15.3.7: 206, §15.5.17: 416. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { NOW, site, YESTERDAY, YESTERDAY_TEXT } from "../support/site.ts";

const TEXT = "0123456789".repeat(10);
const TREE = { "/a.txt": TEXT, "/empty.txt": "", "/d/b": "" };
const TAG = (await site(TREE)("/a.txt")).headers.get("etag") ?? "";

type Row = [
  range: string,
  status: number,
  content: string,
  contentRange: string | null,
];

async function check(
  rows: readonly Row[],
  more: Record<string, string> = {},
): Promise<void> {
  for (const [range, status, content, contentRange] of rows) {
    const response = await site(TREE)("/a.txt", {
      headers: { range, ...more },
    });
    assertEquals(response.status, status, range);
    assertEquals(response.headers.get("content-range"), contentRange, range);
    const text = await response.text();
    if (status === 416) continue;
    assertEquals(text, content, range);
    assertEquals(
      response.headers.get("content-length"),
      String(content.length),
    );
  }
}

Deno.test("RFC 9110 §14.1.2: single ranges are answered 206 with Content-Range, clamped", async () => {
  await check([
    ["bytes=0-0", 206, "0", "bytes 0-0/100"],
    ["bytes=0-9", 206, "0123456789", "bytes 0-9/100"],
    ["bytes=95-", 206, "56789", "bytes 95-99/100"],
    ["bytes=95-1000", 206, "56789", "bytes 95-99/100"],
    ["bytes=-3", 206, "789", "bytes 97-99/100"],
    ["bytes=-1000", 206, TEXT, "bytes 0-99/100"],
    ["bytes=0-", 206, TEXT, "bytes 0-99/100"],
  ]);
});

Deno.test("RFC 9110 §15.5.17: what lies outside is answered 416 with the length", async () => {
  await check([
    ["bytes=100-", 416, "", "bytes */100"],
    ["bytes=1000-2000", 416, "", "bytes */100"],
    ["bytes=-0", 416, "", "bytes */100"],
    ["bytes=99999999999999999999-", 416, "", "bytes */100"],
  ]);
});

Deno.test("RFC 9110 §14.2: malformed ranges and unknown units are ignored (200)", async () => {
  const rows = [
    "bytes=9-5",
    "bytes=x",
    "bytes",
    "lines=1-2",
    "bytes=0-1,x",
    "bytes=0-0, bytes=1-1",
    "",
  ]
    .map((range): Row => [range, 200, TEXT, null]);
  await check(rows);
});

Deno.test("RFC 9110 §14.2: a Range on anything but GET is ignored", async () => {
  const headers = { range: "bytes=0-0" };
  const head = await site(TREE)("/a.txt", { method: "HEAD", headers });
  assertEquals(head.status, 200);
  assertEquals(head.headers.get("content-length"), "100");
  const outside = { range: "bytes=1000-" };
  const other = await site(TREE)("/a.txt", {
    method: "HEAD",
    headers: outside,
  });
  assertEquals(other.status, 200);
  const options = await site(TREE)("/a.txt", { method: "OPTIONS", headers });
  assertEquals(options.status, 204);
});

Deno.test("RFC 9110 §14.2: ranges of an empty representation are ignored (200)", async () => {
  for (const range of ["bytes=0-", "bytes=0-1048575", "bytes=-0", "bytes=-5"]) {
    const response = await site(TREE)("/empty.txt", { headers: { range } });
    assertEquals(response.status, 200, range);
    assertEquals(response.headers.get("content-length"), "0");
    assertEquals(response.headers.get("content-range"), null);
  }
});

Deno.test("RFC 9110 §14.2: preconditions come first (304, 412), then ranges", async () => {
  const rows: Array<[Record<string, string>, number]> = [
    [{ "if-none-match": TAG }, 304],
    [{ "if-match": '"x"' }, 412],
    [{ "if-match": TAG }, 206],
    [{ "if-modified-since": YESTERDAY_TEXT }, 304],
  ];
  for (const [headers, status] of rows) {
    const all = { range: "bytes=0-0", ...headers };
    assertEquals((await site(TREE)("/a.txt", { headers: all })).status, status);
    const outside = { range: "bytes=500-", ...headers };
    const expected = status === 206 ? 416 : status;
    assertEquals(
      (await site(TREE)("/a.txt", { headers: outside })).status,
      expected,
    );
  }
});

Deno.test("RFC 9110 §14.2: Range counts only where the answer would be 200", async () => {
  const headers = { range: "bytes=0-0" };
  const rows: Array<[string, number]> = [["/x", 404], ["/d", 301], [
    "/%zz",
    400,
  ]];
  for (const [path, status] of rows) {
    assertEquals((await site(TREE)(path, { headers })).status, status);
  }
});

Deno.test("RFC 9110 §13.1.5: If-Range by entity tag, strong comparison only", async () => {
  const rows: Array<[string, number]> = [
    [TAG, 206],
    [`W/${TAG}`, 200],
    ['"x"', 200],
    ["*", 200],
    [`${TAG}, "x"`, 200],
    ["", 200],
    ["unquoted", 200],
  ];
  for (const [condition, status] of rows) {
    const headers = { range: "bytes=0-0", "if-range": condition };
    const response = await site(TREE)("/a.txt", { headers });
    assertEquals(response.status, status, condition);
    assertEquals(await response.text(), status === 206 ? "0" : TEXT);
  }
});

Deno.test("RFC 9110 §13.1.5: no tag matches If-Range while a file is too young to have one", async () => {
  const young = { "/a": { content: TEXT, mtime: NOW - 500 } };
  const old = { "/a": { content: TEXT, mtime: NOW - 500 - 60_000 } };
  assertEquals((await site(young)("/a")).headers.get("etag"), null);
  const tag = (await site(old)("/a")).headers.get("etag") ?? "";
  for (const condition of [tag, `W/${tag}`, ""]) {
    const headers = { range: "bytes=0-0", "if-range": condition };
    assertEquals((await site(young)("/a", { headers })).status, 200);
  }
});

Deno.test("RFC 9110 §13.1.5: If-Range by date: exactly that date, and its second is over", async () => {
  const rows: Array<[number, string, number]> = [
    [YESTERDAY, YESTERDAY_TEXT, 206],
    [YESTERDAY, "Saturday, 05-Nov-94 08:49:37 GMT", 206],
    [YESTERDAY, "Sat, 05 Nov 1994 08:49:38 GMT", 200],
    [YESTERDAY, "Sat, 05 Nov 1994 08:49:36 GMT", 200],
    [YESTERDAY, "yesterday", 200],
    [NOW - 500, "Sun, 06 Nov 1994 08:49:36 GMT", 200],
    // a time in whole seconds could be that of a file system with even ones
    [NOW - 1000, "Sun, 06 Nov 1994 08:49:36 GMT", 200],
    [NOW - 1001, "Sun, 06 Nov 1994 08:49:35 GMT", 206],
    // nobody can tell by the time of build tools
    [0, "Thu, 01 Jan 1970 00:00:00 GMT", 200],
  ];
  for (const [mtime, condition, status] of rows) {
    const tree = { "/a": { content: TEXT, mtime } };
    const headers = { range: "bytes=0-0", "if-range": condition };
    assertEquals(
      (await site(tree)("/a", { headers })).status,
      status,
      condition,
    );
  }
});

Deno.test("RFC 9110 §13.1.5: an If-Range that fails hides a 416 as well", async () => {
  const headers = { range: "bytes=500-", "if-range": '"x"' };
  assertEquals((await site(TREE)("/a.txt", { headers })).status, 200);
});

Deno.test("RFC 9110 §15.3.7: a 206 has the fields of the 200", async () => {
  const headers = { range: "bytes=0-0" };
  const whole = await site(TREE)("/a.txt");
  const part = await site(TREE)("/a.txt", { headers });
  for (const [name, value] of whole.headers) {
    const expected = name === "content-length" ? "1" : value;
    assertEquals(part.headers.get(name), expected, name);
  }
});

Deno.test("RFC 9110 §14.6: several ranges are answered in parts, in the order asked for", async () => {
  const headers = { range: "bytes=20-21,0-1,-2,500-" };
  const response = await site(TREE)("/a.txt", { headers });
  assertEquals(response.status, 206);
  assertEquals(response.headers.get("content-range"), null);
  const type = response.headers.get("content-type") ?? "";
  const [, boundary = ""] =
    /^multipart\/byteranges; boundary=([\w-]{36})$/.exec(type) ?? [];
  assert(boundary !== "", type);
  const text = await response.text();
  assertEquals(response.headers.get("content-length"), String(text.length));
  // zsync reads nothing that does not begin with a line break.
  const part = (range: string, content: string) =>
    `\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/100\r\n\r\n${content}`;
  const expected = part("20-21", "01") + part("0-1", "01") +
    part("98-99", "89");
  assertEquals(text, `${expected}\r\n--${boundary}--\r\n`);
});

Deno.test("RFC 9110 §15.3.7.2: one range is not sent in parts, also when it was several", async () => {
  for (const range of ["bytes=0-4,5-9", "bytes=0-9,500-", "bytes=3-9,0-5"]) {
    const response = await site(TREE)("/a.txt", { headers: { range } });
    assertEquals(response.headers.get("content-range"), "bytes 0-9/100", range);
    assertEquals(await response.text(), "0123456789");
  }
});

Deno.test("RFC 9110 §14.6: hundreds of ranges that ascend are answered in parts, of content in memory and of a file (206)", async () => {
  const bytes = 400_000; // more than is kept in memory
  for (const length of [100_000, bytes]) {
    const text = "0123456789".repeat(length / 10);
    const step = length / 100;
    const starts = Array.from({ length: 100 }, (_, at) => at * step + 3);
    const range = `bytes=${starts.map((start) => `${start}-${start + 299}`)}`;
    const fetch = site({ "/a.txt": text });
    const response = await fetch("/a.txt", { headers: { range } });
    assertEquals(response.status, 206);
    const content = await response.text();
    assertEquals(
      response.headers.get("content-length"),
      String(content.length),
    );
    const parts = content.split(/\r\n--[\w-]{36}(?:\r\n|--\r\n)/).slice(1, -1);
    assertEquals(parts.length, 100);
    for (const [index, part] of parts.entries()) {
      const start = starts[index] ?? 0;
      assert(part.includes(`Content-Range: bytes ${start}-${start + 299}/`));
      assert(part.endsWith(`\r\n\r\n${text.slice(start, start + 300)}`));
    }
  }
});

Deno.test("RFC 9110 §17.15: many ranges, or ranges that overlap, get the whole (200)", async () => {
  const many = (count: number, member: string) =>
    `bytes=${Array(count).fill(member)}`;
  const rows = [
    many(2, "0-"),
    many(1000, "0-"),
    many(100, "0-0"),
    many(17, "5-5"),
  ];
  for (const range of rows) {
    const response = await site(TREE)("/a.txt", { headers: { range } });
    assertEquals(response.status, 200, range.slice(0, 30));
    assertEquals(await response.text(), TEXT);
  }
});

Deno.test("RFC 9110 §14.6: the boundary cannot be guessed", async () => {
  const boundaries = new Set<string>();
  for (let time = 0; time < 10; time++) {
    const headers = { range: "bytes=0-0,9-9" };
    const response = await site(TREE)("/a.txt", { headers });
    boundaries.add(response.headers.get("content-type") ?? "");
    await response.body?.cancel();
  }
  assertEquals(boundaries.size, 10);
});

Deno.test("RFC 9110 §14.3: listings have ranges, too", async () => {
  const headers = { range: "bytes=0-14" };
  const response = await site(TREE)("/d/", { headers });
  assertEquals(response.status, 206);
  assertEquals(await response.text(), "<!DOCTYPE html>");
  assertMatch(response.headers.get("content-range") ?? "", /^bytes 0-14\/\d+$/);
  assertEquals(response.headers.get("accept-ranges"), "bytes");
});
