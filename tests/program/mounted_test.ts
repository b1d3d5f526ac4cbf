/** toNodeListener(): one handler in node:http, Express, Connect and Fastify, on every runtime. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { installPackage, run } from "../support/package.ts";
import {
  command,
  type Program,
  RUNTIMES,
  startCommand,
} from "../support/program.ts";
import { exchange, type RawResponse, request } from "../support/raw.ts";
import { scriptDirectory } from "../support/scripts.ts";
import { tagOf } from "../support/tagged.ts";
import { PATIENCE_MS } from "../support/wait.ts";

/** What listens: each on a port of its own. */
const FRAMEWORKS = [
  "http",
  "connect",
  "express",
  "fastify",
  "middleware",
] as const;
type Framework = typeof FRAMEWORKS[number];

/**
 * The program: a site below /top, mounted at the top, one that is mounted below its path, /cut/deep,
 * and a function at /own. Everything else is `else`, and an error its message.
 */
const SOURCE = `
import { createServer } from "node:http";
import compression from "compression";
import connect from "connect";
import express from "express";
import Fastify from "fastify";
import process from "node:process";
import onHeaders from "on-headers";
import { createHandler, toNodeListener } from "@x/serve";

const [, , root, socket] = process.argv;
const site = (urlRoot, options) => toNodeListener(
  createHandler({ root, urlRoot, fallthrough: true, cgi: true, log: false, ...options }));
const top = site("/top");
const cut = site("/cut/deep");
const plain = site("/plain", { compress: false });
const own = toNodeListener(async (request, peer) => {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/own/boom": throw new Error("boom");
    case "/own/word": throw "route";
    case "/own/text": return "no Response";
    case "/own/content": return new Response(await request.text(), { status: 201, headers: { "X-Own": "1" } });
    case "/own/stream": return new Response(new Blob(["a".repeat(100_000), "b"]).stream());
    case "/own/peer": return Response.json([peer.address, peer.server.port, request.url, request.method]);
    case "/own/slow":
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response("slow");
    case "/own/late":
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response("late");
  }
});
const alone = toNodeListener((request) => {
  if (request.url.endsWith("/boom")) throw new Error("boom");
});
const fail = (error, response) => {
  response.statusCode = 500;
  response.end("failed: " + error.message);
};
const middlewares = (app) => {
  app.use(top);
  app.use("/cut/deep", cut);
  app.use(own);
  app.use((message, response) => response.end("else"));
  app.use((error, message, response, next) => fail(error, response));
  return createServer(app);
};
const withMiddleware = () => {
  const app = express();
  app.use(compression());
  app.use((message, response, next) => {
    response.setHeader("Vary", "Origin");
    response.setHeader("Set-Cookie", "session=1");
    response.setHeader("X-Frame-Options", "DENY");
    response.setHeader("Content-Type", "text/wrong");
    onHeaders(response, () => response.setHeader("X-Late", "1"));
    next();
  });
  // What is rewritten counts.
  app.use((message, response, next) => {
    if (message.url === "/rewritten/12") message.url = "/top/a.txt";
    next();
  });
  // It answers in place of a handler that is late.
  app.use("/own/late", (message, response, next) => {
    setTimeout(() => response.end("in time"), 50);
    next();
  });
  app.use("/parsed", express.text());
  app.use("/parsed", site("/parsed"));
  const inner = express.Router();
  inner.use("/deep", cut);
  app.use("/cut", inner);
  app.use(plain);
  app.use(top);
  app.use(own);
  app.use((message, response) => response.send("else"));
  app.use((error, message, response, next) => fail(error, response));
  return createServer(app);
};
const withFastify = async () => {
  const app = Fastify();
  for (const listener of [top, cut, own]) {
    app.addHook("onRequest", (message, reply, next) => listener(message.raw, reply.raw, next));
  }
  app.setNotFoundHandler((message, reply) => reply.send("else"));
  app.setErrorHandler((error, message, reply) => reply.code(500).send("failed: " + error.message));
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (message, content, done) => done(null));
    scope.all("/plain/*", (message, reply) => {
      reply.hijack();
      plain(message.raw, reply.raw);
    });
  });
  await app.ready();
  return app.server;
};
const servers = {
  http: createServer((message, response) =>
    top(message, response, () =>
      cut(message, response, () =>
        own(message, response, (error) => error ? fail(error, response) : response.end("else"))))),
  connect: middlewares(connect()),
  express: middlewares(express()),
  middleware: withMiddleware(),
  fastify: await withFastify(),
  alone: createServer(alone),
};
const ports = {};
for (const [name, server] of Object.entries(servers)) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  ports[name] = server.address().port;
}
await new Promise((resolve) => createServer(own).listen(socket, resolve));
console.log(JSON.stringify(ports));
console.log(" port 0 ");
`;

