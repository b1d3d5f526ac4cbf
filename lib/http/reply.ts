/**
 * Replies: an answer as plain data. Nothing is open yet; `handler/send.ts` performs it.
 *
 * @module
 */

import { type Body, NO_BODY } from "./body.ts";
import type { DigestAlgorithm } from "./digest.ts";
import type { Field, Fields } from "./field.ts";
import { ALLOW_READ } from "./registry.ts";

/** An answer as plain data. */
export interface Reply {
  /** The status code. */
  readonly status: number;
  /** The fields. */
  readonly fields: Fields;
  /** What the content is, also for HEAD, where it is not sent. */
  readonly body: Body;
  /** The digest that was asked for, and the whole representation that it is of. */
  readonly digest?:
    | { readonly algorithm: DigestAlgorithm; readonly of: Body }
    | undefined;
  /** Whether there is nothing to answer for, so that somebody else may. */
  readonly absent?: boolean;
  /** The longer text of an error, where the content is a page about one. */
  readonly explain?: string;
  /** The request that this answers, where a script has put another in place of the client's. */
  readonly request?: Request;
  /** Words for the log about what went wrong, where something did. */
  readonly message?: string;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

/**
 * The reply that sends a client to another URL for good (RFC 9110 §15.4.2). Without
 * `no-cache` browsers would remember it for ever, also when the directory is gone.
 *
 * @param location The target, as a path that begins with one slash.
 * @returns A 301.
 *
 * @example Usage
 * ```ts
 * import { movedReply } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(movedReply("/d/").fields[0], ["Location", "/d/"]);
 * ```
 */
export function movedReply(location: string): Reply {
  const fields: Field[] = [
    ["Location", location],
    ["Cache-Control", "no-cache"],
    ["Content-Length", "0"],
  ];
  return { status: 301, fields, body: NO_BODY };
}

/**
 * The reply to OPTIONS (RFC 9110 §9.3.7).
 *
 * @returns A 204 with Allow.
 *
 * @example Usage
 * ```ts
 * import { optionsReply } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(optionsReply().fields, [["Allow", "GET, HEAD, OPTIONS"]]);
 * ```
 */
export function optionsReply(): Reply {
  return { status: 204, fields: [["Allow", ALLOW_READ]], body: NO_BODY };
}
