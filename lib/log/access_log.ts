/**
 * The access log, in the format of `http.server`. Nothing that a client sends reaches
 * it unescaped: a line of the log is one line.
 *
 * @module
 */

import type { LogRecord, ScriptLine } from "../ports/exchange.ts";
import { formatLogDate } from "./log_date.ts";

/**
 * C0, DEL and C1, which terminals obey; what changes the direction of text or ends a line
 * in Unicode; and the backslash, which makes escaping unambiguous.
 */
const UNSAFE_REGEXP = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/gu;

/**
 * Writes a record as `http.server` does: a line of the request, and before it one that
 * says what went wrong, where something did. ` aborted` at the end of the line says that
 * the client went away before the answer was complete.
 *
 * @param record The record.
 * @returns The lines, each ended by a line feed.
 *
 * @example Usage
 * ```ts
 * import { formatLogRecord } from "@x/serve";
 * import { assertMatch } from "@std/assert";
 *
 * const line = formatLogRecord({
 *   peer: { address: "127.0.0.1" },
 *   time: Date.now(),
 *   milliseconds: 1,
 *   method: "GET",
 *   target: "/",
 *   status: 200,
 *   bytes: 12,
 * });
 * assertMatch(line, /^127\.0\.0\.1 - - \[.+\] "GET \/ HTTP\/1\.1" 200 12\n$/);
 * ```
 */
export function formatLogRecord(record: LogRecord): string {
  const { peer, time, method, target, status, bytes } = record;
  const { protocol = "HTTP/1.1", aborted = false } = record;
  const start = `${escapeLog(peer.address)} - ${escapeUser(peer.user)}`;
  const line = escapeLog(`"${method} ${target} ${protocol}" ${status}`);
  const end = `${bytes || "-"}${aborted ? " aborted" : ""}`;
  const text = `${start} [${formatLogDate(time)}] ${line} ${end}\n`;
  return formatErrorRecord(record) + text;
}

/**
 * Writes what went wrong with a request, where something did: what was thrown, and in
 * words why.
 *
 * @param record The record.
 * @returns The lines, each ended by a line feed; or nothing.
 *
 * @example Usage
 * ```ts
 * import { formatErrorRecord } from "@x/serve";
 * import { assertMatch } from "@std/assert";
 *
 * const lines = formatErrorRecord({
 *   peer: { address: "127.0.0.1" },
 *   time: Date.now(),
 *   milliseconds: 1,
 *   method: "GET",
 *   target: "/",
 *   status: 404,
 *   bytes: 12,
 *   message: "File not found",
 * });
 * assertMatch(lines, /\] code 404, message File not found\n$/);
 * ```
 */
export function formatErrorRecord(
  { peer, time, status, message, error }: LogRecord,
): string {
  if (error === undefined && message === undefined) return "";
  const start = `${peer.address} - - [${formatLogDate(time)}]`;
  const lines = error === undefined ? [] : stackOf(error);
  if (message !== undefined) lines.push(`code ${status}, message ${message}`);
  return lines.map((line) => escapeLog(`${start} ${line}`) + "\n").join("");
}

/**
 * Writes a line of a script's standard error output.
 *
 * @param line The line, and whose it is.
 * @returns One line, ended by a line feed.
 *
 * @example Usage
 * ```ts
 * import { formatScriptLine } from "@x/serve";
 * import { assertMatch } from "@std/assert";
 *
 * const peer = { address: "127.0.0.1" };
 * const line = { peer, time: Date.now(), script: "/cgi-bin/x", line: "oh" };
 * assertMatch(formatScriptLine(line), /^127\.0\.0\.1 - - \[.+\] '\/cgi-bin\/x': oh\n$/);
 * ```
 */
export function formatScriptLine(
  { peer, time, script, line }: ScriptLine,
): string {
  const text = `'${script}': ${line}`;
  return escapeLog(`${peer.address} - - [${formatLogDate(time)}] ${text}`) +
    "\n";
}

/**
 * Makes text safe for a line of a log: control characters become `\xNN` or `\u{NNNN}`, the backslash is doubled.
 *
 * @param text The text.
 * @returns Text without control characters.
 *
 * @example Usage
 * ```ts
 * import { escapeLog } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapeLog("a\x1b[2J\n\\"), "a\\x1b[2J\\x0a\\\\");
 * ```
 */
export function escapeLog(text: string): string {
  return text.replace(
    UNSAFE_REGEXP,
    (character) => character === "\\" ? "\\\\" : escapeSign(character),
  );
}

function escapeSign(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}

/**
 * Writes a name that stands between spaces, where it must not pass for more than one
 * word: `x [1/Jan/2026] "GET /` is a name that anybody may try to log in with.
 *
 * @param user The name, where somebody has logged in.
 * @returns The name without spaces, quotes and brackets, or `-`.
 *
 * @example Usage
 * ```ts
 * import { escapeUser } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapeUser("a b"), "a\\x20b");
 * assertEquals(escapeUser(undefined), "-");
 * assertEquals(escapeUser("-"), "\\x2d");
 * ```
 */
export function escapeUser(user: string | undefined): string {
  if (user === undefined || user === "") return "-";
  if (user === "-") return escapeSign(user);
  return escapeLog(user).replaceAll(/[\s"[\]]/gu, escapeSign);
}

/**
 * What was thrown, as text for a log.
 *
 * @param error What was thrown.
 * @returns Its stack, where it has one, line by line.
 *
 * @example Usage
 * ```ts
 * import { stackOf } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(stackOf("oh\nno"), ["oh", "no"]);
 * ```
 */
export function stackOf(error: unknown): string[] {
  const text = error instanceof Error ? error.stack ?? error.message : error;
  return String(text).split("\n");
}
