/**
 * The classes of `http.server`: a check for each row of the table in `lib/handler/docs.md`, named
 * after its left column. They run on Deno and on Bun, so they use nothing of either.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as serve from "../../main.ts";
// By its path: to Bun the names of the tests' libraries are unknown.
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "../../scripts/std/assert/mod.ts";
import { makeCertificate } from "./certificates.ts";
import { loggedSite, NOW, site } from "./site.ts";

/** A row: its left column, and what holds. */
export type ClassRow = readonly [
  name: string,
  check: () => void | Promise<void>,
];

/** The rows, in the order of the table. */
export const CLASS_ROWS: ClassRow[] = [];

function row(...all: ClassRow): void {
  CLASS_ROWS.push(all);
}

const HANDLER: serve.Handler = () => Promise.resolve(new Response("hi"));

row(
  "`HTTPServer(address, Handler)`, `serve_forever()`, `shutdown()`",
  async () => {
    const at = { port: 0, hostname: "127.0.0.1" };
    const server = await serve.listen(HANDLER, at);
    assertEquals(await (await fetch(server.url)).text(), "hi");
    await server.shutdown();
    await server.finished;
    await fetch(server.url).then(() => assert(false), () => {});
  },
);

row("`server_name`, `server_port`", async () => {
  const server = await serve.listen(HANDLER, {
    port: 0,
    hostname: "127.0.0.1",
  });
  const { address, port, name, url } = server;
  assertEquals([address, name], ["127.0.0.1", "localhost"]);
  assertEquals(url, `http://127.0.0.1:${port}/`);
  await server.shutdown();
});

row("`ThreadingHTTPServer`", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = await serve.listen(async (request) => {
    if (request.url.endsWith("/wait")) await promise;
    else resolve();
    return new Response("hi");
  }, { port: 0, hostname: "127.0.0.1" });
  const first = fetch(`${server.url}wait`);
  const second = await fetch(server.url);
  assertEquals([await second.text(), await (await first).text()], ["hi", "hi"]);
  await server.shutdown();
});

row("`HTTPSServer`, `ThreadingHTTPSServer`", async () => {
  const { cert, key } = await makeCertificate();
  const tls = { cert, key };
  const at = { port: 0, hostname: "127.0.0.1", tls };
  const server = await serve.listen(HANDLER, at);
  assert(server.url.startsWith("https://"));
  const url = `https://localhost:${server.port}/`;
  const text = await new Promise((resolve, reject) => {
    get(url, { ca: cert, agent: false }, (answer) => {
      answer.setEncoding("utf8").on("data", resolve);
    }).on("error", reject);
  });
  assertEquals(text, "hi");
  await server.shutdown();
});

row("`BaseHTTPRequestHandler`, `do_GET()`, `do_SPAM()`", async () => {
  const handler = serve.methods({
    GET: () => new Response("got"),
    SPAM: () => new Response("spam"),
  });
  const rows = [["GET", 200], ["SPAM", 200], ["HEAD", 200], ["PUT", 405], [
    "EGGS",
    501,
  ]] as const;
  for (const [method, status] of rows) {
    const request = new Request("http://a/", { method });
    if (request.method !== method) continue; // Bun knows registered ones only
    const response = await handler(request);
    assertEquals(response.status, status, method);
    await response.body?.cancel();
  }
});

row("`handle()`, `handle_one_request()`", async () => {
  let count = 0;
  const server = await serve.listen(() => {
    count++;
    return Promise.resolve(new Response());
  }, { port: 0, hostname: "127.0.0.1" });
  for (let time = 0; time < 2; time++) {
    await (await fetch(server.url)).body?.cancel();
  }
  assertEquals(count, 2);
  await server.shutdown();
});

/** What a handler is told of its client, with the real sockets. */
async function peerOf(): Promise<serve.Peer> {
  let told: serve.Peer | undefined;
  const server = await serve.listen(
    serve.methods({
      GET: (_request, peer) => {
        told = peer;
        return new Response();
      },
    }),
    { port: 0, hostname: "127.0.0.1" },
  );
  await (await fetch(server.url)).body?.cancel();
  await server.shutdown();
  assertEquals(told?.server?.port, server.port);
  return told as serve.Peer;
}

