/**
 * What the runtimes have of the system by `node:`: modules on demand, the state of objects,
 * and the codes of errors.
 *
 * @module
 */

import process from "node:process";
import { eventError, EXHAUSTED } from "../ports/content.ts";
import { NO_SPACE } from "../ports/files.ts";
import type { ListenFailure } from "../ports/sockets.ts";

interface Builtins {
  readonly "node:http": typeof import("node:http");
  readonly "node:https": typeof import("node:https");
  readonly "node:net": typeof import("node:net");
  readonly "node:tls": typeof import("node:tls");
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:worker_threads": typeof import("node:worker_threads");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * Loads a module on demand, synchronously. Together they take longer to load than all of this
 * program (on Bun `node:zlib` 5 ms).
 */
export function builtin<Name extends keyof Builtins>(
  name: Name,
): Builtins[Name] {
  return process.getBuiltinModule(name) as unknown as Builtins[Name];
}

/** The code of an error of the system, such as `ENOENT`; else nothing. */
export function codeOf(error: Error): string {
  return "code" in error ? String(error.code ?? "") : "";
}

/** Whether a permission of Deno is missing. */
export function isNotCapable({ name }: Error): boolean {
  return name === "NotCapable";
}

/** Errors that mean absent: an answer tells no more than that. */
const ABSENT_CODES: ReadonlySet<string> = new Set([
  ..."ENOENT ENOTDIR EISDIR ENAMETOOLONG ELOOP EACCES EPERM EROFS EINVAL ENXIO"
    .split(" "),
  "ERR_INVALID_ARG_VALUE",
]);
/**
 * Errors that may be gone later: no descriptors, the process's or the system's. To log the
 * stack Deno would open files itself, and then end the whole program.
 */
const EXHAUSTED_CODES: ReadonlySet<string> = new Set(
  "EMFILE ENFILE ENOMEM".split(" "),
);
/** Errors of a full disk, a full quota, and a file that the system lets grow no more. */
const NO_SPACE_CODES: ReadonlySet<string> = new Set(
  "ENOSPC EDQUOT EFBIG".split(" "),
);

/** Deno has no code for EFBIG, and EDQUOT of Linux and macOS (2.9.6). */
const NO_SPACE_REGEXP = /\(os error (?:27|69|122)\)$/;

/** What a call gives; `undefined` for what is absent, or may not be read or written. */
export function orAbsent<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    return toAbsent(error);
  }
}

/** `undefined` for what is absent, or may not be read or written; throws what else has failed. */
export function toAbsent(error: unknown): undefined {
  if (!(error instanceof Error)) throw error;
  if (isNotCapable(error) || ABSENT_CODES.has(codeOf(error))) return undefined;
  throw toEvent(error);
}

/** The error under the name by which the core knows that something of the system is used up. */
export function toEvent(error: Error): Error {
  const code = codeOf(error);
  if (EXHAUSTED_CODES.has(code)) return eventError(EXHAUSTED, error.message);
  const isNoSpace = NO_SPACE_CODES.has(code) ||
    NO_SPACE_REGEXP.test(error.message);
  return isNoSpace ? eventError(NO_SPACE, error.message) : error;
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

/** Whether this is Bun, where its modules of Node.js do something else. */
export function isBun(): boolean {
  return "Bun" in globalThis;
}
