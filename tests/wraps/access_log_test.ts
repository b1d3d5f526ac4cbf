import { assert, assertEquals } from "@std/assert";
import { toPeer } from "../../lib/handler/client.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import {
  createHandler,
  createLogFormat,
  formatLogRecord,
  type LogRecord,
  type Peer,
  type PeerSource,
} from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, loggedSite, site } from "../support/site.ts";

const TIME = new Date(2026, 10, 20, 16, 5, 9).getTime();

Deno.test("formatLogRecord() writes the lines of http.server", () => {
  const record: LogRecord = {
    peer: { address: "127.0.0.1" },
    time: TIME,
    milliseconds: 3,
    method: "GET",
    target: "/a?b",
    status: 200,
    bytes: 512,
  };
  const start = "127.0.0.1 - - [20/Nov/2026 16:05:09]";
  assertEquals(
    formatLogRecord(record),
    `${start} "GET /a?b HTTP/1.1" 200 512\n`,
  );
  assertEquals(
    formatLogRecord({ ...record, status: 304, bytes: 0 }),
    `${start} "GET /a?b HTTP/1.1" 304 -\n`,
  );
  assertEquals(
    formatLogRecord({ ...record, status: 404, message: "File not found" }),
    `${start} code 404, message File not found\n` +
      `${start} "GET /a?b HTTP/1.1" 404 512\n`,
  );
});

Deno.test("formatLogRecord() shows names decoded where that is safe; the formats for programs do not", () => {
  const rows: Array<[target: string, shown?: string]> = [
    ["/Ubung%20%C3%A4.pdf", "/Ubung ä.pdf"],
    ["/%d0%bf/%E6%97%A5?q=%C3%A4", "/п/日?q=%C3%A4"],
    ["/%F0%9F%8E%89%20%D7%A9", "/🎉 ש"],
    ["/a%27b%41%2Bc", "/a'bA+c"],
    ["/ok%20/%20ok"], // spaces that nobody sees
    ["/a%20%20b"],
    ["/a%C2%A0b"],
    ["/100%25"],
    ["/a%2Fb"],
    ["/a%3Fb"],
    ["/a%23b"],
    ["/a%22%20200"],
    ["/a%5Cb"],
    ["/a%0D%0Ab"],
    ["/a%1B[2J"],
    ["/a%C2%9B2J"],
    ["/a%E2%80%AEtxt.exe"],
    ["/a%E2%80%8Bb"],
    ["/a%CC%88"], // would look like %C3%A4
    ["/%CC%88"], // would stand on the slash
    ["/a%20%CC%88"],
    ["/%ff/%zz"],
    ["/%E3%85%A4"], // a letter that shows nothing
    ["/a%20b/a%22", "/a b/a%22"],
  ];
  const peer = { address: "::1" };
  const more = { peer, time: TIME, milliseconds: 1, method: "GET" } as const;
  for (const [target, shown = target] of rows) {
    const record = { ...more, target, status: 200, bytes: 1 };
    const line = formatLogRecord(record);
    assert(line.endsWith(`"GET ${shown} HTTP/1.1" 200 1\n`), line);
    for (const format of ["common", "combined", "%r", "%U%q"]) {
      assert(createLogFormat(format)(record).includes(target), format);
    }
    const json = JSON.parse(createLogFormat("json")(record));
    assertEquals(json.target, target);
  }
});

Deno.test("the reason of a 404 stands behind its message, in json and in templates by itself", () => {
  const record = {
    peer: { address: "::1" },
    time: TIME,
    milliseconds: 1,
    method: "GET",
    target: "/.env",
    status: 404,
    bytes: 3,
    message: "File not found",
    reason: "hidden\n: --dotfiles",
  };
  const stamp = "::1 - - [20/Nov/2026 16:05:09]";
  assertEquals(
    formatLogRecord(record),
    `${stamp} code 404, message File not found (hidden\\x0a: --dotfiles)\n` +
      `${stamp} "GET /.env HTTP/1.1" 404 3\n`,
  );
  const json = JSON.parse(createLogFormat("json")(record));
  assertEquals(json.reason, record.reason);
  const format = createLogFormat("%{reason}n");
  assertEquals(format(record), "hidden\\x0a: --dotfiles\n");
  assertEquals(format({ ...record, reason: undefined }), "-\n");
});

