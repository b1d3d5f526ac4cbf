/** HTTP/1.1 by hand: what `fetch` would normalise goes out as it is written. */

import { Buffer } from "node:buffer";

export interface RawResponse {
  readonly status: number;
  readonly fields: Headers;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly text: string;
  /** Everything that was received, as Latin-1. */
  readonly wire: string;
}

const latin1 = new TextDecoder("latin1");

/** A single write may take only a part. */
export async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await connection.write(bytes.subarray(sent));
  }
}

/** A port of this machine, or the path of a unix socket. */
export type Where = number | string;

function connect(where: Where): Promise<Deno.Conn> {
  return typeof where === "string"
    ? Deno.connect({ transport: "unix", path: where })
    : Deno.connect({ hostname: "127.0.0.1", port: where });
}

/** Sends bytes and reads until the server closes the connection. */
export async function exchange(
  where: Where,
  message: string | Uint8Array<ArrayBuffer>,
): Promise<RawResponse> {
  using connection = await connect(where);
  const bytes = typeof message === "string"
    ? new TextEncoder().encode(message)
    : message;
  await writeAll(connection, bytes);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    chunks.push(buffer.slice(0, count));
  }
  return parse(new Uint8Array(await new Blob(chunks).arrayBuffer()));
}

/** A request by its parts; the connection is closed after the answer. */
export function request(
  where: Where,
  target: string,
  fields: Record<string, string> = {},
  method = "GET",
): Promise<RawResponse> {
  const lines = Object.entries({ Host: "localhost", ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return exchange(
    where,
    `${method} ${target} HTTP/1.1\r\n${
      lines.join("")
    }Connection: close\r\n\r\n`,
  );
}

function parse(bytes: Uint8Array<ArrayBuffer>): RawResponse {
  const wire = latin1.decode(bytes);
  const end = wire.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = wire.slice(0, end).split("\r\n");
  const fields = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    fields.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const rest = end < 0 ? new Uint8Array() : bytes.slice(end + 4);
  const content = fields.has("transfer-encoding") ? dechunk(rest) : rest;
  return {
    status: Number(statusLine.split(" ")[1]),
    fields,
    content,
    text: new TextDecoder().decode(content),
    wire,
  };
}

/** Content without its framing (RFC 9112 §7.1). */
function dechunk(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = latin1.decode(bytes);
  const content = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, end), 16);
    if (!(size > 0)) break;
    content.set(bytes.subarray(end + 2, end + 2 + size), length);
    length += size;
    at = end + 2 + size + 2;
  }
  return content.slice(0, length);
}

/** A response as it came, and how its end was told (RFC 9112 §6.3). */
export interface Received {
  /** The status line. */
  readonly line: string;
  readonly status: number;
  readonly phrase: string;
  /** Field lines in their order; their bytes as Latin-1. */
  readonly lines: ReadonlyArray<readonly [name: string, value: string]>;
  readonly fields: Headers;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly framing: "none" | "length" | "chunked" | "close";
  /** Whether the connection ended before the content did. */
  readonly cut: boolean;
}

/** Reads the responses of a connection, one behind the other. */
export interface ResponseReader {
  /** The next response, also an interim one; undefined where the connection has ended. */
  readonly next: (method?: string) => Promise<Received | undefined>;
  /** Whether the connection ends now, without another byte. */
  readonly isEnd: () => Promise<boolean>;
}

/** Bytes of a connection that wait for whoever takes them. */
interface Incoming {
  /** So many bytes, or what is left of them at the end. */
  readonly take: (length: number) => Promise<Uint8Array<ArrayBuffer>>;
  /** What comes before a delimiter, as Latin-1; undefined where the connection ends first. */
  readonly before: (delimiter: string) => Promise<string | undefined>;
}

function incoming(connection: Deno.Conn): Incoming {
  let buffer = new Uint8Array(65_536);
  let start = 0;
  let end = 0;
  const more = async (): Promise<boolean> => {
    if (end === buffer.length) {
      const size = end - start > buffer.length / 2
        ? buffer.length * 2
        : buffer.length;
      const moved = new Uint8Array(size);
      moved.set(buffer.subarray(start, end));
      [buffer, start, end] = [moved, 0, end - start];
    }
    // A reset is an end, too.
    const count = await connection.read(buffer.subarray(end)).catch(() => null);
    end += count ?? 0;
    return count !== null;
  };
  const take = async (length: number) => {
    while (end - start < length && await more());
    const bytes = buffer.slice(start, Math.min(start + length, end));
    start += bytes.length;
    return bytes;
  };
  const before = async (delimiter: string) => {
    for (;;) {
      const bytes = Buffer.from(buffer.buffer, start, end - start);
      const at = bytes.indexOf(delimiter);
      if (at >= 0) {
        start += at + delimiter.length;
        return bytes.toString("latin1", 0, at);
      }
      if (!await more()) return undefined;
    }
  };
  return { take, before };
}

/** Reads responses from a connection, each to its end. */
export function responses(connection: Deno.Conn): ResponseReader {
  const bytes = incoming(connection);
  const next = async (method = "GET") => {
    const head = await bytes.before("\r\n\r\n");
    if (head === undefined) return undefined;
    const [line = "", ...rest] = head.split("\r\n");
    const lines = rest.map((text) => {
      const colon = text.indexOf(":");
      return [text.slice(0, colon), text.slice(colon + 1).trim()] as const;
    });
    const fields = new Headers(lines.map(([name, value]) => [name, value]));
    const status = Number(line.split(" ")[1]);
    const framing = framingOf(method, status, fields);
    const { content, cut } = await readContent(bytes, framing, fields);
    const phrase = line.split(" ").slice(2).join(" ");
    return { line, status, phrase, lines, fields, content, framing, cut };
  };
  return { next, isEnd: async () => (await bytes.take(1)).length === 0 };
}

function framingOf(
  method: string,
  status: number,
  fields: Headers,
): Received["framing"] {
  if (method === "HEAD" || status < 200 || [204, 304].includes(status)) {
    return "none";
  }
  if (fields.has("transfer-encoding")) return "chunked";
  return fields.has("content-length") ? "length" : "close";
}

async function readContent(
  { take, before }: Incoming,
  framing: Received["framing"],
  fields: Headers,
): Promise<Pick<Received, "content" | "cut">> {
  switch (framing) {
    case "none":
      return { content: new Uint8Array(), cut: false };
    case "close":
      return { content: await take(Infinity), cut: false };
    case "length": {
      const length = Number(fields.get("content-length"));
      const content = await take(length);
      return { content, cut: content.length < length };
    }
    case "chunked": {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (;;) {
        const line = await before("\r\n") ?? "";
        const size = /^[\da-f]+$/i.test(line) ? parseInt(line, 16) : undefined;
        if (size !== undefined) chunks.push(await take(size));
        const isWhole = size !== undefined && await before("\r\n") === "";
        if (isWhole && size > 0) continue;
        const content = await new Blob(chunks).bytes();
        return { content, cut: !isWhole };
      }
    }
  }
}
