/**
 * What a target can identify (RFC 9110 §3.1). Types only: they are made by
 * `files/resolve.ts` and `files/resolve.ts`, and by people who override those.
 *
 * Where in the URLs of a program the root is: the prefix that an embedding program gives
 * it.
 *
 * @module
 */

import type { Awaitable, Found, Stat } from "../ports/files.ts";
import type { Source } from "./body.ts";
import type { Coding } from "./content_coding.ts";
import type { Fields } from "./field.ts";
import type { Validators } from "./precondition.ts";
import { readTarget, type Target, type TargetRequest } from "./target.ts";

export type { Found } from "../ports/files.ts";

/** A file with its validators. */
export interface ValidatedFile {
  /** The file. */
  readonly source: Source & { readonly kind: "file" };
  /** Its validators. */
  readonly validators: Validators;
}

/** A representation before its coding is chosen. */
export interface Candidate {
  /** Its path below the root, decoded, beginning with a slash, for the rules by glob. */
  readonly path: string;
  /** Its bytes. */
  readonly source: Source;
  /** Its media type. */
  readonly mediaType: string;
  /** Other fields of its own. */
  readonly fields: Fields;
  /** Its validators, uncoded. */
  readonly validators: Validators;
  /** Files that are the same, coded. */
  readonly sidecars: ReadonlyMap<Coding, ValidatedFile>;
}

/** A script, and what is asked of it (RFC 3875 §3.2). */
export interface Script {
  /** SCRIPT_NAME: its path in URLs, decoded. */
  readonly name: string;
  /** Its real path, free of links. */
  readonly path: string;
  /** What the file was when it was found; left out by those who find scripts in their own way. */
  readonly stat?: Stat | undefined;
  /** PATH_INFO: the rest of the path, decoded; or nothing. */
  readonly pathInfo: string;
  /** The program that runs it, with arguments; `undefined` when it says so itself. */
  readonly interpreter: readonly string[] | undefined;
  /** Whether the status line and the fields are its own (§5). */
  readonly nonParsed: boolean;
}

/** What is found where scripts are. */
export type ScriptResource =
  | { readonly kind: "script"; readonly script: Script }
  | {
    readonly kind: "refused";
    /** 403 or 404. */
    readonly status: number;
    /** Why, in the words of `http.server`. */
    readonly message: string;
  };

/** What a target identifies. */
export type Resource =
  | { readonly kind: "absent" }
  | {
    readonly kind: "moved";
    /** The new URL: a path that begins with one slash. */
    readonly location: string;
  }
  | ScriptResource
  | (Found & { readonly kind: "directory" })
  | (Found & {
    readonly kind: "file";
    /** The names that lead to it as it was asked for, with that of the index. */
    readonly segments: readonly string[];
  });

/** A target that is a path. */
export type PathTarget = Target & { readonly kind: "path" };

/** From a target to what it identifies, if it may be seen: `translate_path` of `http.server`. */
export type Resolve = (target: PathTarget) => Awaitable<Resource>;

/**
 * Reads the prefix that URLs have.
 *
 * @param urlRoot A path such as `/static`, percent-encoded where URLs must be.
 * @returns Its segments, decoded.
 * @throws {TypeError} When it is no path.
 */
export function toMount(urlRoot: string): readonly string[] {
  if (typeof urlRoot === "string" && /^\/[^?#]*$/.test(urlRoot)) {
    const url = `http://localhost${urlRoot}`;
    const target = readTarget({ method: "GET", url, headers: new Headers() });
    if (target.kind === "path" && !target.segments.includes("")) {
      return target.segments;
    }
  }
  throw new TypeError(
    `Cannot serve below ${
      JSON.stringify(urlRoot)
    }: expected a path such as "/static"`,
  );
}

/**
 * Writes the prefix as it stands in URLs.
 *
 * @param mount Its segments.
 * @returns A path that ends with a slash.
 */
export function formatMount(mount: readonly string[]): string {
  return `${
    mount.map((segment) => `/${encodeURIComponent(segment)}`).join("")
  }/`;
}

/**
 * The target below the prefix. The bound is that of a segment: `/staticfoo` is not below
 * `/static`.
 *
 * @param target The target.
 * @param mount The prefix.
 * @returns The target without the prefix, or `undefined` when it is not below it.
 */
export function belowMount(
  target: PathTarget,
  mount: readonly string[],
): PathTarget | undefined {
  if (mount.length === 0) return target;
  const { segments } = target;
  return mount.every((segment, index) => segment === segments[index])
    ? { ...target, segments: segments.slice(mount.length) }
    : undefined;
}

/**
 * Whether a request is for something else than what is below the prefix: it is the
 * caller's, where there is one, and no business of ours.
 *
 * @param request The request.
 * @param where The prefix.
 * @returns Whether it is, or cannot be read.
 */
export function isElsewhere(
  request: TargetRequest,
  { mount }: { readonly mount: readonly string[] },
): boolean {
  const target = readTarget(request);
  return target.kind !== "path" || belowMount(target, mount) === undefined;
}
