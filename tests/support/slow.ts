/** Clients that are slow, and clients that do nothing at all. */

import { Buffer } from "node:buffer";
import { writeAll } from "./raw.ts";

/** A download that waits behind its first bytes until somebody wants the rest. */
export interface SlowDownload extends Disposable {
  readonly connection: Deno.Conn;
  /** The status and the fields, as they came. */
  readonly head: string;
  /** Reads to the end; how many bytes came, and whether all of them were the expected ones. */
  readonly finish: (
    expected: Uint8Array,
  ) => Promise<{ readonly length: number; readonly same: boolean }>;
}

const latin1 = new TextDecoder("latin1");
const CHUNK_BYTES = 262_144;

/** Bytes of which no two places look alike. */
export function noise(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4);
  let state = seed;
  for (let at = 0; at < words.length; at++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}

/** Opens a connection and writes to it; one that cannot be written to is closed. */
export async function connect(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new TextEncoder().encode(text);
  await orClose(connection, writeAll(connection, bytes));
  return connection;
}

/** What comes of a connection; where nothing comes, nobody holds it who could close it. */
function orClose<T>(connection: Deno.Conn, result: Promise<T>): Promise<T> {
  return result.catch((error) => {
    close(connection);
    throw error;
  });
}

/** The text of a request that closes its connection, or keeps it. */
export function get(target: string, connection = "close"): string {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`;
}

/** Reads the head of an answer, and returns it with what came behind it. */
export async function readHead(
  connection: Deno.Conn,
): Promise<{ head: string; rest: Uint8Array }> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(16_384);
  for (;;) {
    const end = latin1.decode(bytes).indexOf("\r\n\r\n");
    if (end >= 0) {
      const head = latin1.decode(bytes.subarray(0, end));
      return { head, rest: bytes.subarray(end + 4) };
    }
    const count = await connection.read(buffer);
    if (count === null) throw new Error("The connection was closed");
    const longer = new Uint8Array(bytes.length + count);
    longer.set(bytes);
    longer.set(buffer.subarray(0, count), bytes.length);
    bytes = longer;
  }
}

/** Begins a download, and stops reading as soon as the answer has begun. */
export async function slowDownload(
  port: number,
  target: string,
  keep?: "keep-alive",
): Promise<SlowDownload> {
  const connection = await connect(port, get(target, keep));
  const { head, rest } = await orClose(connection, readHead(connection));
  return {
    connection,
    head,
    finish: (expected) => finish(connection, rest, expected),
    [Symbol.dispose]: () => close(connection),
  };
}

/** Closes a connection that may have been closed already. */
export function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // it is
  }
}

async function finish(
  connection: Deno.Conn,
  rest: Uint8Array,
  expected: Uint8Array,
): Promise<{ length: number; same: boolean }> {
  let length = 0;
  let same = true;
  const buffer = new Uint8Array(CHUNK_BYTES);
  const take = (bytes: Uint8Array) => {
    same &&= isSame(bytes, expected.subarray(length, length + bytes.length));
    length += bytes.length;
  };
  take(rest);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    take(buffer.subarray(0, count));
  }
  return { length, same };
}

/** A comparison that costs little, so that two hundred clients fit into one program. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
