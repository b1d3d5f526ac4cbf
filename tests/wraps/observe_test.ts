/** Whether a client has got all of an answer, as far as anybody can tell. */

import { assert, assertEquals } from "@std/assert";
import {
  createHandler,
  type LogRecord,
  type Peer,
  type PeerSource,
  type SiteOptions,
} from "../../main.ts";
import { toPeer } from "../../lib/handler/client.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf } from "../support/site.ts";
import { until } from "../support/wait.ts";

const BYTES = 3_000_000;

/** What is logged of a request; `read` is what the client does with the answer. */
async function logged(
  read: (response: Response) => Promise<unknown>,
  { source, init, ...options }: Partial<SiteOptions> & {
    source?: PeerSource;
    init?: RequestInit;
  },
): Promise<LogRecord> {
  const { promise, resolve } = Promise.withResolvers<LogRecord>();
  const handler = createHandler({ root: "/", ...options, log: resolve });
  const request = new Request("http://localhost/a.txt", init);
  await read(await handler(request, source));
  return await promise;
}

const all = (response: Response) => response.arrayBuffer();
const some = async (response: Response) => {
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
};

Deno.test("a stream that is not read to its end: the client has left, of a file and of coded content", async () => {
  using directory = temporaryDirectory();
  // Text that does not become small.
  const text = Array.from(
    { length: BYTES / 8 },
    () => Math.random().toString(36).slice(2, 10).padEnd(8, "x"),
  ).join("");
  Deno.writeTextFileSync(`${directory.path}/a.txt`, text);
  const coded = {
    compress: true,
    init: { headers: { "Accept-Encoding": "gzip" } },
  };
  for (const options of [{}, coded]) {
    const site = { root: directory.path, ...options };
    const left = await logged(some, site);
    assertEquals([left.aborted, left.status], [true, 200]);
    assert(left.bytes < BYTES);
    const whole = await logged(all, site);
    assertEquals(whole.aborted, false);
  }
});

Deno.test("a runtime that says so is believed", async () => {
  const files = filesOf({ "/a.txt": "hello" });
  const remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 1 };
  const rows: Array<
    [completed: Promise<void>, aborted: boolean, bytes: number]
  > = [
    [Promise.resolve(), false, 5],
    [Promise.reject(new Error("left")), true, 0],
  ];
  for (const [completed, aborted, bytes] of rows) {
    const source = { remoteAddr, completed };
    const record = await logged(all, { files, source });
    assertEquals([record.aborted, record.bytes], [aborted, bytes]);
  }
});

