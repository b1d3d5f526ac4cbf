/** What is not received, why, and that nothing is left of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { UploadOptions } from "../../main.ts";
import { alternatives } from "../../lib/files/alternatives.ts";
import { faultOf } from "../../lib/upload/names.ts";
import { toRouting } from "../../lib/site/routing.ts";
import { isFileName } from "../../lib/files/locate.ts";
import { forSeeds } from "../support/random.ts";
import {
  sending,
  uploadSite,
  type UploadSiteOptions,
} from "../support/uploads.ts";

const SITE = { cgi: undefined, routing: toRouting({}) };

/** [path, status, message]. */
const NAMES: readonly (readonly [string, number, RegExp])[] = [
  ["/.hidden", 403, /begin with a dot/],
  ["/.git/hooks/x", 403, /begin with a dot/],
  ["/.well-known/acme-challenge/x", 403, /begin with a dot/],
  ["/a/.b/c", 403, /begin with a dot/],
  ["/con", 400, /every system/],
  ["/a/aux.txt", 400, /every system/],
  ["/LPT1", 400, /every system/],
  ["/a%3Ab", 400, /every system/],
  ["/GIT~1", 400, /every system/],
  ["/a%3Fb", 400, /every system/],
  ["/a%0Ab", 400, /control/],
  ["/a%7Fb", 400, /control/],
  ["/a%00b", 400, /NUL/],
  ["/a%2Fb", 400, /slash/],
  ["/a%5Cb", 400, /slash/],
  ["/a.", 400, /dot or a space/],
  ["/a%20", 400, /dot or a space/],
  [`/${"ä".repeat(128)}`, 400, /255 bytes/],
];

for (const [path, status, message] of NAMES) {
  Deno.test(`PUT ${path.slice(0, 40)}: ${status}`, async () => {
    const { fetch, paths } = uploadSite();
    const before = paths();
    const response = await fetch(path, sending("x", { accept: "text/plain" }));
    assertEquals(response.status, status);
    const text = await response.text();
    assertMatch(text, message);
    if (path !== "/a%00b") assertMatch(text, /\nChoose another name/);
    assertEquals(paths(), before);
  });
}

Deno.test("a name of 255 bytes is received, twice: the other loses letters and keeps its extension", async () => {
  const { fetch, paths } = uploadSite(true, {}, { "/in/": "" });
  const name = `${"ä".repeat(125)}.jpeg`;
  for (let count = 0; count < 2; count++) {
    assertEquals((await fetch(`/in/${name}`, sending("x"))).status, 201);
  }
  assertEquals(paths().length, 3);
  assert(paths().every((path) => new TextEncoder().encode(path).length < 260));
  assert(paths().some((path) => path.endsWith("ä (2).jpeg")));
});

/** [name, the second alternative]. */
const ALTERNATIVES = [
  ["a.txt", "a (2).txt"],
  ["a", "a (2)"],
  ["a.tar.gz", "a (2).tar.gz"],
  ["a b.c d", "a b.c d (2)"],
  ["a (2).txt", "a (2) (2).txt"],
  ["x.y.z", "x.y (2).z"],
] as const;

Deno.test("` (2)` stands before the extension", () => {
  for (const [name, other] of ALTERNATIVES) {
    const [first] = alternatives(name).take(1);
    assertEquals(first, other);
  }
});

Deno.test("whatever a name is made of: what is received is a name on every system, and so are its alternatives", () => {
  const pieces = [
    ...["a", ".", " ", "~1", "con", "\0", "\n", "/", "\\", ":", "ä", "日本"],
    ...["\u0085", "*", "..", ".tar.gz", "nul.", "\ud800", "-", '"', "<", "😀"],
  ];
  forSeeds(3000, ({ join }) => {
    const name = join(pieces, 8);
    const fault = faultOf([name], 0, SITE);
    if (fault !== undefined) return assert(fault.message.length > 0);
    for (const other of alternatives(name).take(3)) {
      assert(isFileName(other, "windows") && isFileName(other, "posix"), other);
      assert(!other.startsWith("."), other);
      assert(new TextEncoder().encode(other).length <= 255);
      assert(!/\p{Cc}/u.test(other));
    }
  });
});

/** [fields, status]. */
const ORIGINS: readonly (readonly [Record<string, string>, number])[] = [
  [{}, 201],
  [{ origin: "http://localhost" }, 201],
  [{ origin: "https://localhost" }, 201], // a proxy has TLS
  [{ "sec-fetch-site": "same-origin", origin: "http://a.example" }, 201],
  [{ "sec-fetch-site": "none" }, 201],
  [{ "sec-fetch-site": "cross-site" }, 403],
  [{ "sec-fetch-site": "same-site" }, 403],
  [{ "sec-fetch-site": "cross-site", origin: "http://localhost" }, 403],
  [{ origin: "http://localhost:3000" }, 403],
  [{ origin: "http://a.example" }, 403],
  [{ origin: "http://localhost.a.example" }, 403],
  [{ origin: "null" }, 403],
  [{ origin: "" }, 403],
];

