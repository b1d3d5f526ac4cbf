/**
 * A site whose `urlRoot` is a secret: what keeps it one, also in a log, where a sign replaces it, wherever
 * a client or a script has put it.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import { stackOf } from "../log/access_log.ts";
import type { Log, LogRecord, ScriptLine } from "../ports/exchange.ts";
import type { Cgi } from "./scripts.ts";

/** What a site has to do with its secret. */
interface SecretParts {
  readonly mount: readonly string[];
  readonly isSecret: boolean;
  readonly lastFields: Fields;
  readonly log: Log | undefined;
  readonly cgi: Cgi | undefined;
}

/** 128 bits in base64url; what is shorter could be guessed, and would be found in every line of a log. */
const MIN_LENGTH = 22;

/** No page, also none of a user, hands the URL on to where a link leads, and crawlers do not index it. */
const SECRET_FIELDS: Fields = [
  ["Referrer-Policy", "no-referrer"],
  ["X-Robots-Tag", "noindex"],
];

/** The same site, which keeps the last name of its mount secret; a TypeError when that can be guessed. */
export function withSecretRoot<S extends SecretParts>(site: S): S {
  const { log, cgi } = site;
  const secret = site.mount.at(-1) ?? "";
  if (secret.length < MIN_LENGTH) {
    throw new TypeError(
      `Cannot keep the end of urlRoot secret: it has ${secret.length} characters, and must have ${MIN_LENGTH}; secretPath() makes one`,
    );
  }
  const redact = createRedact(secret);
  return {
    ...site,
    isSecret: true,
    lastFields: SECRET_FIELDS,
    log: log && ((record) => log(redactRecord(record, redact))),
    cgi: cgi && {
      ...cgi,
      report: (line) => cgi.report(redactLine(line, redact)),
    },
  };
}

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
function redactRecord(record: LogRecord, redact: Redact): LogRecord {
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
function redactLine(line: ScriptLine, redact: Redact): ScriptLine {
  return { ...line, script: redact(line.script), line: redact(line.line) };
}
