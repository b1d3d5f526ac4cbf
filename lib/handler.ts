/**
 * The walk of one request, from top to bottom:
 *
 * 1. `readTarget`: the URL becomes segments; a malformed one is answered 400.
 * 2. `isRegisteredMethod`: what nobody registered is answered 501.
 * 3. `resolve`: segments become a resource; what is absent is answered 404.
 * 4. `allow`: a method that files do not have is answered 405, OPTIONS 204.
 * 5. `select`: the resource becomes a representation.
 * 6. `evaluatePreconditions`: 304, 412, or on.
 * 7. `wholeReply`: the representation becomes a reply, plain data.
 * 8. `send`: the reply becomes a `Response`; here, and only here, a file is opened.
 *
 * @module
 */

import { resolve } from "./files/resolve.ts";
import { selectFile, selectListing } from "./files/select.ts";
import { send } from "./files/send.ts";
import { rawTarget, readTarget, type Target } from "./files/target.ts";
import { ALLOW_READ, isRegisteredMethod } from "./http/method.ts";
import { evaluatePreconditions } from "./http/precondition.ts";
import {
  movedReply,
  notModifiedReply,
  optionsReply,
  type Reply,
  type Representation,
  wholeReply,
} from "./http/reply.ts";
import type { Site } from "./options.ts";
import { errorReply } from "./pages/error_page.ts";
import type { Content, Handler, OpenFile, Peer } from "./ports.ts";
import { toPeer } from "./wraps/peer.ts";

/** A reply and what was made of it. */
interface Answer {
  readonly reply: Reply;
  readonly response: Response;
  readonly content: Content | undefined;
}

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
    const answer = await respond(request, site);
    if (site.log !== undefined) {
      // A log that throws must not take the server with it.
      observe(request, peer, time, answer, site).catch(() => {});
    }
    return answer.response;
  };
}

/** The one place where exceptions, which mean bugs or broken disks, become an answer. */
async function respond(request: Request, site: Site): Promise<Answer> {
  try {
    return await decide(request, site);
  } catch (error) {
    return await perform(errorReply(500, { error }), request, site);
  }
}

/** Decides on what `stat` says; where the opened file says otherwise, decides again on that (D1). */
async function decide(request: Request, site: Site): Promise<Answer> {
  const reply = await walk(request, site);
  const sent = await send(reply, request, site);
  if (sent.kind === "sent") return { reply, ...sent };
  return reply.body.kind === "file" && sent.file !== undefined
    ? await decideAgain(request, site, reply.body.path, sent.file)
    : await perform(absentReply(), request, site);
}

async function decideAgain(
  request: Request,
  site: Site,
  path: string,
  file: OpenFile,
): Promise<Answer> {
  let unused: OpenFile | undefined = file;
  const take = () => {
    unused = undefined;
    return file;
  };
  const { stat, open } = site.files;
  const files = {
    ...site.files,
    stat: (other: string) => other === path ? file.stat : stat(other),
    open: (other: string) => other === path ? take() : open(other),
  };
  try {
    const reply = await walk(request, { ...site, files });
    return await perform(reply, request, { ...site, files });
  } finally {
    unused?.close();
  }
}

/** Sends a reply that is not worth a second decision. */
async function perform(
  reply: Reply,
  request: Request,
  site: Site,
): Promise<Answer> {
  const sent = await send(reply, request, site);
  if (sent.kind === "sent") return { reply, ...sent };
  sent.file?.close();
  return await perform(changingReply(), request, site);
}

async function walk(request: Request, site: Site): Promise<Reply> {
  const { method } = request;
  const target = readTarget(request);
  if (target.kind === "malformed") {
    return errorReply(400, { message: target.reason });
  }
  if (!isRegisteredMethod(method)) {
    return errorReply(501, { message: `Unsupported method ('${method}')` });
  }
  if (target.kind === "asterisk") return optionsReply();
  const resource = await resolve(target, site);
  if (resource.kind === "absent") return absentReply();
  if (method === "OPTIONS") return optionsReply();
  if (method !== "GET" && method !== "HEAD") return notAllowedReply();
  switch (resource.kind) {
    case "moved":
      return movedReply(resource.location);
    case "file":
      return represent(request, selectFile(resource, site), site);
    case "directory":
      return await list(request, target, resource.path, site);
  }
}

async function list(
  request: Request,
  { segments }: Target & { kind: "path" },
  path: string,
  site: Site,
): Promise<Reply> {
  const listing = await selectListing(segments, path, site);
  return listing === undefined
    ? errorReply(404, { message: "No permission to list directory" })
    : represent(request, listing, site);
}

function represent(
  request: Request,
  representation: Representation,
  { clock }: Site,
): Reply {
  const now = clock.now();
  switch (evaluatePreconditions(request, representation.validators, now)) {
    case "failed":
      return errorReply(412);
    case "not-modified":
      return notModifiedReply(representation, now);
    case "proceed":
      return wholeReply(representation, now);
  }
}

function absentReply(): Reply {
  return errorReply(404, { message: "File not found" });
}

function notAllowedReply(): Reply {
  return errorReply(405, { fields: [["Allow", ALLOW_READ]] });
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
