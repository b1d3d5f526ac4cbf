/**
 * Error pages, with the text of `http.server`'s page.
 *
 * @module
 */

import { NO_BODY, wholeBody } from "../http/body.ts";
import type { Field, Fields } from "../http/field.ts";
import { statusText } from "../http/registry.ts";
import type { Reason, Reply } from "../http/reply.ts";
import type { Awaitable } from "../ports/files.ts";
import { markup, type Page, PAGE_POLICY, pageFields } from "./markup.ts";

/** The details of an error besides its status code. */
export interface ErrorDetails {
  /**
   * One line for the page and for the log.
   *
   * @default {"the reason phrase of the status code"}
   */
  readonly message?: string | undefined;
  /**
   * A longer text.
   *
   * @default {"the explanation of the status code"}
   */
  readonly explain?: string | undefined;
  /** Further fields. */
  readonly fields?: Fields | undefined;
  /** What was thrown, for the log. */
  readonly error?: unknown;
  /** Why nothing is there, for the log. */
  readonly reason?: Reason | undefined;
  /** Whether this server has no resource there, so that another handler may answer. */
  readonly absent?: boolean;
}

/** Status codes of answers that have no content (RFC 9110 §6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * The reply to a request that cannot be fulfilled (RFC 9110 §15.5, §15.6): `send_error` of
 * `http.server`.
 *
 * @param status The status code.
 * @param details The details.
 * @returns A reply with a page, which caches must revalidate; 1xx, 204, 205 and 304 have no content.
 *
 * @example Usage
 * ```ts
 * import { errorReply } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const reply = errorReply(404, { message: "File not found" });
 * assertEquals(reply.status, 404);
 * assertEquals(reply.message, "File not found");
 * ```
 */
export function errorReply(status: number, details: ErrorDetails = {}): Reply {
  const [phrase, explanation] = statusText(status);
  const message = details.message ?? phrase;
  const explain = details.explain ?? explanation;
  if (status < 200 || BODILESS.has(status)) {
    const { fields = [], error } = details;
    return { status, fields, body: NO_BODY, message, error };
  }
  const bytes = errorPage(status, message, explain);
  const fields: Field[] = [
    ["Content-Type", "text/html; charset=utf-8"],
    ["Content-Length", String(bytes.length)],
    ...pageFields(PAGE_POLICY),
    ["Cache-Control", "no-cache"],
    ...(details.fields ?? []),
  ];
  const body = wholeBody({ kind: "bytes", bytes });
  const { error, reason, absent = false } = details;
  return { status, fields, body, message, explain, error, reason, absent };
}

/** Few bytes: most of those who read it are programs. */
function errorPage(
  status: number,
  message: string,
  explain: string,
): Uint8Array<ArrayBuffer> {
  const { text } = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Error response</title>
</head>
<body>
<h1>Error response</h1>
<p>Error code: ${status}</p>
<p>Message: ${message}.</p>
<p>Error code explanation: ${status} - ${explain}.</p>
</body>
</html>
`;
  return new TextEncoder().encode(text);
}

/** The text of an error page. */
export interface ErrorText {
  /** One line. */
  readonly message: string;
  /** A longer text. */
  readonly explain: string;
}

/** Makes an error page: `error_message_format` and `error_content_type` of `http.server`. */
export type ErrorPage = (status: number, text: ErrorText) => Awaitable<Page>;