Deno.test("what browsers ask for by themselves and is not there has one line, not two", () => {
  const devTools = "/.well-known/appspecific/com.chrome.devtools.json";
  const rows: Array<[target: string, lines: number, more?: object]> = [
    ["/favicon.ico", 1],
    ["/apple-touch-icon.png", 1],
    ["/apple-touch-icon-120x120-precomposed.png", 1],
    [devTools, 1],
    ["/favicon.ico", 2, { reason: "no permission" }],
    ["/favicon.ico", 2, { status: 500 }],
    ["/favicon.ico?v=1", 2], // a page has asked for it
    ["/d/favicon.ico", 2],
    ["/robots.txt", 2],
    ["/apple-touch-icon/x.png", 2],
  ];
  for (const [target, lines, more] of rows) {
    const text = formatLogRecord({
      peer: { address: "::1" },
      time: TIME,
      milliseconds: 1,
      method: "GET",
      target,
      status: 404,
      bytes: 3,
      message: "File not found",
      ...more,
    });
    assertEquals(text.split("\n").length - 1, lines, target);
    assert(text.includes(`"GET ${target} HTTP/1.1"`), text);
  }
});

Deno.test("formatLogRecord() tells what was thrown, with its stack", () => {
  const text = formatLogRecord({
    peer: { address: "::1" },
    time: TIME,
    milliseconds: 3,
    method: "GET",
    target: "/",
    status: 500,
    bytes: 1,
    error: new Error("disk"),
  });
  assert(text.includes("Error: disk"));
  assert(text.includes("access_log_test.ts"));
  assert(
    text.split("\n").slice(0, -1).every((line) => line.startsWith("::1 - -")),
  );
});

Deno.test("the log hears of every request: who, what, how much", async () => {
  const rows: Array<[string, string, number, number, string | undefined]> = [
    ["GET", "/a", 200, 5, undefined],
    ["HEAD", "/a", 200, 0, undefined],
    ["GET", "/d?q", 301, 0, undefined],
    ["GET", "/%zz", 400, -1, "Bad percent-encoding in the URL"],
    ["GET", "/x", 404, -1, "File not found"],
    ["POST", "/a", 405, -1, "Method Not Allowed"],
    ["SPAM", "/a", 501, -1, "Unsupported method ('SPAM')"],
  ];
  for (const [method, path, status, bytes, message] of rows) {
    const { fetch, logged } = loggedSite({ "/a": "hello", "/d/b": "" });
    const peer = { address: "192.0.2.1", port: 1234 };
    const response = await fetch(path, { method, peer });
    const length = (await response.arrayBuffer()).byteLength;
    const record = await logged();
    assertEquals(record.status, status);
    assertEquals(record.method, method);
    assertEquals(record.target, path);
    assertEquals(record.peer, peer);
    assertEquals(record.bytes, bytes < 0 ? length : bytes, path);
    assertEquals(record.message, message);
    assertEquals(record.error, undefined);
  }
});

Deno.test("the log waits until the answer was sent", async () => {
  const { promise: completed, resolve } = Promise.withResolvers<void>();
  const { fetch, records, logged } = loggedSite({ "/a": "hello" });
  const peer = { address: "192.0.2.1", completed };
  await (await fetch("/a", { peer })).text();
  assertEquals(records.length, 0);
  resolve();
  assertEquals((await logged()).bytes, 5);
});

Deno.test("the log has the bytes that left when the peer went away in the middle", async () => {
  using directory = temporaryDirectory();
  Deno.writeFileSync(`${directory.path}/a`, new Uint8Array(1_000_000));
  const { promise, resolve } = Promise.withResolvers<LogRecord>();
  const handler = createHandler({ root: directory.path, log: resolve });
  const completed = Promise.reject(new Error("gone"));
  const peer = { address: "192.0.2.1", completed };
  const response = await handler(new Request("http://localhost/a"), peer);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const { bytes, error, status } = await promise;
  assert(bytes > 0 && bytes < 1_000_000, String(bytes));
  assertEquals([status, error], [200, undefined]);
});

Deno.test("the log has the error when a file became shorter while it was sent", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  Deno.writeFileSync(path, new Uint8Array(1_000_000));
  const { promise, resolve } = Promise.withResolvers<LogRecord>();
  const handler = createHandler({ root: directory.path, log: resolve });
  const response = await handler(new Request("http://localhost/a"));
  Deno.truncateSync(path, 300_000);
  const failed = await response.arrayBuffer().then(() => false, () => true);
  assert(failed);
  const { bytes, error } = await promise;
  assertEquals(bytes, 300_000);
  assert(error instanceof Error && error.message.includes("became shorter"));
});

