/**
 * The access log, in the format of `http.server`. Nothing that a client sends reaches
 * it unescaped: a line of the log is one line.
 *
 * Dates as logs write them.
 *
 * @module
 */

import { latest } from "../http/cache.ts";
import type { LogRecord, ScriptLine } from "../ports/exchange.ts";

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

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const HOUR_MINUTES = 60;

/**
 * Writes a moment as `http.server` does, in local time.
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
  return dateOfSecond(Math.floor(time / 1000));
}

/** The lines of a second all say the same. */
const dateOfSecond = latest((second: number) => {
  const { day, clock } = partsOf(new Date(1000 * second));
  return `${day} ${clock}`;
});

/**
 * Writes a moment as the Common Log Format does: in local time, with its distance from UTC.
 *
 * @param time Milliseconds since the epoch.
 * @param zone Minutes that local time is ahead of UTC; by default as it is here.
 * @returns Text such as `21/Nov/2026:07:00:00 +0000`.
 *
 * @example Usage
 * ```ts
 * import { formatZonedDate } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const time = Date.UTC(2026, 10, 21, 7);
 * assertEquals(formatZonedDate(time, -90), "21/Nov/2026:05:30:00 -0130");
 * ```
 */
export function formatZonedDate(
  time: number,
  zone: number = -new Date(time).getTimezoneOffset(),
): string {
  const ahead = zone * 60_000;
  const { day, clock } = partsOf(new Date(time + ahead), "UTC");
  const [hours, minutes] = [
    Math.trunc(Math.abs(zone) / HOUR_MINUTES),
    Math.abs(zone) % HOUR_MINUTES,
  ];
  const sign = zone < 0 ? "-" : "+";
  return `${day}:${clock} ${sign}${two(hours)}${two(minutes)}`;
}

function partsOf(date: Date, prefix: "" | "UTC" = ""): {
  readonly day: string;
  readonly clock: string;
} {
  const month = MONTHS[date[`get${prefix}Month`]()] ?? "";
  const clock = [
    date[`get${prefix}Hours`](),
    date[`get${prefix}Minutes`](),
    date[`get${prefix}Seconds`](),
  ];
  return {
    day: `${two(date[`get${prefix}Date`]())}/${month}/${
      date[`get${prefix}FullYear`]()
    }`,
    clock: clock.map(two).join(":"),
  };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
