/**
 * Where to listen: from what people say to places.
 *
 * @module
 */

import type { OperatingSystem } from "../ports/ports.ts";
import type { Place, TlsKeys } from "../ports/sockets.ts";

/** Where to listen, as people say it. */
export type Bind =
  | {
    readonly kind: "host";
    /** An address or a host name. */
    readonly hostname: string;
    /** A port of its own. */
    readonly port?: number | undefined;
  }
  | {
    readonly kind: "unix";
    /** The path of the socket file. */
    readonly path: string;
  };

/** Where to listen, and how. */
export interface ListenAt {
  /** Where; everywhere when there are none. */
  readonly binds?: readonly Bind[] | undefined;
  /** The port of those that have none of their own; 0 for any free one. */
  readonly port: number;
  /** Whether a port that is in use gives way to the next free one. */
  readonly fallback?: boolean | undefined;
  /** What makes them speak TLS. */
  readonly tls?: TlsKeys | undefined;
  /** Whether other sockets may be bound there. */
  readonly shared?: boolean | undefined;
}

/** Sockets that are to have the same port. */
export interface Group {
  /** Whether they are all addresses of the machine, some of them, or a unix socket. */
  readonly kind: "any" | "hosts" | "unix";
  /** Host names; for a unix socket its path. */
  readonly names: readonly string[];
  /** The port that is asked for; 0 for any free one. */
  readonly port: number;
}

/** How many ports behind one in use are tried. */
const FALLBACK_PORTS = 100;
/** How often a port that is free for the first of several addresses is looked for. */
const COMMON_PORT_TRIES = 10;
const MAX_PORT = 65_535;

/**
 * Those without a port of their own share one; all others stand alone.
 *
 * @param at Where to listen.
 * @param os The operating system.
 * @returns The groups.
 */
export function toGroups(
  { binds = [], port }: ListenAt,
  os: OperatingSystem,
): readonly Group[] {
  if (binds.length === 0) {
    return [{ kind: "any", names: anyAddresses(os), port }];
  }
  const groups: Group[] = [];
  const sharing: string[] = [];
  for (const bind of binds) {
    if (bind.kind === "unix") {
      groups.push({ kind: "unix", names: [bind.path], port: 0 });
    } else if (bind.port !== undefined) {
      const { hostname, port } = bind;
      groups.push({ kind: "hosts", names: [hostname], port });
    } else {
      if (sharing.length === 0) {
        groups.push({ kind: "hosts", names: sharing, port });
      }
      sharing.push(bind.hostname);
    }
  }
  return groups;
}

/**
 * The ports to try for a group, one after the other.
 *
 * @param group The group.
 * @param fallback Whether the next port will do where one is in use.
 * @returns The ports.
 */
export function candidatePorts(
  { names, port }: Group,
  fallback: boolean,
): readonly number[] {
  // What is free for one address may be in use on another.
  if (port === 0) {
    return Array(names.length > 1 ? COMMON_PORT_TRIES : 1).fill(0);
  }
  const length = fallback ? FALLBACK_PORTS + 1 : 1;
  return Array.from({ length }, (_, index) => port + index)
    .filter((port) => port <= MAX_PORT);
}

/**
 * The place of one socket of a group.
 *
 * @param kind The kind of the group.
 * @param name The host name or path.
 * @param port The port.
 * @returns The place.
 */
export function toPlace(
  kind: Group["kind"],
  name: string,
  port: number,
): Place {
  return kind === "unix"
    ? { kind, path: name }
    : { kind: "tcp", hostname: name, port };
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
