/** What a user may put in place of ours, and what happens when it has a bug. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  createHandler,
  createResolve,
  errorReply,
  type LogRecord,
  methods,
  send,
  type SiteOptions,
} from "../../main.ts";
import { filesOf, loggedSite, site, YESTERDAY } from "../support/site.ts";

const TREE = { "/a.txt": "a", "/b.txt": "b", "/sub/c.txt": "c" };

Deno.test("resolve: the target can be another one, or absent", async () => {
  const fetch = site(TREE, {
    resolve(target, next) {
      if (target.segments[0] === "secret") return { kind: "absent" };
      if (target.segments[0] === "old") {
        return { kind: "moved", location: "/new" };
      }
      return target.segments[0] === "alias"
        ? next({ ...target, segments: ["b.txt"] })
        : next(target);
    },
  });
  assertEquals(await (await fetch("/alias")).text(), "b");
  assertEquals(await (await fetch("/a.txt")).text(), "a");
  assertEquals((await fetch("/secret/a")).status, 404);
  const moved = await fetch("/old");
  assertEquals([moved.status, moved.headers.get("location")], [301, "/new"]);
});

Deno.test("resolve: the policies hold for whatever the function asks for", async () => {
  const fetch = site({ ...TREE, "/.env": "secret" }, {
    resolve: (target, next) => next({ ...target, segments: ["..", ".env"] }),
  });
  assertEquals((await fetch("/x")).status, 404);
});

Deno.test("createResolve(): another root with policies of its own", async () => {
  const files = filesOf({
    "/www/a.txt": "a",
    "/docs/b.txt": "b",
    "/docs/.env": "x",
  });
  const docs = createResolve({ root: "/docs", files });
  const handler = createHandler({
    root: "/www",
    files,
    log: false,
    async resolve(target, next) {
      const found = await next(target);
      return found.kind === "absent" ? await docs(target) : found;
    },
  });
  const get = (path: string) => handler(new Request(`http://localhost${path}`));
  assertEquals(await (await get("/a.txt")).text(), "a");
  assertEquals(await (await get("/b.txt")).text(), "b");
  assertEquals((await get("/.env")).status, 404);
});

Deno.test("guessType: in place of the table", async () => {
  const fetch = site(TREE, { guessType: (name) => `x/${name.length}` });
  assertEquals(
    (await fetch("/a.txt")).headers.get("content-type"),
    "x/5",
  );
});

Deno.test("list: a page in place of ours, with validators like any other", async () => {
  const options: Partial<SiteOptions> = {
    list: ({ path, parent, entries }) => ({
      body: JSON.stringify([path, parent, entries]),
      mediaType: "application/json",
    }),
  };
  const fetch = site(TREE, options);
  const response = await fetch("/sub/");
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("content-security-policy"), null);
  const [path, parent, [{ entityTag, ...entry }]] = await response.json();
  assertEquals([path, parent], ["/sub/", true]);
  assertEquals(entry, {
    name: "c.txt",
    kind: "file",
    size: 1,
    modified: YESTERDAY,
    mediaType: "text/plain; charset=utf-8",
    readable: true,
  });
  const { headers } = await fetch("/sub/c.txt");
  assertEquals(headers.get("etag"), entityTag);
  const etag = response.headers.get("etag") ?? "";
  const again = await fetch("/sub/", { headers: { "If-None-Match": etag } });
  assertEquals(again.status, 304);
});

Deno.test("errorPage: every error has it, with its fields, also without content for HEAD", async () => {
  const fetch = site(TREE, {
    cors: true,
    errorPage: (status, { message, explain }) => ({
      body: `${status}|${message}|${explain}`,
      mediaType: "text/plain",
    }),
  });
  const response = await fetch("/none");
  assertEquals(response.status, 404);
  assertEquals(response.headers.get("content-type"), "text/plain");
  assertEquals(response.headers.get("cache-control"), "no-cache");
  assertEquals(response.headers.get("content-security-policy"), null);
  assertEquals(response.headers.get("access-control-allow-origin"), "*");
  const text = await response.text();
  assertEquals(text, "404|File not found|Nothing matches the given URI");
  assertEquals(response.headers.get("content-length"), `${text.length}`);
  const head = await fetch("/none", { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), `${text.length}`);
  assertEquals(await head.text(), "");
  const refused = await fetch("/a.txt", { method: "PUT" });
  assertEquals(refused.headers.get("allow"), "GET, HEAD, OPTIONS");
  assertEquals((await refused.text()).split("|")[0], "405");
});

Deno.test("expectContinue: no is 417, and only who announces content is asked", async () => {
  const asked: string[] = [];
  const fetch = site(TREE, {
    expectContinue: (request, peer) => {
      asked.push(`${request.method} ${peer.address}`);
      return request.headers.get("content-type") === "text/plain";
    },
  });
  const expect = { Expect: "100-Continue" };
  const rows: Array<[Record<string, string>, number]> = [
    [{}, 405],
    [expect, 417],
    [{ ...expect, "Content-Type": "text/plain" }, 405],
    [{ Expect: "something-else" }, 405],
  ];
  for (const [headers, status] of rows) {
    const response = await fetch("/a.txt", { method: "PUT", headers });
    assertEquals(response.status, status, JSON.stringify(headers));
  }
  assertEquals(asked, ["PUT -", "PUT -"]);
});

Deno.test("protocol: HTTP/1.0 closes the connection after each answer", async () => {
  const rows = [["HTTP/1.0", "close"], ["HTTP/1.1", null]] as const;
  for (const [protocol, expected] of rows) {
    for (const path of ["/a.txt", "/none", "/sub"]) {
      const response = await site(TREE, { protocol })(path);
      assertEquals(response.headers.get("connection"), expected);
    }
  }
});

Deno.test("an override with a bug: 500, logged with its stack, and other requests are untouched", async () => {
  const bug = (): never => {
    throw new Error("oops");
  };
  const later = () => Promise.reject(new Error("oops"));
  const junk = () => ({ body: 1 }) as never;
  const rows: Array<[name: string, path: string, Partial<SiteOptions>]> = [
    ["resolve", "/bug", {
      resolve: ({ segments }, next) =>
        segments[0] === "bug" ? bug() : next({
          kind: "path",
          segments,
          directory: false,
          query: "",
        }),
    }],
    ["resolve, later", "/bug", {
      resolve: (target, next) =>
        target.segments[0] === "bug" ? later() : next(target),
    }],
    ["guessType", "/b.txt", {
      guessType: (name) => name === "b.txt" ? bug() : "text/plain",
    }],
    ["guessType with a line feed", "/b.txt", {
      guessType: (name) => name === "b.txt" ? "a/b\r\nX: y" : "text/plain",
    }],
    ["list", "/sub/", { list: bug }],
    ["list, later", "/sub/", { list: later }],
    ["list of junk", "/sub/", { list: junk }],
    ["errorPage", "/none", { errorPage: bug }],
    ["errorPage, later", "/none", { errorPage: later }],
    ["errorPage of junk", "/none", { errorPage: junk }],
    ["expectContinue", "/none", { expectContinue: bug }],
    ["resolve of junk", "/none", {
      resolve: (target, next) =>
        target.segments[0] === "none" ? { kind: "?" } as never : next(target),
    }],
    ["resolve of nothing", "/none", {
      resolve: (target, next) =>
        target.segments[0] === "none" ? undefined as never : next(target),
    }],
    ["moved to nowhere", "/none", {
      resolve: (target, next) =>
        target.segments[0] === "none"
          ? { kind: "moved" } as never
          : next(target),
    }],
    ["undefined", "/sub/", {
      list: () => {
        throw undefined;
      },
    }],
  ];
  for (const [name, path, options] of rows) {
    const { fetch, records } = loggedSite(TREE, options);
    const headers = { Expect: "100-continue" };
    const method = name === "expectContinue" ? "PUT" : "GET";
    const response = await fetch(path, { method, headers });
    assertEquals(response.status, 500, name);
    assertStringIncludes(await response.text(), "Error code: 500");
    assertEquals((await fetch("/a.txt")).status, 200, name);
    await new Promise((resolve) => setTimeout(resolve));
    const [record] = records as [LogRecord];
    assertEquals(record.status, 500);
    assertEquals(record.error instanceof Error, true, name);
  }
});

Deno.test("what is no function is a TypeError at construction", () => {
  for (
    const name of [
      "resolve",
      "guessType",
      "list",
      "errorPage",
      "expectContinue",
    ]
  ) {
    const options = { [name]: "x" } as Partial<SiteOptions>;
    assertThrows(() => site({}, options), TypeError, name);
  }
  const protocol = "HTTP/3" as "HTTP/1.0";
  assertThrows(() => site({}, { protocol }), TypeError, "HTTP/3");
});

Deno.test("errorReply(): no content with 1xx, 204, 205 and 304; an unknown code is ???", () => {
  for (const status of [100, 103, 204, 205, 304]) {
    const { body, fields } = errorReply(status, { fields: [["X-A", "1"]] });
    assertEquals(body.kind, "none", `${status}`);
    assertEquals(fields, [["X-A", "1"]]);
  }
  assertEquals(errorReply(799).message, "???");
  assertEquals(errorReply(799).explain, "???");
});

Deno.test("send(): no content for HEAD, Server and Date on everything", async () => {
  const request = new Request("http://localhost/", { method: "HEAD" });
  const response = await send(errorReply(404), request);
  assertEquals(await response.text(), "");
  assertEquals(response.headers.has("content-length"), true);
  assertEquals(response.headers.get("server")?.startsWith("serve/"), true);
  assertEquals(response.headers.has("date"), true);
});

Deno.test("methods(): dispatches, HEAD from GET, 204, 405 and 501", async () => {
  const handler = methods({
    GET: (_request, peer) =>
      new Response(peer.address, { headers: { A: "1" } }),
    SPAM: () => new Response("spam"),
  });
  const rows: Array<[string, number, string, string | null]> = [
    ["GET", 200, "192.0.2.1", null],
    ["HEAD", 200, "", null],
    ["SPAM", 200, "spam", null],
    ["OPTIONS", 204, "", "GET, HEAD, OPTIONS, SPAM"],
    ["PUT", 405, "Method Not Allowed", "GET, HEAD, OPTIONS, SPAM"],
    ["EGGS", 501, "Unsupported method (&#39;EGGS&#39;)", null],
    ["get", 501, "Unsupported method (&#39;get&#39;)", null],
  ];
  for (const [method, status, text, allow] of rows) {
    const request = new Request("http://localhost/", { method: "X" });
    Object.defineProperty(request, "method", { value: method });
    const response = await handler(request, { address: "192.0.2.1" });
    assertEquals(response.status, status, method);
    assertEquals(response.headers.get("allow"), allow, method);
    const content = await response.text();
    if (text === "") assertEquals(content, "", method);
    else assertStringIncludes(content, text);
  }
  assertThrows(() => methods({ "A B": () => new Response() }), TypeError);
  assertThrows(() => methods({ GET: "x" as never }), TypeError);
});

Deno.test("errorPage: also of what was thrown, unless it is the page itself that throws", async () => {
  const fetch = site(TREE, {
    guessType: () => {
      throw new Error("oops");
    },
    errorPage: (status) => ({ body: `mine ${status}` }),
  });
  assertEquals(await (await fetch("/a.txt")).text(), "mine 500");
});

Deno.test("a log that throws, or rejects later, is ignored", async () => {
  const logs = [
    () => {
      throw new Error("oops");
    },
    () => Promise.reject(new Error("oops")),
  ];
  for (const log of logs) {
    const fetch = site(TREE, { log });
    assertEquals(await (await fetch("/a.txt")).text(), "a");
    await new Promise((resolve) => setTimeout(resolve));
  }
});

Deno.test("resolve: a file that somebody has found by themselves, with what they know of it", async () => {
  const files = filesOf({ ...TREE, "/sub/a.txt.gz": "not its sidecar" });
  const fetch = site({}, {
    files,
    resolve: async () => {
      const stat = await files.stat("/a.txt");
      const { kind, size, mtime } = stat ?? { kind: "file", size: 0 };
      return {
        kind: "file",
        path: "/a.txt",
        segments: ["sub", "a.txt"],
        stat: { kind, size, mtime },
      } as const;
    },
  });
  const headers = { "Accept-Encoding": "gzip" };
  const response = await fetch("/whatever", { headers });
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(await response.text(), "a");
});

Deno.test("send() and methods(): the Server field can be turned off, errors have a page of one's own", async () => {
  const options = {
    serverVersion: false,
    errorPage: (status: number) => ({ body: `mine ${status}` }),
  } as const;
  const request = new Request("http://localhost/", { method: "PUT" });
  const sent = await send(errorReply(410), request, options);
  assertEquals(sent.headers.get("server"), null);
  assertEquals(await sent.text(), "mine 410");
  const handler = methods({ GET: () => new Response() }, options);
  const refused = await handler(request);
  assertEquals([refused.status, refused.headers.get("server")], [405, null]);
  assertEquals(await refused.text(), "mine 405");
});
