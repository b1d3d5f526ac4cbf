/**
 * From HTTP to HTTPS.
 *
 * @module
 */

import { NO_BODY } from "../http/body.ts";
import { isHost } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import { rawTarget, type TargetRequest } from "../http/target.ts";
import { errorReply } from "../pages/error_page.ts";

/** The port that is left out of URLs (RFC 9110 §4.2.2). */
const HTTPS_PORT = 443;
/** A name or address that is not empty, and perhaps a port. */
const AUTHORITY_REGEXP = /^(\[[^\]]+\]|[^:]+)(?::\d*)?$/;
/** A path and a query in what may stand in a field; the runtimes let nothing else pass. */
const TARGET_REGEXP = /^\/[\x21-\x7e]*$/;

/**
 * The reply that sends a client to HTTPS: the same host, path and query. A 308 keeps the
 * method and the content (RFC 9110 §15.4.9). The port of the Host field is that of this
 * socket: it is never kept.
 *
 * @param request The request.
 * @param port The port of the HTTPS socket.
 * @returns A 308; a 400 where the request does not say which host is meant.
 */
export function redirectReply(
  request: TargetRequest,
  port: number,
): Reply {
  const host = request.headers.get("host") ?? "";
  const [, name] = isHost(host) ? AUTHORITY_REGEXP.exec(host) ?? [] : [];
  const target = rawTarget(request);
  if (name === undefined) return errorReply(400, { message: "Bad Host field" });
  if (!TARGET_REGEXP.test(target) || request.method === "CONNECT") {
    return errorReply(400, { message: "Bad request target" });
  }
  const suffix = port === HTTPS_PORT ? "" : `:${port}`;
  return {
    status: 308,
    fields: [
      ["Location", `https://${name}${suffix}${target}`],
      ["Cache-Control", "no-cache"],
      ["Content-Length", "0"],
    ],
    body: NO_BODY,
  };
}
