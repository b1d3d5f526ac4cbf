/** Messages between the core and the runtimes: header sections, `Request` and `Response` of them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { bytesContent } from "../../lib/ports/content.ts";
import {
  headerSection,
  type HttpRequest,
  toRequest,
  toResponse,
} from "../../lib/ports/message.ts";

const FIELDS = [["Date", "old"], ["X-A", "a"], ["x-a", "b"]] as const;

Deno.test("headerSection() has every form, in order, and changes Date in all of them", () => {
  for (const isMadeBefore of [true, false]) {
    const section = headerSection(FIELDS);
    if (isMadeBefore) {
      section.get("date");
      section.toInit();
      section.toLines();
      section.toText();
    }
    for (const date of ["before", "new", "new"]) section.setDate(date);
    assertEquals(section.toLines(), [
      ...["Date", "new", "X-A", "a", "x-a", "b"],
    ]);
    assertEquals(section.toText(), "Date: new\r\nX-A: a\r\nx-a: b\r\n");
    // Deno writes a line for each of these, and one line for what is joined.
    assertEquals([...section.toInit()], [
      ["Date", "new"],
      ["X-A", "a"],
      ["x-a", "b"],
    ]);
    assert(section.toLines() === section.toLines(), "made once");
    assertEquals(section.get("date"), "new");
  }
  assertEquals(headerSection(FIELDS).get("date"), "old");
  assertEquals(headerSection(FIELDS).get("etag"), undefined);
});

Deno.test("the Headers of what is asked for again and again have the Date of now", () => {
  const section = headerSection(FIELDS.slice(0, 2));
  section.toInit(); // pairs
  const headers = section.toInit();
  assert(headers instanceof Headers);
  section.setDate("new");
  assert(section.toInit() === headers, "made once");
  assertEquals([...headers], [["date", "new"], ["x-a", "a"]]);
});

Deno.test("headerSection() refuses what would be two fields, or no byte (RFC 9110 §5.5)", () => {
  for (const value of ["a\r\nb: c", "a\0", "\u{20ac}", "\x7f"]) {
    assertThrows(() => headerSection([["A", value]]), TypeError, "of A");
  }
  headerSection([["A", "caf\xe9\t1"]]);
});

const HEAD = { headers: headerSection([["ETag", '"1"']]), phrase: "OK" };

Deno.test("toResponse() adds fields of the content, and no length to a HEAD that nobody knows it of", async () => {
  const content = {
    ...bytesContent(new TextEncoder().encode("hi")),
    fields: [["Content-Disposition", "inline"], ["ETag", "no"]] as const,
  };
  const response = toResponse({ status: 201, ...HEAD, content });
  assertEquals(response.status, 201);
  assertEquals(Object.fromEntries(response.headers), {
    "content-disposition": "inline",
    etag: '"1"',
  });
  assertEquals(await response.text(), "hi");
  assertEquals([...HEAD.headers.toInit()], [["etag", '"1"']]);
  const answer = { status: 200, ...HEAD, content: undefined };
  assertEquals(toResponse(answer).body, null);
  assert(toResponse({ ...answer, lengthUnknown: true }).body !== null);
});

function requestOf(method: string, url: string): HttpRequest {
  return {
    method,
    url,
    headers: new Headers({ host: "a" }),
    body: new Blob(["content"]).stream(),
    signal: new AbortController().signal,
  };
}

Deno.test("toRequest() keeps the method, also one that no Request is made with", async () => {
  for (const method of ["GET", "HEAD", "TRACE", "CONNECT"]) {
    const request = toRequest(requestOf(method, "http://a/b?c"));
    assertEquals([request.method, request.url], [method, "http://a/b?c"]);
    assertEquals(request.body, null, "content of it means nothing");
  }
  const post = toRequest(requestOf("POST", "/b"));
  assertEquals(post.url, "http://localhost/b");
  assertEquals(await post.text(), "content");
  assert(toRequest(post) === post);
});
