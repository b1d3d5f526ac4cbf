/** Connections of HTTP/1 without sockets: what comes in any portions, and leaves in any. */

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import { bytesContent } from "../../lib/ports/content.ts";
import {
  type Answer,
  headerSection,
  type HttpRequest,
} from "../../lib/ports/message.ts";
import { Connection } from "../../lib/runtime/http1/connection.ts";
import type { Serving, Transport } from "../../lib/runtime/http1/channel.ts";
import { createLimiter } from "../../lib/runtime/http1/connection_limits.ts";
import { toBytes, toText } from "../program/protocol.ts";
import { type Random, random } from "../support/random.ts";

/** Answers with the target and the content, some requests at once. */
async function echo({ url, body }: HttpRequest): Promise<Answer> {
  const { pathname } = new URL(url);
  const content = await new Response(body).bytes();
  return answerOf(`${pathname}:${toText(content)}`);
}

function answerOf(text: string): Answer {
  return {
    status: 200,
    phrase: "OK",
    headers: headerSection([["Content-Length", `${text.length}`]]),
    content: bytesContent(toBytes(text)),
  };
}

function createServing(): Serving {
  const noLimits = { headerTimeout: 0, idleTimeout: 0, stallTimeout: 0 };
  return {
    responder: {
      answer: (request) =>
        request.body === null
          ? answerOf(new URL(request.url).pathname)
          : echo(request),
    },
    limiter: createLimiter({ ...noLimits, maxRequests: 0 }),
    scheme: "http://",
    connections: new Set(),
    scratch: Buffer.alloc(4096),
    chunk: new Uint8Array(262_144),
    isStopping: false,
    inFlight: 0,
  };
}

/** A connection whose system takes a few bytes at a time. */
function open(serving: Serving, { below }: Random) {
  let received = "";
  let isEnded = false;
  let isPaused = false;
  const socket: Transport = {
    write: (bytes, from, length) => {
      const count = Math.min(length, below(30));
      received += toText(new Uint8Array(bytes.subarray(from, from + count)));
      return count;
    },
    pause: () => isPaused = true,
    resume: () => isPaused = false,
    shutdown: () => isEnded = true,
    end: () => isEnded = true,
    terminate: () => isEnded = true,
  };
  const connection = new Connection(socket, serving);
  connection.receiveOpen();
  return {
    connection,
    received: () => received,
    isEnded: () => isEnded,
    isPaused: () => isPaused,
  };
}

const message = (line: string, fields: readonly string[], content = "") =>
  `${
    [`${line} HTTP/1.1`, "Host: a", ...fields].join("\r\n")
  }\r\n\r\n${content}`;

function choose(name: string, { below }: Random): [sent: string, text: string] {
  const text = "x".repeat(below(300));
  switch (below(4)) {
    case 0:
      return [
        message(
          `POST /${name}`,
          [`Content-Length: ${text.length + 1}`],
          `${text}y`,
        ),
        `/${name}:${text}y`,
      ];
    case 1: {
      const size = (text.length + 1).toString(16);
      const chunks = `${size}\r\n${text}z\r\n0\r\n\r\n`;
      return [
        message(`POST /${name}`, ["Transfer-Encoding: chunked"], chunks),
        `/${name}:${text}z`,
      ];
    }
    default:
      return [message(`GET /${name}`, []), `/${name}`];
  }
}

