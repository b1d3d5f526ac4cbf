/** HTTP/1.1 by hand: what `fetch` would normalise goes out as it is written. */

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
