/**
 * What both runtimes have of the system by `node:`: modules on demand, the state of objects,
 * and the codes of errors.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import type { Stat } from "../ports/files.ts";
import type { ListenFailure } from "../ports/sockets.ts";

interface Builtins {
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:tty": typeof import("node:tty");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * Loads a module on demand, synchronously. Together they take longer to load than all of this
 * program (on Bun `node:zlib` 5 ms, `node:tty` 2 ms).
 */
export function builtin<Name extends keyof Builtins>(
  name: Name,
): Builtins[Name] {
  return process.getBuiltinModule(name) as unknown as Builtins[Name];
}

/** How a runtime tells the state of objects; each throws what the system says. */
export interface StatCalls {
  /** Follows links. */
  readonly stat: (path: string) => Stat;
  /** Does not follow a link in the last place. */
  readonly lstat: (path: string) => Stat;
  /** Of an open descriptor. */
  readonly fstat: (descriptor: number) => Stat;
  /** The path free of links. */
  readonly realPath: (path: string) => string;
}

/**
 * As numbers, Bun has the times of the last 122 ns of a millisecond one millisecond later
 * than Deno, and the tags of replicas would differ (one file in 8000).
 */
const EXACTLY = { bigint: true } as const;
const NS_PER_US = 1000n;
const US_PER_MS = 1000;
const ANY_EXECUTE = 0o111;

/** By `node:fs`. Times of modification are cut to milliseconds, change times to microseconds. */
export const NODE_CALLS: StatCalls = {
  stat: (path) => toStat(fs.statSync(path, EXACTLY)),
  lstat: (path) => toStat(fs.lstatSync(path, EXACTLY)),
  fstat: (descriptor) => toStat(fs.fstatSync(descriptor, EXACTLY)),
  realPath: (path) => fs.realpathSync.native(path),
};

function toStat(stat: fs.BigIntStats): Stat {
  return {
    kind: kindOf(stat.isFile(), stat.isDirectory()),
    size: Number(stat.size),
    mtime: Number(stat.mtimeMs),
    // Deno does not know it on every system.
    // As a number, nanoseconds could be rounded up into the next second.
    changed: Number((stat.ctimeNs ?? 0n) / NS_PER_US) / US_PER_MS,
    device: Number(stat.dev),
    inode: Number(stat.ino),
    executable: isExecutable(Number(stat.mode)),
  };
}

/** The kind of an object that is no link. */
export function kindOf(isFile: boolean, isDirectory: boolean): Stat["kind"] {
  if (isFile) return "file";
  return isDirectory ? "directory" : "other";
}

/** Whether a mode lets any user execute the object. */
export function isExecutable(mode: number): boolean {
  return (mode & ANY_EXECUTE) !== 0;
}

/** The code of an error of the system, such as `ENOENT`; else nothing. */
export function codeOf(error: Error): string {
  return "code" in error ? String(error.code ?? "") : "";
}

/** Whether a permission of Deno is missing. */
export function isNotCapable({ name }: Error): boolean {
  return name === "NotCapable";
}

/** What an action gives; `undefined` where it throws. */
export function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EADDRNOTAVAIL: "this machine has no such address",
  EISDIR: "it is a directory",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "there is no such directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is no such directory",
  ENOTFOUND: "there is no such host",
  ENXIO: "nobody reads it",
  EPIPE: "nobody reads it any more",
  EROFS: "nothing can be written there",
};
/** Deno gives no code to a name that it cannot look up. */
const LOOKUP_REGEXP = /^failed to lookup address information/;

/** Why something could not be made, or bound; the system's own words where there are no better ones. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  const code = LOOKUP_REGEXP.test(message) ? "ENOTFOUND" : codeOf(error);
  return REASONS[code] ?? message;
}

/** Why a socket could not be bound. */
export function toListenFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const message = reasonOf(error);
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return { kind: "in-use", message };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", message };
    default:
      return { kind: "not-available", message };
  }
}
