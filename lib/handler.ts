/**
 * The handler: the walk decides, `send` performs, and what was sent is logged.
 *
 * @module
 */

import { send, type Sent } from "./files/send.ts";
import { rawTarget } from "./files/target.ts";
import type { Handler, Peer } from "./exchange.ts";
import type { Reply } from "./http/reply.ts";
import { errorReply } from "./pages/error_page.ts";
import type { Content, OpenFile } from "./ports.ts";
import type { Site } from "./site.ts";
import { absentReply, answer } from "./walk.ts";
import { withCors } from "./wraps/cors.ts";
import { toPeer } from "./wraps/peer.ts";

/** A reply and what was made of it. */
interface Answer {
  readonly reply: Reply;
  readonly response: Response;
  readonly content: Content | undefined;
}

/** Decides what to reply. */
type Decide = (site: Site) => Reply | Promise<Reply>;

/** How often a file may change under our hands before it is answered 503. */
const MORE_DECISIONS = 3;

/**
 * Makes the handler of a site.
 *
 * @param site What is served, and how.
 * @returns The handler.
 */
export function createSiteHandler(site: Site): Handler {
  return async (request, source) => {
    const time = site.clock.now();
    const peer = toPeer(request, source);
    const answer = await respond(request, peer, site);
    if (site.log !== undefined) {
      // A log that throws must not take the server with it.
      observe(request, peer, time, answer, site).catch(() => {});
    }
    return answer.response;
  };
}

/** The one place where exceptions, which mean bugs or broken disks, become an answer. */
async function respond(
  request: Request,
  peer: Peer,
  site: Site,
): Promise<Answer> {
  let decided: Reply | undefined;
  try {
    const reply = decided = await answer(request, peer, site);
    // No script runs twice because what it led to has changed meanwhile.
    const { request: asked = request } = reply;
    const again = async (site: Site) =>
      withCookiesOf(reply, await answer(asked, peer, site));
    return await performFirst(reply, again, request, site);
  } catch (error) {
    if (decided?.body.kind === "stream") decided.body.discard();
    const reply = errorReply(500, { error });
    return await perform(reply, () => absentReply(), request, site);
  }
}

/** A script that has put another request in place of the client's may have sent cookies along. */
function withCookiesOf({ request, fields }: Reply, reply: Reply): Reply {
  if (request === undefined) return reply;
  const cookies = fields.filter(([name]) =>
    name.toLowerCase() === "set-cookie"
  );
  return { ...reply, fields: [...reply.fields, ...cookies] };
}

/** Performs what was decided on what `stat` says; where the opened file says otherwise, decides again on that (D1). */
async function performFirst(
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

/** Sends a reply, and decides anew some times more while the file keeps changing. */
async function perform(
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

/** Every answer passes here, so that every answer has what belongs to all. */
async function sendReply(
  reply: Reply,
  request: Request,
  site: Site,
): Promise<Sent> {
  return await send(withCors(reply, request, site.cors), request, site);
}

function changingReply(): Reply {
  return errorReply(503, {
    message: "The file changes faster than it can be read",
    fields: [["Retry-After", "1"]],
  });
}

/** Waits until the answer has left, and logs what became of it. */
async function observe(
  request: Request,
  peer: Peer,
  time: number,
  { reply, response, content }: Answer,
  { clock, log }: Site,
): Promise<void> {
  const [ended, completed] = await Promise.allSettled([
    content?.ended,
    peer.completed,
  ]);
  const failure = ended.status === "rejected" ? ended.reason : undefined;
  log?.({
    peer,
    time,
    milliseconds: clock.now() - time,
    method: request.method,
    target: rawTarget(request),
    status: response.status,
    bytes: content?.taken(completed.status === "rejected") ?? 0,
    message: reply.message,
    error: reply.error ?? failure,
  });
}
