/**
 * Everything that `http.server` has: a test for each row of the README's page "Coming from
 * http.server", named after its left column. The last test compares the two lists.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import * as serve from "../main.ts";
import { makeCertificate } from "./support/certificates.ts";
import {
  PROJECT,
  type RuntimeName,
  RUNTIMES,
  runToEnd,
  start,
  temporaryDirectory,
} from "./support/program.ts";
import { exchange, request } from "./support/raw.ts";
import { addScript, PERMISSIONS } from "./support/scripts.ts";
import { loggedSite, NOW, site } from "./support/site.ts";

const rows: string[] = [];

/** A row of the table of classes. */
function row(name: string, check: () => void | Promise<void>): void {
  rows.push(name);
  Deno.test(`http.server: ${name}`, async () => await check());
}

/** A row of the table of the command line: on both runtimes, in a directory with a file. */
function line(
  name: string,
  check: (runtime: RuntimeName, directory: string) => Promise<void>,
): void {
  rows.push(name);
  Deno.test(`http.server: ${name}`, async (t) => {
    for (const runtime of RUNTIMES) {
      await t.step(runtime, async () => {
        using directory = temporaryDirectory();
        Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
        await check(runtime, directory.path);
      });
    }
  });
}

/** Writes a shell script where everybody may run it. */
function writeScript(root: string, path: string, body: string): void {
  let directory = root;
  Deno.chmodSync(root, 0o755);
  for (const name of path.split("/").slice(1, -1)) {
    directory += `/${name}`;
    Deno.mkdirSync(directory);
    Deno.chmodSync(directory, 0o755);
  }
  addScript(root + path, `#!/bin/sh\n${body}\n`);
}

/** What the program answers with some flags. */
async function answerOf(
  runtime: RuntimeName,
  words: readonly string[],
  path = "/a.txt",
) {
  await using program = await start(runtime, ["0", ...words]);
  return await request(program.port, path);
}

line("`[port]`", async (runtime, directory) => {
  await using program = await start(runtime, ["0"], directory);
  assert(program.port > 0);
  assertEquals((await request(program.port, "/a.txt")).text, "a");
  assertEquals((await runToEnd(runtime, ["65536"])).code, 2);
});

line("`-b, --bind ADDRESS`", async (runtime, directory) => {
  for (const flag of ["-b", "--bind"]) {
    const words = ["0", directory, flag, "127.0.0.1"];
    await using program = await start(runtime, words);
    assertStringIncludes(program.output(), "Serving HTTP on 127.0.0.1 port ");
  }
});

line("`-d, --directory DIR`", async (runtime, directory) => {
  for (const flag of ["-d", "--directory"]) {
    assertEquals((await answerOf(runtime, [flag, directory])).text, "a");
  }
});

