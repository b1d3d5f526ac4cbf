/** RFC 9110 §13: conditional requests, for GET and HEAD. */

import { assertEquals } from "@std/assert";
import { evaluateIfRange, evaluatePreconditions } from "../../main.ts";
import { NOW, site, YESTERDAY_TEXT } from "../support/site.ts";

const TREE = { "/a.txt": "hello" };
const BEFORE = "Fri, 04 Nov 1994 08:49:37 GMT";
const AFTER = "Sun, 06 Nov 1994 00:00:00 GMT";
const TAG = await tagOf("/a.txt");
const WEAK = `W/${TAG}`;

async function tagOf(path: string): Promise<string> {
  return (await site(TREE)(path)).headers.get("etag") ?? "";
}

type Row = [fields: Record<string, string>, status: number];

async function check(rows: readonly Row[]): Promise<void> {
  const fetch = site(TREE);
  for (const method of ["GET", "HEAD"]) {
    for (const [headers, status] of rows) {
      const response = await fetch("/a.txt", { method, headers });
      const what = `${method} ${JSON.stringify(headers)}`;
      assertEquals(response.status, status, what);
      const content = await response.text();
      if (method === "HEAD" || status === 304) assertEquals(content, "", what);
      else if (status === 200) assertEquals(content, "hello", what);
    }
  }
}

