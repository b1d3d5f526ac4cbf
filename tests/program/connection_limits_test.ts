/** What connections may take, on Bun and on Node.js; Deno tells of none, and says so. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeCertificate } from "../support/certificates.ts";
import {
  type Program,
  runtimeOf,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { socketsOf } from "../support/process_list.ts";
import { request, writeAll } from "../support/raw.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";
import { close, connect, get, noise, readHead } from "../support/slow.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
const KEEPING = SUBJECTS.filter((subject) => runtimeOf(subject) !== "Deno");
const sleep = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const latin1 = new TextDecoder("latin1");

/** A directory with a small file, a large one, and scripts. */
function furnished(): ReturnType<typeof temporaryDirectory> {
  const directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/a`, "a");
  Deno.writeFileSync(`${path}/big.bin`, noise(24 * MIB));
  Deno.chmodSync(path, 0o755);
  Deno.mkdirSync(`${path}/cgi-bin`, { mode: 0o755 });
  const head = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'; ";
  addScript(`${path}/cgi-bin/cat`, `${head}text=$(cat); printf %s "$text"\n`);
  addScript(`${path}/cgi-bin/think`, `${head}sleep 4; echo thought\n`);
  return directory;
}

/**
 * What comes until the server closes, and after how many milliseconds that is, from a time before
 * the server began to count: it takes no less then, however slow the machine is.
 */
async function untilClosed(
  connection: Deno.Conn,
  begin = performance.now(),
): Promise<{ text: string; milliseconds: number }> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    text += latin1.decode(buffer.subarray(0, count));
  }
  close(connection);
  return { text, milliseconds: performance.now() - begin };
}

/** Whether a connection stays open for a time; nothing may come on it. */
async function staysOpen(
  connection: Deno.Conn,
  milliseconds: number,
): Promise<boolean> {
  const read = connection.read(new Uint8Array(1)).catch(() => null);
  const first = await Promise.race([read, sleep(milliseconds)]);
  return first === undefined;
}

/** Sends more from time to time, until the server has had enough. */
async function trickle(
  connection: Deno.Conn,
  text: string,
  times: number,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let time = 0; time < times; time++) {
      await sleep(400);
      await writeAll(connection, bytes);
    }
  } catch {
    // it is closed
  }
}

async function answered(connection: Deno.Conn, target = "/a"): Promise<string> {
  const text = get(target, "keep-alive");
  await writeAll(connection, new TextEncoder().encode(text));
  const { head, rest } = await readHead(connection);
  if (rest.length === 0) await connection.read(new Uint8Array(1));
  return head;
}

for (const subject of KEEPING) {
  for (const secure of [false, true]) {
    const name = secure ? `${subject}, TLS` : subject;

    Deno.test(`${name}: --header-timeout: 408 for a head that takes longer (RFC 9110 §15.5.9), and no answer waits for it`, async () => {
      using directory = furnished();
      await using server = await startServer(subject, secure, [
        directory.path,
        ...["--cgi", "--header-timeout", "1"],
      ]);
      const { open, program } = server;
      const begin = performance.now();
      const half = await open("GET /a HT");
      const trickled = await open("GET /a HTTP/1.1\r\nHost: a\r\n");
      const second = await open();
      await answered(second);
      await writeAll(second, new TextEncoder().encode("GET /a"));
      const slowBody = await open(
        "POST /cgi-bin/cat HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\n",
      );
      const dripping = [
        trickle(trickled, "X-A: b\r\n", 10),
        trickle(slowBody, "x", 10),
      ];
      const refused = await Promise.all(
        [half, trickled, second].map((client) => untilClosed(client, begin)),
      );
      for (const { text, milliseconds } of refused) {
        assertMatch(text, /^HTTP\/1.1 408 Request Timeout\r\n/);
        assertMatch(text, /^Connection: close\r$/m);
        assert(milliseconds >= 1000, `${milliseconds}`);
      }
      const { text } = await untilClosed(slowBody);
      await Promise.all(dripping);
      assertMatch(text, /^HTTP\/1.1 200 OK[^]*x{10}/);
      await program.log('" 408 ');
    });

    Deno.test(`${name}: --idle-timeout closes a connection on which nothing is asked, and 0 none`, async () => {
      using directory = furnished();
      await using server = await startServer(subject, secure, [
        directory.path,
        ...["--idle-timeout", "1"],
      ]);
      const kept = await server.open();
      assertMatch(await answered(kept), /^HTTP\/1.1 200 /);
      const begin = performance.now();
      assertMatch(await answered(kept), /^HTTP\/1.1 200 /);
      const { text, milliseconds } = await untilClosed(kept, begin);
      assertEquals(text, "");
      assert(milliseconds >= 1000, `${milliseconds}`);

      await using patient = await startServer(subject, secure, [
        directory.path,
        ...["--idle-timeout", "0", "--stall-timeout", "1"],
      ]);
      const idle = await patient.open();
      await answered(idle);
      assert(await staysOpen(idle, 6000));
      close(idle);
    });

    Deno.test(`${name}: what the server has closed takes no descriptor, though the client keeps its side open`, async () => {
      using directory = furnished();
      await using server = await startServer(subject, secure, [
        directory.path,
        ...["--idle-timeout", "1"],
      ]);
      const { open, program } = server;
      // Not when all were answered: on a slow machine the first may be closed by then.
      const before = socketsOf(program.process.pid);
      const kept = await Promise.all(Array.from({ length: 10 }, () => open()));
      for (const connection of kept) await answered(connection);
      const nothing = new Uint8Array(1);
      for (const connection of kept) {
        assertEquals(await connection.read(nothing).catch(() => null), null);
      }
      // Left alone, Bun takes 10 s for it, and longer.
      await until(
        () => socketsOf(program.process.pid) <= before,
        "no socket",
        8000,
      );
      kept.forEach(close);
    });

    Deno.test(`${name}: --stall-timeout ends who neither reads nor sends, and nobody else`, async () => {
      using directory = furnished();
      await using server = await startServer(subject, secure, [
        directory.path,
        ...["--cgi", "--stall-timeout", "2"],
      ]);
      const { open, program } = server;
      const post = (target: string) =>
        `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\n`;
      const deaf = await open(get("/big.bin"));
      const begin = performance.now();
      const mute = await open(`${post("/cgi-bin/cat")}half`);
      const thinking = await open(get("/cgi-bin/think"));
      const slow = await open(post("/cgi-bin/cat"));
      const reading = await open(get("/big.bin"));
      const [{ milliseconds }, thought, , sent, count] = await Promise.all([
        untilClosed(mute, begin),
        untilClosed(thinking),
        trickle(slow, "x", 10),
        untilClosed(slow),
        readSlowly(reading),
      ]);
      assert(milliseconds >= 2000, `${milliseconds}`);
      assertMatch(thought.text, /thought/);
      assertMatch(sent.text, /x{10}/);
      assertEquals(count, 24 * MIB);
      await program.log('/big.bin HTTP/1.1" 200 ');
      await until(() => / \d+ aborted$/m.test(program.errors()));
      const { text } = await untilClosed(deaf);
      assert(text.length < 24 * MIB);
    });
  }

  Deno.test(`${subject}, TLS: a handshake that takes too long is given up, also one that nothing was sent for`, async () => {
    using directory = furnished();
    await using server = await startServer(subject, true, [
      directory.path,
      ...["--header-timeout", "1"],
    ]);
    const { port } = server.program;
    // The beginning of a record with a ClientHello (RFC 8446 §4.1.2).
    const texts = ["", "\x16\x03\x01\x02"];
    // Bun has its own time: 12 s.
    await Promise.all(
      texts.map(async (text) => await untilClosed(await connect(port, text))),
    );
    const client = await server.open(get("/a"));
    assertMatch((await untilClosed(client)).text, /^HTTP\/1.1 200 /);
  });

  Deno.test(`${subject}: --max-requests: the last answer of a connection closes it, and no request behind it is answered`, async () => {
    using directory = furnished();
    await using server = await startServer(subject, false, [
      directory.path,
      ...["--max-requests", "3"],
    ]);
    const kept = await server.open();
    const heads = [
      await answered(kept),
      await answered(kept),
      await answered(kept),
    ];
    assertEquals(
      heads.map((head) => /^connection: close$/im.test(head)),
      [false, false, true],
    );
    assertEquals((await untilClosed(kept)).text, "");
    const all = await server.open(get("/a", "keep-alive").repeat(6));
    const { text } = await untilClosed(all);
    assertEquals(text.match(/HTTP\/1.1 200 OK/g)?.length, 3);
    assertEquals(text.match(/^connection: close\r$/gim)?.length, 1);
    // What was not answered does not count as begun.
    await server.program.stop();
    assert(!server.program.output().includes("Waiting"));
  });

  Deno.test(`${subject}: --max-connections: one more is 503 (RFC 9110 §15.6.4), or takes the place of one on which nothing is asked`, async () => {
    using directory = furnished();
    await using server = await startServer(subject, false, [
      directory.path,
      ...["--max-connections", "2", "--header-timeout", "3"],
    ]);
    const { open, program } = server;
    const { port } = program;
    // The longest idle goes first.
    const first = await open();
    await answered(first);
    const second = await open();
    await answered(second);
    assertEquals((await request(port, "/a")).status, 200);
    assertEquals((await untilClosed(first)).text, "");
    assertMatch(await answered(second), /^HTTP\/1.1 200 /);
    close(second);

    // Who has begun a head has a place, and keeps it until its time is up.
    await sleep(100);
    const half = [await open("GET /a"), await open("GET /a")];
    let refused = await request(port, "/a");
    await until(async () =>
      (refused = await request(port, "/a")).status === 503
    );
    const { fields } = refused;
    assertEquals(fields.get("retry-after"), "1");
    assertMatch(fields.get("connection") ?? "", /\bclose\b/);
    await program.log('"GET /a HTTP/1.1" 503 ');
    await until(async () => (await request(port, "/a")).status === 200);
    half.forEach(close);
  });

  Deno.test(`${subject}: --max-connections: far beyond it nobody is told why, and all is well when they have left`, async () => {
    using directory = furnished();
    await using server = await startServer(subject, false, [
      directory.path,
      ...["--max-connections", "2", "--header-timeout", "0"],
    ]);
    const { open, program: { port } } = server;
    let closed = 0;
    const many = await Promise.all(
      Array.from({ length: 80 }, () => open("GET /a")),
    );
    const ends = many.map((connection) =>
      connection.read(new Uint8Array(1)).catch(() => null)
        .then(() => void closed++)
    );
    // 64 wait beside those that have a place.
    await until(() => closed === 80 - 64 - 2, "14 are closed");
    await sleep(500);
    assertEquals(closed, 80 - 64 - 2);
    many.forEach(close);
    await Promise.all(ends);
    await until(async () => (await request(port, "/a")).status === 200);
  });

  for (const secure of [false, true]) {
    const name = secure ? `${subject}, TLS` : subject;
    Deno.test(`${name}: --max-connections: whoever leaves, and however, gives the place back, once`, async () => {
      using directory = furnished();
      await using server = await startServer(subject, secure, [
        directory.path,
        ...["--cgi", "--max-connections", "3"],
      ]);
      const { open } = server;
      const post =
        "POST /cgi-bin/cat HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
      const texts = [
        "",
        "GET /a HT",
        "SPAM / HTTP/1.1\r\n\r\n",
        get("/a", "keep-alive"),
        get("/a").repeat(3),
        get("/big.bin"),
        get("/cgi-bin/think", "keep-alive"),
        `${post}half`,
      ];
      for (let time = 0; time < 5; time++) {
        const clients = await Promise.all(texts.map(open));
        await sleep(50 * time);
        clients.forEach(close);
      }
      // Three places, not fewer and not more.
      const held = async () => {
        const clients = await Promise.all(
          Array.from({ length: 3 }, () => open("GET /a HT")),
        );
        await sleep(100);
        const other = await open(get("/a"));
        const { text } = await untilClosed(other);
        clients.forEach(close);
        return text.slice(9, 12);
      };
      const asked = async () => {
        const clients = await Promise.all(
          Array.from({ length: 3 }, () => open(get("/a"))),
        );
        const answers = await Promise.all(clients.map(untilClosed));
        return answers.every(({ text }) => text.startsWith("HTTP/1.1 200 "));
      };
      await until(asked);
      await until(async () => await held() === "503");
      await until(asked);
    });
  }

  Deno.test(`${subject}: --max-connections counts those of all sockets of the program`, async () => {
    using directory = furnished();
    await using server = await startServer(subject, false, [
      directory.path,
      ...["-b", "[::1]", "--max-connections", "1"],
    ]);
    const taken = await server.open("GET /a");
    await until(async () => {
      const url = `http://[::1]:${server.program.port}/a`;
      const other = await fetch(url, { headers: { Connection: "close" } });
      await other.body?.cancel();
      return other.status === 503;
    });
    close(taken);
  });
}