row("`client_address`, `address_string()`", async () => {
  const peer = await peerOf();
  assertEquals(peer.address, "127.0.0.1");
  assert((peer.port ?? 0) > 0);
});

row("`server`", async () => {
  const { server } = await peerOf();
  assertEquals(server?.name, "localhost");
});

row("`command`, `path`, `requestline`, `headers`, `rfile`", async () => {
  const request = new Request("http://a/b%20c?d", {
    method: "POST",
    body: "content",
    headers: { "X-A": "1" },
  });
  assertEquals(request.method, "POST");
  const target = serve.readTarget(request);
  assertEquals(target.kind === "path" && target.segments, ["b c"]);
  assertEquals(serve.rawTarget(request), "/b%20c?d");
  assertEquals(serve.requestLine(request), "POST /b%20c?d HTTP/1.1");
  assertEquals(request.headers.get("x-a"), "1");
  assertEquals(await request.text(), "content");
});

row(
  "`wfile`, `send_response()`, `send_header()`, `end_headers()`",
  async () => {
    const bytes = new TextEncoder().encode("hello");
    const reply: serve.Reply = {
      status: 201,
      fields: [["X-A", "1"], ["Content-Length", "5"]],
      body: serve.wholeBody({ kind: "bytes", bytes }),
    };
    const response = await serve.send(reply, new Request("http://a/"));
    assertEquals([response.status, response.headers.get("x-a")], [201, "1"]);
    assert(response.headers.has("server") && response.headers.has("date"));
    assertEquals(await response.text(), "hello");
  },
);

row("`close_connection`", async () => {
  const headers = { Connection: "close" };
  const server = await serve.listen(
    () => Promise.resolve(new Response("hi", { headers })),
    { port: 0, hostname: "127.0.0.1" },
  );
  const response = await fetch(server.url);
  assertEquals(response.headers.get("connection"), "close");
  await response.body?.cancel();
  await server.shutdown();
});

row("`server_version`, `sys_version`, `version_string()`", async () => {
  assertMatch(
    serve.versionString(),
    /^serve\/\d+\.\d+\.\d+ (?:Deno|Bun)\/\d+\.\d+\.\d+$/,
  );
  const rows = [[undefined, serve.versionString()], ["x/1", "x/1"], [
    false,
    null,
  ]] as const;
  for (const [serverVersion, expected] of rows) {
    const options = serverVersion === undefined ? {} : { serverVersion };
    const response = await site({ "/a": "a" }, options)("/a");
    assertEquals(response.headers.get("server"), expected);
    await response.body?.cancel();
  }
});

row("`error_message_format`, `error_content_type`", async () => {
  const fetch = site({}, {
    errorPage: (status, { message, explain }) => ({
      body: [status, message, explain].join("|"),
      mediaType: "text/plain",
    }),
  });
  const response = await fetch("/none");
  assertEquals(response.headers.get("content-type"), "text/plain");
  assertEquals(
    await response.text(),
    "404|File not found|Nothing matches the given URI",
  );
});

row("`responses`", () => {
  assertEquals(serve.RESPONSES[404], [
    "Not Found",
    "Nothing matches the given URI",
  ]);
  // The HTTP Status Code Registry of IANA, without 306, which is unused.
  const registered = [
    ..."100 101 102 103 104 200 201 202 203 204 205 206 207 208 226".split(" "),
    ..."300 301 302 303 304 305 307 308".split(" "),
    ..."400 401 402 403 404 405 406 407 408 409 410 411 412 413 414".split(" "),
    ..."415 416 417 418 421 422 423 424 425 426 428 429 431 451".split(" "),
    ..."500 501 502 503 504 505 506 507 508 510 511".split(" "),
  ];
  assertEquals(Object.keys(serve.RESPONSES), registered);
  for (const [phrase, explanation] of Object.values(serve.RESPONSES)) {
    assert(phrase.length > 1 && phrase !== "???" && explanation.length > 5);
  }
});

