/**
 * From a handler to sockets.
 *
 * @module
 */

import type { Handler } from "../exchange.ts";
import type { OperatingSystem, Runtime } from "../ports.ts";
import type { TlsKeys } from "../certificates.ts";
import type { Listener, ListenFailure } from "../sockets.ts";

/** What was opened: one socket or several with the same port. */
export interface Listening {
  /** The address of the first. */
  readonly address: string;
  /** The port of all. */
  readonly port: number;
  /** The sockets. */
  readonly listeners: readonly Listener[];
}

/** Sockets, or why there are none. */
export type ListenResult =
  | Listening & { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly failure: ListenFailure };

/** Where to listen. */
export interface ListenAt {
  /** The address; all of them by default. */
  readonly bind?: string | undefined;
  /** The port; 0 for any free one. */
  readonly port: number;
  /** What the sockets need for TLS; `undefined` for none. */
  readonly tls?: TlsKeys | undefined;
}

/**
 * Listens on one address, or on all of IPv4 and IPv6.
 *
 * @param handler What answers.
 * @param at Where to listen.
 * @param runtime The runtime.
 * @returns The sockets, or the reason why the first could not be had.
 */
export async function listen(
  handler: Handler,
  { bind, port, tls }: ListenAt,
  runtime: Runtime,
): Promise<ListenResult> {
  const [first = "", ...more] = bind === undefined
    ? anyAddresses(runtime.files.os)
    : [bind];
  const opened = await open(first, port, tls, handler, runtime);
  if ("kind" in opened) {
    // A machine without IPv6 still has all of IPv4.
    return bind === undefined && opened.kind === "not-available"
      ? await listen(handler, { bind: "0.0.0.0", port, tls }, runtime)
      : { kind: "failed", failure: opened };
  }
  const listeners = [opened];
  for (const hostname of more) {
    const other = await open(hostname, opened.port, tls, handler, runtime);
    if ("drain" in other) listeners.push(other);
  }
  const { address } = opened;
  return { kind: "listening", address, port: opened.port, listeners };
}

/**
 * The addresses that stand for "everywhere". On Windows a socket for IPv6 does not
 * take IPv4 unless asked, and no runtime asks.
 *
 * @param os The operating system.
 * @returns One address, or two.
 */
export function anyAddresses(os: OperatingSystem): readonly string[] {
  switch (os) {
    case "posix":
      return ["::"];
    case "windows":
      return ["::", "0.0.0.0"];
  }
}

async function open(
  hostname: string,
  port: number,
  tls: TlsKeys | undefined,
  handler: Handler,
  runtime: Runtime,
): Promise<Listener | ListenFailure> {
  return await runtime.listen(
    tls === undefined ? { hostname, port } : { hostname, port, tls },
    handler,
  );
}