Deno.test("a listener tells without a promise when an answer was sent", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a.txt`, "hello");
  Deno.writeFileSync(`${directory.path}/b.bin`, new Uint8Array(BYTES));
  const records: LogRecord[] = [];
  const handler = createHandler({
    root: directory.path,
    log: (record) => records.push(record),
  });
  const told: boolean[] = [];
  let tell = (_isSent: boolean) => {};
  const peer = {
    address: "192.0.2.1",
    whenSent: (isInMemory: boolean, callback: typeof tell) => {
      told.push(isInMemory);
      tell = callback;
    },
  };
  for (const isSent of [true, false]) {
    const request = new Request("http://localhost/a.txt");
    await (await handler(request, () => peer)).text();
    assertEquals(records.length, 0);
    tell(isSent);
    const { aborted, bytes } = records.pop() ?? {};
    assertEquals([aborted, bytes], isSent ? [false, 5] : [true, 0]);
  }
  const request = new Request("http://localhost/b.bin");
  await (await handler(request, () => peer)).arrayBuffer();
  tell(true);
  await until(() => records.length > 0);
  assertEquals([records[0]?.aborted, records[0]?.bytes], [false, BYTES]);
  assertEquals(told, [true, true, false]);
});

Deno.test("toPeer(): functions of a user have a promise of it", async () => {
  for (const isSent of [true, false]) {
    const whenSent = (_: boolean, callback: (isSent: boolean) => void) =>
      callback(isSent);
    const request = new Request("http://localhost/");
    const peer = toPeer(request, () => ({ address: "192.0.2.1", whenSent }));
    assertEquals(Object.keys(peer).sort(), ["address", "completed"]);
    const settled = await peer.completed?.then(() => true, () => false);
    assertEquals(settled, isSent);
  }
});

Deno.test("functions that decide on a request have a promise of it, too", async () => {
  const whenSent = (_: boolean, callback: (isSent: boolean) => void) =>
    callback(true);
  const peers: (Peer | undefined)[] = [];
  const allow = (peer: Peer | undefined) => {
    peers.push(peer);
    return true;
  };
  const handler = createHandler({
    root: "/",
    files: filesOf({ "/a.txt": "hello" }),
    log: false,
    basicAuth: { verify: (_user, _password, peer) => allow(peer) },
    expectContinue: (_request, peer) => allow(peer),
  });
  const headers = {
    "Authorization": `Basic ${btoa("a:b")}`,
    "Content-Length": "1",
    "Expect": "100-continue",
  };
  const request = new Request("http://localhost/a.txt", {
    method: "POST",
    body: "a",
    headers,
  });
  await handler(request, () => ({ address: "192.0.2.1", whenSent }));
  assertEquals(peers.length, 2);
  for (const peer of peers) {
    assertEquals(peer?.whenSent, undefined);
    assertEquals(await peer?.completed?.then(() => true), true);
  }
});

Deno.test("a log that throws, or rejects, harms nobody", async () => {
  const files = filesOf({ "/a.txt": "hello" });
  const whenSent = (_: boolean, callback: (isSent: boolean) => void) =>
    callback(true);
  const logs = [
    () => {
      throw new Error("throws");
    },
    () => Promise.reject(new Error("rejects")),
  ];
  for (const log of logs) {
    for (const source of [() => ({ address: "::1", whenSent }), undefined]) {
      const handler = createHandler({ root: "/", files, log });
      const request = new Request("http://localhost/a.txt");
      const response = await handler(request, source);
      assertEquals(await response.text(), "hello");
    }
  }
  // What nobody handles fails the test in the next turn.
  await new Promise((resolve) => setTimeout(resolve));
});

Deno.test("on Bun a request has an address as long as it is being answered, and a signal", async () => {
  using directory = temporaryDirectory();
  Deno.writeFileSync(`${directory.path}/a.txt`, new Uint8Array(BYTES));
  for (const leaves of [false, true]) {
    const controller = new AbortController();
    let asked = 0;
    const source = {
      requestIP: () => {
        asked++;
        if (asked === 3 && leaves) controller.abort();
        return asked < 4 ? { address: "192.0.2.1", port: 1 } : null;
      },
    };
    const init = { signal: controller.signal };
    const record = await logged(all, { root: directory.path, source, init });
    assertEquals(record.aborted, leaves);
    assertEquals(record.peer.address, "192.0.2.1");
  }
});

Deno.test("on Bun a client that leaves while the answer is decided is known by then", async () => {
  let hasLeft = false;
  const controller = new AbortController();
  const record = await logged(all, {
    files: filesOf({ "/a.txt": "hello" }),
    source: {
      requestIP: () => hasLeft ? null : { address: "192.0.2.1", port: 1 },
    },
    init: { signal: controller.signal },
    resolve: async (target, next) => {
      await new Promise((resolve) => setTimeout(resolve));
      hasLeft = true;
      controller.abort();
      return await next(target);
    },
  });
  assertEquals([record.peer.address, record.aborted], ["192.0.2.1", true]);
});

Deno.test("a client that has left before there was an answer", async () => {
  const files = filesOf({ "/a.txt": "hello" });
  const source = { requestIP: () => ({ address: "192.0.2.1", port: 1 }) };
  const init = { signal: AbortSignal.abort() };
  const record = await logged(all, { files, source, init });
  assertEquals([record.aborted, record.bytes], [true, 0]);
});
