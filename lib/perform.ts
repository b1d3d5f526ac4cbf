/**
 * From a reply to an answer: `send` performs it, and where the file has changed meanwhile,
 * the reply is decided again.
 *
 * @module
 */

import { send, type Sent } from "./files/send.ts";
import type { Reply } from "./http/reply.ts";
import { errorReply } from "./pages/error_page.ts";
import type { Content, OpenFile } from "./ports.ts";
import type { Site } from "./site.ts";
import { absentReply } from "./walk.ts";
import { withCors } from "./wraps/cors.ts";
import { withErrorPage } from "./wraps/error_page.ts";

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
export type Decide = (site: Site) => Reply | Promise<Reply>;

/** How often a file may change under our hands before it is answered 503. */
const MORE_DECISIONS = 3;

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
export async function performFirst(
  reply: Reply,
  again: Decide,
  request: Request,
  site: Site,
): Promise<Answer> {
  const sent = await sendReply(reply, request, site);
  switch (sent.kind) {
    case "sent":
      return { reply, ...sent };
    case "gone": {
      // It may have been a sidecar: the file itself is still there.
      const plain = { ...site, sidecars: false };
      return await perform(await again(plain), again, request, plain);
    }
    case "changed": {
      if (sent.file === undefined) {
        return await perform(await again(site), again, request, site);
      }
      const { path, file } = sent;
      return await performOpened(path, file, again, request, site);
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
  const { stat, open } = site.files;
  const files = {
    ...site.files,
    stat: (other: string) =>
      other === path && unused !== undefined ? file.stat : stat(other),
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
export async function perform(
  reply: Reply,
  again: Decide,
  request: Request,
  site: Site,
  left: number = MORE_DECISIONS,
): Promise<Answer> {
  const sent = await sendReply(reply, request, site);
  switch (sent.kind) {
    case "sent":
      return { reply, ...sent };
    case "gone":
      return await perform(absentReply(), again, request, site);
    case "changed": {
      sent.file?.close();
      const next = left > 0 ? await again(site) : changingReply();
      return await perform(next, again, request, site, left - 1);
    }
  }
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
async function sendReply(
  reply: Reply,
  request: Request,
  site: Site,
): Promise<Sent> {
  const shown = await withErrorPage(reply, site);
  return await send(withCors(shown, request, site.cors), request, site);
}

function changingReply(): Reply {
  return errorReply(503, {
    message: "The file changes faster than it can be read",
    fields: [["Retry-After", "1"]],
  });
}
