/**
 * The first message of a TLS client (RFC 5246 §7.4.1.2), written by hand: what clients of
 * today offer no more cannot be asked for through them.
 */

import { writeAll } from "./raw.ts";

/** A server answers with its choice, or with an alert. */
export type HelloAnswer =
  | {
    readonly kind: "chosen";
    readonly version: number;
    readonly suite: number;
  }
  | { readonly kind: "refused" };

const HANDSHAKE = 22;
const SERVER_HELLO = 2;

/** Each list is preceded by its length. */
function list(lengthBytes: 1 | 2 | 3, bytes: readonly number[]): number[] {
  const length = [16, 8, 0].map((shift) => (bytes.length >> shift) & 255);
  return [...length.slice(3 - lengthBytes), ...bytes];
}

function number16(value: number): number[] {
  return [value >> 8, value & 255];
}

function extension(type: number, content: readonly number[]): number[] {
  return [...number16(type), ...list(2, content)];
}

/** Without supported_versions (RFC 8446 §4.2.1) the version is the highest that is offered. */
export function clientHello(
  version: number,
  suites: readonly number[],
): Uint8Array<ArrayBuffer> {
  const groups = [0x001d, 0x0017, 0x0018].flatMap(number16);
  const signatures = [
    ...[0x0403, 0x0503, 0x0804, 0x0805, 0x0806],
    ...[0x0401, 0x0501, 0x0601, 0x0201, 0x0203],
  ].flatMap(number16);
  const extensions = [
    ...extension(10, list(2, groups)),
    ...extension(11, list(1, [0])),
    ...extension(13, list(2, signatures)),
    ...extension(23, []),
    ...extension(0xff01, [0]),
  ];
  const body = [
    ...number16(version),
    ...crypto.getRandomValues(new Uint8Array(32)),
    ...list(1, []), // no session
    ...list(2, suites.flatMap(number16)),
    ...list(1, [0]), // no compression
    ...list(2, extensions),
  ];
  const message = [1, ...list(3, body)];
  return Uint8Array.from([HANDSHAKE, 3, 1, ...list(2, message)]);
}

/** Offers suites to a server. */
export async function offer(
  port: number,
  version: number,
  suites: readonly number[],
): Promise<HelloAnswer> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(connection, clientHello(version, suites));
  const record = await readStart(connection, 5 + 4 + 2 + 32 + 1 + 32 + 2);
  if (record[0] !== HANDSHAKE || record[5] !== SERVER_HELLO) {
    return { kind: "refused" };
  }
  const view = new DataView(record.buffer);
  const session = view.getUint8(43);
  return {
    kind: "chosen",
    version: view.getUint16(9),
    suite: view.getUint16(44 + session),
  };
}

/** Up to so many bytes: an alert is shorter, and its end may be a reset. */
async function readStart(
  connection: Deno.Conn,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const record = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = await connection.read(record.subarray(read))
      .catch(() => null);
    if (count === null) break;
    read += count;
  }
  return record;
}
