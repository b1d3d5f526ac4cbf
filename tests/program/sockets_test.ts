/** Addresses, ports and unix sockets of the real program, on Deno and on Bun. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { exportKey, makeCertificate } from "../support/certificates.ts";
import {
  moduleCommand,
  PROJECT,
  type RuntimeName,
  RUNTIMES,
  runToEnd,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { exchange, request } from "../support/raw.ts";
import { scriptDirectory } from "../support/scripts.ts";

/** What Deno needs for a unix socket in a directory. */
function permissions(path: string): readonly string[] {
  return ["--allow-net", "--allow-read", `--allow-write=${path}`];
}

/** What a program at its end leaves where it was not asked: a socket file of nobody. */
function leaveStaleSocket(path: string): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}.old` });
  Deno.renameSync(`${path}.old`, path);
  listener.close();
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Ports of which the second is free. */
async function withTakenPort(
  use: (port: number) => Promise<void>,
): Promise<void> {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await use(taken.addr.port);
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --bind may be repeated, and binds without a port share one`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/a.txt`, "hello");
    const words = ["0", path, "-b", "127.0.0.1", "-b", "[::1]", "-b"];
    await using program = await start(runtime, [...words, "localhost:0"]);
    const lines = () => program.output().trim().split("\n");
    const ports = lines().map((line) => / port (\d+) /.exec(line)?.[1]);
    assertEquals(ports.length, 3, program.output());
    assertEquals(ports[0], ports[1]);
    assert(ports[2] !== ports[0] && ports[2] !== "0");
    const urls = lines().map((line) => /\((.*)\)/.exec(line)?.[1] ?? "");
    for (const url of urls) {
      assertEquals(await (await fetch(`${url}a.txt`)).text(), "hello");
    }
  });

  Deno.test(`${runtime}: all of what is asked for is had, or nothing`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    await withTakenPort(async (port) => {
      const words = ["0", path, "-b", "127.0.0.1", "-b", `127.0.0.1:${port}`];
      const { code, output, errors } = await runToEnd(runtime, words);
      assertEquals(output, "");
      assertEquals(code, 1);
      assertEquals(
        errors,
        `serve: "127.0.0.1" port ${port} is in use; choose another one, or 0 for any free one, or --port-fallback for the next one\n`,
      );
    });
  });

  Deno.test(`${runtime}: --port-fallback takes the next free port`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    await withTakenPort(async (port) => {
      const words = [`${port}`, path, "-b", "127.0.0.1", "--port-fallback"];
      await using program = await start(runtime, words);
      assert(program.port > port && program.port <= port + 100);
      await program.printed(
        `  Port ${port} is in use: ${program.port} is the next free one\n`,
      );
      assertEquals((await request(program.port, "/")).status, 200);
      await using next = await start(runtime, words);
      assert(next.port > program.port);
    });
  });

  Deno.test(`${runtime}: a unix socket serves files, listings, redirects and scripts`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    using place = temporaryDirectory();
    const socket = `${place.path}/serve.sock`;
    Deno.writeTextFileSync(`${path}/a b.txt`, "hello");
    Deno.mkdirSync(`${path}/sub`);
    const program = await start(
      runtime,
      [path, "--cgi", "-b", `unix:${socket}`],
      undefined,
      ["-A"],
    );
    assertEquals(
      program.output().split("\n")[0],
      `Serving HTTP on unix:${socket} ...`,
    );
    const file = await request(socket, "/sub/../a%20b.txt?q");
    assertEquals([file.status, file.text], [200, "hello"]);
    const moved = await request(socket, "/sub?a=b");
    assertEquals(moved.status, 301);
    assertEquals(moved.fields.get("location"), "/sub/?a=b");
    assertMatch((await request(socket, "/")).text, /a%20b\.txt/);
    assertEquals((await request(socket, "/", {}, "OPTIONS")).status, 204);
    assertEquals((await request(socket, "/", { Host: "a/b" })).status, 400);
    const env = async (fields: Record<string, string>) => {
      const { text } = await request(socket, "/cgi-bin/env", fields);
      const line = (name: string) =>
        new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
      return ["SERVER_NAME", "SERVER_PORT", "REQUEST_SCHEME"].map(line);
    };
    assertEquals(await env({}), ["localhost", "80", "http"]);
    assertEquals(await env({ Host: "a.example:81" }), [
      "a.example",
      "81",
      "http",
    ]);
    // Deno puts the path of the socket in place of the missing name.
    const { text } = await exchange(
      socket,
      "GET /cgi-bin/env HTTP/1.0\r\n\r\n",
    );
    assertMatch(text, /^SERVER_NAME=localhost$/m);
    assertMatch(text, /^SERVER_PORT=80$/m);
    const log = await program.log('"GET /cgi-bin/env HTTP/1.1" 200');
    assertMatch(
      log,
      /^unix - - \[.*\] "GET .*a b\.txt\?q HTTP\/1\.1" 200 5$/m,
    );
    assertEquals(await program.stop(), 0);
    assertEquals(exists(socket), false, "the file is gone");
  });

  Deno.test(`${runtime}: a unix socket takes the place of one that nobody listens on, and of nothing else`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const socket = `${path}/serve.sock`;
    const words = [path, "-b", `unix:${socket}`];
    leaveStaleSocket(socket);
    await using program = await start(
      runtime,
      words,
      undefined,
      permissions(path),
    );
    assertEquals((await request(socket, "/")).status, 200);

    const inUse = await runToEnd(runtime, words, {
      permissions: permissions(path),
    });
    assertEquals([inUse.code, inUse.output], [1, ""]);
    assertEquals(
      inUse.errors,
      `serve: "unix:${socket}" is in use: somebody listens on it; choose another path\n`,
    );
    assertEquals((await request(socket, "/")).status, 200);

    Deno.writeTextFileSync(`${path}/file`, "mine");
    Deno.symlinkSync(socket, `${path}/link`);
    for (const name of ["file", "link", "."]) {
      const other = [path, "-b", `unix:${path}/${name}`];
      const { code, errors } = await runToEnd(runtime, other, {
        permissions: permissions(path),
      });
      assertEquals(code, 1, errors);
      assertMatch(errors, /^serve: cannot listen on ".*": there is something/);
      assertEquals(errors.trim().split("\n").length, 1, errors);
    }
    assertEquals(Deno.readTextFileSync(`${path}/file`), "mine");
    assertEquals(Deno.readLinkSync(`${path}/link`), socket);

    const nowhere = [path, "-b", `unix:${path}/no/where`];
    const { code, errors } = await runToEnd(runtime, nowhere, {
      permissions: permissions(path),
    });
    assertEquals(code, 1);
    assertMatch(errors, /^serve: cannot listen on "unix:.*\/no\/where": /);
    await program.stop();
  });

  Deno.test(`${runtime}: an address that is none is exit status 2`, async () => {
    const rows: Array<[string[], RegExp]> = [
      [["-b", "8080"], /bad address "8080": expected .*see serve --help$/],
      [["-b", "localhost:99999"], /bad port 99999/],
      [["-b", "unix:"], /bad address "unix:"/],
    ];
    for (const [words, message] of rows) {
      const { code, errors } = await runToEnd(runtime, words);
      assertEquals(code, 2, errors);
      assertMatch(errors.trim(), message);
    }
  });
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: listen() serves any handler, and its failures are in the program's words`, async () => {
    const report = await runScript(runtime, LISTEN_SCRIPT);
    assertEquals(report, {
      names: ["127.0.0.1", true, "localhost", true],
      peer: ["127.0.0.1", true, "localhost", true],
      thrown: [500, true, "boom"],
      rejected: [500, true, "later"],
      nothing: [500, true, "The handler has given no Response"],
      used: [
        500,
        true,
        "The handler has given a Response whose content somebody has read or reads",
      ],
      locked: [
        500,
        true,
        "The handler has given a Response whose content somebody has read or reads",
      ],
      errorResponse: [
        500,
        true,
        "The handler has given Response.error(), which cannot be sent",
      ],
      control: [
        500,
        true,
        'The handler has given a Response with a bad header value of x-a: "a\\u0001b"',
      ],
      cancelled: true,
      content: "5 hello",
      unread: ["unread", "unread"],
      dated: true,
      deafThrow: 500,
      deafReject: 500,
      badOptions: [
        'TypeError: Cannot listen on "": expected an address or a host name',
        "TypeError: Cannot listen on 1: expected an address or a host name",
        'TypeError: Cannot listen on "": expected the path of a socket',
        "TypeError: Cannot listen: `cert` of `tls` must be text in PEM",
        "TypeError: Cannot listen: `key` of `tls` must be text in PEM",
        "TypeError: Cannot listen: `cert` of `tls` must be text in PEM",
        "TypeError: Cannot use tls: expected an object of names and values",
        "TypeError: Cannot use tls.password: expected text",
        "TypeError: Cannot use onError: expected a function",
        "TypeError: Cannot use limits: expected an object of names and values",
        "TypeError: Cannot listen: `idleTimeout` of `limits` must be a whole number from 0 to 2147483647",
        "TypeError: Cannot listen: `maxRequests` of `limits` must be a whole number from 1 to 9007199254740991",
      ],
      lastOfOne: runtime === "Deno" ? null : "close",
      disposed: true,
      cut: "error",
      after: "still here",
      drained: "slow answer",
      finished: true,
      refused: true,
      inUse: true,
      badPort: "TypeError",
      unix: ["unix", 0, true, "unix 0"],
      secure: [true, true],
      unlocked: "still here",
      lockedKey:
        "Cannot listen: the private key is encrypted, and there is no password",
      noKey: true,
      noTls: true,
      files: [200, "Bun,Deno"],
    });
  });
}

