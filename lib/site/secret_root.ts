/**
 * A site whose `urlRoot` is a secret: what keeps it one.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import { createRedact, redactLine, redactRecord } from "../log/redact.ts";
import type { Log } from "../ports/exchange.ts";
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
