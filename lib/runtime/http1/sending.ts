/**
 * Content on its way to a connection of ours: what a reader gives, and streams.
 *
 * @module
 */

import { clearImmediate, setImmediate } from "node:timers";
import type { ContentReader } from "../../ports/content.ts";
import { nextTurn } from "../node_ports.ts";
import { createPace } from "../pace.ts";
import type { Exchange } from "./connection_exchange.ts";

/** How much a client that reads as fast as the file comes gets until others have their turn, in bytes. */
const TURN_BYTES = 1_048_576;
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * Sends what a reader gives behind a head. Most files are over with the first write: for these
 * it gives `undefined`, and for the others whether the client was there to the end.
 */
export function sendReader(
  exchange: Exchange,
  head: string,
  reader: ContentReader,
): undefined | Promise<boolean> {
  const { connection } = exchange;
  const { scratch } = connection.serving;
  const isShort = head.length < scratch.length;
  if (!isShort) writeText(exchange, head);
  const begin = isShort ? scratch.write(head, 0, "latin1") : 0;
  try {
    const count = reader.read(scratch.subarray(begin));
    exchange.queued = count;
    connection.write(scratch, begin + count, true);
    if (begin + count < scratch.length) {
      reader.close();
      return undefined;
    }
  } catch (error) {
    reader.close();
    return Promise.reject(error);
  }
  return sendRest(exchange, reader);
}

/** By the buffer of all: what the system has not taken, the connection keeps. */
async function sendRest(
  exchange: Exchange,
  reader: ContentReader,
): Promise<boolean> {
  const { connection } = exchange;
  const { chunk } = connection.serving;
  const nextLength = createPace();
  let turn = 0;
  try {
    for (;;) {
      if (!await taken(exchange)) return false;
      const length = nextLength(exchange.queued);
      const count = reader.read(chunk.subarray(0, length));
      if (count === 0) return true;
      exchange.queued += count;
      connection.write(chunk, count, true);
      turn += count;
      if (turn < TURN_BYTES) continue;
      turn = 0;
      await nextTurn();
    }
  } finally {
    reader.close();
  }
}

/** Settles when the system has taken all, with `false` when the client has left. */
function taken({ connection }: Exchange): boolean | Promise<boolean> {
  if (connection.isClosed) return false;
  if (connection.unsentBytes === 0) return true;
  return new Promise((resolve) => connection.whenTaken(resolve));
}

/** How a stream is framed. */
interface StreamFraming {
  readonly isChunked: boolean;
  /** The length that was announced. */
  readonly length: number;
}

/** Sends a stream behind a head. It throws when the stream fails, or has another length than was announced. */
export async function sendStream(
  exchange: Exchange,
  head: string,
  stream: ReadableStream<Uint8Array>,
  { isChunked, length }: StreamFraming,
): Promise<boolean> {
  const reader = stream.getReader();
  exchange.onClose((isWhole) => {
    if (!isWhole) reader.cancel().catch(() => {});
  });
  const output = new StreamOutput(exchange, head, isChunked);
  // A head does not wait for content that comes later: it may be an event of the next hour.
  const waiting = setImmediate(() => output.writeHead());
  for (;;) {
    const { value } = await reader.read();
    clearImmediate(waiting);
    if (value === undefined) break;
    const bytes = value.subarray(0, length - exchange.queued);
    output.write(bytes);
    if (!await taken(exchange)) return false;
    if (bytes.length < value.length) throw new Error("Too much content");
  }
  if (!exchange.isOpen) return false;
  const isShort = length !== Infinity && exchange.queued < length;
  if (isShort) throw new Error("Too little content");
  output.end();
  return true;
}

class StreamOutput {
  #head: string | undefined;

  constructor(
    readonly exchange: Exchange,
    head: string,
    readonly isChunked: boolean,
  ) {
    this.#head = head;
  }

  writeHead(): void {
    const head = this.#takeHead();
    if (head !== "") writeText(this.exchange, head);
  }

  write(bytes: Uint8Array): void {
    const { connection } = this.exchange;
    if (bytes.length === 0) return this.writeHead();
    this.exchange.queued += bytes.length;
    const size = this.isChunked ? `${bytes.length.toString(16)}\r\n` : "";
    const front = this.#takeHead() + size;
    const { scratch } = connection.serving;
    if (front.length + bytes.length + 2 > scratch.length) {
      if (front !== "") writeText(this.exchange, front);
      connection.write(bytes, bytes.length);
      if (this.isChunked) writeText(this.exchange, "\r\n");
      return;
    }
    let end = front === "" ? 0 : scratch.write(front, 0, "latin1");
    scratch.set(bytes, end);
    end += bytes.length;
    if (this.isChunked) end += scratch.write("\r\n", end, "latin1");
    connection.write(scratch, end, true);
  }

  end(): void {
    this.writeHead();
    if (this.isChunked) {
      this.exchange.connection.write(LAST_CHUNK, LAST_CHUNK.length);
    }
  }

  #takeHead(): string {
    const head = this.#head ?? "";
    this.#head = undefined;
    return head;
  }
}

function writeText({ connection }: Exchange, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  connection.write(bytes, bytes.length);
}
