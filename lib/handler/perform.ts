/**
 * From a reply to an answer: `send` performs it, and where the file has changed meanwhile,
 * the reply is decided again.
 *
 * Error pages that a user makes in place of ours.
 *
 * @module
 */

import { NOTHING } from "../files/known.ts";
import type { Crowded, Lapsed } from "../files/open.ts";
import { wholeBody } from "../http/body.ts";
import { overrideFields, withoutFields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import { type Page, pageBytes } from "../pages/markup.ts";
import type { Content } from "../ports/content.ts";
import type { Awaitable, FoundBelow, OpenFile } from "../ports/files.ts";
import type { Site } from "../site/site.ts";
import { withCors } from "./cors.ts";
import { after, send, type Sent } from "./send.ts";
import { absentReply } from "./walk.ts";

/** A reply and what was made of it. */
export interface Answer {
  /** The reply. */
  readonly reply: Reply;
  /** What the client gets. */
  readonly response: Response;
  /** Its content on the way, where it has any. */
  readonly content: Content | undefined;
}

/** Decides what to reply. */
export type Decide = (site: Site) => Awaitable<Reply>;

/** How often a file may change under our hands before it is answered 503. */
const MORE_DECISIONS = 8;

/**
 * Performs what was decided on what `stat` says; where the opened file says otherwise,
 * decides again on that (D1).
 *
 * @param reply The reply.
 * @param again Decides again.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The answer.
 */
export function performFirst(
  reply: Reply,
  again: Decide,
  request: Request,
  site: Site,
): Awaitable<Answer> {
  return after(
    sendReply(reply, request, site),
    (sent) =>
      sent.kind === "sent"
        ? { reply, response: sent.response, content: sent.content }
        : performAgain(sent, again, request, site),
  );
}

/** What is sent because too many streams are coded is nothing that was found out anew. */
function performAgain(
  lapsed: Lapsed | Crowded,
  again: Decide,
  request: Request,
  site: Site,
): Awaitable<Answer> {
  return lapsed.kind === "crowded"
    ? performCrowded(again, request, site)
    : performChanged(lapsed, again, request, { ...site, known: NOTHING });
}

/** Decides again as if nothing could be coded while it is sent (decision P6). */
function performCrowded(
  again: Decide,
  request: Request,
  site: Site,
  left?: number,
): Awaitable<Answer> {
  const plain = { ...site, crowded: true };
  return after(
    again(plain),
    (reply) => perform(reply, again, request, plain, left),
  );
}

async function performChanged(
  lapsed: Lapsed,
  again: Decide,
  request: Request,
  site: Site,
): Promise<Answer> {
  switch (lapsed.kind) {
    case "unwanted":
      return await perform(unwantedReply(), again, request, site);
    case "gone": {
      // It may have been a sidecar: the file itself is still there.
      const plain = { ...site, sidecars: false };
      return await perform(await again(plain), again, request, plain);
    }
    case "changed": {
      const { path, file } = lapsed;
      return file === undefined
        ? await perform(await again(site), again, request, site)
        : await performOpened(path, file, again, request, site);
    }
  }
}

/** What was opened takes the place of what `stat` says; it is handed out once. */
async function performOpened(
  path: string,
  file: OpenFile,
  again: Decide,
  request: Request,
  site: Site,
): Promise<Answer> {
  let unused: OpenFile | undefined = file;
  const take = (): OpenFile | undefined => {
    const taken = unused;
    unused = undefined;
    return taken;
  };
  const { stat, find, open } = site.files;
  const seen = (found: FoundBelow | undefined) =>
    found?.path === path && unused !== undefined
      ? { ...found, stat: file.stat }
      : found;
  const files = {
    ...site.files,
    stat: (other: string) =>
      other === path && unused !== undefined ? file.stat : stat(other),
    ...find && {
      find: (root: string, names: readonly string[]) =>
        after(find(root, names), seen),
    },
    open: (other: string) =>
      other === path ? take() ?? open(other) : open(other),
  };
  const opened = { ...site, files };
  try {
    return await perform(await again(opened), again, request, opened);
  } finally {
    take()?.close();
  }
}

/**
 * Sends a reply, and decides anew some times more while the file keeps changing.
 *
 * @param reply The reply.
 * @param again Decides again.
 * @param request The request.
 * @param site What is served, and how.
 * @param left How many times more.
 * @returns The answer.
 */
export function perform(
  reply: Reply,
  again: Decide,
  request: Request,
  site: Site,
  left: number = MORE_DECISIONS,
): Awaitable<Answer> {
  return after(sendReply(reply, request, site), (sent) => {
    switch (sent.kind) {
      case "sent":
        return { reply, response: sent.response, content: sent.content };
      case "gone":
        return perform(absentReply(), again, request, site);
      case "unwanted":
        return perform(unwantedReply(), again, request, site);
      case "crowded":
        return performCrowded(again, request, site, left);
      case "changed":
        sent.file?.close();
        return after(
          left > 0 ? again(site) : changingReply(),
          (next) => perform(next, again, request, site, left - 1),
        );
    }
  });
}

/**
 * Performs a reply that somebody else has decided on.
 *
 * @param reply The reply.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The answer.
 */
export async function sendAs(
  reply: Reply,
  request: Request,
  site: Site,
): Promise<Response> {
  const again = () => changingReply();
  return (await perform(reply, again, request, site, 0)).response;
}

/** Every answer passes here, so that every answer has what belongs to all. */
function sendReply(
  reply: Reply,
  request: Request,
  site: Site,
): Awaitable<Sent> {
  return after(
    withErrorPage(reply, site),
    (shown) => send(withCors(shown, request, site.cors), request, site),
  );
}

/** Only the log sees it, and whoever asks with a signal that is aborted already. */
function unwantedReply(): Reply {
  return errorReply(503, {
    message: "The request was aborted before its turn came",
  });
}

function changingReply(): Reply {
  return errorReply(503, {
    message: "The file changes faster than it can be read",
    fields: [["Retry-After", "1"]],
  });
}

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