for (const [fields, status] of ORIGINS) {
  Deno.test(`${JSON.stringify(fields)}: ${status}, and no CORS allows it`, async () => {
    const { fetch } = uploadSite(true, { cors: true });
    const headers = { host: "localhost", ...fields };
    const response = await fetch("/in/x", sending("x", headers));
    assertEquals(response.status, status);
    const form = await fetch("/in/", sending("x", headers, "POST"));
    assertEquals(form.status, status === 201 ? 415 : 403);
  });
}

Deno.test("behind a trusted proxy the origin is that of the Forwarded host", async () => {
  const { fetch } = uploadSite(true, { trustedProxies: ["192.0.2.1"] });
  for (
    const [host, status] of [["a.example", 201], ["b.example", 403]] as const
  ) {
    const response = await fetch(
      "/in/x",
      sending("x", {
        host: "localhost:8000",
        origin: "https://a.example",
        forwarded: `for=198.51.100.1;host=${host};proto=https`,
      }),
    );
    assertEquals(response.status, status, host);
  }
});

/** [upload, options, body, fields, status]. */
const LIMITS: readonly (readonly [
  UploadOptions,
  UploadSiteOptions,
  string,
  Record<string, string>,
  number,
])[] = [
  [{ maxFile: 4 }, {}, "hell", {}, 201],
  [{ maxFile: 4 }, {}, "hello", {}, 413],
  [{ maxFile: 4 }, {}, "x", { "content-range": "bytes 0-0/1000" }, 413],
  [{ maxTotal: 4095 }, {}, "x", {}, 507],
  [{ maxTotal: 4096 }, {}, "x", {}, 201],
  [{ maxTotal: 5000 }, {}, "x".repeat(5001), {}, 507],
  [{ keepFree: 1000 }, { space: 1004 }, "hello", {}, 507],
  [{ keepFree: 1000 }, { space: 1005 }, "hello", {}, 201],
  [{}, { space: 100 }, "hello", {}, 507],
];

for (const [upload, options, body, fields, status] of LIMITS) {
  Deno.test(`${JSON.stringify({ ...upload, ...options })}, ${body.length} bytes: ${status}`, async () => {
    const { fetch, paths } = uploadSite(upload, options, { "/in/": "" });
    const response = await fetch("/in/x", sending(body, fields));
    assertEquals(response.status, status);
    assertEquals(paths().length, status === 201 ? 2 : 1);
  });
}

Deno.test("of unknown length, more than the largest file is 413 in the middle", async () => {
  const { fetch, paths } = uploadSite({ maxFile: 4 }, {}, { "/in/": "" });
  const init = {
    method: "PUT",
    body: new Blob(["hello"]).stream(),
    duplex: "half",
  };
  assertEquals((await fetch("/in/x", init as RequestInit)).status, 413);
  assertEquals(paths(), ["/in/"]);
});

Deno.test("many small files and folders use the budget up; what is discarded gives back", async () => {
  const { fetch } = uploadSite({ maxTotal: 4 * 4096 }, {}, { "/in/": "" });
  const wrong = { "repr-digest": `sha-256=:${btoa("x".repeat(32))}:` };
  for (let count = 0; count < 9; count++) {
    assertEquals((await fetch("/in/x", sending("x", wrong))).status, 400);
  }
  const statuses = [];
  for (const path of ["/in/a", "/in/b/c", "/in/d", "/in/e"]) {
    statuses.push((await fetch(path, sending("x"))).status);
  }
  assertEquals(statuses, [201, 201, 201, 507]);
  assertEquals((await fetch("/in/f/", { method: "MKCOL" })).status, 507);
});

Deno.test("a part that is begun anew does not count twice", async () => {
  const { fetch } = uploadSite({ maxTotal: 12_000 });
  const half = "x".repeat(5000);
  const first = { "content-range": "bytes 0-4999/10000" };
  for (let count = 0; count < 5; count++) {
    assertEquals((await fetch("/in/x", sending(half, first))).status, 202);
  }
  const rest = { "content-range": "bytes 5000-9999/10000" };
  assertEquals((await fetch("/in/x", sending(half, rest))).status, 201);
});

