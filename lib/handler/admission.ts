/**
 * Who may ask, and how many requests are answered at a time. A runtime tells nothing of its connections,
 * so what is counted is exchanges: from the request to the last byte of its answer.
 *
 * @module
 */

import { SMALL_BYTES } from "../files/open.ts";
import { readCredentials } from "../http/credentials.ts";
import type { Field } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { createSemaphore } from "../http/semaphore.ts";
import { errorReply } from "../pages/error_page.ts";
import { unavailableReply } from "../pages/failure.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type { Peer, PeerFinder } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Auth } from "../site/access.ts";
import type { Site } from "../site/site.ts";
import { completionOf, withCompleted } from "./client.ts";
import { preflightReply } from "./cors.ts";
import type { Exchange } from "./decision.ts";

/** Admits a request, and returns what is to be called when its answer is complete; `undefined` when there are too many. */
export type Admit = (peer: Peer) => (() => void) | undefined;

/** Makes what admits requests; `isShared` when the runtime counts those of other handlers, too. */
export function createAdmit(
  most: number | undefined,
  isShared = false,
): Admit | undefined {
  if (most === undefined) return undefined;
  const enter = createSemaphore(most);
  // Only Bun knows when a file that it sends itself has left; but it counts the requests of all handlers.
  return ({ pending = 0 }) => !isShared && pending > most ? undefined : enter();
}

/** How many answers with a large file in memory are on their way at most. */
const LARGE_ANSWERS = 32;

/** Admits content in memory: whether it may be sent, until it has left. */
export type AdmitContent = (
  content: Content | undefined,
  peer: PeerFinder,
) => boolean;

/**
 * Makes what bounds how much memory slow readers hold: the cache may have evicted a large file that
 * they are sent, and each takes as long as it likes. Where nobody tells when an answer has left, none
 * is admitted; it is read from the disk.
 */
export function createAdmitContent(): AdmitContent {
  const enter = createSemaphore(LARGE_ANSWERS);
  return (content, peer) => {
    const { length = 0 } = bytesOf(content) ?? {};
    if (length <= SMALL_BYTES) return true;
    const completed = completionOf(peer());
    const leave = completed && enter();
    if (leave === undefined) return false;
    completed?.then(leave, leave);
    return true;
  };
}

/** Settles when an answer has left or is not wanted any more; what the runtime tells of the peer is the truth. */
export function untilComplete(
  peer: Peer,
  content: Content | undefined,
): Awaitable<void> {
  const completed = completionOf(peer);
  const isAtOnce = content === undefined || bytesOf(content) !== undefined;
  if (completed === undefined && isAtOnce) return;
  return (completed ?? content?.ended)?.catch(() => {});
}

/** Who asks, and the answer where they may not. */
type Authentication = Pick<Exchange, "peer" | "refusal">;

/**
 * Lets a request in, or not. A preflight of CORS carries no credentials and must succeed
 * without (Fetch standard, "CORS-preflight fetch"): where other origins may read at all, it
 * is let in, and says nothing of what is there.
 */
export function authenticate(
  request: HttpRequest,
  peer: PeerFinder,
  site: Site,
): Authentication | Promise<Authentication> {
  const { access: { auth }, cors } = site;
  const isOpen = auth === undefined ||
    preflightReply(request, cors) !== undefined;
  return isOpen ? { peer } : logIn(request, peer(), auth);
}

/** Lets those in who have the password of a user. */
export async function logIn(
  { headers }: HttpRequest,
  peer: Peer,
  { challenge, verify }: Auth,
): Promise<Authentication> {
  const named = (user: string | undefined) => () => ({ ...peer, user });
  const nobody = named(undefined);
  // To check a password costs a tenth of a second, and the answer would not be read.
  if (peer.gone === true) return { peer: nobody, refusal: goneReply() };
  const credentials = readCredentials(headers.get("authorization"));
  if (credentials === undefined) {
    return { peer: nobody, refusal: loginReply(challenge) };
  }
  const { user, password } = credentials;
  try {
    const verdict = await verify(user, password, withCompleted(peer));
    if (verdict === true) return { peer: named(user) };
    const refusal = verdict === "busy"
      ? unavailableReply("Too many passwords wait for being checked")
      : loginReply(challenge);
    return { peer: nobody, refusal };
  } catch (error) {
    return { peer: nobody, refusal: errorReply(500, { error }) };
  }
}

/** No cache keeps it: the next request may have a password. */
function loginReply(challenge: string): Reply {
  const reply = errorReply(401, {
    fields: [["WWW-Authenticate", challenge]],
  });
  const fields = reply.fields.map(([name, value]): Field =>
    name === "Cache-Control" ? [name, "no-store"] : [name, value]
  );
  return { ...reply, fields };
}

/** The status that nginx logs for a client that has left. */
function goneReply(): Reply {
  return errorReply(499, {
    message: "The client left before its password was checked",
  });
}