Deno.test("RFC 9110 §13.1.1: If-Match compares strongly, else 412", async () => {
  await check([
    [{ "if-match": TAG }, 200],
    [{ "if-match": `"x", ${TAG}` }, 200],
    [{ "if-match": `"x,y",, ${TAG}` }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": WEAK }, 412],
    [{ "if-match": '"x"' }, 412],
    [{ "if-match": "" }, 412],
    [{ "if-match": "unquoted" }, 412],
    [{ "if-match": `unquoted, ${TAG}` }, 412],
  ]);
});

Deno.test("RFC 9110 §13.1.1: a weak tag of ours never matches If-Match, but * does", () => {
  const validators = { entityTag: { weak: true, opaque: "1" } };
  const result = (value: string) => {
    const headers = new Headers({ "if-match": value });
    return evaluatePreconditions({ method: "GET", headers }, validators, NOW);
  };
  assertEquals(result('"1"'), "failed");
  assertEquals(result('W/"1"'), "failed");
  assertEquals(result("*"), "proceed");
});

Deno.test("RFC 9110 §13.1.2: If-None-Match compares weakly (304)", async () => {
  await check([
    [{ "if-none-match": TAG }, 304],
    [{ "if-none-match": WEAK }, 304],
    [{ "if-none-match": `"x", ${WEAK}` }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"x"' }, 200],
    [{ "if-none-match": `"x${TAG.slice(1, -1)},y"` }, 200],
    [{ "if-none-match": "" }, 200],
    [{ "if-none-match": TAG.slice(1, -1) }, 200],
  ]);
});

Deno.test("RFC 9110 §13.1.2: If-None-Match fails other methods (412)", () => {
  const validators = { entityTag: { weak: false, opaque: "1" } };
  for (const value of ['"1"', 'W/"1"', "*"]) {
    const headers = new Headers({ "if-none-match": value });
    const result = evaluatePreconditions(
      { method: "PUT", headers },
      validators,
      NOW,
    );
    assertEquals(result, "failed", value);
  }
});

Deno.test("RFC 9110 §13.1.3: If-Modified-Since (304), ignored when it is no date", async () => {
  await check([
    [{ "if-modified-since": YESTERDAY_TEXT }, 304],
    [{ "if-modified-since": AFTER }, 304],
    [{ "if-modified-since": "Saturday, 05-Nov-94 08:49:37 GMT" }, 304],
    [{ "if-modified-since": "Sat Nov  5 08:49:37 1994" }, 304],
    [{ "if-modified-since": BEFORE }, 200],
    [{ "if-modified-since": "yesterday" }, 200],
    [{ "if-modified-since": "" }, 200],
    [{ "if-modified-since": `${AFTER}, ${AFTER}` }, 200],
  ]);
});

Deno.test("RFC 9110 §13.1.3: If-Modified-Since is for GET and HEAD only", () => {
  const headers = new Headers({ "if-modified-since": AFTER });
  const validators = { lastModified: NOW - 86_400_000 };
  const result = evaluatePreconditions(
    { method: "PUT", headers },
    validators,
    NOW,
  );
  assertEquals(result, "proceed");
});

Deno.test("RFC 9110 §13.1.4: If-Unmodified-Since (412), ignored when it is no date", async () => {
  await check([
    [{ "if-unmodified-since": YESTERDAY_TEXT }, 200],
    [{ "if-unmodified-since": AFTER }, 200],
    [{ "if-unmodified-since": BEFORE }, 412],
    [{ "if-unmodified-since": "yesterday" }, 200],
  ]);
});

Deno.test("RFC 9110 §13.1.3, §13.1.4: a date that cannot tell says neither 304 nor that nothing has changed", () => {
  const tag = { weak: false, opaque: "1" };
  const rows: Array<[Record<string, string>, string]> = [
    [{ "if-modified-since": YESTERDAY_TEXT }, "proceed"],
    [{ "if-modified-since": AFTER }, "proceed"],
    [{ "if-modified-since": BEFORE }, "proceed"],
    [{ "if-modified-since": AFTER, "if-none-match": '"1"' }, "not-modified"],
    [{ "if-unmodified-since": YESTERDAY_TEXT }, "failed"],
    [{ "if-unmodified-since": AFTER }, "failed"],
    [{ "if-unmodified-since": BEFORE }, "failed"],
    [{ "if-unmodified-since": "yesterday" }, "proceed"],
    [{ "if-unmodified-since": AFTER, "if-match": '"1"' }, "proceed"],
  ];
  for (const lastModifiedRole of ["information", "withheld"] as const) {
    const lastModified = Date.parse(YESTERDAY_TEXT);
    const validators = { entityTag: tag, lastModified, lastModifiedRole };
    for (const [fields, expected] of rows) {
      const request = { method: "GET", headers: new Headers(fields) };
      const result = evaluatePreconditions(request, validators, NOW);
      assertEquals(result, expected, JSON.stringify(fields));
    }
    assertEquals(evaluateIfRange(YESTERDAY_TEXT, validators, NOW), false);
    assertEquals(evaluateIfRange('"1"', validators, NOW), true);
  }
});

Deno.test("RFC 9110 §13.2.2: the order of evaluation", async () => {
  await check([
    // If-Match hides If-Unmodified-Since
    [{ "if-match": TAG, "if-unmodified-since": BEFORE }, 200],
    [{ "if-match": '"x"', "if-unmodified-since": AFTER }, 412],
    // If-None-Match hides If-Modified-Since
    [{ "if-none-match": '"x"', "if-modified-since": AFTER }, 200],
    [{ "if-none-match": TAG, "if-modified-since": BEFORE }, 304],
    // what fails comes before what is not modified
    [{ "if-match": '"x"', "if-none-match": TAG }, 412],
    [{ "if-unmodified-since": BEFORE, "if-none-match": TAG }, 412],
    [{ "if-match": TAG, "if-none-match": TAG }, 304],
    [{ "if-unmodified-since": AFTER, "if-modified-since": AFTER }, 304],
  ]);
});

Deno.test("RFC 9110 §13.2.1: preconditions count only where the answer would be 2xx", async () => {
  const fetch = site({ "/d/a": "" });
  const rows: Array<[string, string, number]> = [
    ["GET", "/x", 404],
    ["GET", "/d", 301],
    ["POST", "/d/a", 405],
    ["SPAM", "/d/a", 501],
  ];
  for (const [method, path, status] of rows) {
    for (const name of ["if-match", "if-none-match"]) {
      for (const value of ["*", '"x"']) {
        const headers = { [name]: value };
        const response = await fetch(path, { method, headers });
        assertEquals(response.status, status, `${path} ${name}: ${value}`);
      }
    }
  }
});

Deno.test("RFC 9110 §13.2.1: a listing is a representation like any other (304, 412)", async () => {
  const fetch = site({ "/d/a": "" });
  const tag = (await fetch("/d/")).headers.get("etag") ?? "";
  const rows: Row[] = [
    [{ "if-none-match": tag }, 304],
    [{ "if-match": '"x"' }, 412],
    [{ "if-modified-since": AFTER }, 200], // no date is known of it
  ];
  for (const [headers, status] of rows) {
    assertEquals((await fetch("/d/", { headers })).status, status);
  }
});

Deno.test("RFC 9110 §15.4.5: a 304 has the validators and what caches need, and no content", async () => {
  const fetch = site(TREE, {
    headers: [
      ["Vary", "Accept"],
      ["Expires", "Sun, 06 Nov 1994 08:50:37 GMT"],
      ["X-Other", "1"],
    ],
  });
  const response = await fetch("/a.txt", { headers: { "if-none-match": TAG } });
  assertEquals(response.status, 304);
  const names = [...response.headers.keys()];
  assertEquals(names, [
    "cache-control",
    "date",
    "etag",
    "expires",
    "server",
    "vary",
    "x-content-type-options",
  ]);
  assertEquals(response.headers.get("etag"), TAG);
  assertEquals(response.headers.get("cache-control"), "no-cache");
  assertEquals(response.body, null);
  const byDate = await fetch("/a.txt", {
    headers: { "if-modified-since": AFTER },
  });
  assertEquals(byDate.status, 304);
  assertEquals(byDate.headers.get("etag"), TAG);
});
