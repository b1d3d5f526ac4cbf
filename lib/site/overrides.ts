/**
 * What a user may put in place of ours: the methods that people override in subclasses of
 * `http.server`'s handlers are functions among the options. What such a function throws is
 * answered 500 and logged with its stack; other requests are not touched.
 *
 * @module
 */

import type { GuessType } from "../http/media_type.ts";
import type { PathTarget, Resolve, Resource } from "../http/resource.ts";
import type { ErrorPage } from "../pages/error_page.ts";
import type { List } from "../pages/listing.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";

/** Functions in place of ours; each may be left out. */
export interface OverrideOptions {
  /**
   * From a target to what it identifies: `translate_path` of `http.server`. The second
   * argument is what would be called else: with the same target, or with another one. The
   * target is below `urlRoot`.
   */
  readonly resolve?:
    | ((
      target: PathTarget,
      next: Resolve,
    ) => Awaitable<Resource>)
    | undefined;
  /**
   * From the name of a file to its media type: `guess_type` of `http.server`. It is not asked
   * again for a file that is kept in memory, so it must always say the same. The name of a file
   * that is coded already comes without its coding (`a.svg` for `a.svgz`); no file is looked into.
   */
  readonly guessType?: GuessType | undefined;
  /** What lists a directory, in every form: `list_directory` of `http.server`. `query.format` is the form that the client prefers. */
  readonly list?: List | undefined;
  /** The page of an error: `error_message_format` of `http.server`. */
  readonly errorPage?: ErrorPage | undefined;
  /**
   * Whether content is wanted that a client announces by `Expect: 100-continue` (RFC 9110
   * §10.1.1): `handle_expect_100` of `http.server`. When not, the answer is 417. The runtime
   * has sent its 100 by then; but the content is not read.
   */
  readonly expectContinue?:
    | ((
      request: Request,
      peer: Peer,
    ) => Awaitable<boolean>)
    | undefined;
}

/** Those that are there. */
export function givenOverrides(options: OverrideOptions): OverrideOptions {
  const { resolve, guessType, list, errorPage, expectContinue } = options;
  const overrides = { resolve, guessType, list, errorPage, expectContinue };
  return Object.fromEntries(
    Object.entries(overrides).filter(([, value]) => value !== undefined),
  );
}

const KINDS: Readonly<Record<Resource["kind"], (value: never) => boolean>> = {
  absent: () => true,
  moved: ({ location }: { location: unknown }) => typeof location === "string",
  script: ({ script }: { script: unknown }) => typeof script === "object",
  refused: ({ status }: { status: unknown }) => Number.isInteger(status),
  directory: isFound,
  file: isFound,
};

function isFound({ path, stat }: { path: unknown; stat: unknown }): boolean {
  return typeof path === "string" && typeof stat === "object";
}

/** Checks what a function of a user has found: else it would be found out by a client. */
export function checkedResource(resource: Resource): Resource {
  const check = KINDS[resource?.kind];
  if (check?.(resource as never) === true) return resource;
  throw new TypeError("Cannot answer: resolve has given no resource");
}