Deno.test("a broken disk is answered 500 and logged with its stack; a log that throws harms nobody", async () => {
  const files = {
    ...currentRuntime().files,
    find: () => {
      throw new Error("EIO");
    },
  };
  const { fetch, logged } = loggedSite({}, { files });
  await (await fetch("/a")).text();
  const { error, status } = await logged();
  assertEquals(status, 500);
  assert(error instanceof Error && error.message === "EIO");

  const log = () => {
    throw new Error("a log that throws");
  };
  const response = await site({ "/a": "hello" }, { log })("/a");
  assertEquals(await response.text(), "hello");
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("Deno's and Bun's second arguments tell who asks", async () => {
  const { promise: completed, resolve } = Promise.withResolvers<void>();
  resolve();
  const tcp = (hostname: string) => ({
    remoteAddr: { transport: "tcp", hostname, port: 9 },
    completed,
  });
  const found = { address: "::ffff:192.0.2.1", port: 9 };
  const rows = [
    [tcp("::ffff:192.0.2.1"), "192.0.2.1"],
    [tcp("2001:db8::1"), "2001:db8::1"],
    [{ remoteAddr: { transport: "unix" }, completed }, "unix"],
    [{ requestIP: () => found }, "192.0.2.1"],
    [{ requestIP: () => null }, "-"],
    [undefined, "-"],
    [{} as { address: string }, "-"], // what a router may pass
    [0 as unknown as undefined, "-"], // requests.map(handler)
  ] as const;
  for (const [source, address] of rows) {
    const { promise, resolve } = Promise.withResolvers<LogRecord>();
    const handler = createHandler({
      root: "/",
      files: filesOf({}),
      log: resolve,
    });
    await (await handler(new Request("http://localhost/x"), source)).text();
    assertEquals((await promise).peer.address, address);
  }
});

Deno.test("a client that leaves while nobody listens does not end the program", async () => {
  const completed = Promise.reject(new Error("gone"));
  const remoteAddr = { transport: "tcp", hostname: "192.0.2.1", port: 9 };
  toPeer(new Request("http://localhost/"), { remoteAddr, completed });
  // An unhandled rejection fails the test in the next turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("toPeer(): a client of TCP without an address has gone", () => {
  const completed = Promise.resolve();
  const deno = (
    remoteAddr: { transport: string; hostname?: string; port?: number },
  ) => ({
    remoteAddr,
    completed,
  });
  const requestIP = () => null;
  const rows: Array<[PeerSource, address: string, gone: true | undefined]> = [
    [deno({ transport: "tcp", hostname: "0.0.0.0", port: 0 }), "-", true],
    [
      deno({ transport: "tcp", hostname: "192.0.2.1", port: 9 }),
      "192.0.2.1",
      undefined,
    ],
    [deno({ transport: "unix" }), "unix", undefined],
    [{ requestIP, port: 80 }, "-", true],
    // Of a unix socket Bun never knows the peer.
    [{ requestIP }, "-", undefined],
    [
      { requestIP: () => ({ address: "::ffff:192.0.2.1", port: 9 }), port: 80 },
      "192.0.2.1",
      undefined,
    ],
  ];
  for (const [source, address, gone] of rows) {
    const peer = toPeer(new Request("http://localhost/"), source);
    assertEquals([peer.address, peer.gone], [address, gone]);
  }
});

Deno.test("toPeer(): a listener that knows both ends has IPv4 addresses in IPv6 told as IPv4 (RFC 4291 §2.5.5.2)", () => {
  const mapped = "::ffff:192.0.2.1";
  const rows: Array<[Peer, address: string, localAddress: string | undefined]> =
    [
      [{ address: mapped, localAddress: mapped }, "192.0.2.1", "192.0.2.1"],
      [{ address: "-", localAddress: mapped }, "-", "192.0.2.1"],
      [{ address: mapped, localAddress: "::1" }, "192.0.2.1", "::1"],
      [{ address: mapped }, "192.0.2.1", undefined],
      [{ address: "::1", localAddress: "::1" }, "::1", "::1"],
    ];
  for (const [source, ...ends] of rows) {
    for (const given of [source, () => source]) {
      const peer = toPeer(new Request("http://localhost/"), given);
      assertEquals([peer.address, peer.localAddress], ends);
    }
  }
});