row("`send_error(code, message, explain)`", async () => {
  const details = { message: "No <spam>", explain: "Eggs & ham" };
  const reply = serve.errorReply(404, details);
  const response = await serve.send(reply, new Request("http://a/"));
  const text = await response.text();
  assertStringIncludes(text, "<p>Error code: 404</p>");
  assertStringIncludes(text, "<p>Message: No &lt;spam&gt;.</p>");
  assertStringIncludes(text, "explanation: 404 - Eggs &amp; ham.</p>");
  assertEquals(serve.errorReply(799).message, "???");
  for (const status of [100, 204, 205, 304]) {
    assertEquals(serve.errorReply(status).body, { kind: "none" });
  }
  const head = new Request("http://a/", { method: "HEAD" });
  assertEquals(await (await serve.send(reply, head)).text(), "");
});

row("`protocol_version`", async () => {
  const fetch = site({ "/a": "a" }, { protocol: "HTTP/1.0" });
  assertEquals((await fetch("/a")).headers.get("connection"), "close");
});

row("`MessageClass`", async () => {
  const seen: unknown[] = [];
  const handler = serve.methods({
    GET: (request) => {
      seen.push(request.headers);
      return new Response();
    },
  });
  await handler(new Request("http://a/"));
  assert(seen[0] instanceof Headers);
});

row("`handle_expect_100()`", async () => {
  const fetch = site({ "/a": "a" }, { expectContinue: () => false });
  const headers = { Expect: "100-continue" };
  assertEquals((await fetch("/a", { method: "PUT", headers })).status, 417);
});

row("`log_request()`, `log_error()`, `log_message()`", async () => {
  const { fetch, logged } = loggedSite({});
  await (await fetch("/none?q")).body?.cancel();
  const record = await logged();
  const { method, target, status, message, milliseconds } = record;
  assertEquals([method, target, status, message, milliseconds], [
    "GET",
    "/none?q",
    404,
    "File not found",
    0,
  ]);
  assertMatch(
    serve.formatLogRecord(record),
    /^- - - \[.+\] code 404, message File not found\n- - - \[.+\] "GET \/none\?q HTTP\/1\.1" 404 \d+\n$/,
  );
});

row("`date_time_string()`, `log_date_time_string()`", () => {
  assertEquals(serve.formatHttpDate(NOW), "Sun, 06 Nov 1994 08:49:37 GMT");
  const time = new Date(2026, 10, 20, 16).getTime();
  assertEquals(serve.formatLogDate(time), "20/Nov/2026 16:00:00");
});

row("`SimpleHTTPRequestHandler(directory=…)`", async () => {
  const handler = serve.createHandler({
    root: fileURLToPath(new URL("../../lib", import.meta.url)),
    log: false,
  });
  const response = await handler(new Request("http://a/mod.ts"));
  assertStringIncludes(await response.text(), "createHandler");
});

row("`extensions_map`", async () => {
  const mediaTypes = { ".MD": "text/x-md", "": "text/x-none" };
  const fetch = site({ "/a.md": "a", "/b": "b", "/c.css": "c" }, {
    mediaTypes,
  });
  const types = ["/a.md", "/b", "/c.css"].map(async (path) =>
    (await fetch(path)).headers.get("content-type")?.split(";")[0]
  );
  assertEquals(await Promise.all(types), [
    "text/x-md",
    "text/x-none",
    "text/css",
  ]);
});

row("`index_pages`", async () => {
  const tree = { "/home.txt": "home", "/index.html": "index" };
  const text = async (options: Partial<serve.SiteOptions>) =>
    await (await site(tree, options)("/")).text();
  assertEquals(await text({}), "index");
  assertEquals(await text({ index: ["none", "home.txt"] }), "home");
  assertStringIncludes(await text({ index: [] }), "<title>Index of /");
});

