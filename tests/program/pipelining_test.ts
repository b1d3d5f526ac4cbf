/**
 * RFC 9112 §9.3.2: requests of every kind, pipelined and cut anywhere, are answered in their
 * order, each as if it had come alone.
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Program,
  type RuntimeName,
  start,
  SUBJECTS,
} from "../support/program.ts";
import { type Random, random } from "../support/random.ts";
import { type Received, responses, writeAll } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { connect } from "../support/slow.ts";
import { settle, tagOf } from "../support/tagged.ts";
import { FLAGS, furnish, toBytes, toText } from "./protocol.ts";

/** How many requests come on one connection. */
const REQUESTS = 1000;
const SEEDS = [1, 2];
/** The longest piece that is sent at once, in bytes. */
const MOST_BYTES = 3000;

interface Kind {
  readonly method: string;
  readonly target: string;
  readonly fields?: readonly string[];
  readonly content?: string;
  /** How often it is asked, among a thousand. */
  readonly often?: number;
}

const posted = (target: string, content: string): Kind => ({
  method: "POST",
  target,
  fields: [`Content-Length: ${content.length}`],
  content,
  often: 8,
});

/** Requests whose answers are always the same. */
function kinds(tag: string): readonly Kind[] {
  const get = (target: string, fields: string[] = [], often = 40): Kind => ({
    method: "GET",
    target,
    fields,
    often,
  });
  const many = Array.from({ length: 40 }, (_, at) => `${at * 9}-${at * 9 + 5}`);
  return [
    get("/a.txt", [], 100),
    get("/a.txt", ["Connection: keep-alive"]),
    get("/a.txt", [`If-None-Match: ${tag}`], 100),
    get("/a.txt", ['If-Match: "other"']),
    get("/large.bin", ["Range: bytes=5-9"]),
    get("/large.bin", ["Range: bytes=100000-400000"], 10),
    get("/large.bin", ["Range: bytes=0-9,1000000-1000009"]),
    get("/large.bin", ["Range: bytes=0-900000,1000000-2000000"], 3),
    get("/large.bin", [`Range: bytes=${many}`]),
    get("/large.bin", ["Range: bytes=99999999-"]),
    get("/large.bin", [], 8),
    get("/none", [], 60),
    get("/%zz"),
    get("/sub?a=b", [], 60),
    get("/sub/"),
    get("/lines.txt", ["Accept-Encoding: gzip"]),
    get("/lines.txt", ["Accept-Encoding: br"]),
    get("/book.txt", ["Accept-Encoding: gzip"], 4),
    get("/cgi-bin/hello", [], 15),
    get("/cgi-bin/length?70000", [], 8),
    get("/cgi-bin/fields", [], 8),
    get("/cgi-bin/empty", [], 4),
    get("/cgi-bin/late", [], 1),
    get("/cgi-bin/none"),
    { method: "HEAD", target: "/a.txt" },
    { method: "HEAD", target: "/large.bin" },
    { method: "HEAD", target: "/none" },
    { method: "HEAD", target: "/cgi-bin/hello", often: 4 },
    { method: "OPTIONS", target: "/a.txt" },
    { method: "PURGE", target: "/a.txt" },
    { method: "DELETE", target: "/a.txt" },
    posted("/cgi-bin/cat", "GET /.env HTTP/1.1\r\n\r\n"),
    posted("/cgi-bin/cat", "x".repeat(1000)),
    posted("/cgi-bin/deaf", "x".repeat(900)),
    posted("/a.txt", "GET /.env HTTP/1.1\r\nHost: a\r\n\r\n"),
    {
      ...posted(
        "/cgi-bin/cat",
        "5;x\r\nhello\r\n3\r\n-hi\r\n0\r\nX-A: 1\r\n\r\n",
      ),
      fields: ["Transfer-Encoding: chunked"],
    },
  ];
}

function message({ method, target, fields = [], content = "" }: Kind): string {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", ...fields];
  return `${lines.join("\r\n")}\r\n\r\n${content}`;
}

/** Of a script that ends soon: which of them depends on when. */
const FRAMING_REGEXP = /^(?:content-length|transfer-encoding)$/i;

