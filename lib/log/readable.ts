/**
 * What makes a log readable to people: names without percent-encoding, and one line about what
 * nobody has asked for.
 *
 * @module
 */

import type { LogRecord } from "../ports/exchange.ts";

/**
 * Decodes the names of a target that can be read, so that each can still be told from all
 * others: a name with `%` in it is as it was sent. The query is kept.
 */
export function readableTarget(target: string): string {
  if (!target.includes("%")) return target;
  const question = target.indexOf("?");
  const end = question < 0 ? target.length : question;
  const names = target.slice(0, end).split("/").map(readableName);
  return names.join("/") + target.slice(end);
}

/** Two names that look the same, because one is not composed (NFC), must not be shown the same. */
function readableName(segment: string): string {
  if (!segment.includes("%")) return segment;
  const name = decode(segment);
  return canBeRead(name) && name === name.normalize() && name === name.trim()
    ? name
    : segment;
}

/**
 * Whether it is words that can be seen, with single spaces between them. Left out is what controls
 * or formats (bidi controls, too), ends a line, looks like a space, shows nothing or joins the
 * character before the word; and what means something to a URL or in quotes: `% / ? # \ "`. The
 * expression stands in the function, for V8 takes 2 ms to make it.
 */
function canBeRead(name: string): boolean {
  return /^(?!\p{M})(?:(?![%/?#\\"\u2800\p{DI}])[\p{L}\p{M}\p{N}\p{P}\p{S}]| (?![ \p{M}]))+$/u
    .test(name);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** What browsers ask for by themselves. */
const UNASKED_REGEXP =
  /^\/(?:favicon\.ico|apple-touch-icon[\w-]*\.png|\.well-known\/appspecific\/com\.chrome\.devtools\.json)$/;

/** Whether nobody would miss what is not there; if it is withheld for a reason, somebody does. */
export function isUnasked({ target, status, reason }: LogRecord): boolean {
  return status === 404 && reason === undefined && UNASKED_REGEXP.test(target);
}
