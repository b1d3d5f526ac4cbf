/** RFC 9110 §5: fields, their syntax and their dates. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkedField } from "../../main.ts";
import { NOW, site } from "../support/site.ts";

const TREE = { "/a.txt": "hello", "/d/b": "" };

Deno.test("RFC 9110 §5.1: field names are case-insensitive", async () => {
  const tag = (await site(TREE)("/a.txt")).headers.get("etag") ?? "";
  for (const name of ["If-None-Match", "if-none-match", "IF-NONE-MATCH"]) {
    const response = await site(TREE)("/a.txt", { headers: { [name]: tag } });
    assertEquals(response.status, 304, name);
  }
});

Deno.test("RFC 9110 §5.2: field lines with the same name are one list", async () => {
  const tag = (await site(TREE)("/a.txt")).headers.get("etag") ?? "";
  const headers = new Headers([["If-None-Match", '"x"'], [
    "If-None-Match",
    tag,
  ]]);
  assertEquals((await site(TREE)("/a.txt", { headers })).status, 304);
  const codings = new Headers([["Accept-Encoding", "gzip;q=0"], [
    "Accept-Encoding",
    "br",
  ]]);
  const tree = { "/a": "plain", "/a.gz": "gzip", "/a.br": "brotli" };
  assertEquals(
    await (await site(tree)("/a", { headers: codings })).text(),
    "brotli",
  );
});

Deno.test("RFC 9110 §5.3: a field that is no list counts for nothing when it comes twice", async () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const rows: Array<[string, string, number]> = [
    ["If-Modified-Since", date, 200],
    ["If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 200],
    ["Range", "bytes=0-0", 200],
  ];
  for (const [name, value, status] of rows) {
    const headers = new Headers([[name, value], [name, value]]);
    assertEquals(
      (await site(TREE)("/a.txt", { headers })).status,
      status,
      name,
    );
  }
});

Deno.test("RFC 9110 §5.5: no value that is sent has a line break, NUL or a byte that is not ASCII", async () => {
  for (const value of ["a\r\nb", "a\nb", "a\0b", "é"]) {
    assertThrows(() => checkedField("X-A", value), TypeError);
  }
  const tree = { "/é\n/x": "", "/é\n.txt": "" };
  for (
    const path of ["/%C3%A9%0A", "/%C3%A9%0A.txt?download", "/x?\u{1f600}"]
  ) {
    for (const [, value] of (await site(tree)(path)).headers) {
      assert(/^[\x20-\x7e]*$/.test(value), value);
    }
  }
});

Deno.test("RFC 9110 §5.6.1: empty members of a list are ignored", async () => {
  const tag = (await site(TREE)("/a.txt")).headers.get("etag") ?? "";
  const rows: Array<[Record<string, string>, number]> = [
    [{ "If-None-Match": `, ,${tag},,` }, 304],
    [{ Range: "bytes=,0-0,," }, 206],
    [{ "Accept-Encoding": ",,identity;q=0,," }, 406],
  ];
  for (const [headers, status] of rows) {
    assertEquals((await site(TREE)("/a.txt", { headers })).status, status);
  }
});

Deno.test("RFC 9110 §5.6.7: all three formats of dates are understood, one is sent", async () => {
  const dates = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ];
  for (const date of dates) {
    const response = await site(TREE)("/a.txt", {
      headers: { "if-modified-since": date },
    });
    assertEquals(response.status, 304, date);
    assertEquals(response.headers.get("date"), dates[0]);
  }
});

Deno.test("RFC 9110 §5.6.7: dates are compared in whole seconds", async () => {
  const tree = { "/a": { content: "a", mtime: NOW - 4500 } };
  const response = await site(tree)("/a");
  const date = response.headers.get("last-modified") ?? "";
  const again = await site(tree)("/a", {
    headers: { "if-modified-since": date },
  });
  assertEquals(again.status, 304);
});