/** Written for every runtime; prints what came of it as JSON. */
const LISTEN_SCRIPT = `
const errors = [];
const handler = async (request, peer) => {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/peer":
      return Response.json([peer.address, typeof peer.port === "number",
        peer.server.name, peer.server.url === server.url]);
    case "/throw": throw new Error("boom");
    case "/reject": return await Promise.reject(new Error("later"));
    case "/nothing": return undefined;
    case "/used": { const used = new Response("once"); await used.text(); return used; }
    case "/locked": { const locked = new Response("once"); locked.body.getReader(); return locked; }
    case "/error": return Response.error();
    case "/control": {
      const body = new ReadableStream({ cancel: () => void (report.cancelled = true) });
      return new Response(body, { headers: { "X-A": "a\\x01b" } });
    }
    case "/cut": return new Response(new ReadableStream({
      start(controller) { controller.enqueue(new TextEncoder().encode("part")); },
      pull(controller) { controller.error(new Error("in mid-stream")); },
    }));
    case "/content": {
      const text = await request.text();
      return new Response(new Blob([String(text.length), " ", text]).stream());
    }
    case "/unread":
      await request.body.cancel();
      return new Response("unread");
    case "/slow":
      begun.resolve();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response("slow answer");
    default: return new Response("still here");
  }
};
const begun = {};
begun.promise = new Promise((resolve) => { begun.resolve = resolve; });
/** To a unix socket, or with a certificate to trust. */
const fetchBy = async (url, { path, ca }) => {
  if (globalThis.Bun) return await fetch(url, path ? { unix: path } : { tls: { ca } });
  if (globalThis.Deno) {
    const how = path ? { proxy: { transport: "unix", path } } : { caCerts: [ca] };
    return await fetch(url, { client: Deno.createHttpClient(how) });
  }
  const { request } = await import(ca ? "node:https" : "node:http");
  return await new Promise((resolve, reject) =>
    request(url, { socketPath: path, ca }, async (message) => {
      const chunks = [];
      for await (const chunk of message) chunks.push(chunk);
      resolve(new Response(new Blob(chunks)));
    }).on("error", reject).end());
};
const onError = (error) => errors.push(error.message);
const server = await listen(handler, { hostname: "127.0.0.1", port: 0, onError });
const get = (path) => fetch(new URL(path, server.url));
const report = {};
report.names = [server.address, server.port > 0, server.name,
  server.url === "http://127.0.0.1:" + server.port + "/"];
report.peer = await (await get("/peer")).json();
for (const [name, path] of [["thrown", "/throw"], ["rejected", "/reject"], ["nothing", "/nothing"],
  ["used", "/used"], ["locked", "/locked"], ["errorResponse", "/error"], ["control", "/control"]]) {
  const response = await get(path);
  const text = await response.text();
  report[name] = [response.status, text.includes("<p>Error code: 500</p>"), errors.at(-1)];
}
const post = async (path, body) =>
  await (await fetch(new URL(path, server.url), { method: "POST", body })).text();
report.content = await post("/content", "hello");
report.unread = [await post("/unread", "x".repeat(100_000)), await post("/unread", "x")];
const { headers } = await get("/");
report.dated = Math.abs(Date.parse(headers.get("date")) - Date.now()) < 5000;
for (const [name, onError] of [["deafThrow", () => { throw new Error("deaf"); }],
  ["deafReject", () => Promise.reject(new Error("deaf"))]]) {
  const deaf = await listen(() => { throw new Error("boom"); }, { hostname: "127.0.0.1", port: 0, onError });
  await (await fetch(deaf.url)).text();
  const response = await fetch(deaf.url);
  await response.text();
  report[name] = response.status;
  await deaf.shutdown();
}
const bad = [{ hostname: "" }, { hostname: 1 }, { path: "" }, { tls: {} }, { tls: { cert: certificate.cert } },
  { tls: { cert: new Uint8Array(1), key: "" } }, { tls: null }, { tls: { ...certificate, password: 1 } }, { onError: "log" },
  { limits: 1 }, { limits: { idleTimeout: -1 } }, { limits: { maxRequests: 0 } }];
report.badOptions = await Promise.all(bad.map((options) => listen(handler, { port: 0, ...options }).then(
  async (server) => { await server.shutdown(); return "listens"; }, String)));
{
  const disposable = await listen(handler, { hostname: "127.0.0.1", port: 0 });
  await disposable[Symbol.asyncDispose]();
  await disposable.finished;
  report.disposed = await fetch(disposable.url).then(() => false, () => true);
}
{
  const limits = { maxRequests: 1, headerTimeout: 0 };
  const limited = await listen(handler, { hostname: "127.0.0.1", port: 0, limits });
  const response = await fetch(limited.url);
  await response.text();
  report.lastOfOne = response.headers.get("connection");
  await limited.shutdown();
}
report.cut = await get("/cut").then((response) => response.text()).catch(() => "error");
report.after = await (await get("/")).text();
const inUse = await listen(handler, { hostname: "127.0.0.1", port: server.port }).catch((error) => error);
report.inUse = inUse.message === '"127.0.0.1" port ' + server.port + " is in use; choose another one, or 0 for any free one";
report.badPort = await listen(handler, { port: 70000 }).catch((error) => error.name);
const slow = get("/slow").then((response) => response.text());
await begun.promise;
const shutdown = server.shutdown();
report.drained = await slow;
await shutdown;
await server.shutdown();
await server.finished;
report.finished = true;
report.refused = await get("/").then(() => false, () => true);

const path = directory + "/listen.sock";
const other = await listen((_request, peer) => new Response(peer.address + " " + peer.server.port), { path });
const text = await (await fetchBy("http://localhost/", { path })).text();
report.unix = ["unix", other.port, other.address === path, text];
await other.shutdown();

const secure = await listen((request, peer) => new Response(request.url + " " + (peer.server.url === secure.url)),
  { hostname: "127.0.0.1", port: 0, tls: certificate });
const trust = { ca: certificate.cert };
const answer = await fetchBy(secure.url, trust);
report.secure = [secure.url.startsWith("https://127.0.0.1:"), await answer.text() === secure.url + " true"];
await secure.shutdown();
const half = { hostname: "127.0.0.1", port: 0, tls: { cert: certificate.cert, key: "" } };
const locked = (password) => listen(handler, { hostname: "127.0.0.1", port: 0,
  tls: { cert: certificate.cert, key: encrypted, password } });
const unlocked = await locked("pass word");
report.unlocked = await (await fetchBy(unlocked.url, trust)).text();
await unlocked.shutdown();
report.lockedKey = await locked().catch((error) => error.message);
report.noKey = await listen(handler, half).then(() => false, (error) => error instanceof Error);
report.noTls = await listen(handler, { path, tls: certificate }).catch((error) => error.message.includes("no TLS"));

const files = await listen(createHandler({ root: directory, log: false }), { hostname: "::1", port: 0 });
const response = await fetch(new URL("names.txt", files.url));
report.files = [response.status, await response.text()];
await files.shutdown();
console.log(JSON.stringify(report));
`;

