/**
 * The request that a script puts in place of the client's (RFC 3875 §6.2.2).
 *
 * @module
 */

import { readUtf8 } from "../http/field.ts";

/** What belongs to content, which the new request does not have. */
const CONTENT_FIELDS =
  "content-encoding content-language content-length content-location content-type expect transfer-encoding"
    .split(" ");

/**
 * Makes the request that a local redirect stands for: a GET, or a HEAD where the client
 * wants no content.
 *
 * @param request The client's request.
 * @param location A path that begins with a slash, and a query.
 * @returns The request to answer instead.
 */
export function redirectedRequest(request: Request, location: string): Request {
  const { method, signal } = request;
  const headers = new Headers(request.headers);
  for (const name of CONTENT_FIELDS) headers.delete(name);
  const [, origin = "http://localhost"] =
    /^(\w+:\/\/[^/?#]+)/.exec(request.url) ?? [];
  // Two slashes at the beginning would be another host's name.
  return new Request(new URL(origin + readUtf8(location)), {
    method: method === "HEAD" ? "HEAD" : "GET",
    headers,
    signal,
  });
}