Deno.test("more than so many at a time: 503 with Retry-After", async () => {
  const { fetch } = uploadSite({ maxAtOnce: 1 });
  let go = () => {};
  const slow = fetch("/in/a", {
    method: "PUT",
    duplex: "half",
    body: new ReadableStream({
      start: (controller) => go = () => controller.close(),
    }),
  } as RequestInit);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await fetch("/in/b", sending("x"));
  assertEquals(second.status, 503);
  assertEquals(second.headers.get("retry-after"), "1");
  go();
  assertEquals((await slow).status, 201);
  assertEquals((await fetch("/in/b", sending("x"))).status, 201);
});

/** [method, path, status, Allow]. */
const METHODS = [
  ["DELETE", "/old.txt", 405, "GET, HEAD, OPTIONS, PUT"],
  ["PATCH", "/none.txt", 405, "GET, HEAD, OPTIONS, PUT, MKCOL"],
  ["PUT", "/in/", 405, "GET, HEAD, OPTIONS, POST"],
  ["MKCOL", "/in/", 405, "GET, HEAD, OPTIONS, POST"],
  ["MKCOL", "/in", 405, "GET, HEAD, OPTIONS, PUT, POST"],
  ["MKCOL", "/old.txt", 405, "GET, HEAD, OPTIONS, PUT"],
  ["OPTIONS", "/in/", 204, "GET, HEAD, OPTIONS, POST"],
  ["OPTIONS", "/old.txt", 204, "GET, HEAD, OPTIONS, PUT"],
  ["PROPFIND", "/in/", 405, "GET, HEAD, OPTIONS, POST"],
] as const;

for (const [method, path, status, allow] of METHODS) {
  Deno.test(`${method} ${path}: ${status} with Allow (RFC 9110 §10.2.1)`, async () => {
    const { fetch } = uploadSite();
    const response = await fetch(path, { method });
    assertEquals(response.status, status);
    assertEquals(response.headers.get("allow"), allow);
  });
}

Deno.test("MKCOL makes an empty folder, one at a time (RFC 4918 §9.3.1)", async () => {
  const { fetch, paths } = uploadSite(true, {}, { "/in/": "" });
  const made = await fetch("/in/new/", { method: "MKCOL" });
  assertEquals(made.status, 201);
  assertEquals(made.headers.get("location"), "/in/new/");
  assertEquals((await fetch("/in/a/b/", { method: "MKCOL" })).status, 409);
  assertEquals((await fetch("/in/b", sending("x", {}, "MKCOL"))).status, 415);
  assertEquals((await fetch("/in/con/", { method: "MKCOL" })).status, 400);
  assertEquals(paths(), ["/in/", "/in/new/"]);
});

Deno.test("outside the directory of uploads nothing is received, as if there were no uploads", async () => {
  const { fetch, paths } = uploadSite({ directory: "in" });
  const before = paths();
  for (const path of ["/x", "/new/x", "/inside/x", "/in/../x", "/IN/x"]) {
    assertEquals((await fetch(path, sending("x"))).status, 404, path);
  }
  assertEquals((await fetch("/old.txt", sending("x"))).status, 405);
  assertEquals(
    (await fetch("/", { method: "OPTIONS" })).headers.get("allow"),
    "GET, HEAD, OPTIONS",
  );
  assertEquals(paths(), before);
  assertEquals((await fetch("/in/x", sending("x"))).status, 201);
});

Deno.test("no scripts are received, nor anything into their directories", async () => {
  const tree = { "/cgi-bin/a": "x", "/in/": "" };
  const cgi = { extensions: { ".php": ["php-cgi"] } };
  const { fetch, paths } = uploadSite(true, { cgi }, tree);
  const before = paths();
  for (
    const path of [
      "/x.php",
      "/in/x.PHP",
      "/cgi-bin/b",
      "/htbin/c",
      "/CGI-BIN/d",
    ]
  ) {
    const { status } = await fetch(path, sending("x"));
    assert(status === 403 || status === 404, `${path}: ${status}`);
  }
  assertEquals((await fetch("/htbin/", { method: "MKCOL" })).status, 404);
  assertEquals(paths(), before);
});

Deno.test("an upload that cannot be throws at once", () => {
  const rows: readonly (readonly [UploadOptions, UploadSiteOptions, RegExp])[] =
    [
      [{ directory: "../x" }, {}, /below the root/],
      [{ maxFile: 0 }, {}, /maxFile/],
      [{ onDuplicate: "ask" as "rename" }, {}, /onDuplicate/],
      [{}, { singleFile: true, root: "/old.txt" }, /root is a file/],
    ];
  for (const [upload, options, message] of rows) {
    let text = "";
    try {
      uploadSite(upload, options);
    } catch (error) {
      assert(error instanceof TypeError || error instanceof RangeError);
      text = error.message;
    }
    assertMatch(text, message);
  }
});