row("`default_content_type`, `extra_response_headers`", async () => {
  const options = { defaultType: "text/x-a", headers: { "X-A": "1" } };
  const { headers } = await site({ "/a": "a" }, options)("/a");
  assertEquals(headers.get("content-type")?.split(";")[0], "text/x-a");
  assertEquals(headers.get("x-a"), "1");
});

row("`do_GET()`, `do_HEAD()`, `send_head()`, `copyfile()`", async () => {
  const fetch = site({ "/a": "hello" });
  const response = await fetch("/a");
  const head = await fetch("/a", { method: "HEAD" });
  assertEquals([...head.headers], [...response.headers]);
  assertEquals([await response.text(), await head.text()], ["hello", ""]);
});

row("`translate_path()`", async () => {
  const files = serve.memoryFiles({ "/docs/a": "docs" });
  const docs = serve.createResolve({ root: "/docs", files });
  const found = await docs({
    kind: "path",
    segments: ["a"],
    directory: false,
    query: "",
  });
  assertEquals(found.kind === "file" && found.path, "/docs/a");
  const fetch = site({ "/b": "b" }, {
    resolve: (target, next) => next({ ...target, segments: ["b"] }),
  });
  assertEquals(await (await fetch("/whatever")).text(), "b");
});

row("`list_directory()`", async () => {
  const list: serve.List = ({ path, entries }) => ({
    body: `${path} ${entries.map(({ name }) => name)}`,
    mediaType: "text/plain",
  });
  const response = await site({ "/b": "b" }, { list })("/");
  assertEquals(await response.text(), "/ b");
  const page = serve.listingPage({ path: "/x/", parent: true, entries: [] });
  assertStringIncludes(
    new TextDecoder().decode(page),
    "<title>Index of /x</title>",
  );
});

row("`guess_type()`", async () => {
  const guessType = serve.createGuessType();
  assertEquals(guessType("a.mjs"), "text/javascript; charset=utf-8");
  const fetch = site({ "/b": "b" }, { guessType: () => "text/x-b" });
  assertEquals((await fetch("/b")).headers.get("content-type"), "text/x-b");
});

/** What a script below a directory answers. */
function scriptAnswer(
  path: string,
  cgi: serve.CgiOptions | true,
  script = 'echo "Content-Type: text/plain"; echo; echo "$REQUEST_METHOD"; cat',
): (init?: RequestInit) => Promise<Response> {
  const root = mkdtempSync(`${tmpdir()}/serve_`);
  const file = root + path;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  // Scripts run as nobody.
  for (let at = file; at.length >= root.length; at = dirname(at)) {
    chmodSync(at, 0o755);
  }
  const options = { root, cgi, log: false } as const;
  const handler = serve.createHandler(options);
  return async (init) => {
    const answer = await handler(new Request(`http://a${path}`, init));
    const text = await answer.text();
    rmSync(root, { recursive: true });
    return new Response(text, answer);
  };
}

row("`CGIHTTPRequestHandler`", async () => {
  const ask = scriptAnswer("/cgi-bin/x", true);
  assertEquals(await (await ask()).text(), "GET\n");
});

row("`cgi_directories`", async () => {
  const cgi = { directories: ["/deep/scripts"] };
  const ask = scriptAnswer("/deep/scripts/x", cgi);
  assertEquals(await (await ask()).text(), "GET\n");
});

row(
  "`do_POST()`, `is_cgi()`, `is_executable()`, `is_python()`, `run_cgi()`",
  async () => {
    const post = scriptAnswer("/cgi-bin/x", true);
    const init = { method: "POST", body: "content" };
    assertEquals(await (await post(init)).text(), "POST\ncontent");
    const ask = scriptAnswer("/x.run", {
      extensions: { ".run": ["sh"] },
    });
    assertEquals(await (await ask({ method: "PUT" })).text(), "PUT\n");
  },
);

row("user nobody", async () => {
  const script = 'echo "Content-Type: text/plain"; echo; id -un';
  const ask = scriptAnswer("/cgi-bin/x", { user: "root" }, script);
  if (process.getuid?.() === 0) {
    assertEquals(await (await ask()).text(), "root\n");
  } else assertEquals((await ask()).status, 500);
});
