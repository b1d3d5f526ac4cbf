/**
 * The settings of addresses: where to listen.
 *
 * The words of a command line that belong to no flag: a port and a directory.
 *
 * @module
 */

import type { Bind } from "../server/listeners.ts";
import { flag, list, UsageError, type Values } from "./words.ts";

/** Where to listen, as the user said it. */
export interface WhereSettings {
  /** The addresses; everywhere when there are none. */
  readonly binds: readonly Bind[];
  /** Whether a port that is in use gives way to the next free one. */
  readonly fallback: boolean;
}

const MAX_PORT = 65_535;
/** An address of IPv6 in brackets, or a word without a colon; and a port. */
const HOST_PORT_REGEXP = /^(\[[^[\]]+\]|[^:[\]]+)(?::(\d+))?$/;
/** An address of IPv6, which has two colons at least, and its zone (RFC 4007 §11). */
const IPV6_REGEXP = /^([\da-f.]*:[\da-f.]*:[\da-f:.]*)(?:%[\w.~-]+)?$/i;
/** Signs that no address and no host name has; digits alone are a port somewhere else. */
const NO_HOST_REGEXP = /[/\s@?#\\,]|^\d+$/;

/**
 * Reads where to listen.
 *
 * @param values The values of the flags.
 * @returns The settings.
 * @throws {UsageError} When something is no address or port.
 */
export function parseWhere(values: Values): WhereSettings {
  return {
    binds: list(values, "bind").map(parseBind),
    fallback: values[flag("port-fallback")] === true,
  };
}

/**
 * Refuses on unix sockets what they do not have: TLS (Deno ignores the certificate there,
 * and would speak HTTP), and several threads.
 *
 * @param where Where to listen.
 * @param isSecure Whether TLS is asked for.
 * @param isShared Whether several threads are asked for.
 * @throws {UsageError} When one of them is asked for, and a unix socket.
 */
export function checkTransport(
  { binds }: WhereSettings,
  isSecure: boolean,
  isShared: boolean,
): void {
  if (!binds.some(({ kind }) => kind === "unix")) return;
  if (isSecure) {
    throw new UsageError(
      "a unix socket has no TLS: --bind unix:PATH is for HTTP",
    );
  }
  if (isShared) {
    throw new UsageError("a unix socket cannot be shared by --workers");
  }
}

/**
 * Refuses what is to be bound twice: the second socket would find the port in use.
 *
 * @param where Where to listen.
 * @param port The port of those that have none of their own.
 * @throws {UsageError} When two addresses are the same.
 */
export function checkPlaces({ binds }: WhereSettings, port: number): void {
  const places = binds
    .filter((bind) => bind.kind === "unix" || bind.port !== 0)
    .map((bind) =>
      bind.kind === "unix"
        ? `unix:${bind.path}`
        : `${bind.hostname.toLowerCase()}, port ${bind.port ?? port}`
    );
  const twice = places.find((place, at) => places.indexOf(place) !== at);
  if (twice === undefined) return;
  throw new UsageError(`--bind has the same place twice: ${twice}`);
}

/**
 * Reads an address: `ADDRESS`, `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or `unix:PATH`.
 *
 * @param word What the user wrote.
 * @returns The address.
 * @throws {UsageError} When it is none.
 */
export function parseBind(word: string): Bind {
  if (word.startsWith("unix:")) {
    const path = word.slice("unix:".length);
    if (path === "" || path.includes("\0")) throw badBind(word);
    return { kind: "unix", path };
  }
  if (isIpv6(word)) return { kind: "host", hostname: word };
  const [, host, port] = HOST_PORT_REGEXP.exec(word) ?? [];
  const hostname = host?.replace(/^\[(.*)\]$/, "$1");
  const isBracketed = hostname !== host;
  if (
    hostname === undefined || NO_HOST_REGEXP.test(hostname) ||
    isBracketed && !isIpv6(hostname)
  ) throw badBind(word);
  return port === undefined
    ? { kind: "host", hostname }
    : { kind: "host", hostname, port: parsePort(port) };
}

/** Without brackets all of it is the address; the URL Standard knows which ones there are. */
function isIpv6(word: string): boolean {
  const [, address] = IPV6_REGEXP.exec(word) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]/`);
}

function badBind(word: string): UsageError {
  return new UsageError(
    `bad address "${word}": expected ADDRESS, HOST:PORT, [ADDRESS]:PORT or unix:PATH`,
  );
}

/**
 * Reads a port.
 *
 * @param word Digits.
 * @returns The port; 0 for any free one.
 * @throws {UsageError} When there is no such port.
 */
export function parsePort(word: string): number {
  if (/^\d+$/.test(word) && +word <= MAX_PORT) return +word;
  throw new UsageError(`bad port ${word}: expected 0 to 65535`);
}

/** What they say. */
export interface Positionals {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The directory as the user wrote it. */
  readonly directory: string;
}

const DEFAULT_PORT = 8000;
const URL_REGEXP = /^https?:\/\//i;

/**
 * Reads the words that belong to no flag.
 *
 * @param words The words.
 * @param named The directory that a flag has named.
 * @returns What they say; the current directory by default.
 * @throws {UsageError} When there are too many, or one is no port.
 */
export function parsePositionals(
  words: readonly string[],
  named: string | undefined,
): Positionals {
  if (words.includes("")) throw new UsageError("an argument is empty");
  const ports = words.filter(isNumber);
  const directories = words.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  if (words.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(words)}`);
  }
  if (named !== undefined && directory !== undefined) {
    throw new UsageError(`two directories: ${quoted([named, directory])}`);
  }
  if (directory !== undefined && URL_REGEXP.test(directory)) {
    throw new UsageError(
      `"${directory}" is a URL, and no directory; for --cors it follows an equals sign: --cors=${directory}`,
    );
  }
  return {
    port: port === undefined ? DEFAULT_PORT : parsePort(port),
    directory: named ?? directory ?? ".",
  };
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
