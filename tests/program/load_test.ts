/** Many clients at once: the drain, slow clients, and the most requests at a time. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  codingsOf,
  type Program,
  PROJECT,
  runtimeOf,
  RUNTIMES,
  runToEnd,
  start,
  startModule,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { tagOf } from "../support/tagged.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";
import { random } from "../support/random.ts";
import {
  close,
  connect,
  get,
  noise,
  readHead,
  slowDownload,
} from "../support/slow.ts";
import { processesWith, processorTime } from "../support/process_list.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
/** What the runtimes take for a head, in bytes and fields, and what they answer to more. */
const HEADS = {
  Deno: { most: 65_536, status: 400, fields: 128 },
  Bun: { most: 65_536, status: 431, fields: 198 },
  Node: { most: 65_536, status: 431, fields: 200 },
} as const;

/** How many download when the program is told to end. */
const CLIENTS = 40;

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: kill -TERM under load loses no answer that was begun`, async () => {
    using directory = temporaryDirectory();
    // More than the kernel takes off the program's hands: 4 MiB here. All of it has to leave within ten seconds.
    const content = noise(6 * MIB);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    await using program = await start(runtime, ["0", directory.path]);
    const { port } = program;
    const idle = await Promise.all(
      Array.from({ length: 20 }, () => connect(port, get("/a", "keep-alive"))),
    );
    const downloads = await Promise.all(
      Array.from({ length: CLIENTS }, () => slowDownload(port, "/big.bin")),
    );
    // All of them are in the middle: nobody has read more than the beginning.
    program.process.kill("SIGTERM");
    await program.printed("exiting");
    const results = await Promise.all(
      downloads.map((download) => download.finish(content)),
    );
    const whole = results.filter(({ length, same }) =>
      same && length === content.length
    );
    assertEquals(whole.length, CLIENTS);
    assertEquals((await program.process.status).code, 0);
    for (const connection of idle) close(connection);
    for (const { connection } of downloads) close(connection);
  });

  Deno.test({
    name:
      `${runtime}: at its end an answer closes its connection, and who is silent holds nothing up (RFC 9112 §9.6)`,
    ignore: runtime === "Deno", // which closes it, and does not say so
    fn: async () => {
      using directory = temporaryDirectory();
      Deno.chmodSync(directory.path, 0o755);
      Deno.mkdirSync(`${directory.path}/cgi-bin`, { mode: 0o755 });
      addScript(
        `${directory.path}/cgi-bin/late`,
        "#!/bin/sh\nsleep 1; printf 'Content-Type: text/plain\\nContent-Length: 4\\n\\nlate'\n",
      );
      const words = ["0", directory.path, "--cgi", "-q"];
      await using program = await start(runtime, words);
      const { port } = program;
      const idle = [
        await connect(port),
        await connect(port, "GET /a"),
        await connect(port, get("/", "keep-alive")),
      ];
      const waiting = await connect(port, get("/cgi-bin/late", "keep-alive"));
      await until(() => processesWith("cgi-bin/late").length > 0);
      program.process.kill("SIGTERM");
      await program.printed("exiting");
      const begin = performance.now();
      const { head, rest } = await readHead(waiting);
      assertMatch(head, /^HTTP\/1.1 200 OK\r\n/);
      assertMatch(head, /^connection: close$/im);
      const body = new Uint8Array(4);
      const more = rest.length > 0 ? 0 : await waiting.read(body);
      assertEquals(rest.length + (more ?? 0), 4);
      assertEquals((await program.process.status).code, 0);
      // Far less than the ten seconds that an answer would be given.
      assert(performance.now() - begin < 8000, "somebody held it up");
      for (const connection of [...idle, waiting]) close(connection);
    },
  });

  Deno.test(`${runtime}: three hundred clients that dawdle keep nobody from being answered`, async () => {
    using directory = temporaryDirectory();
    const content = noise(12 * MIB);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    await using program = await start(runtime, ["0", directory.path]);
    const { port } = program;
    const beginnings = [
      "",
      "GET /a",
      "GET /a HTTP/1.1\r\nHost: localhost\r\nX-A:",
      get("/a", "keep-alive"),
      get("/big.bin"),
      "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
    ];
    const dawdlers = await Promise.all(
      beginnings.flatMap((text) =>
        Array.from({ length: 50 }, () => connect(port, text))
      ),
    );
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => request(port, "/a")),
    );
    assertEquals(new Set(answers.map(({ text }) => text)), new Set(["a"]));
    const { content: bytes } = await request(port, "/big.bin");
    assertEquals(bytes.length, content.length);
    for (const connection of dawdlers) close(connection);
  });

  Deno.test(`${runtime}: --max-connections answers 503 above it, and gives every place back`, async () => {
    using directory = temporaryDirectory();
    const content = noise(12 * MIB);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    Deno.chmodSync(directory.path, 0o755);
    Deno.mkdirSync(`${directory.path}/cgi-bin`, { mode: 0o755 });
    addScript(
      `${directory.path}/cgi-bin/cat`,
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'; exec cat\n",
    );
    const words = [
      "0",
      directory.path,
      "--cgi",
      "--max-connections",
      "1",
      "--cgi-timeout",
      "1",
    ];
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const { port } = program;
    const isFree = async () => (await request(port, "/a")).status === 200;
    // Deno tells of no connection: those without requests do not count.
    const idle = await Promise.all(
      Array.from(
        { length: runtime === "Deno" ? 5 : 0 },
        () => connect(port, "GET /a"),
      ),
    );
    const full = async () => {
      const { status, fields } = await request(port, "/a");
      assertEquals(status, 503);
      assertEquals(fields.get("retry-after"), "1");
      assertMatch(fields.get("connection") ?? "", /\bclose\b/);
    };
    const fill = () => Promise.all([slowDownload(port, "/big.bin")]);
    // Answers that are taken, and clients that go away in the middle.
    for (const finishes of [true, false, true, false]) {
      const downloads = await fill();
      await full();
      for (const download of downloads) {
        if (finishes) await download.finish(content);
        close(download.connection);
      }
      await until(isFree);
    }
    // Everything that ends otherwise: without content, in an error, in the middle of the request.
    const tag = await tagOf(port, "/a");
    for (let time = 0; time < 5; time++) {
      await request(port, "/a", {}, "HEAD");
      await request(port, "/big.bin", {}, "HEAD");
      await request(port, "/a", { "If-None-Match": tag });
      await request(port, "/nope");
      await request(port, "/a", {}, "DELETE");
      await request(port, "/%zz");
      const head = "POST /cgi-bin/cat HTTP/1.1\r\nHost: a\r\n";
      close(await connect(port, `${head}Content-Length: 99\r\n\r\nhalf`));
      close(await connect(port, `${head}Content-Length: 4\r\n\r\nhalf`));
    }
    await until(isFree);
    const downloads = await fill();
    await full();
    for (const { connection } of downloads) close(connection);
    for (const connection of idle) close(connection);
    const unit = runtime === "Deno" ? "requests" : "connections";
    const log = await program.log(`message Too many ${unit} at a time`);
    assertMatch(log, /"GET \/a HTTP\/1\.1" 503 \d+\n/);
  });

  Deno.test(`${runtime}: a head is as long as the runtime lets it be`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    await using program = await start(runtime, ["0", directory.path]);
    const { most, status, fields } = HEADS[runtime];
    const statusOf = async (target: string, length: number, count = 0) => {
      const long = { "X-Long": "x".repeat(length) };
      const names = Array.from({ length: count }, (_, at) => [`X-${at}`, "x"]);
      const all = { ...long, ...Object.fromEntries(names) };
      return (await request(program.port, target, all)).status;
    };
    assertEquals(await statusOf("/a", most - 1024), 200);
    assertEquals(await statusOf("/a", most + 1024), status);
    assertEquals(await statusOf(`/${"x".repeat(most - 1024)}`, 0), 404);
    assertEquals(await statusOf(`/${"x".repeat(most + 1024)}`, 0), status);
    assertEquals(await statusOf("/a", 1, fields - 3), 200);
    assertEquals(await statusOf("/a", 1, fields), status);
  });

  Deno.test(`${runtime}: --max-connections wants a number`, async () => {
    for (const word of ["0", "-1", "many", "1.5", ""]) {
      const words = ["0", `--max-connections=${word}`];
      const { code, errors } = await runToEnd(runtime, words);
      assertEquals(code, 2, errors);
      assertMatch(
        errors,
        /^serve: --max-connections needs (1 or more|a value)/,
      );
    }
  });

  Deno.test(`${runtime}: a second handler in the program has places of its own`, async () => {
    using directory = temporaryDirectory();
    Deno.writeFileSync(`${directory.path}/big.bin`, noise(12 * MIB));
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    const path = `${directory.path}/embed.ts`;
    const listen = {
      Deno:
        "(handler) => Deno.serve({ port: 0, onListen() {} }, handler).addr.port",
      Bun:
        "(handler) => Bun.serve({ port: 0, idleTimeout: 0, fetch: handler }).port",
      Node: "async (handler) => (await start(handler, { port: 0 })).port",
    }[runtime];
    Deno.writeTextFileSync(
      path,
      `import { createHandler, listen as start } from "${PROJECT}lib/mod.ts";
      const listen = ${listen};
      const root = ${JSON.stringify(directory.path)};
      const one = createHandler({ root, maxConnections: 1, log: false });
      const other = createHandler({ root, maxConnections: 1, log: false });
      console.log(\` port \${await listen(one)} other \${await listen(other)} \`);`,
    );
    await using program = await startModule(runtime, path);
    await program.printed(" other ");
    const [, text] = / other (\d+) /.exec(program.output()) ?? [];
    const other = Number(text);
    using _download = await slowDownload(program.port, "/big.bin");
    assertEquals((await request(program.port, "/a")).status, 503);
    assertEquals((await request(other, "/a")).status, 200);
    program.process.kill("SIGKILL");
  });
}

