/**
 * What a target can identify (RFC 9110 §3.1); the mount: the prefix of URLs below which an embedding
 * program has the root; and mounts that nobody can guess.
 *
 * @module
 */

import type { Awaitable, Found, Stat } from "../ports/files.ts";
import type { StoredSource } from "./body.ts";
import type { Coding } from "./content_coding.ts";
import type { Fields } from "./field.ts";
import type { FieldChange } from "./metadata.ts";
import type { Validators } from "./precondition.ts";
import type { Reason } from "./reply.ts";
import { readTarget, type Target, type TargetRequest } from "./target.ts";

export type { Found } from "../ports/files.ts";

/** A file with its validators. */
export interface ValidatedFile {
  /** The file. */
  readonly source: StoredSource & { readonly kind: "file" };
  /** Its validators. */
  readonly validators: Validators;
}

/** A representation before its coding is chosen. */
export interface Candidate {
  /** Its path below the root, decoded, beginning with a slash, for the rules by glob. */
  readonly path: string;
  /** Its bytes. */
  readonly source: StoredSource;
  /** Its media type. */
  readonly mediaType: string;
  /** Other fields of its own. */
  readonly fields: Fields;
  /** What a file of the site changes of its fields. */
  readonly changes?: readonly FieldChange[] | undefined;
  /** The coding that its bytes are in, where its name says so: it has no other form. */
  readonly coding?: Coding | undefined;
  /** Its validators, uncoded. */
  readonly validators: Validators;
  /** Files that are the same, coded. */
  readonly sidecars: ReadonlyMap<Coding, ValidatedFile>;
}

/** A script, and the rest of the path of its request (RFC 3875 §3.2). */
export interface Script {
  /** SCRIPT_NAME: its path in URLs, decoded. */
  readonly name: string;
  /** The real path of the root below which it was found; a custom `resolve` may leave it out. */
  readonly root?: string | undefined;
  /** Its real path, free of links. */
  readonly path: string;
  /** The state of the file when it was found; a custom `resolve` may leave it out. */
  readonly stat?: Stat | undefined;
  /** PATH_INFO: the rest of the path, decoded; or nothing. */
  readonly pathInfo: string;
  /** The program that runs it, with arguments; `undefined` when it says so itself. */
  readonly interpreter: readonly string[] | undefined;
  /** Whether the status line and the fields are its own (§5). */
  readonly nonParsed: boolean;
}

/** A script, or why it does not run. */
export type ScriptResource =
  | { readonly kind: "script"; readonly script: Script }
  | {
    readonly kind: "refused";
    /** 403 or 404. */
    readonly status: number;
    /** The message of `http.server` for it. */
    readonly message: string;
    /** Why, where the message does not say it all. */
    readonly reason?: Reason | undefined;
  };

/** Nothing that may be seen. */
export interface Absence {
  /** The kind. */
  readonly kind: "absent";
  /** Why, where there is more to say than that nothing is there. */
  readonly reason?: Reason | undefined;
}

/** What a target identifies. */
export type Resource =
  | Absence
  | {
    readonly kind: "moved";
    /** The new URL: a path that begins with one slash. */
    readonly location: string;
  }
  | ScriptResource
  | (Found & { readonly kind: "directory" })
  | (Found & {
    readonly kind: "file";
    /** The names of the path in the request, and that of the index. */
    readonly segments: readonly string[];
  });

/** A target that is a path. */
export type PathTarget = Target & { readonly kind: "path" };

/** The target that names lead to; that of a directory ends with a slash. */
export function targetOf(
  segments: readonly string[],
  directory: boolean,
): PathTarget {
  return { kind: "path", segments, directory, query: "" };
}

/** From a target to the resource that it identifies, if it is visible: `translate_path` of `http.server`. */
export type Resolve = (target: PathTarget) => Awaitable<Resource>;

/**
 * Removes the mount from a target; `undefined` where it is not below. `/staticfoo` is not below
 * `/static`. The mount can be a secret: comparing it leaks no timing. Of doubled slashes in front and within one is kept, so that the target is redirected.
 */
export function belowMount(
  target: PathTarget,
  mount: readonly string[],
): PathTarget | undefined {
  if (mount.length === 0) return target;
  const { segments } = target;
  let at = 0;
  for (const name of mount) {
    while (segments[at] === "") at++;
    if (!isSameText(segments[at++] ?? "", name)) return undefined;
  }
  const below = segments.slice(at);
  return { ...target, segments: at > mount.length ? ["", ...below] : below };
}

/** Whether a request is not below the mount, or has no path: it is for the embedding program. */
export function isElsewhere(
  request: TargetRequest,
  { mount }: { readonly mount: readonly string[] },
): boolean {
  const target = readTarget(request);
  return target.kind !== "path" || belowMount(target, mount) === undefined;
}

/** Small letters and digits without `0`, `1`, `l` and `o`: what is read aloud or typed has no look-alikes. */
const ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz";
/** Five bits a character: the first number of them with 128 bits or more (130). */
const LENGTH = 26;

/**
 * Makes a path that nobody can guess, for the option `urlRoot` with `secretRoot`: 130 random bits, in
 * small letters and digits.
 *
 * @returns A path of one name, such as `/k7m2v9xqy4c8n5hzt3w6bfr2dj`.
 *
 * @example Usage
 * ```ts
 * import { createHandler, secretPath } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const urlRoot = secretPath();
 * const handler = createHandler({ root: ".", urlRoot, secretRoot: true, log: false });
 * const page = await handler(new Request(`http://localhost${urlRoot}/`));
 * assertEquals([page.status, page.headers.get("referrer-policy")], [200, "no-referrer"]);
 * await page.body?.cancel();
 * const other = await handler(new Request("http://localhost/"));
 * assertEquals(other.status, 404);
 * ```
 */
export function secretPath(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  // 256 is a multiple of 32: every character is as likely as any other.
  return `/${[...bytes].map((byte) => ALPHABET.charAt(byte % 32)).join("")}`;
}

/** Whether two texts are the same, in a time that tells of the second nothing but its length. */
export function isSameText(asked: string, secret: string): boolean {
  let difference = asked.length ^ secret.length;
  for (let at = 0; at < secret.length; at++) {
    difference |= asked.charCodeAt(at) ^ secret.charCodeAt(at);
  }
  return difference === 0;
}
