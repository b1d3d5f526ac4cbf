/**
 * Error pages that a user makes in place of ours.
 *
 * @module
 */

import { wholeBody } from "../http/body.ts";
import { overrideFields, withoutFields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { type Page, pageBytes } from "../pages/markup.ts";
import type { Awaitable } from "../ports/ports.ts";
import type { Site } from "../site/site.ts";

/** What describes our page, and not the user's. */
const POLICY = "content-security-policy";

/**
 * A reply with the user's page about an error, where it is one about an error and the user
 * has one.
 *
 * @param reply The reply.
 * @param site What is served, and how.
 * @returns The reply to send.
 * @throws What the user's function throws.
 */
export function withErrorPage(
  reply: Reply,
  { errorPage, fallthrough }: Site,
): Awaitable<Reply> {
  const { status, message = "", explain, absent = false } = reply;
  if (errorPage === undefined || explain === undefined) return reply;
  if (fallthrough && absent) return reply; // nobody will see it
  return Promise.resolve(errorPage(status, { message, explain }))
    .then((page) => withPage(reply, page));
}

function withPage(reply: Reply, page: Page): Reply {
  const { bytes, mediaType } = pageBytes(page);
  const kept = withoutFields(reply.fields, [POLICY]);
  const fields = overrideFields(kept, [
    ["Content-Type", mediaType],
    ["Content-Length", String(bytes.length)],
  ]);
  return { ...reply, fields, body: wholeBody({ kind: "bytes", bytes }) };
}