interface Row {
  readonly name: string;
  /** The target; or the method and the target. */
  readonly line: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: string;
  readonly status?: number;
  /** What the fields of the answer have; `null` for none. */
  readonly has?: Readonly<Record<string, string | null>>;
  /** The whole content. */
  readonly text?: string;
  /** A part of it. */
  readonly part?: string;
  /** What has an answer of its own. */
  readonly except?: string;
}

/** So many bytes that they do not fit into the buffers of a socket. */
const LARGE = "0123456789abcde\n".repeat(524_288);
const LENGTH = String(LARGE.length);

/** The same at the top, and where Express and Connect cut the path. */
const SITE_ROWS: readonly Row[] = ["/top", "/cut/deep"].flatMap((root) =>
  [
    { name: "a file", line: `${root}/a.txt`, text: "a" },
    {
      name: "its root without a slash",
      line: root,
      status: 301,
      has: { location: `${root}/` },
    },
    {
      name: "a directory without a slash, with a query",
      line: `${root}/sub?a=/b`,
      status: 301,
      has: { location: `${root}/sub/?a=/b` },
    },
    {
      name: "a target in absolute form",
      line: `http://localhost${root}/sub`,
      status: 301,
      has: { location: `${root}/sub/` },
      except: "Deno: fastify", // its parser is another there, and refuses it
    },
    {
      name: "a listing",
      line: `${root}/sub/`,
      has: { "content-type": "text/html; charset=utf-8" },
      part: `Index of ${root}/sub<`,
    },
    {
      name: "RFC 9110 §14.4 a range of a large file: 206",
      line: `${root}/large.bin`,
      fields: { Range: "bytes=16-31" },
      status: 206,
      has: { "content-range": `bytes 16-31/${LENGTH}` },
      text: LARGE.slice(16, 32),
    },
    {
      name: "RFC 9110 §9.3.2 HEAD",
      line: `HEAD ${root}/large.bin`,
      has: { "content-length": LENGTH },
      text: "",
    },
    {
      name: "a script with content",
      line: `POST ${root}/cgi-bin/cat`,
      content: "hello",
      text: "5 hello",
    },
    {
      name: "a script knows its whole name",
      line: `${root}/cgi-bin/env/info?query`,
      part: `SCRIPT_NAME=${root}/cgi-bin/env\n`,
    },
    {
      name: "RFC 9110 §15.5.6 a method that files do not have: 405",
      line: `PUT ${root}/sub/`,
      content: "hello",
      status: 405,
      has: { allow: "GET, HEAD, OPTIONS" },
    },
    { name: "what is not there is for others", line: `${root}/none` },
    { name: "what only begins like it, too", line: `${root}foo/a.txt` },
  ].map((row) => ({ ...row, name: `${root}: ${row.name}` }))
);

