/**
 * Logging in (RFC 7617, RFC 9110 §11): before anything is looked up, whatever the method.
 *
 * @module
 */

import { readCredentials } from "../http/credentials.ts";
import type { Field } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import { unavailableReply } from "../pages/failure.ts";
import type { Peer, PeerFinder } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Auth } from "../site/access.ts";
import type { Site } from "../site/site.ts";
import { withCompleted } from "./client.ts";
import { preflightReply } from "./cors.ts";

/** Who asks, and the answer where they may not. */
export interface Authentication {
  /** Who asks, with the name that they have logged in by. */
  readonly peer: PeerFinder;
  /** The answer, where nothing is to be looked up. */
  readonly refusal?: Reply | undefined;
}

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
