/**
 * Replies that several stages give: nothing is there, it has no such method, or the server
 * cannot answer now.
 *
 * @module
 */

import { CONNECTION_CLOSE, type Field, type Fields } from "../http/field.ts";
import { adviceOf } from "../http/registry.ts";
import type { Reason, Reply } from "../http/reply.ts";
import { isExhausted } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import { errorReply } from "./error_page.ts";

/** In a second what is missing may be free again. */
const RETRY_AFTER: Field = ["Retry-After", "1"];

/** A 503 (RFC 9110 §15.6.4), with Retry-After unless `retry` is false. */
export function unavailableReply(
  message: string,
  { retry = true, fields = [], error }: {
    readonly retry?: boolean;
    readonly fields?: Fields;
    readonly error?: unknown;
  } = {},
): Reply {
  const all = retry ? [RETRY_AFTER, ...fields] : fields;
  return errorReply(503, { message, error, fields: all });
}

/** What was thrown is a 500: a bug or a broken disk. No descriptors left is a 503. */
export function failureReply(error: unknown): Reply {
  return isExhausted(error)
    ? unavailableReply("The server has no descriptors left", { error })
    : errorReply(500, { error });
}

/** Above the limit of requests at a time. The connection ends, so that it holds no permit. */
export function overloadReply(): Reply {
  return unavailableReply("Too many requests at a time", {
    fields: [CONNECTION_CLOSE],
  });
}

/** The reply to a request that the listener refuses; `undefined` where it does not. */
export function refusalReply({ refusal }: HttpRequest): Reply | undefined {
  if (refusal === undefined) return undefined;
  const { status, message, fields = [] } = refusal;
  return errorReply(status, { message, fields: [...fields, CONNECTION_CLOSE] });
}

/** Nothing is there, or nothing that is visible (RFC 9110 §15.5.5). */
export const NOT_FOUND: Reply = errorReply(404, {
  message: "File not found",
  absent: true,
});

/** The same, and why, for the log. */
export function notFoundReply(reason: Reason | undefined): Reply {
  return reason === undefined ? NOT_FOUND : { ...NOT_FOUND, reason };
}

/**
 * A directory that nobody may list, in the words of `http.server`. It is there: the advice of 404,
 * which is to look at the spelling, would be wrong.
 */
export const UNREADABLE: Reply = errorReply(404, {
  message: "No permission to list directory",
  explain: adviceOf(403),
});

/** The reply to a method that nobody registered (RFC 9110 §15.6.2), in the words of `http.server`. */
export function unknownReply(method: string): Reply {
  const message = `Unsupported method ('${method}')`;
  return errorReply(501, { message, absent: true });
}

/** The reply to a method that the resource does not have (RFC 9110 §15.5.6); `allowed` is the value of Allow. */
export function notAllowedReply(allowed: string): Reply {
  return errorReply(405, { fields: [["Allow", allowed]] });
}