/** How many streams a handler codes at a time. */
const CODED_STREAMS = 16;
/**
 * What the program does meanwhile, by the time of processors, which does not count others: 20 ms,
 * and 10 s where one stream is coded without a pause.
 */
const MOST_WAIT_MS = 1000;

/** More than the kernel holds for a client that reads nothing, coded or not. */
const LONG_BYTES = 27 * MIB;

/** Lines of words, of which about half is left when they are coded. */
function longText(): string {
  const { below, pick } = random(1);
  const word = () => below(2 ** 31).toString(36);
  const words = Array.from({ length: 5000 }, word);
  const lines: string[] = [];
  for (let length = 0; length < LONG_BYTES;) {
    const line = Array.from({ length: 12 }, () => pick(words)).join(" ");
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join("\n");
}

/** A directory with long text, and something short that is no text. */
function longDirectory(): ReturnType<typeof temporaryDirectory> {
  const directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/long.txt`, longText());
  Deno.writeFileSync(`${directory.path}/a`, noise(1024));
  return directory;
}

function getCoded(coding: string): string {
  return get(`/long.txt`).replace(
    "\r\n\r\n",
    `\r\nAccept-Encoding: ${coding}\r\n\r\n`,
  );
}

/** Clients that have the head of an answer, and read nothing more. */
async function stalledClients(
  port: number,
  coding: string,
  count: number,
): Promise<{ coded: number; leave: () => void }> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await connect(port, getCoded(coding));
      return { connection, ...await readHead(connection) };
    }),
  );
  const coded = clients.filter(({ head }) =>
    head.toLowerCase().includes(`content-encoding: ${coding}`)
  );
  const leave = () => clients.forEach(({ connection }) => close(connection));
  return { coded: coded.length, leave };
}

/**
 * Clients of which 16 have a coded answer, as soon as those before have given their places back. Each
 * attempt takes places itself: so the next one waits for longer.
 */
async function crowd(
  ...asked: Parameters<typeof stalledClients>
): ReturnType<typeof stalledClients> {
  for (let pause = 500;; pause *= 2) {
    const clients = await stalledClients(...asked);
    if (clients.coded === CODED_STREAMS) return clients;
    clients.leave();
    assert(clients.coded < CODED_STREAMS, "too many are coded");
    assert(pause < 60_000, "places are lost");
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * What a client that reads nothing holds: on Deno three chunks of 64 KiB (one is being written, one waits,
 * one was read), on Bun what the system has not taken of one, on Node.js one of 64 KiB and, until it is
 * collected, its first of 256. Twice that, for what the allocator leaves between them.
 */
const CLIENT_MIB = 0.5;
/** Besides that a stream that is coded holds its encoder, of 2 MiB; what coded for those before may be there, too. */
const CODED_MIB = 8;
/** What is dead and not collected yet (V8 lets 64 MiB of chunks lie), and code that was compiled. */
const COLLECTOR_MIB = 128;

/** So much clients may take that read nothing; if all were coded, or held 1 MiB, 500 would take more. */
function mostMiB(count: number): number {
  return count * CLIENT_MIB + CODED_STREAMS * CODED_MIB + COLLECTOR_MIB;
}

/** The memory of a program in MiB, when it has not grown for a second. */
async function settledMemory({ process }: Program): Promise<number> {
  let most = 0;
  for (let quiet = 0; quiet < 10; quiet++) {
    const status = Deno.readTextFileSync(`/proc/${process.pid}/status`);
    const now = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    if (now > most + 1) quiet = 0;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return most;
}

/** Readers in a process of their own, so that only the server makes others wait. */
async function startReaders(
  port: number,
  message: string,
): Promise<AsyncDisposable> {
  const script = `
    const bytes = new TextEncoder().encode(${JSON.stringify(message)});
    const connect = async () => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: ${port} });
      await connection.write(bytes);
      return connection;
    };
    const read = async (connection) => {
      for await (const _ of connection.readable);
      await read(await connect());
    };
    const connections = await Promise.all(Array.from({ length: ${CODED_STREAMS} }, connect));
    console.log("ready");
    await Promise.all(connections.map(read));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net",
      `data:text/javascript,${encodeURIComponent(script)}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

/** How long one request of a hundred waits, of those that come one after the other for three seconds. */
async function longWait({ port, process }: Program): Promise<number> {
  const waits: number[] = [];
  for (const end = performance.now() + 3000; performance.now() < end;) {
    const before = processorTime(process.pid);
    assertEquals((await request(port, "/a")).content.length, 1024);
    waits.push(processorTime(process.pid) - before);
  }
  const at = Math.ceil(0.99 * waits.length) - 1;
  return waits.toSorted((a, b) => a - b).at(at) ?? Infinity;
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: sixteen readers of long text that is coded make nobody wait`, async () => {
    using directory = longDirectory();
    await using program = await start(subject, ["0", directory.path]);
    const { port } = program;
    await request(port, "/a");
    for (const coding of codingsOf(runtimeOf(subject))) {
      await using _readers = await startReaders(port, getCoded(coding));
      const late = await longWait(program);
      assert(late <= MOST_WAIT_MS, `${coding}: one of a hundred ${late} ms`);
    }
  });

  Deno.test(`${subject}: clients that read nothing of coded text take bounded memory, and 16 places`, async () => {
    using directory = longDirectory();
    await using program = await start(subject, ["0", directory.path]);
    const { port } = program;
    await request(port, "/a");
    const before = await settledMemory(program);
    const rows: ReadonlyArray<readonly [string, number]> = [
      ["br", 60],
      ["zstd", 60],
      ["gzip", 60],
      // What the clients before have left is there for others.
      ["br", 60],
      ["br", 500],
      ["br", 60],
    ];
    let most = 0; // runtimes do not give back at once what was taken before
    const codings = codingsOf(runtimeOf(subject));
    for (const [coding, count] of rows) {
      if (!codings.includes(coding)) continue;
      most = Math.max(most, mostMiB(count));
      const clients = await crowd(port, coding, count);
      const grown = await settledMemory(program) - before;
      assert(grown <= most, `${count} clients of ${coding}: ${grown} MiB`);
      clients.leave();
      // Those too that leave before they have anything give their places back.
      for (let time = 0; time < 2 * CODED_STREAMS; time++) {
        close(await connect(port, getCoded(coding)));
      }
    }
  });
}
