/**
 * The formats of the log. Nothing that a client sends reaches a line unescaped.
 *
 * @module
 */

import { readUtf8 } from "../http/field.ts";
import type { LogRecord, ScriptLine } from "../ports/exchange.ts";
import { formatLogRecord, formatScriptLine, stackOf } from "./access_log.ts";
import { compileTemplate, type LogFormat } from "./log_template.ts";

export { type LogFormat, PLACEHOLDERS } from "./log_template.ts";

/** The formats that have a name. */
const TEMPLATES: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
};
/** What the JSON of a line may not have as it is, for those who look at it: as in {@linkcode escapeLog}. */
const UNSAFE_REGEXP = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Makes a format for the log:
 *
 * - `http.server`: its lines, and ` aborted` behind those of clients that went away;
 * - `common`: the Common Log Format;
 * - `combined`: the same with Referer and User-Agent;
 * - `json`: an object a line, with `time` (ISO 8601), `peer`, `port`, `user`, `method`,
 *   `target`, `protocol`, `status`, `bytes`, `milliseconds`, `aborted`, `host`, `referer`,
 *   `userAgent`, `message` and `error`; what is not known is left out;
 * - a template in the convention of Apache's LogFormat, such as `%h "%r" %>s %{ms}T`.
 *
 * @param format The name of a format, or a template: text with `%` in it.
 * @returns The format: from a record to text that is ended by a line feed.
 * @throws {TypeError} When there is no format of that name, or no such placeholder.
 *
 * @example Usage
 * ```ts
 * import { createLogFormat } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const format = createLogFormat('%h "%r" %>s %B %{ms}T "%{Referer}i"');
 * const line = format({
 *   peer: { address: "192.0.2.1" },
 *   time: Date.now(),
 *   milliseconds: 3.2,
 *   method: "GET",
 *   target: '/"',
 *   headers: new Headers({ Referer: "https://a.example/" }),
 *   status: 200,
 *   bytes: 12,
 * });
 * assertEquals(line, '192.0.2.1 "GET /\\" HTTP/1.1" 200 12 3 "https://a.example/"\n');
 * ```
 */
export function createLogFormat(format: string): LogFormat {
  if (format === "http.server") return formatLogRecord;
  if (format === "json") return formatJsonRecord;
  const named = Object.hasOwn(TEMPLATES, format)
    ? TEMPLATES[format]
    : undefined;
  const template = named ?? format;
  if (template.includes("%")) return compileTemplate(template);
  throw new TypeError(
    `Cannot log as ${JSON.stringify(format)}: expected ${
      ["http.server", ...Object.keys(TEMPLATES), "json"].join(", ")
    }, or a template such as '%h "%r" %>s'`,
  );
}

function formatJsonRecord(record: LogRecord): string {
  const { peer, time, milliseconds, headers, error } = record;
  const { protocol = "HTTP/1.1", aborted = false } = record;
  const field = (name: string) => {
    const value = headers?.get(name) ?? undefined;
    return value === undefined ? undefined : readUtf8(value);
  };
  return formatJson({
    time: new Date(time).toISOString(),
    peer: peer.address,
    port: peer.port,
    user: peer.user,
    method: record.method,
    target: record.target,
    protocol,
    status: record.status,
    bytes: record.bytes,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    aborted,
    host: field("host"),
    referer: field("referer"),
    userAgent: field("user-agent"),
    message: record.message,
    error: error === undefined ? undefined : stackOf(error).join("\n"),
  });
}

/**
 * Makes a format for what scripts write to their standard error output.
 *
 * @param format What {@linkcode createLogFormat} takes: in `json` a line becomes an object
 * with `time`, `peer`, `script` and `line`, in all others it is as with `http.server`.
 * @returns The format: from a line of a script to text that is ended by a line feed.
 *
 * @example Usage
 * ```ts
 * import { createScriptFormat } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const format = createScriptFormat("json");
 * const text = format({ peer: { address: "::1" }, time: 0, script: "/x", line: "oh" });
 * assertEquals(JSON.parse(text).line, "oh");
 * ```
 */
export function createScriptFormat(
  format: string,
): (line: ScriptLine) => string {
  if (format !== "json") return formatScriptLine;
  return ({ peer, time, script, line }) =>
    formatJson({
      time: new Date(time).toISOString(),
      peer: peer.address,
      script,
      line,
    });
}

function formatJson(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(
    UNSAFE_REGEXP,
    // JSON has escapes for code units only.
    (character) =>
      character.split("").map((unit) =>
        `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
      ).join(""),
  );
  return `${text}\n`;
}
