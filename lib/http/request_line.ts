/**
 * The request line, as far as the runtimes show it (RFC 9112 §3).
 *
 * @module
 */

import { rawTarget, type TargetRequest } from "./target.ts";

/**
 * The version of HTTP that a request came by. The runtimes do not tell; but Deno passes
 * on requests of HTTP/2, which it speaks over TLS, without a Host field, which those of
 * HTTP/1.1 must have (RFC 9112 §3.2, RFC 9113 §8.3.1). So somebody who leaves Host out on
 * purpose is taken for HTTP/2.0, and everything else for HTTP/1.1.
 *
 * @param request The request.
 * @returns `HTTP/2.0` or `HTTP/1.1`.
 *
 * @example Usage
 * ```ts
 * import { protocolOf } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(protocolOf(new Request("https://localhost/")), "HTTP/2.0");
 * assertEquals(protocolOf(new Request("http://localhost/")), "HTTP/1.1");
 * ```
 */
export function protocolOf(
  { url, headers }: Pick<TargetRequest, "url" | "headers">,
): string {
  const isSecond = url.startsWith("https:") && headers.get("host") === null;
  return isSecond ? "HTTP/2.0" : "HTTP/1.1";
}

/**
 * The request line, for logs. Nothing in it is escaped.
 *
 * @param request The request.
 * @returns Text such as `GET /path HTTP/1.1`.
 *
 * @example Usage
 * ```ts
 * import { requestLine } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(requestLine(new Request("http://localhost/a?b")), "GET /a?b HTTP/1.1");
 * ```
 */
export function requestLine(request: TargetRequest): string {
  return `${request.method} ${rawTarget(request)} ${protocolOf(request)}`;
}
