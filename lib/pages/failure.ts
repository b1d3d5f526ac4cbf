/**
 * The replies of a server that cannot answer.
 *
 * @module
 */

import type { Field } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { isExhausted } from "../ports/content.ts";
import { errorReply } from "./error_page.ts";

/** In a second somebody else may have left. */
const RETRY: Field = ["Retry-After", "1"];

/**
 * The reply to a request in which something was thrown: a bug or a broken disk (RFC 9110
 * §15.6.1), or the lack of descriptors, which passes (§15.6.4).
 *
 * @param error What was thrown.
 * @returns A 500, or a 503.
 */
export function failureReply(error: unknown): Reply {
  if (!isExhausted(error)) return errorReply(500, { error });
  const message = "The server has no descriptors left";
  return errorReply(503, { message, error, fields: [RETRY] });
}

/**
 * The reply to a request above the most that are answered at a time (RFC 9110 §15.6.4).
 *
 * @returns A 503. Its connection ends, so that it takes nobody's place.
 */
export function crowdedReply(): Reply {
  return errorReply(503, {
    message: "Too many requests at a time",
    fields: [RETRY, ["Connection", "close"]],
  });
}

/** Only the log sees it, and a client whose signal is aborted already. */
export function unwantedReply(): Reply {
  return errorReply(503, {
    message: "The request was aborted before its turn came",
  });
}

/** The reply where a file changes between the decision and the opening, again and again. */
export function changingReply(): Reply {
  return errorReply(503, {
    message: "The file changes faster than it can be read",
    fields: [RETRY],
  });
}
