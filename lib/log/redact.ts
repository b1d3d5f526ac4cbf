/**
 * A secret in a log is replaced by a sign, wherever a client or a script has put it.
 *
 * @module
 */

import type { LogRecord, ScriptLine } from "../ports/exchange.ts";
import { stackOf } from "./access_log.ts";

/** What stands in place of the secret. */
export const REDACTED = "…";

/** Replaces a secret in texts. */
export type Redact = (text: string) => string;

/** Finds the secret also where a client has percent-encoded it or changed its case: it could be undone. */
export function createRedact(secret: string): Redact {
  const encoder = new TextEncoder();
  const characters = [...secret].map((character) => {
    const codes = [...encoder.encode(character)].map((byte) =>
      `%${byte.toString(16).padStart(2, "0")}`
    );
    const plain = `\\u{${character.codePointAt(0)?.toString(16)}}`;
    return `(?:${plain}|${codes.join("")})`;
  });
  const pattern = new RegExp(characters.join(""), "giu");
  return (text) => text.replace(pattern, REDACTED);
}

/** The record without the secret. */
export function redactRecord(record: LogRecord, redact: Redact): LogRecord {
  const { target, headers, message, reason, error } = record;
  return {
    ...record,
    target: redact(target),
    headers: headers && {
      get: (name) => {
        const value = headers.get(name);
        return value === null ? value : redact(value);
      },
    },
    message: message && redact(message),
    reason: reason && redact(reason),
    error: error === undefined ? undefined : redact(stackOf(error).join("\n")),
  };
}

/** The line of a script without the secret. */
export function redactLine(line: ScriptLine, redact: Redact): ScriptLine {
  return { ...line, script: redact(line.script), line: redact(line.line) };
}