Deno.test("property: connections that take turns are answered in order, whole and their own", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const generator = random(seed);
    const serving = createServing();
    const all = Array.from({ length: 3 }, (_, which) => {
      const rows = Array.from(
        { length: 12 },
        (_, at) => choose(`${which}-${at}`, generator),
      );
      const client = open(serving, generator);
      const bytes = Buffer.from(rows.map(([sent]) => sent).join(""), "latin1");
      return { rows, client, rest: bytes as Buffer<ArrayBuffer> };
    });
    const isOver = () =>
      all.every(({ rows, client }) =>
        client.received().split("HTTP/1.1 200").length > rows.length &&
        client.connection.unsentBytes === 0
      );
    for (let turn = 0; turn < 100_000 && !isOver(); turn++) {
      const one = all[generator.below(3)];
      if (one === undefined) continue;
      const { client: { connection }, rest } = one;
      const portion = rest.subarray(0, generator.below(120));
      one.rest = rest.subarray(portion.length);
      if (portion.length > 0) connection.receive(Buffer.from(portion));
      connection.receiveRoom();
      if (generator.below(4) === 0) {
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    for (const { rows, client } of all) {
      const expected = rows.map(([, text]) =>
        `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
      );
      assertEquals(client.received(), expected.join(""), `seed ${seed}`);
      client.connection.receiveClose();
    }
    assertEquals([serving.inFlight, serving.connections.size], [0, 0]);
  }
});

/** A connection whose system takes all, and what answers on it. */
function openWhole(answer: Serving["responder"]["answer"]) {
  const serving = { ...createServing(), responder: { answer } };
  const client = open(serving, {
    ...random(0),
    below: () => Infinity,
  });
  const send = (text: string) =>
    client.connection.receive(Buffer.from(text, "latin1"));
  return {
    ...client,
    send,
    [Symbol.dispose]: () => client.connection.receiveClose(),
  };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

Deno.test("content that nobody wants and nobody can read: one answer, which is the last", async () => {
  const UNREADABLE = message(
    "POST /a",
    ["Transfer-Encoding: chunked"],
    "5\r\nhello\r\nzz\r\n",
  );
  const later = async ({ refusal }: HttpRequest): Promise<Answer> => {
    await turn();
    return { ...answerOf("later"), status: refusal?.status ?? 200 };
  };
  const rows: ReadonlyArray<Serving["responder"]["answer"]> = [
    () => answerOf("at once"),
    later,
    async (request) => {
      await request.body?.cancel();
      return await later(request);
    },
  ];
  for (const answer of rows) {
    using client = openWhole(answer);
    const { send, received, isEnded } = client;
    send(UNREADABLE);
    send("0\r\n\r\n" + message("GET /smuggled", []));
    for (let count = 0; count < 5; count++) await turn();
    assertEquals(statuses(received()), [200], received());
    assertEquals(isEnded(), true);
  }
});

Deno.test("content that is asked for behind its answer, or when the client has left, fails", async () => {
  const sent = message("POST /a", ["Content-Length: 5"], "hel");
  const failed = (reading: Promise<unknown> | undefined) =>
    reading?.then(() => false, () => true);
  let kept: HttpRequest | undefined;
  const early = (request: HttpRequest) => {
    kept = request;
    return answerOf("early");
  };
  using client = openWhole(early);
  const { send, received } = client;
  send(sent);
  assertEquals(statuses(received()), [200]);
  assertEquals(await failed(new Response(kept?.body).text()), true);
  send("lo" + message("GET /b", []));
  assertEquals(statuses(received()), [200, 200], "the next one is answered");

  let reading: Promise<string> | undefined;
  using begun = openWhole((request) => {
    reading ??= new Response(request.body).text();
    return answerOf("early");
  });
  begun.send(sent);
  assertEquals(await failed(reading), true, "who has begun to read");

  using left = openWhole((request) => {
    kept = request;
    return new Promise<Answer>(() => {});
  });
  left.send(sent);
  left.connection.receiveClose();
  assertEquals(await failed(new Response(kept?.body).text()), true);
});

Deno.test("RFC 9112 §2.2: any number of CRLF in front of a request is nothing", () => {
  for (const portion of [65_535, 131_071, 300_000]) {
    using client = openWhole(() => answerOf("a"));
    const { send, received, isPaused } = client;
    const text = "\r\n".repeat(100_000) + message("GET /", []);
    for (let at = 0; at < text.length; at += portion) {
      send(text.slice(at, at + portion));
      assertEquals(isPaused(), false);
    }
    assertEquals(statuses(received()), [200], `${portion}`);
  }
});

Deno.test("a head that is longer than the scratch, and a file", async () => {
  for (const length of [4000, 4096, 10_000]) {
    let left = 5000;
    const reader = {
      read: (buffer: Uint8Array) => {
        const count = Math.min(left, buffer.length);
        left -= count;
        buffer.fill(0x78, 0, count);
        return count;
      },
      close: () => {},
    };
    using client = openWhole(() => ({
      ...answerOf(""),
      headers: headerSection([
        ["X-A", "a".repeat(length)],
        ["Content-Length", "5000"],
      ]),
      content: { ...bytesContent(new Uint8Array()), reader },
    }));
    const { send, received } = client;
    send(message("GET /", []));
    await turn();
    const [head = "", content] = received().split("\r\n\r\n");
    assertEquals(head.includes("a\r\nContent-Length: 5000"), true);
    assertEquals(content, "x".repeat(5000));
  }
});

/** A reader of so many bytes, of which none is its neighbour's, nor that of another seed. */
function patternReader(size: number, seed: number) {
  let at = 0;
  const byteAt = (at: number) => (at * 31 + (at >> 12) + seed) & 127;
  const read = (buffer: Uint8Array) => {
    const count = Math.min(size - at, buffer.length);
    for (let index = 0; index < count; index++) buffer[index] = byteAt(at++);
    return count;
  };
  const expected = toText(
    Uint8Array.from({ length: size }, (_, at) => byteAt(at)),
  );
  return { reader: { read, close: () => {} }, expected };
}

Deno.test("files by one chunk: clients that take turns get their own bytes, and hold no chunk", async () => {
  const size = 3_000_000;
  const files = [1, 2, 3].map((seed) => patternReader(size, seed));
  const serving = {
    ...createServing(),
    responder: {
      answer: ({ url }: HttpRequest): Answer => ({
        ...answerOf(""),
        headers: headerSection([["Content-Length", `${size}`]]),
        content: {
          ...bytesContent(new Uint8Array()),
          reader: files[Number(new URL(url).pathname.slice(1))]?.reader ??
            patternReader(0, 0).reader,
        },
      }),
    },
  };
  let room = 0;
  const takeOnce = () => {
    const count = room;
    room = 0;
    return count;
  };
  const clients = files.map((_, which) => {
    const client = open(serving, { ...random(0), below: takeOnce });
    const { connection } = client;
    connection.receive(Buffer.from(message(`GET /${which}`, []), "latin1"));
    return client;
  });
  const { pick, below } = random(1);
  const isOver = () =>
    clients.every(({ connection: { phase } }) => phase === "idle");
  for (let turns = 0; turns < 10_000 && !isOver(); turns++) {
    room = below(400_000);
    pick(clients).connection.receiveRoom();
    if (below(2) === 0) await turn();
    for (const { connection: { unsentBytes } } of clients) {
      assert(unsentBytes <= serving.chunk.length, `${unsentBytes}`);
    }
  }
  for (const [which, { received, connection }] of clients.entries()) {
    const [, content] = received().split("\r\n\r\n");
    assert(content === files[which]?.expected, `client ${which}`);
    connection.receiveClose();
  }
});

Deno.test("a burst of requests with long heads and content is answered in order, however much of it waits", async () => {
  using client = openWhole(async (request) => {
    await turn();
    return await echo(request);
  });
  const { send, received } = client;
  const rows = Array.from({ length: 30 }, (_, at) => {
    const text = "x".repeat(at * 1000);
    return [
      message(`POST /${at}`, [
        `X-A: ${"a".repeat(20_000)}`,
        `Content-Length: ${text.length}`,
      ], text),
      `/${at}:${text}`,
    ] as const;
  });
  const sent = rows.map(([sent]) => sent).join("");
  send(sent.slice(0, -10_000));
  await turn();
  send(sent.slice(-10_000));
  for (let count = 0; count < 300; count++) await turn();
  const expected = rows.map(([, text]) =>
    `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  );
  assertEquals(received() === expected.join(""), true);
});

Deno.test("a head in bytes is answered with its last one, and what is none is refused soon", () => {
  const text = message("GET /a", [`X-A: ${"a".repeat(3000)}`, "X-B: b"]);
  using client = openWhole(() => answerOf("a"));
  const { send, received } = client;
  for (const byte of text.slice(0, -1)) send(byte);
  assertEquals(received(), "");
  send(text.slice(-1));
  assertEquals(statuses(received()), [200]);

  using bad = openWhole(({ refusal }) => ({
    ...answerOf(""),
    status: refusal?.status ?? 200,
  }));
  for (const byte of text.slice(0, 2000)) bad.send(byte);
  bad.send("\0");
  for (let count = 0; count < 2000 / 8; count++) bad.send("a");
  assertEquals(statuses(bad.received()), [400]);
});
