/**
 * Which pages may send something: only those of this site. Otherwise any page of the web could fill
 * the disk of its visitors. Programs send none of these fields.
 *
 * @module
 */

import { asksFromElsewhere } from "../http/accept.ts";
import type { Peer } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Site } from "../site/site.ts";

/**
 * Whether a request comes from a page of another origin. Browsers tell it by Sec-Fetch-Site (W3C,
 * Fetch Metadata), but not where the page came by HTTP; then Origin has the host of the page. A form
 * of a page with `no-referrer` says `null` there (Fetch, "append a request Origin header"), as all do
 * below a secret path; but no other page knows the path.
 */
export function isForeign(
  request: HttpRequest,
  peer: Peer,
  { isSecret }: Pick<Site, "isSecret">,
): boolean {
  const told = asksFromElsewhere(request);
  if (told !== undefined) return told;
  const { headers } = request;
  const origin = headers.get("origin");
  if (isSecret && origin === "null") return false;
  return origin !== null && !isOwn(origin, headers.get("host"), peer);
}

/** The scheme does not count: a proxy may have TLS that it does not tell of. */
function isOwn(origin: string, host: string | null, peer: Peer): boolean {
  if (!URL.canParse(origin)) return false; // `null`, of a sandbox
  const { protocol, host: asked } = new URL(origin);
  return authorities(host, peer).some((authority) => {
    const url = `${protocol}//${authority}`;
    return URL.canParse(url) && new URL(url).host === asked;
  });
}

/** The hosts that this server was asked by: behind a trusted proxy that which it tells. */
function authorities(host: string | null, peer: Peer): readonly string[] {
  if (peer.host === undefined) return host === null ? [] : [host];
  return peer.hostPort === undefined
    ? [peer.host]
    : [`${peer.host}:${peer.hostPort}`];
}