const OWN_ROWS: readonly Row[] = [
  { name: "undefined is for others", line: "/own/none" },
  {
    name: "what is left to others keeps its content",
    line: "POST /own/none",
    content: "hello",
  },
  {
    name: "a Response, of the content of the request",
    line: "POST /own/content",
    content: "hello",
    status: 201,
    has: { "x-own": "1" },
    text: "hello",
  },
  {
    name: "a stream",
    line: "/own/stream",
    text: `${"a".repeat(100_000)}b`,
  },
  {
    name: "what it throws",
    line: "/own/boom",
    status: 500,
    text: "failed: boom",
  },
  {
    name: "what it throws, and is no Error",
    line: "/own/word",
    status: 500,
    text: "failed: route",
  },
  {
    name: "what is no Response",
    line: "/own/text",
    status: 500,
    text: "failed: The handler has given no Response",
  },
];

const ELSE: Partial<Row> = { text: "else" };

function ask(port: number, row: Row): Promise<RawResponse> {
  const [first = "", target] = row.line.split(" ");
  const { content } = row;
  const fields = content === undefined ? row.fields : {
    ...row.fields,
    "Content-Length": String(content.length),
    "Content-Type": "text/plain",
  };
  const lines = Object.entries({ Host: "localhost", ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const line = target === undefined ? `GET ${first}` : row.line;
  return exchange(
    port,
    `${line} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n${content ?? ""}`,
  );
}

async function check(port: number, given: Row): Promise<void> {
  const isLeft = given.status === undefined && given.text === undefined &&
    given.part === undefined && given.has === undefined;
  const { status = 200, has = {}, text, part, ...row } = isLeft
    ? { ...given, ...ELSE }
    : given;
  const answer = await ask(port, row);
  assertEquals(answer.status, status, answer.text.slice(0, 500));
  for (const [name, value] of Object.entries(has)) {
    assertEquals(answer.fields.get(name), value, name);
  }
  if (text !== undefined) assertEquals(answer.text, text);
  if (part !== undefined) assertStringIncludes(answer.text, part);
}

type Ports = Readonly<Record<Framework | "alone", number>>;

interface Subject {
  readonly program: Program;
  readonly ports: Ports;
}

/** What every one of them does. */
const CLAUSES: Readonly<
  Record<string, (port: number) => Promise<void>>
> = {
  "RFC 9110 §13.2 a tag that the client has: 304": async (port) => {
    const tag = { "If-None-Match": await tagOf(port, "/top/a.txt") };
    const answer = await request(port, "/top/a.txt", tag);
    assertEquals(answer.status, 304);
    assertEquals(answer.content.length, 0);
  },
  "a large file, whole": async (port) => {
    const { text, fields } = await request(port, "/top/large.bin");
    assertEquals(fields.get("content-length"), LENGTH);
    assert(text === LARGE);
  },
  "who asks, and what": async (port) => {
    const { text } = await request(port, "/own/peer?q", {}, "PURGE");
    const url = "http://localhost/own/peer?q";
    assertEquals(JSON.parse(text), ["127.0.0.1", port, url, "PURGE"]);
  },
  "RFC 9112 §9.3.2 requests at once are answered in order": async (port) => {
    const get = (target: string, more = "") =>
      `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
    const { wire } = await exchange(
      port,
      [
        get("/own/slow"),
        get("/top/sub/b.txt"),
        get("/own/none"),
        get("/top/large.bin"),
        get("/top/a.txt", "Connection: close\r\n"),
      ].join(""),
    );
    const contents = wire.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/);
    assertEquals(contents.length, 6);
    const [, slow = "", file, other = "", large, last] = contents;
    assertStringIncludes(slow, "slow");
    assertEquals(file, "b");
    assertStringIncludes(other, "else");
    assert(large === LARGE);
    assertEquals(last, "a");
  },
  "a client that leaves leaves the others alone": async (port) => {
    const line = "GET /top/large.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    for (let time = 0; time < 20; time++) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(line.repeat(3)));
      await connection.read(new Uint8Array(1000));
    }
    assertEquals((await request(port, "/top/a.txt")).text, "a");
  },
};

/** What middleware of others does to it. */
const MIDDLEWARE_ROWS: readonly Row[] = [
  {
    name: "Vary is added to, others are kept or replaced",
    line: "/top/page.txt",
    fields: { "Accept-Encoding": "br" },
    has: {
      "vary": "Origin, Accept-Encoding",
      "x-frame-options": "DENY",
      "content-type": "text/plain; charset=utf-8",
      "content-encoding": "br",
      "x-powered-by": "Express",
      "x-late": "1",
    },
  },
  {
    name: "Set-Cookie is added to",
    line: "/top/cgi-bin/untyped",
    has: { "set-cookie": "session=1, a=1" },
  },
  {
    name: "a target that others have rewritten",
    line: "/rewritten/12",
    text: "a",
  },
  {
    name: "an answer of others that came before",
    line: "/own/late",
    text: "in time",
  },
  {
    name: "content that a parser has read, and a script wants: 500",
    line: "POST /parsed/cgi-bin/cat",
    content: "hello",
    status: 500,
  },
  {
    name: "content that a parser has read, and nobody wants",
    line: "PUT /parsed/sub/",
    content: "hello",
    status: 405,
  },
];

Deno.test("toNodeListener() in the servers of others", async (t) => {
  await using installed = await installPackage(
    "compression",
    "connect",
    "express",
    "fastify",
    "on-headers",
    "typescript",
    "@types/express",
  );
  using scripts = scriptDirectory();
  const { path: root } = scripts;
  furnish(root);
  const main = `${installed.path}/main.mjs`;
  Deno.writeTextFileSync(main, SOURCE);
  for (const runtime of RUNTIMES) {
    const socket = `${installed.path}/${runtime}.sock`;
    const [program] = await command(runtime);
    const words = runtime === "Deno" ? ["run", "-A", "--no-check"] : [];
    await using started = await startCommand(
      runtime,
      [program, ...words, main, root, socket],
      installed.path,
    );
    const [line = ""] = started.output().split("\n");
    const subject = { program: started, ports: JSON.parse(line) as Ports };
    for (const name of FRAMEWORKS) {
      await t.step(
        `${runtime}: ${name}`,
        (t) => checkFramework(t, name, subject),
      );
    }
    await t.step(`${runtime}: alone`, () => checkAlone(subject));
    await t.step(`${runtime}: who asks by a unix socket`, async () => {
      const { text } = await request(socket, "/own/peer");
      const url = "http://localhost/own/peer";
      assertEquals(JSON.parse(text), ["unix", 0, url, "GET"]);
    });
  }
  await t.step(
    "Node: createHandler() and @x/serve/fetch from a Request to a Response",
    () => checkFetch(installed.path, root),
  );
  await t.step(
    "the types fit those of node:http, Express and Fastify",
    () => checkTypes(installed.path),
  );
});

function furnish(root: string): void {
  Deno.writeTextFileSync(`${root}/a.txt`, "a");
  Deno.mkdirSync(`${root}/sub`);
  Deno.writeTextFileSync(`${root}/sub/b.txt`, "b");
  Deno.writeTextFileSync(`${root}/page.txt`, "page ".repeat(1000));
  for (const name of ["large.bin", "large.txt"]) {
    Deno.writeTextFileSync(`${root}/${name}`, LARGE);
  }
}

async function checkFramework(
  t: Deno.TestContext,
  name: Framework,
  { ports, program }: Subject,
): Promise<void> {
  const port = ports[name];
  const more = name === "middleware" ? MIDDLEWARE_ROWS : [];
  for (const row of [...SITE_ROWS, ...OWN_ROWS, ...more]) {
    await t.step({
      name: row.name,
      ignore: row.except === `${program.runtime}: ${name}`,
      fn: () => check(port, row),
    });
  }
  for (const [name, clause] of Object.entries(CLAUSES)) {
    await t.step(name, () => clause(port));
  }
  if (name === "fastify") {
    await t.step(
      "a route, with content that nobody has parsed",
      () =>
        check(port, {
          name,
          line: "POST /plain/cgi-bin/cat",
          content: "hello",
          text: "5 hello",
        }),
    );
  }
  if (name === "middleware") {
    await t.step("a large text that `compression` codes", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/plain/large.txt`, {
        headers: { "Accept-Encoding": "gzip" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      assertEquals(response.headers.get("content-encoding"), "gzip");
      assert(await response.text() === LARGE);
    });
  }
}

/** What is not asked by a server: prints what came of it as JSON. */
const FETCH_SOURCE = `
import process from "node:process";
import { createHandler } from "@x/serve";

const [, , root] = process.argv;
Object.assign(process.env, { SERVE_DIRECTORY: root, SERVE_CGI: "1", SERVE_LOG_FORMAT: "json" });
const { default: server } = await import("@x/serve/fetch");
const report = [];
for (const handler of [createHandler({ root, cgi: true, log: false }), server.fetch]) {
  const ask = (path, init) => handler(new Request("http://localhost" + path, init));
  const large = await ask("/large.bin");
  let length = 0;
  for await (const chunk of large.body) length += chunk.length;
  const head = await ask("/large.bin", { method: "HEAD" });
  const left = (await ask("/large.bin")).body.getReader();
  await left.read();
  await left.cancel();
  report.push([
    await (await ask("/a.txt")).text(),
    length,
    await (await ask("/large.bin", { headers: { Range: "bytes=1-3" } })).text(),
    head.body,
    Number(head.headers.get("content-length")),
    await (await ask("/cgi-bin/cat", { method: "POST", body: "hello" })).text(),
    (await ask("/none")).status,
  ]);
}
console.log(JSON.stringify(report));
`;

async function checkFetch(project: string, root: string): Promise<void> {
  const path = `${project}/fetch.mjs`;
  Deno.writeTextFileSync(path, FETCH_SOURCE);
  const [node] = await command("Node");
  const { length } = LARGE;
  const expected = ["a", length, "123", null, length, "5 hello", 404];
  const printed = JSON.parse(await run(node, [path, root], project));
  assertEquals(printed, [expected, expected]);
}

const TYPED = `
import { createServer } from "node:http";
import express from "express";
import Fastify from "fastify";
import { createHandler, type NodeListener, toNodeListener } from "@x/serve";

const listener: NodeListener = toNodeListener(createHandler({ root: "." }));
const passing = toNodeListener(createHandler({ root: ".", fallthrough: true }));
const own = toNodeListener(async (request, peer) => new Response(request.url + peer.address));
createServer(listener).on("request", own);
express().use(passing).use("/below", own);
Fastify().addHook("onRequest", (request, reply, next) => passing(request.raw, reply.raw, next));
`;

async function checkTypes(project: string): Promise<void> {
  const compilerOptions = {
    ...{ module: "esnext", moduleResolution: "bundler", target: "esnext" },
    ...{ types: ["node"], strict: true, noEmit: true, skipLibCheck: true },
    ...{ exactOptionalPropertyTypes: true, esModuleInterop: true },
  };
  Deno.writeTextFileSync(
    `${project}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: ["typed.ts"] }),
  );
  const tsc = `${project}/node_modules/typescript/bin/tsc`;
  const check = ["run", "-A", tsc, "--project", project, "--pretty", "false"];
  const path = `${project}/typed.ts`;
  Deno.writeTextFileSync(path, TYPED);
  assertEquals(await run(Deno.execPath(), check, project), "");
  Deno.writeTextFileSync(path, `${TYPED}toNodeListener(() => 1);\n`);
  const text = await run(Deno.execPath(), check, project).catch(String);
  assertStringIncludes(text, "typed.ts(13,22): error TS");
}

/** Without `next` our own pages are the last word. */
async function checkAlone({ ports, program }: Subject): Promise<void> {
  const none = await request(ports.alone, "/none");
  assertEquals(none.status, 404);
  assertStringIncludes(none.text, "<p>Error code: 404</p>");
  const boom = await request(ports.alone, "/boom");
  assertEquals(boom.status, 500);
  assertStringIncludes(boom.text, "<p>Error code: 500</p>");
  await program.log('"GET /boom HTTP/1.1" 500');
  await program.log("Error: boom");
}