/** Runs a program that imports this package, and reads its last line. */
async function runScript(
  runtime: RuntimeName,
  source: string,
): Promise<unknown> {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/names.txt`, "Bun,Deno");
  const script = `${path}/script.ts`;
  const certificate = await makeCertificate();
  const encrypted = exportKey(certificate.key, "pkcs8", "pass word");
  Deno.writeTextFileSync(
    script,
    `import { createHandler, listen } from "${PROJECT}lib/mod.ts";
    const directory = ${JSON.stringify(path)};
    const certificate = ${JSON.stringify(certificate)};
    const encrypted = ${JSON.stringify(encrypted)};
    ${source}`,
  );
  const [program, ...words] = await moduleCommand(runtime, script, ["-A"]);
  const { stdout, stderr, code } = await new Deno.Command(program, {
    args: words,
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout).trim().split("\n").at(-1) ?? "");
}

Deno.test("Deno: what a unix socket needs is named", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const socket = `${path}/serve.sock`;
  const words = [path, "-b", `unix:${socket}`];
  const rows: Array<[string[], string]> = [
    [["--allow-net", "--allow-read"], `--allow-write=${socket}`],
    [["--allow-read", `--allow-write=${socket}`], "--allow-net"],
    [
      [`--allow-read=${path}`],
      `--allow-net --allow-write=${socket}`,
    ],
  ];
  for (const [permissions, missing] of rows) {
    const { code, errors } = await runToEnd("Deno", words, { permissions });
    assertEquals(code, 1);
    assertEquals(
      errors,
      `serve: no permission to listen on "unix:${socket}"; start with ${missing}\n`,
    );
  }
  const least = [
    `--allow-net=unix:${socket}`,
    `--allow-read=${path}`,
    `--allow-write=${socket}`,
  ];
  leaveStaleSocket(socket);
  const program = await start("Deno", words, undefined, least);
  assertEquals((await request(socket, "/")).status, 200);
  assertEquals(await program.stop(), 0);
});
