/**
 * The formats of the log: that of `http.server`, JSON, and templates in the convention of
 * Apache's LogFormat. Every text of a client is escaped.
 *
 * @module
 */

import { memoizeSecond } from "../http/cache.ts";
import { isToken, readUtf8, SECRET_FIELDS } from "../http/field.ts";
import type { LogRecord, ScriptLine } from "../ports/exchange.ts";
import {
  createRecordFormat,
  escapeLog,
  escapeUser,
  formatScriptLine,
  formatZonedDate,
  stackOf,
} from "./access_log.ts";

/** Writes a record as text, ended by a line feed. */
export type LogFormat = (record: LogRecord) => string;

const TEMPLATES: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
};

/**
 * Makes a format for the log:
 *
 * - `http.server`: its lines, and ` aborted` behind those of clients that went away;
 * - `common`: the Common Log Format;
 * - `combined`: the same with Referer and User-Agent;
 * - `json`: an object a line, with `time` (ISO 8601), `peer`, `port`, `user`, `method`,
 *   `target`, `protocol`, `status`, `bytes`, `milliseconds`, `aborted`, `host`, `referer`,
 *   `userAgent`, `message`, `reason` and `error`; values that are not known are left out;
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
  if (format === "http.server") return createRecordFormat();
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
    reason: record.reason,
    error: error === undefined ? undefined : stackOf(error).join("\n"),
  });
}

/**
 * Makes a format for lines that scripts write to their standard error output.
 *
 * @param format What {@linkcode createLogFormat} takes: in `json` a line becomes an object
 * with `time`, `peer`, `script` and `line`, in all others the line of `http.server`.
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
    // Characters that terminals obey, as in `escapeLog`; JSON leaves them as they are.
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    // JSON has escapes for code units only.
    (character) =>
      character.split("").map((unit) =>
        `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
      ).join(""),
  );
  return `${text}\n`;
}

interface Placeholder {
  readonly syntax: string;
  /** The text of the README; none for a second spelling. */
  readonly help: string;
  /** The value, not escaped; `undefined` is logged as a hyphen. */
  readonly value: (record: LogRecord) => string | number | undefined;
}

function row(
  syntax: string,
  help: string,
  value: Placeholder["value"],
): Placeholder {
  return { syntax, help, value };
}

const SECOND_MS = 1000;

/** All placeholders; the table of the README is made from it. */
export const PLACEHOLDERS: readonly Placeholder[] = [
  row(
    "%h",
    "address of the client; `%a` is the same",
    ({ peer }) => peer.address,
  ),
  row("%a", "", ({ peer }) => peer.address),
  row("%l", "always `-`; the Common Log Format has it", () => undefined),
  row("%u", "user that has logged in, without spaces", ({ peer }) => peer.user),
  row(
    "%t",
    "time of the request, `[21/Nov/2026:07:00:00 +0000]`",
    ({ time }) => `[${formatZonedDate(time)}]`,
  ),
  row(
    "%{iso}t",
    "the same in ISO 8601, UTC (not in Apache)",
    ({ time }) => new Date(time).toISOString(),
  ),
  row(
    "%{sec}t",
    "the same in seconds since 1970; `%{msec}t`: in milliseconds",
    ({ time }) => Math.trunc(time / SECOND_MS),
  ),
  row("%{msec}t", "", ({ time }) => Math.trunc(time)),
  row(
    "%r",
    "request line",
    ({ method, target, protocol = "HTTP/1.1" }) =>
      `${method} ${target} ${protocol}`,
  ),
  row("%m", "method", ({ method }) => method),
  row(
    "%U",
    "path of the target, as it was sent",
    ({ target }) => target.replace(/\?.*/s, ""),
  ),
  row(
    "%q",
    "query with its question mark, or nothing",
    ({ target }) => /\?.*/s.exec(target)?.[0] ?? "",
  ),
  row(
    "%H",
    "version of HTTP, as far as it can be told",
    ({ protocol = "HTTP/1.1" }) => protocol,
  ),
  row("%>s", "status code; `%s` is the same", ({ status }) => status),
  row("%s", "", ({ status }) => status),
  row(
    "%b",
    "bytes of content that were sent, `-` for none",
    ({ bytes }) => bytes || undefined,
  ),
  row(
    "%B",
    "bytes of content that were sent, `0` for none",
    ({ bytes }) => bytes,
  ),
  row(
    "%D",
    "time until it was sent, in µs; `%{us}T` is the same",
    ({ milliseconds }) => Math.round(milliseconds * SECOND_MS),
  ),
  row("%{us}T", "", ({ milliseconds }) => Math.round(milliseconds * SECOND_MS)),
  row(
    "%{ms}T",
    "the same in milliseconds",
    ({ milliseconds }) => Math.round(milliseconds),
  ),
  row(
    "%T",
    "the same in whole seconds; `%{s}T` is the same",
    ({ milliseconds }) => Math.trunc(milliseconds / SECOND_MS),
  ),
  row("%{s}T", "", ({ milliseconds }) => Math.trunc(milliseconds / SECOND_MS)),
  row(
    "%X",
    "`X` when the client went away before the end, else `-`",
    ({ aborted = false }) => aborted ? "X" : undefined,
  ),
  row(
    "%{message}n",
    "what went wrong, in words (not in Apache)",
    ({ message }) => message,
  ),
  row(
    "%{reason}n",
    "why nothing was found, and the flag for it (not in Apache)",
    ({ reason }) => reason,
  ),
];

