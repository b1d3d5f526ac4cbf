/** Three replicas behind a balancer: they answer as one, and one of them may die. */

import { assert, assertEquals } from "@std/assert";
import {
  type Balancer,
  type BalancerName,
  BALANCERS,
  findBalancer,
  startBalancer,
} from "../support/balancer.ts";
import { findProgram } from "../support/browser.ts";
import {
  type Program,
  type RuntimeName,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { request, writeAll } from "../support/raw.ts";
import { tagOf } from "../support/tagged.ts";

const CURL = findProgram("curl");
const MIB = 1_048_576;
const PIECE = 65_536;
/** More than all buffers between a replica and a client can hold. */
const LARGE = 32 * MIB;

type Three<T> = readonly [T, T, T];

interface Cluster extends AsyncDisposable {
  readonly replicas: Three<Program>;
  readonly front: Balancer;
  readonly large: Uint8Array<ArrayBuffer>;
}

/** Bytes of which no two places look alike. */
function noise(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4);
  let state = 7;
  for (let at = 0; at < words.length; at++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** A site, and two copies of it that were made as people make them. */
async function furnish(
  path: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const large = noise(size);
  Deno.mkdirSync(`${path}/1/sub`, { recursive: true });
  Deno.writeFileSync(`${path}/1/large.bin`, large);
  Deno.writeTextFileSync(`${path}/1/page.html`, "<p>text".repeat(1000));
  Deno.writeTextFileSync(`${path}/1/small.txt`, "small\n");
  // More digits than a time in JavaScript has.
  const time = "2026-01-02 03:04:05.678999999";
  const names = ["large.bin", "page.html", "small.txt"];
  const paths = names.map((name) => `${path}/1/${name}`);
  await run("touch", "-d", time, ...paths);
  await run("cp", "-a", `${path}/1`, `${path}/2`);
  await run("cp", "-a", `${path}/1`, `${path}/3`);
  return large;
}

async function startCluster(
  balancer: BalancerName,
  runtimes: Three<RuntimeName>,
  size = MIB,
): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(temporaryDirectory());
  const large = await furnish(path, size);
  const startOne = async (index: 0 | 1 | 2) =>
    stack.use(
      await start(runtimes[index], [
        ...["0", `${path}/${index + 1}`, "-b", "127.0.0.1"],
        ...["--trusted-proxy", "127.0.0.1"],
        ...["-H", "X-Replica", String(index + 1)],
      ]),
    );
  const replicas = [
    await startOne(0),
    await startOne(1),
    await startOne(2),
  ] as const;
  const [a, b, c] = replicas;
  for (const { port } of replicas) {
    for (const name of ["large.bin", "page.html"]) {
      await tagOf(port, `/${name}`, { "Range": "bytes=0-0" });
    }
  }
  const front = stack.use(
    await startBalancer(balancer, [a.port, b.port, c.port]),
  );
  return {
    replicas,
    front,
    large,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Asks until every replica has answered; what each said, without what is its own. */
async function askAll(
  { front }: Cluster,
  path: string,
  fields: Record<string, string>,
  names: readonly string[],
): Promise<Map<string, Record<string, string | number | null>>> {
  const found = new Map<string, Record<string, string | number | null>>();
  for (let tries = 0; found.size < 3 && tries < 30; tries++) {
    const { status, fields: got } = await request(front.port, path, fields);
    const shown = names.map((name) => [name, got.get(name)]);
    found.set(got.get("x-replica") ?? "", {
      status,
      ...Object.fromEntries(shown),
    });
  }
  return found;
}

/** The balancer and each replica by itself, because a 304 does not tell whose it is. */
async function revalidate(
  { front, replicas }: Cluster,
  path: string,
  fields: Record<string, string>,
  etag: string,
): Promise<void> {
  for (const { port } of [front, ...replicas]) {
    const { status, fields: got } = await request(port, path, fields);
    assertEquals([status, got.get("etag")], [304, etag]);
  }
}

/** All three say the same, and what that is. */
async function agreed(
  cluster: Cluster,
  path: string,
  fields: Record<string, string>,
  names: readonly string[],
): Promise<Record<string, string | number | null>> {
  const found = await askAll(cluster, path, fields, names);
  assertEquals([...found.keys()].sort(), ["1", "2", "3"]);
  const [first = {}, ...others] = [...found.values()];
  for (const other of others) assertEquals(other, first);
  return first;
}

function test(
  balancer: BalancerName,
  name: string,
  fn: () => Promise<void>,
  needed: boolean = true,
): void {
  const missing = findBalancer(balancer) === undefined || !needed;
  const reason = missing ? " (skipped: a program is not installed)" : "";
  Deno.test({ name: `${balancer}: ${name}${reason}`, ignore: missing, fn });
}

const MIXED = ["Deno", "Bun", "Node"] as const;
const CLUSTERS: readonly (readonly [BalancerName, Three<RuntimeName>])[] = [
  ["nginx", ["Deno", "Deno", "Deno"]],
  ...BALANCERS.map((balancer) => [balancer, MIXED] as const),
];

for (const [balancer, runtimes] of CLUSTERS) {
  const who = runtimes.join(", ");

  test(balancer, `${who} answer as one`, async () => {
    await using cluster = await startCluster(balancer, runtimes);
    const { front, large } = cluster;
    const names = [
      "etag",
      "last-modified",
      "content-length",
      "content-encoding",
    ];
    const whole = await agreed(cluster, "/large.bin", {}, names);
    assertEquals(whole, {
      "status": 200,
      // The copies have a time that was set: the content is the tag.
      "etag": `"sha-${(await sha256(large)).slice(0, 32)}"`,
      "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
      "content-length": String(MIB),
      "content-encoding": null,
    });
    // The tag of one replica means something to every other; the date, which was set, to none.
    const { etag, "last-modified": date } = whole;
    const rows = [
      [etag, 206, `bytes 1000-${MIB - 1}/${MIB}`],
      [date, 200, null],
    ] as const;
    for (const [condition, status, range] of rows) {
      const fields = { "Range": "bytes=1000-", "If-Range": String(condition) };
      const rest = await agreed(cluster, "/large.bin", fields, [
        "content-range",
      ]);
      assertEquals(rest, { status, "content-range": range });
    }
    const known = { "If-None-Match": String(etag) };
    await revalidate(cluster, "/large.bin", known, String(etag));
    const since = { "If-Modified-Since": String(date) };
    assertEquals((await agreed(cluster, "/large.bin", since, [])).status, 200);
    const parts = [];
    for (let at = 0; at < MIB; at += MIB / 4) {
      const range = `bytes=${at}-${at + MIB / 4 - 1}`;
      const fields = { "Range": range, "If-Range": String(etag) };
      parts.push((await request(front.port, "/large.bin", fields)).content);
    }
    assertEquals(new Uint8Array(await new Blob(parts).arrayBuffer()), large);
  });

  test(balancer, `${who} agree on coded text and listings`, async () => {
    await using cluster = await startCluster(balancer, runtimes);
    for (const path of ["/page.html", "/"]) {
      for (const coding of ["identity", "gzip"]) {
        const fields = { "Accept-Encoding": coding };
        const names = ["etag", "vary", "content-encoding"];
        const text = await agreed(cluster, path, fields, names);
        const etag = String(text["etag"]);
        // Nobody between has made it weak, or has compressed it.
        const isCoded = text["content-encoding"] !== null;
        assert(etag.startsWith(isCoded ? 'W/"to-gzip-' : '"'), etag);
        const condition = { ...fields, "If-None-Match": etag };
        await revalidate(cluster, path, condition, etag);
      }
    }
  });

  test(balancer, `${who}: no request fails when one is killed`, async () => {
    await using cluster = await startCluster(balancer, runtimes);
    const { front, replicas } = cluster;
    const answers: string[] = [];
    let killed = Infinity;
    let enough = false;
    // A handful of clients that never pause; each request comes by a connection of its own.
    const ask = async () => {
      while (!enough) {
        const method = answers.length % 2 === 0 ? "GET" : "HEAD";
        const { status, content, fields } = await request(
          front.port,
          "/small.txt",
          {},
          method,
        );
        assertEquals([status, content.length], [200, method === "GET" ? 6 : 0]);
        answers.push(fields.get("x-replica") ?? "");
        if (answers.length === 100) {
          replicas[1].process.kill("SIGKILL");
          await replicas[1].process.status;
          killed = answers.length;
        }
        enough = answers.length >= killed + 200;
      }
    };
    await Promise.all(Array.from({ length: 6 }, ask));
    assertEquals(new Set(answers.slice(0, 100)), new Set(["1", "2", "3"]));
    assertEquals(new Set(answers.slice(-150)), new Set(["1", "3"]));
  });

  test(
    balancer,
    `${who}: a download that is cut is resumed elsewhere`,
    async () => {
      await using cluster = await startCluster(balancer, runtimes, LARGE);
      const { front, replicas, large } = cluster;
      const cut = await download(front.port, "/large.bin", async (replica) => {
        const { process } = replicas[replica - 1] ?? replicas[0];
        process.kill("SIGKILL");
        await process.status;
      });
      assert(cut.content.length >= MIB && cut.content.length < LARGE);
      const rest = await request(front.port, "/large.bin", {
        "Range": `bytes=${cut.content.length}-`,
        "If-Range": cut.etag,
      });
      assertEquals(rest.status, 206);
      const both = await new Blob([cut.content, rest.content]).arrayBuffer();
      assertEquals(await sha256(new Uint8Array(both)), await sha256(large));
    },
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Reads one MiB, lets something happen to the replica that sends it, and reads what else comes. */
async function download(
  port: number,
  path: string,
  happen: (replica: number) => Promise<void>,
): Promise<{ etag: string; content: Uint8Array<ArrayBuffer> }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close`;
  await writeAll(connection, new TextEncoder().encode(`${head}\r\n\r\n`));
  const bytes = new Uint8Array(LARGE + MIB);
  let length = 0;
  const read = async () => {
    const place = bytes.subarray(length, length + PIECE);
    const count = await connection.read(place).catch(() => null);
    length += count ?? 0;
    return count !== null;
  };
  while (length < 2 * MIB) assert(await read(), "cut too early");
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, PIECE));
  const end = text.indexOf("\r\n\r\n");
  const field = (name: string) =>
    new RegExp(`^${name}: (.*)$`, "im").exec(text.slice(0, end))?.[1]?.trim() ??
      "";
  await happen(Number(field("x-replica")));
  while (await read());
  return { etag: field("etag"), content: bytes.slice(end + 4, length) };
}

test(
  "nginx",
  "replicas know the client by --trusted-proxy, and believe no client",
  async () => {
    await using cluster = await startCluster("nginx", MIXED);
    const { front, replicas } = cluster;
    for (let count = 0; count < replicas.length; count++) {
      await run(
        ...["curl", "-sf", "--interface", "127.0.0.2"] as const,
        ...["-H", "X-Forwarded-For: 203.0.113.9"],
        ...["-H", "Forwarded: for=203.0.113.9"],
        `http://127.0.0.1:${front.port}/small.txt`,
      );
    }
    for (const replica of replicas) {
      const log = await replica.log('"GET /small.txt HTTP/1.1" 200');
      const lines = log.split("\n");
      const line = lines.find((line) => line.includes("/small.txt"));
      assertEquals(line?.split(" ")[0], "127.0.0.2");
    }
  },
  CURL !== undefined,
);
