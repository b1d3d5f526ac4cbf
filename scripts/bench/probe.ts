/**
 * One request over a connection of its own, as plain as possible: `fetch` would ask for
 * codings and undo them, and knows nothing of when the first byte came.
 *
 * @module
 */

/** What is asked. */
export interface Question {
  readonly path: string;
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  /** The content; of more than 64 MiB only the length is known. */
  readonly content: Uint8Array;
  readonly length: number;
  /** From connecting to the first byte of the content, in milliseconds. */
  readonly firstMs: number;
  /** From connecting to the last byte. */
  readonly wholeMs: number;
}

/** Where a server is. */
export interface Door {
  readonly port: number;
  /** The certificate by which it is known; without it TLS is not spoken. */
  readonly cert?: string | undefined;
}

/** A listing of 100,000 names has 30 MiB. */
const KEPT_BYTES = 2 ** 26;
const PATIENCE_MS = 60_000;
const BLANK_LINE = "\r\n\r\n";

/**
 * Asks a server on this machine.
 *
 * @param door Where it is.
 * @param question Path, method and fields.
 * @returns The answer.
 * @throws {Error} When there is none within a minute.
 */
export async function ask(door: Door, question: Question): Promise<Answer> {
  const began = performance.now();
  using connection = await connect(door);
  const timer = setTimeout(() => connection.close(), PATIENCE_MS);
  try {
    await connection.write(requestBytes(door, question, "close"));
    return await receive(connection, began, question.method === "HEAD");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connects to a server on this machine.
 *
 * @param door Where it is.
 * @returns The connection, after the handshake of TLS.
 */
export async function connect({ port, cert }: Door): Promise<Deno.Conn> {
  const place = { hostname: "127.0.0.1", port };
  if (cert === undefined) return await Deno.connect(place);
  const connection = await Deno.connectTls({ ...place, caCerts: [cert] });
  await connection.handshake();
  return connection;
}

/**
 * A request.
 *
 * @param door Where the server is.
 * @param question What is asked.
 * @param end Whether the connection is kept.
 * @returns Its bytes.
 */
export function requestBytes(
  { port }: Door,
  { path, method = "GET", fields = {} }: Question,
  end: "close" | "keep-alive",
): Uint8Array<ArrayBuffer> {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Connection: ${end}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  return new TextEncoder().encode(lines.join("\r\n") + BLANK_LINE);
}

/**
 * Receives an answer.
 *
 * @param connection Where it comes.
 * @param began When it was asked for.
 * @param noContent Whether its fields are all.
 * @returns The answer.
 * @throws {Error} When the connection ends without one.
 */
export async function receive(
  connection: Deno.Conn,
  began: number,
  noContent: boolean,
): Promise<Answer> {
  const kept: Uint8Array[] = [];
  const buffer = new Uint8Array(2 ** 16);
  let head: Head | undefined;
  let length = 0;
  let firstMs = NaN;
  let early: Uint8Array = new Uint8Array();
  while (head === undefined || noContent === false && !complete(head, length)) {
    const count = await connection.read(buffer);
    if (count === null) break;
    let piece = buffer.slice(0, count);
    if (head === undefined) {
      early = joinBytes([early, piece]);
      head = parseHead(early);
      if (head === undefined) continue;
      piece = early.slice(head.bytes);
    }
    if (piece.length > 0 && Number.isNaN(firstMs)) {
      firstMs = performance.now() - began;
    }
    if (length < KEPT_BYTES) kept.push(piece);
    length += piece.length;
  }
  if (head === undefined) throw new Error("no answer");
  const wholeMs = performance.now() - began;
  const raw = joinBytes(kept);
  const chunked = head.fields.get("transfer-encoding") === "chunked";
  const content = chunked ? joinChunks(raw) : raw;
  const { status, fields } = head;
  const size = chunked ? content.length : length;
  return { status, fields, content, length: size, firstMs, wholeMs };
}

function complete({ status, fields }: Head, length: number): boolean {
  if (status === 204 || status === 304) return true;
  const promised = fields.get("content-length");
  return promised !== undefined && length >= Number(promised);
}

interface Head {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  /** The length of all this, with the blank line. */
  readonly bytes: number;
}

/**
 * Reads a status line and fields.
 *
 * @param bytes What came so far.
 * @returns Status, fields by lower-case name, and their length in bytes; `undefined` when
 * they are not complete.
 */
export function parseHead(bytes: Uint8Array): Head | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf(BLANK_LINE);
  if (end === -1) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(" ")[1]),
    fields: new Map(fields),
    bytes: end + BLANK_LINE.length,
  };
}

/**
 * Takes the chunked coding off (RFC 9112 §7.1).
 *
 * @param bytes Chunks; the last ones may be missing.
 * @returns The content.
 */
export function joinChunks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at);
    const line = new TextDecoder("latin1").decode(bytes.subarray(at, end));
    const size = parseInt(line, 16);
    if (end === -1 || !(size > 0)) break;
    pieces.push(bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 2;
  }
  return joinBytes(pieces);
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
