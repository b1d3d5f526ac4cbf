/**
 * Replies: an answer as plain data. Nothing is open yet; `handler/send.ts` performs it.
 *
 * @module
 */

import type { AnswerKind } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import { type Body, NO_BODY } from "./body.ts";
import type { DigestAlgorithm } from "./digest.ts";
import type { Field, Fields } from "./field.ts";
import { ALLOW_READ } from "./registry.ts";

/**
 * Why nothing is there, for the log alone: what a client gets is the same without it. A function
 * is called when the answer has left, so that no client can measure what it does.
 */
export type Reason = string | (() => Awaitable<string | undefined>);

/** An answer as plain data. */
export interface Reply {
  /** The status code. */
  readonly status: number;
  /** The fields. */
  readonly fields: Fields;
  /** The content, also for HEAD, where it is not sent. */
  readonly body: Body;
  /** The digest that the client wants, and the body that it is of. */
  readonly digest?:
    | { readonly algorithm: DigestAlgorithm; readonly of: Body }
    | undefined;
  /**
   * What has answered, for the log.
   *
   * @default {"by the status: a file, a redirect, an error"}
   */
  readonly kind?: AnswerKind | undefined;
  /** Whether this server has no resource there, so that another handler may answer. */
  readonly absent?: boolean;
  /**
   * The reason phrase (RFC 9112 §4).
   *
   * @default {"the message, or the phrase of the status code"}
   */
  readonly phrase?: string | undefined;
  /** The longer text of an error page. */
  readonly explain?: string;
  /** Whether it was decided before the login: nothing may be looked up for its page. */
  readonly early?: boolean;
  /** Who has logged in for this alone, for the log. */
  readonly user?: string | undefined;
  /** The request that this answers, where a script has replaced that of the client. */
  readonly request?: HttpRequest;
  /** A message for the log about an error. */
  readonly message?: string;
  /** Why nothing is there, for the log alone. */
  readonly reason?: Reason | undefined;
  /** What was thrown, if anything. */
  readonly error?: unknown;
}

/**
 * The reply that redirects a client permanently (RFC 9110 §15.4.2). Without `no-cache` browsers
 * cache it for ever, also when the directory is gone.
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
 * @param allowed The methods of the resource, as the value of Allow.
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
export function optionsReply(allowed: string = ALLOW_READ): Reply {
  return { status: 204, fields: [["Allow", allowed]], body: NO_BODY };
}