line("`-p, --protocol VERSION`", async (runtime, directory) => {
  for (const flag of ["-p", "--protocol"]) {
    const old = await keptAlive(runtime, [directory, flag, "HTTP/1.0"]);
    assertEquals(old, "close");
    const usual = await keptAlive(runtime, [directory, flag, "HTTP/1.1"]);
    assertEquals(usual, null);
  }
  const wrong = await runToEnd(runtime, [directory, "-p", "SPDY"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.errors, /cannot speak "SPDY": expected HTTP\/1\.0 or/);
});

/** The Connection field of an answer to a client that would go on. */
async function keptAlive(runtime: RuntimeName, words: readonly string[]) {
  await using program = await start(runtime, ["0", ...words]);
  const response = await fetch(`${program.url}/a.txt`);
  await response.body?.cancel();
  return response.headers.get("connection");
}

line("`--cgi`", async (runtime, directory) => {
  writeScript(
    directory,
    "/cgi-bin/x",
    'echo "Content-Type: a/b"; echo; echo hi',
  );
  const words = ["0", directory, "--cgi"];
  await using program = await start(runtime, words, undefined, PERMISSIONS);
  assertEquals((await request(program.port, "/cgi-bin/x")).text, "hi\n");
});

line(
  "`--tls-cert`, `--tls-key`, `--tls-password-file`",
  async (runtime, directory) => {
    const { cert, key } = await makeCertificate();
    Deno.writeTextFileSync(`${directory}/c.pem`, cert);
    Deno.writeTextFileSync(`${directory}/k.pem`, key);
    const words = ["--tls-cert", `${directory}/c.pem`, "--tls-key"];
    Deno.mkdirSync(`${directory}/site`);
    const all = ["0", `${directory}/site`, ...words, `${directory}/k.pem`];
    await using program = await start(runtime, all);
    assertStringIncludes(program.output(), "Serving HTTPS on ");
    for (const flag of ["--tls-key", "--tls-password-file"]) {
      const { code, errors } = await runToEnd(runtime, [flag, "x"]);
      assertEquals(code, 2);
      assertStringIncludes(errors, `${flag} requires --tls-cert to be set`);
    }
  },
);

line("`-H, --header NAME VALUE`", async (runtime, directory) => {
  const words = [directory, "-H", "X-A", "1", "--header", "X-B", "2"];
  const { fields } = await answerOf(runtime, words);
  assertEquals([fields.get("x-a"), fields.get("x-b")], ["1", "2"]);
});

line("`--content-type TYPE`", async (runtime, directory) => {
  Deno.writeTextFileSync(`${directory}/README`, "");
  const words = [directory, "--content-type", "text/x-a"];
  const { fields } = await answerOf(runtime, words, "/README");
  assertEquals(fields.get("content-type"), "text/x-a; charset=utf-8");
});

line("`-h, --help`", async (runtime) => {
  for (const flag of ["-h", "--help"]) {
    const { code, output } = await runToEnd(runtime, [flag]);
    assertEquals(code, 0);
    assert(output.startsWith("usage: serve "));
  }
  const { code, output } = await runToEnd(runtime, ["--version"]);
  assertEquals(code, 0);
  assert(output.startsWith("serve "));
});

line(
  "`Serving HTTP on … port … (http://…/) ...`",
  async (runtime, directory) => {
    const words = ["0", directory, "-b", "127.0.0.1"];
    await using program = await start(runtime, words);
    const { port } = program;
    assertEquals(
      program.output().split("\n")[0],
      `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/) ...`,
    );
  },
);

line(
  "Ctrl-C: `Keyboard interrupt received, exiting.`, exit 0",
  async (runtime, directory) => {
    const program = await start(runtime, ["0", directory]);
    assertEquals(await program.stop("SIGINT"), 0);
    assert(
      program.output().endsWith("\nKeyboard interrupt received, exiting.\n"),
    );
  },
);

line(
  '`127.0.0.1 - - [20/Nov/2026 16:00:00] "GET / HTTP/1.1" 200 -`',
  async (runtime, directory) => {
    await using program = await start(runtime, ["0", directory]);
    await request(program.port, "/a.txt?q");
    await request(program.port, "/none");
    const log = await program.log("/none");
    const [first, second, third] = log.split("\n");
    const start_ =
      /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4} \d\d:\d\d:\d\d\] /;
    for (const text of [first, second, third]) assertMatch(text ?? "", start_);
    assert(first?.endsWith('"GET /a.txt?q HTTP/1.1" 200 1'));
    assert(second?.endsWith("code 404, message File not found"));
    assertMatch(third ?? "", /"GET \/none HTTP\/1\.1" 404 \d+$/);
  },
);

line("a bad flag or value: a message, exit 2", async (runtime) => {
  const rows = [["--nope"], ["-b"], ["x", "y"], ["--cgi=1"]];
  for (const words of rows) {
    const { code, errors } = await runToEnd(runtime, words);
    assertEquals(code, 2);
    assert(errors.startsWith("serve: "));
  }
});

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
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const url = `https://localhost:${server.port}/`;
  assertEquals(await (await fetch(url, { client })).text(), "hi");
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
    const response = await handler(new Request("http://a/", { method }));
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
  const one = "GET / HTTP/1.1\r\nHost: a\r\n";
  await exchange(server.port, `${one}\r\n${one}Connection: close\r\n\r\n`);
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
    /^serve\/\d+\.\d+\.\d+ Deno\/\d+\.\d+\.\d+$/,
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
  const handler = serve.createHandler({ root: `${PROJECT}lib`, log: false });
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
  assertStringIncludes(await text({ index: [] }), "Directory listing for /");
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
    "<h1>Directory listing for /x/</h1>",
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
  const directory = temporaryDirectory();
  writeScript(directory.path, path, script);
  const options = { root: directory.path, cgi, log: false } as const;
  const handler = serve.createHandler(options);
  return async (init) => {
    const answer = await handler(new Request(`http://a${path}`, init));
    const text = await answer.text();
    directory[Symbol.dispose]();
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
  if (Deno.uid() === 0) assertEquals(await (await ask()).text(), "root\n");
  else assertEquals((await ask()).status, 500);
});

Deno.test("http.server: the README's tables have exactly these rows", () => {
  const readme = Deno.readTextFileSync(`${PROJECT}README.md`);
  const page = readme.split("\n## Coming from http.server\n")[1]
    ?.split("\n### Differences\n")[0] ?? "";
  const lefts = [...page.matchAll(/^\| (.+?) \| /gm)].map(([, left = ""]) =>
    left
  )
    .filter((left) => !/^`(?:python -m )?http\.server/.test(left));
  assertEquals(lefts, rows);
});