const BY_SYNTAX = new Map(PLACEHOLDERS.map((row) => [row.syntax, row.value]));
const FIELD_REGEXP = /^%\{([^}]*)\}i$/;
const PART_REGEXP = /%%|%>?(?:\{[^}]*\})?[a-zA-Z]|%|\\.|[^%\\]+|\\/gsu;
/** Escapes, as in the configuration of Apache. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\\\": "\\",
  '\\"': '"',
  "\\t": "\t",
};

function compileTemplate(template: string): LogFormat {
  const parts = [...template.matchAll(PART_REGEXP)].map(([part]) =>
    compilePart(part)
  );
  return (record) => {
    let line = "";
    for (const part of parts) line += part(record);
    return `${line}\n`;
  };
}

function compilePart(part: string): LogFormat {
  if (!part.startsWith("%")) {
    const text = part.startsWith("\\") ? ESCAPES[part] ?? part : part;
    return () => text;
  }
  if (part === "%%") return () => "%";
  // Other values may have spaces, because they stand in quotes; a user name does not.
  if (part === "%u") return ({ peer }) => escapeUser(peer.user);
  if (part === "%t") {
    const dateOf = memoizeSecond(formatZonedDate);
    return ({ time }) => `[${dateOf(time)}]`;
  }
  const value = BY_SYNTAX.get(part) ?? fieldValueOf(part);
  return (record) => {
    const found = value(record);
    if (found === undefined) return "-";
    return typeof found === "number" ? `${found}` : escapeQuoted(found);
  };
}

function fieldValueOf(part: string): Placeholder["value"] {
  const [, name = ""] = FIELD_REGEXP.exec(part) ?? [];
  if (!isToken(name)) {
    const all = [...BY_SYNTAX.keys(), "%{NAME}i", "%%"].join(" ");
    throw new TypeError(
      `Cannot log ${JSON.stringify(part)}: expected one of ${all}`,
    );
  }
  if (SECRET_FIELDS.has(name.toLowerCase())) {
    throw new TypeError(`Cannot log field "${name}": it is secret`);
  }
  return ({ headers }) => readUtf8(headers?.get(name) ?? "") || undefined;
}

/** Escapes quotes, too, as Apache does. */
function escapeQuoted(text: string): string {
  const escaped = escapeLog(text);
  return escaped.includes('"') ? escaped.replaceAll('"', '\\"') : escaped;
}

/** The table of placeholders of the README. */
export function placeholdersMarkdown(): string {
  const rows = [
    ...PLACEHOLDERS.map(({ syntax, help }) => [syntax, help]),
    ["%{NAME}i", "field NAME of the request"],
    ["%%", "a percent sign"],
  ];
  return [
    "| placeholder | what it stands for |",
    "|---|---|",
    ...rows.filter(([, help]) => help !== "")
      .map(([syntax, help]) => `| \`${syntax}\` | ${help} |`),
  ].join("\n");
}
