/**
 * The replies to requests that no script answers. The client learns that it failed, the log why.
 *
 * @module
 */

import { CONNECTION_CLOSE, type Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Script } from "../http/resource.ts";
import { type ErrorDetails, errorReply } from "../pages/error_page.ts";
import { unavailableReply } from "../pages/failure.ts";
import { eventError } from "../ports/content.ts";
import type { StartFailure, User } from "../ports/processes.ts";

/** A reply that ends the run of a script. */
export interface ReplyOutcome {
  readonly kind: "reply";
  readonly reply: Reply;
}

/** The status by which the log tells that the client left before the answer. */
const CLIENT_LEFT = 499;
/** The rest of the request would be taken for the next one (RFC 9112 §9.6). */
const CLOSE: Fields = [CONNECTION_CLOSE];

/** An error for the log. */
export function scriptError(message: string): Error {
  return eventError("ScriptError", message);
}

/** The client has left before there was an answer: 499, which only the log shows. */
export function leftReply(): ReplyOutcome {
  return failure(CLIENT_LEFT, {
    message: "The client left before the CGI script had answered",
  });
}

/** The client has stopped in the middle of its request: 408 (RFC 9110 §15.5.9). */
export function stalledReply(): ReplyOutcome {
  return failure(408, {
    message: "The content of the request stopped",
    fields: CLOSE,
  });
}

/** There is more content than allowed: 413 (RFC 9110 §15.5.14). */
export function tooLargeReply(reason: string): ReplyOutcome {
  return failure(413, { error: scriptError(reason), fields: CLOSE });
}

/** The content cannot be stored: 507 (RFC 4918 §11.5). */
export function noStorageReply(error: unknown): ReplyOutcome {
  return failure(507, { error });
}

/**
 * Names were exchanged while the script was started: which script has answered is unknown
 * (decision D106). 503; an unsafe method must not be repeated without the user (RFC 9110 §9.2.2).
 */
export function exchangedReply({ name }: Script, method: string): ReplyOutcome {
  const message =
    `The CGI script was exchanged while it was started ('${name}')`;
  const retry = method === "GET" || method === "HEAD";
  return { kind: "reply", reply: unavailableReply(message, { retry }) };
}

/** No place is left for another script: 503 (RFC 9110 §15.6.4). */
export function busyReply(error?: Error): ReplyOutcome {
  const message = "Too many CGI scripts are running";
  return { kind: "reply", reply: unavailableReply(message, { error }) };
}

/** The script wrote no header block within `timeout` milliseconds: 504 (RFC 9110 §15.6.5). */
export function lateReply({ name }: Script, timeout: number): ReplyOutcome {
  const error = scriptError(
    `CGI script wrote no header block within ${timeout / 1000} s`,
  );
  const message = `CGI script did not answer in time ('${name}')`;
  return failure(504, { message, error });
}

/** What the script wrote is no answer: 502 (RFC 9110 §15.6.3). */
export function invalidReply({ name }: Script, reason: string): ReplyOutcome {
  const error = scriptError(`CGI script gave no valid answer: ${reason}`);
  const message = `CGI script gave no valid answer ('${name}')`;
  return failure(502, { message, error });
}

/** Scripts redirect from one to the next without end: 500, the reply of the walk. */
export function loopReply(name: string): Reply {
  return errorReply(500, {
    message: `CGI script redirects too often ('${name}')`,
  });
}

/** The script could not be started with the rights of `user`: 403, 500, 502 or 503. */
export function startFailureReply(
  { kind, message: reason }: StartFailure,
  { name }: Script,
  user: User | undefined,
): ReplyOutcome {
  const error = scriptError(`CGI script could not be started: ${reason}`);
  const message = `CGI script could not be started ('${name}')`;
  switch (kind) {
    case "denied": {
      const as = user === undefined ? "" : ` (as user ${user.name})`;
      return failure(403, {
        message: `CGI script is not executable ('${name}')`,
        error: scriptError(`CGI script may not be run${as}: ${reason}`),
      });
    }
    case "permission":
      return failure(500, { message, error });
    case "busy":
      return busyReply(error);
    case "absent":
    case "failed":
      return failure(502, { message, error });
  }
}

function failure(status: number, details: ErrorDetails): ReplyOutcome {
  return { kind: "reply", reply: errorReply(status, details) };
}