/** Three quarters of a second between pieces of two MiB. */
async function readSlowly(connection: Deno.Conn): Promise<number> {
  const { rest } = await readHead(connection);
  let count = rest.length;
  const buffer = new Uint8Array(65_536);
  for (let pause = 2 * MIB;;) {
    const read = await connection.read(buffer).catch(() => null);
    if (read === null) break;
    count += read;
    if (count < pause) continue;
    pause += 2 * MIB;
    await sleep(750);
  }
  close(connection);
  return count;
}

interface Server extends AsyncDisposable {
  readonly program: Program;
  /** Opens a connection, and sends a text on it. */
  readonly open: (text?: string) => Promise<Deno.Conn>;
}

async function startServer(
  subject: typeof SUBJECTS[number],
  secure: boolean,
  words: readonly string[],
): Promise<Server> {
  const keys = secure ? temporaryDirectory() : undefined;
  const certificate = secure ? await makeCertificate() : undefined;
  if (keys && certificate) {
    const { cert, key } = certificate;
    Deno.writeTextFileSync(`${keys.path}/pem`, cert + key);
  }
  const program = await start(
    subject,
    [
      ...["0", "-b", "127.0.0.1", ...words],
      ...keys ? ["--tls-cert", `${keys.path}/pem`] : [],
    ],
    undefined,
    PERMISSIONS,
  );
  const { port } = program;
  return {
    program,
    open: async (text = "") => {
      if (certificate === undefined) return await connect(port, text);
      const caCerts = [certificate.cert];
      const where = { hostname: "127.0.0.1", port, caCerts };
      const connection = await Deno.connectTls(where);
      await connection.handshake();
      await writeAll(connection, new TextEncoder().encode(text));
      return connection;
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop();
      keys?.[Symbol.dispose]();
    },
  };
}

Deno.test("Deno: limits of connections that were asked for are said to have no effect", async () => {
  using directory = furnished();
  const words = ["0", directory.path, "--idle-timeout", "1"];
  await using program = await start("Deno", [...words, "--max-requests", "1"]);
  await program.printed(
    "Deno cannot limit connections: no effect of --idle-timeout, --max-requests\n",
  );
});