/** A response without what differs each time: Date, the boundary of several ranges, the framing of scripts. */
function masked(
  { line, lines, content, cut }: Received,
  { target }: Kind,
  runtime: RuntimeName,
): string {
  assertEquals(cut, false, line);
  const told = target.startsWith("/cgi-bin/")
    ? lines.filter(([name]) => !FRAMING_REGEXP.test(name))
    : lines;
  // Deno writes them in another order and in lower case, where it has made `Headers`.
  const fields = runtime === "Deno"
    ? told.map(([name, value]) => [name.toLowerCase(), value]).sort()
    : told;
  const head = [line, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const [, boundary] = /boundary=(.*)/i.exec(head.join("\n")) ?? [];
  const text = head.join("\n").replace(/^date: .*$/im, "Date: now") +
    `\n\n${toText(content)}`;
  return boundary === undefined ? text : text.replaceAll(boundary, "boundary");
}

/** The answer to a request that comes alone, and its connection stays open. */
async function alone({ port, runtime }: Program, kind: Kind): Promise<string> {
  using connection = await connect(port);
  await writeAll(connection, toBytes(message(kind)));
  const response = await responses(connection).next(kind.method);
  assert(response !== undefined, `${kind.method} ${kind.target}`);
  return masked(response, kind, runtime);
}

/** A row of kinds, each as often as it says. */
function choose(all: readonly Kind[], { below }: Random): Kind[] {
  const weighed = all.flatMap((kind) => Array(kind.often ?? 30).fill(kind));
  return Array.from(
    { length: REQUESTS },
    () => weighed[below(weighed.length)] as Kind,
  );
}

/** Sends bytes in pieces that end anywhere, with a pause now and then. */
async function sendInPieces(
  connection: Deno.Conn,
  bytes: Uint8Array,
  { below }: Random,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + below(below(4) === 0 ? 20 : MOST_BYTES);
    await writeAll(connection, bytes.subarray(at, end));
    at = end;
    if (below(3) > 0) continue;
    await new Promise((resolve) => setTimeout(resolve, below(6)));
  }
}

/** Sends requests without waiting, and compares each answer. */
async function pipeline(
  { port, runtime }: Program,
  row: readonly Kind[],
  expected: ReadonlyMap<Kind, string>,
  generator: Random,
): Promise<void> {
  using connection = await connect(port);
  const bytes = toBytes(row.map(message).join(""));
  const sending = sendInPieces(connection, bytes, generator);
  sending.catch(() => {}); // then an answer is missing
  const { next } = responses(connection);
  for (const [index, kind] of row.entries()) {
    const response = await next(kind.method);
    const what = `${index}: ${kind.method} ${kind.target} ${kind.fields}`;
    assert(response !== undefined, `${what}: the connection ended`);
    const found = masked(response, kind, runtime);
    const right = expected.get(kind) ?? "";
    // Megabytes in a message help nobody.
    if (found !== right) {
      assertEquals(found.slice(0, 1000), right.slice(0, 1000), what);
      assertEquals(found.length, right.length, what);
      assert(found === right, what);
    }
  }
  await sending;
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: property: ${REQUESTS} requests of every kind, pipelined in random pieces, are answered in order`, async (t) => {
    using directory = scriptDirectory();
    const { path } = directory;
    furnish(path);
    const words = "All work and no play makes Jack a dull boy.\n";
    Deno.writeTextFileSync(`${path}/lines.txt`, words.repeat(200));
    Deno.writeTextFileSync(`${path}/book.txt`, words.repeat(50_000));
    await settle();
    await using program = await start(
      subject,
      ["0", path, ...FLAGS, "-q"],
      undefined,
      PERMISSIONS,
    );
    const { port } = program;
    const all = kinds(await tagOf(port, "/a.txt"));
    for (const target of ["/large.bin", "/lines.txt", "/book.txt"]) {
      await tagOf(port, target);
    }
    const expected = new Map<Kind, string>();
    // Twice: what is cached is answered in another way.
    for (const kind of [...all, ...all]) {
      expected.set(kind, await alone(program, kind));
    }
    for (const seed of SEEDS) {
      await t.step(`seed ${seed}`, async () => {
        const generator = random(seed);
        await pipeline(program, choose(all, generator), expected, generator);
      });
    }
    await t.step("four connections at once", async () => {
      const each = Array.from({ length: 4 }, (_, index) => {
        const generator = random(100 + index);
        const row = choose(all, generator).slice(0, REQUESTS / 4);
        return pipeline(program, row, expected, generator);
      });
      await Promise.all(each);
    });
  });
}
