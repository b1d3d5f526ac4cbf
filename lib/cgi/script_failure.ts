/**
 * The replies to requests that no script answers. The client is told that it failed, the
 * log why.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Script } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { eventError } from "../ports/content.ts";
import type { StartFailure, User } from "../ports/processes.ts";

/** The status with which the log tells that nobody waited for the answer. */
const CLIENT_LEFT = 499;
/** What of the request is not there would be taken for the next one (RFC 9112 §9.6). */
const CLOSE: Fields = [["Connection", "close"]];

/**
 * An error for the log.
 *
 * @param message What happened.
 * @returns The error.
 */
export function scriptError(message: string): Error {
  return eventError("ScriptError", message);
}

/**
 * The client has left before there was an answer.
 *
 * @returns A 499, which only the log shows.
 */
export function leftReply(): Reply {
  return errorReply(CLIENT_LEFT, {
    message: "The client left before the CGI script had answered",
  });
}

/**
 * The client has stopped in the middle of its request (RFC 9110 §15.5.9).
 *
 * @returns A 408.
 */
export function stalledReply(): Reply {
  return errorReply(408, {
    message: "The content of the request stopped",
    fields: CLOSE,
  });
}

/**
 * There is more content than may be (RFC 9110 §15.5.14).
 *
 * @param reason Why, for the log.
 * @returns A 413.
 */
export function tooLargeReply(reason: string): Reply {
  return errorReply(413, { error: scriptError(reason), fields: CLOSE });
}

/**
 * The content cannot be put anywhere (RFC 4918 §11.5).
 *
 * @param error What was thrown.
 * @returns A 507.
 */
export function noStorageReply(error: unknown): Reply {
  return errorReply(507, { error });
}

/**
 * Somebody has put other names in the way while the script was started, so that nobody knows
 * which one has answered (decision D106).
 *
 * @param script The script.
 * @param method The method: what is not safe is not to be repeated without the user (RFC 9110 §9.2.2).
 * @returns A 503 (RFC 9110 §15.6.4).
 */
export function exchangedReply({ name }: Script, method: string): Reply {
  const isSafe = method === "GET" || method === "HEAD";
  return errorReply(503, {
    message: `The CGI script was exchanged while it was started ('${name}')`,
    fields: isSafe ? [["Retry-After", "1"]] : [],
  });
}

/**
 * No place is left for another script (RFC 9110 §15.6.4).
 *
 * @returns A 503.
 */
export function busyReply(): Reply {
  return errorReply(503, {
    message: "Too many CGI scripts are running",
    fields: [["Retry-After", "1"]],
  });
}

/**
 * The script took too long for its header block (RFC 9110 §15.6.5).
 *
 * @param script The script.
 * @param timeout How long it had, in milliseconds.
 * @returns A 504.
 */
export function lateReply({ name }: Script, timeout: number): Reply {
  const error = scriptError(
    `CGI script wrote no header block within ${timeout / 1000} s`,
  );
  const message = `CGI script did not answer in time ('${name}')`;
  return errorReply(504, { message, error });
}

/**
 * What the script wrote is no answer (RFC 9110 §15.6.3).
 *
 * @param script The script.
 * @param reason What is wrong with it.
 * @returns A 502.
 */
export function invalidReply({ name }: Script, reason: string): Reply {
  const error = scriptError(`CGI script gave no valid answer: ${reason}`);
  const message = `CGI script gave no valid answer ('${name}')`;
  return errorReply(502, { message, error });
}

/**
 * The script sends its client from script to script for ever.
 *
 * @param name Its SCRIPT_NAME.
 * @returns A 500.
 */
export function loopReply(name: string): Reply {
  return errorReply(500, {
    message: `CGI script redirects too often ('${name}')`,
  });
}

/**
 * The script could not be started.
 *
 * @param failure Why.
 * @param script The script.
 * @param user Whose rights it was to have.
 * @returns A 403, 500, 502 or 503.
 */
export function startFailureReply(
  { kind, message: reason }: StartFailure,
  { name }: Script,
  user: User | undefined,
): Reply {
  const error = scriptError(`CGI script could not be started: ${reason}`);
  const message = `CGI script could not be started ('${name}')`;
  switch (kind) {
    case "denied": {
      const who = user === undefined ? "" : ` (as user ${user.name})`;
      return errorReply(403, {
        message: `CGI script is not executable ('${name}')`,
        error: scriptError(`CGI script may not be run${who}: ${reason}`),
      });
    }
    case "permission":
      return errorReply(500, { message, error });
    case "busy":
      return { ...busyReply(), error };
    case "absent":
    case "failed":
      return errorReply(502, { message, error });
  }
}
