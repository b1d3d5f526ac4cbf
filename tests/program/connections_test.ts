/** What becomes of connections (RFC 9112 §9), on every runtime and as an executable. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { peakMemory, processesWith } from "../support/process_list.ts";
import {
  type RuntimeName,
  runtimeOf,
  start,
  SUBJECTS,
} from "../support/program.ts";
import { responses, writeAll } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { close, connect, get, slowDownload } from "../support/slow.ts";
import { until } from "../support/wait.ts";
import { FLAGS, furnish, LARGE, toBytes, toText } from "./protocol.ts";

const MIB = 1_048_576;
const keep = (target: string) => get(target, "keep-alive");
const words = (directory: string, ...more: string[]) => [
  ...["0", directory, "-b", "127.0.0.1", "--cgi", ...more],
];

/** Content of a request that nobody reads, and the memory that it may take, in bytes. */
const UNREAD = 200 * MIB;
const UNREAD_MEMORY = 64 * MIB;
/** A file that is not read to its end, in bytes. */
const HUGE = 50 * MIB;
/** A sum of small requests that come at once, and the memory that they may take. */
const FLOOD = 20_000;
const FLOOD_MEMORY = 160 * MIB;
/** Requests that a client may send that reads nothing, at most, in bytes. */
const UNANSWERED = 64 * MIB;
/** What the system takes for a client that does not read, at most (net.ipv4.tcp_wmem, tcp_rmem). */
const KERNEL = 12 * MIB;

/** Where a connection is the runtime's: it does not end because an answer of ours says `close`. */
const LEAVES_TO_CLIENT: readonly RuntimeName[] = ["Deno"];
/** What is read, and kept, while an answer waits for its content, where the processor is busy (denoland/deno#36869). */
const READS_AHEAD: readonly RuntimeName[] = ["Deno"];

