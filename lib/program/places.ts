/**
 * Addresses and ports in the values of flags.
 *
 * @module
 */

import { MAX_PORT, readAddress, splitAuthority } from "../http/address.ts";
import type { Bind } from "../server/listeners.ts";
import type { Read } from "./flag.ts";
import { isNumber, UsageError, withDefault } from "./values.ts";

/** The zone of an address of IPv6 (RFC 4007 §11). */
const ZONE_REGEXP = /%[\w.~-]+$/;
/** Signs that no address and no host name has; digits alone are a port somewhere else. */
const NO_HOST_REGEXP = /[/\s@?#\\,]|^\d+$/;

/** Reads `ADDRESS`, `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or `unix:PATH`. */
export function parseBind(word: string, flag = "bind"): Bind {
  if (word.startsWith(UNIX)) {
    const path = word.slice(UNIX.length);
    if (path === "" || path.includes("\0")) throw badBind(word, flag);
    return { kind: "unix", path };
  }
  // Without brackets the whole word is the address.
  if (isIpv6(word)) return { kind: "host", hostname: word };
  const { host = "", hostname = "", port } = splitAuthority(word) ?? {};
  const isBracketed = hostname !== host;
  if (
    hostname === "" || NO_HOST_REGEXP.test(hostname) ||
    isBracketed && !isIpv6(hostname) || port !== undefined && !isNumber(port)
  ) throw badBind(word, flag);
  return port === undefined
    ? { kind: "host", hostname }
    : { kind: "host", hostname, port: parsePort(port) };
}

function isIpv6(word: string): boolean {
  return word.includes(":") &&
    readAddress(word.replace(ZONE_REGEXP, "")) !== undefined;
}

function badBind(word: string, flag: string): UsageError {
  return new UsageError(
    `--${flag}: bad address "${word}": expected ADDRESS, HOST:PORT, [ADDRESS]:PORT or unix:PATH`,
  );
}

/** The sign of an address that is a path. */
const UNIX = "unix:";

/** Makes the path of a unix socket absolute. */
export function locateBind(
  word: string,
  toAbsolute: (path: string) => string,
): string {
  return word.startsWith(UNIX)
    ? UNIX + toAbsolute(word.slice(UNIX.length))
    : word;
}

/** Python's `http.server` has the same. */
const DEFAULT_PORT = 8000;

export const port: Read<number> = withDefault(DEFAULT_PORT, parsePort);

/** Reads a port; 0 is any free one. */
export function parsePort(word: string): number {
  if (isPort(word)) return +word;
  throw new UsageError(`bad port ${word}: expected 0 to 65535`);
}

function isPort(word: string): boolean {
  return isNumber(word) && +word <= MAX_PORT;
}

export function redirectPort(word: string, name: string): number {
  if (isPort(word)) return +word;
  throw new UsageError(`--${name} needs 0 to 65535, not "${word}"`);
}
