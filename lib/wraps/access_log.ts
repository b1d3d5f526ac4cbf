/**
 * The access log, in the format of `http.server`. Nothing that a client sends reaches
 * it unescaped: a line of the log is one line.
 *
 * @module
 */

import type { LogRecord, ScriptLine } from "../exchange.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
/**
 * C0, DEL and C1, which terminals obey; what changes the direction of text or ends a line
 * in Unicode; and the backslash, which makes escaping unambiguous.
 */
const UNSAFE_REGEXP = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/gu;

/**
 * Writes a record as `http.server` does: a line of the request, and before it one that
 * says what went wrong, where something did.
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
  const { peer, time, method, target, status, bytes, message, error } = record;
  const start = `${peer.address} - - [${formatLogDate(time)}]`;
  const lines = [`"${method} ${target} HTTP/1.1" ${status} ${bytes || "-"}`];
  if (message !== undefined) {
    lines.unshift(`code ${status}, message ${message}`);
  }
  if (error !== undefined) lines.unshift(...stackOf(error));
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
 * Writes a moment as the log does, in local time.
 *
 * @param time Milliseconds since the epoch.
 * @returns Text such as `20/Nov/2026 16:00:00`.
 *
 * @example Usage
 * ```ts
 * import { formatLogDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatLogDate(new Date(2026, 10, 20, 16).getTime()), "20/Nov/2026 16:00:00");
 * ```
 */
export function formatLogDate(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}`;
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return `${day}/${date.getFullYear()} ${clock.map(two).join(":")}`;
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
  return text.replace(UNSAFE_REGEXP, (character) => {
    if (character === "\\") return "\\\\";
    const code = character.codePointAt(0) ?? 0;
    const digits = code.toString(16);
    return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
  });
}

function stackOf(error: unknown): string[] {
  const text = error instanceof Error ? error.stack ?? error.message : error;
  return String(text).split("\n");
}
