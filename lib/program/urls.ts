/**
 * Under which URLs a server can be reached, and by whom.
 *
 * @module
 */

/** A socket that was bound. */
export type Bound =
  | BoundAddress
  | {
    readonly scheme: Scheme;
    /** The path of a socket in the file system. */
    readonly unix: string;
  };

/** A socket that browsers can reach. */
export interface BoundAddress {
  /** What is spoken. */
  readonly scheme: Scheme;
  /** The address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** Where in its URLs the directory is: `/`, or what `--url-root` says. */
  readonly path: string;
}

/** What is spoken. */
export type Scheme = "http" | "https";

/** Addresses that only this machine, or only this cable, reaches. */
const LOCAL_REGEXP = /^(?:127\.|169\.254\.|::1$|fe80:)/i;
const IPV4_ANY = "0.0.0.0";
const ANY_ADDRESSES: readonly string[] = ["::", IPV4_ANY];

/**
 * The URL of the directory.
 *
 * @param bound The socket.
 * @param host A name or an address without brackets, in place of the socket's own.
 * @returns The URL, always with its port.
 */
export function toUrl(
  { scheme, address, port, path }: BoundAddress,
  host: string = address,
): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${authority}:${port}${path}`;
}

/**
 * The URL for somebody at this machine.
 *
 * @param bound The sockets.
 * @returns The URL; `undefined` where no browser can reach any of them.
 */
export function localUrl(bound: readonly Bound[]): string | undefined {
  for (const one of bound) {
    if ("unix" in one) continue;
    return isAny(one.address) ? toUrl(one, "localhost") : toUrl(one);
  }
  return undefined;
}

/**
 * Whether an address stands for all of them.
 *
 * @param address The address.
 * @returns Whether it does.
 */
export function isAny(address: string): boolean {
  return ANY_ADDRESSES.includes(address);
}

/**
 * The URLs under which others can reach a server.
 *
 * @param bound The sockets.
 * @param own The addresses of this machine; `undefined` when they may not be known.
 * @returns The URLs, each once; `undefined` when they cannot be known.
 */
export function networkUrls(
  bound: readonly Bound[],
  own: readonly string[] | undefined,
): readonly string[] | undefined {
  const urls: string[] = [];
  for (const one of bound) {
    if ("unix" in one) continue;
    const { address } = one;
    if (isAny(address) && own === undefined) return undefined;
    const addresses = isAny(address) ? own ?? [] : [address];
    urls.push(
      ...addresses
        .filter((other) => !LOCAL_REGEXP.test(other))
        .filter((other) => address !== IPV4_ANY || !other.includes(":"))
        .map((other) => toUrl(one, other)),
    );
  }
  return [...new Set(urls)];
}