for (const subject of SUBJECTS) {
  const runtime = runtimeOf(subject);

  Deno.test(`${subject}: --protocol HTTP/1.0: every answer says close, and the connection ends`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const flags = words(directory.path, "--protocol", "HTTP/1.0");
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    const rows: ReadonlyArray<readonly [target: string, status: number]> = [
      ["/a.txt", 200],
      ["/a.txt", 200],
      ["/large.bin", 200],
      ["/none", 404],
      ["/sub", 301],
      ["/cgi-bin/hello", 200],
      ["/cgi-bin/length?70000", 200],
    ];
    for (const [target, status] of rows) {
      for (const message of [keep(target), get(target)]) {
        using connection = await connect(program.port, message);
        const { next, isEnd } = responses(connection);
        const response = await next();
        assertEquals(response?.status, status, target);
        assertEquals(response?.cut, false, target);
        const says = response?.fields.get("connection") ?? "";
        assertMatch(says, /^close(?:, close)?$/, target); // Deno adds its own
        if (!LEAVES_TO_CLIENT.includes(runtime)) assert(await isEnd(), target);
      }
    }
  });

  Deno.test(`${subject}: ${UNREAD / MIB} MiB that nobody reads: the answer is whole, the next one too or the end, memory stays`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const flags = words(directory.path);
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    const { port, process } = program;
    const rows = [
      ["POST /a.txt", `Content-Length: ${UNREAD}`, 501],
      ["PUT /none", `Content-Length: ${UNREAD}`, 404],
      ["POST /a.txt", "Transfer-Encoding: chunked", 501],
    ] as const;
    const piece = new Uint8Array(MIB);
    for (const [line, field, status] of rows) {
      const before = peakMemory(process.pid);
      using connection = await connect(
        port,
        `${line} HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n`,
      );
      const isChunked = field.startsWith("T");
      // The client writes all of it before it reads, and may be stopped by the end.
      const send = async () => {
        for (let sent = 0; sent < UNREAD; sent += MIB) {
          if (isChunked) await writeAll(connection, toBytes("100000\r\n"));
          await writeAll(connection, piece);
          if (isChunked) await writeAll(connection, toBytes("\r\n"));
        }
        if (isChunked) await writeAll(connection, toBytes("0\r\n\r\n"));
        await writeAll(connection, toBytes(get("/a.txt")));
      };
      const isSent = await send().then(() => true, () => false);
      const { next, isEnd } = responses(connection);
      const response = await next();
      assertEquals([response?.status, response?.cut], [status, false], line);
      const closes = response?.fields.get("connection") === "close";
      if (!closes) {
        assert(isSent, "who is not told to stop is heard to the end");
        assertEquals(toText((await next())?.content ?? piece), "hello\n");
      }
      assert(await isEnd());
      const grown = peakMemory(process.pid) - before;
      assert(grown < UNREAD_MEMORY, `${grown} bytes more`);
    }
  });

  Deno.test(`${subject}: ${FLOOD} requests at once on one connection take bounded memory, and are answered in order`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const flags = words(directory.path, "-q");
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    using connection = await connect(program.port, keep("/a.txt"));
    const { next } = responses(connection);
    assertEquals((await next())?.status, 200);
    const before = peakMemory(program.process.pid);
    const targets = Array.from({ length: FLOOD }, (_, at) => `/${at}?flood`);
    const bytes = toBytes(targets.map((target) => keep(target)).join(""));
    // A redirect tells which request it answers.
    for (const target of ["/sub?first", "/sub?last"]) {
      await writeAll(connection, toBytes(keep(target)));
    }
    const sending = writeAll(connection, bytes);
    for (const target of ["/sub/?first", "/sub/?last"]) {
      assertEquals((await next())?.fields.get("location"), target);
    }
    for (let count = 0; count < FLOOD; count++) {
      const response = await next();
      assertEquals(response?.status, 404, `${count}`);
    }
    await sending;
    const grown = peakMemory(program.process.pid) - before;
    assert(grown < FLOOD_MEMORY, `${grown} bytes more`);
  });

  Deno.test(`${subject}: who sends requests and reads no answer is not read any more, and takes bounded memory`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    Deno.writeFileSync(`${directory.path}/huge.bin`, new Uint8Array(HUGE));
    const flags = words(directory.path, "-q");
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    const before = peakMemory(program.process.pid);
    using connection = await connect(program.port, keep("/huge.bin"));
    const piece = toBytes(keep("/a.txt").repeat(1000));
    let sent = 0;
    const send = async () => {
      while (sent < UNANSWERED) {
        await writeAll(connection, piece);
        sent += piece.length;
      }
    };
    const sending = send().catch(() => {}); // it is cut in the end
    for (let last = -1; last !== sent;) {
      last = sent;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    if (!READS_AHEAD.includes(runtime)) {
      assert(sent < UNANSWERED / 2, `${sent} bytes of requests were read`);
    }
    const grown = peakMemory(program.process.pid) - before;
    assert(grown < FLOOD_MEMORY, `${grown} bytes more`);
    // Whoever reads again is answered.
    const { next } = responses(connection);
    assertEquals((await next())?.content.length, HUGE);
    for (let count = 0; count < 500; count++) {
      assertEquals((await next())?.status, 200);
    }
    close(connection);
    await sending;
  });

  Deno.test(`${subject}: 200 scripts asked for at once on one connection: no 503`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const flags = words(directory.path, "--cgi-max-processes", "8");
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    const targets = Array.from(
      { length: 200 },
      (_, at) => `/cgi-bin/length?${at}`,
    );
    const message = targets.map((target) => keep(target)).join("");
    using connection = await connect(program.port, message);
    const { next } = responses(connection);
    for (const [at, target] of targets.entries()) {
      const response = await next();
      const found = [response?.status, response?.content.length];
      assertEquals(found, [200, at], target);
    }
  });

  Deno.test(`${subject}: the log has no more bytes than the system took, and no fewer than the client`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    Deno.writeFileSync(`${directory.path}/huge.bin`, new Uint8Array(HUGE));
    const flags = words(directory.path);
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    const rows = [
      ["/huge.bin?none", 0],
      ["/huge.bin?some", 300_000],
      [`/cgi-bin/zeros?${HUGE}`, 300_000],
    ] as const;
    for (const [target, least] of rows) {
      const connection = await connect(program.port, keep(target));
      let received = 0;
      const buffer = new Uint8Array(65_536);
      do received += await connection.read(buffer) ?? 0; while (
        received < least
      );
      // Until the system takes no more.
      await new Promise((resolve) => setTimeout(resolve, 500));
      connection.close();
      const log = await program.log(`"GET ${target} HTTP/1.1" 200 `);
      const [, bytes] = /" 200 (\d+) aborted$/m.exec(
        log.slice(log.indexOf(target)),
      ) ?? [];
      assert(Number(bytes) >= received - 1000, `${target}: ${bytes}`);
      assert(Number(bytes) <= received + KERNEL, `${target}: ${bytes}`);
    }
  });

  Deno.test(`${subject}: Ctrl-C while an answer runs on a kept connection: all of it with close, and the program ends`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const flags = words(directory.path);
    await using program = await start(subject, flags, undefined, PERMISSIONS);
    // One that waits, one that is answered, one that reads slowly.
    using idle = await connect(program.port, keep("/a.txt"));
    const waiting = responses(idle);
    assertEquals((await waiting.next())?.status, 200);
    using busy = await connect(program.port, keep("/a.txt"));
    const answered = responses(busy);
    assertEquals((await answered.next())?.status, 200);
    const time = `1.5${Deno.pid}`; // seconds that no other process sleeps
    await writeAll(busy, toBytes(keep(`/cgi-bin/sleepy?${time}`)));
    using slow = await slowDownload(program.port, "/large.bin", "keep-alive");
    await until(() => processesWith(`sleep\0${time}`).length > 0, "it runs");
    const stopped = program.stop("SIGINT");
    assert(await waiting.isEnd(), "an idle connection ends");
    const late = await answered.next();
    assertEquals(late && toText(late.content), "late\n");
    const says = LEAVES_TO_CLIENT.includes(runtime) ? "keep-alive" : "close";
    assertEquals(late?.fields.get("connection"), says);
    assert(await answered.isEnd());
    const download = await slow.finish(LARGE);
    assertEquals(download, { length: LARGE.length, same: true });
    assertEquals(await stopped, 0);
    assertMatch(
      program.errors(),
      /"GET \/cgi-bin\/sleepy\S+ HTTP\/1.1" 200 5$/m,
    );
  });

  Deno.test(`${subject}: a client that resets in the middle of pipelined requests harms nobody`, async () => {
    using directory = scriptDirectory();
    furnish(directory.path);
    await using program = await start(
      subject,
      ["0", directory.path, ...FLAGS],
      undefined,
      PERMISSIONS,
    );
    const message = keep("/cgi-bin/late") + keep("/large.bin").repeat(20) +
      keep("/cgi-bin/hello").repeat(20);
    const descriptors = () =>
      [...Deno.readDirSync(`/proc/${program.process.pid}/fd`)].length;
    const leave = async () => {
      const connection = await connect(program.port, message);
      const buffer = new Uint8Array(100_000);
      for (let reads = 0; reads < 3; reads++) await connection.read(buffer);
      close(connection);
    };
    await leave();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = descriptors();
    await Promise.all(Array.from({ length: 10 }, leave));
    await until(() => descriptors() <= before);
    using connection = await connect(program.port, get("/a.txt"));
    assertEquals((await responses(connection).next())?.status, 200);
    assertEquals(/uncaught|^ +at /im.test(program.errors()), false);
  });
}
