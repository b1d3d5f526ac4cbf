/**
 * The request line (RFC 9112 §3), and its target as decoded segments (RFC 9110 §7.1).
 *
 * Dot segments and backslashes are read as the WHATWG URL parser reads them: Bun has done so
 * already, Deno has not, and a resource has one URL on both (decision D8). Segments are split
 * first and decoded then, each once, so that `%2f` never becomes a separator.
 *
 * @module
 */

/** The target of a request. */
export type Target =
  | {
    readonly kind: "path";
    /** The decoded segments, without dot segments; not every one can be the name of a file. */
    readonly segments: readonly string[];
    /** Whether the path ends with a slash. */
    readonly directory: boolean;
    /** The query with its question mark, or nothing. */
    readonly query: string;
  }
  | { readonly kind: "asterisk" }
  | { readonly kind: "malformed"; readonly reason: string };

/** The part of a request that a target is read from; a `Request` is one. */
export interface TargetRequest {
  /** The request method. */
  readonly method: string;
  /** The URL as the runtime gives it. */
  readonly url: string;
  /** The request's fields. */
  readonly headers: Pick<Headers, "get">;
  /** The version of HTTP, where the runtime tells it. */
  readonly protocol?: string | undefined;
}

/** One dot or two. */
const DOTS_REGEXP = /^(?:\.|%2e)(\.|%2e)?$/i;

/**
 * Reads the target of a request.
 *
 * @param request The request.
 * @returns The target; a malformed one is to be answered 400.
 *
 * @example Usage
 * ```ts
 * import { readTarget } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readTarget(new Request("http://localhost/a%20b/?q")), {
 *   kind: "path",
 *   segments: ["a b"],
 *   directory: true,
 *   query: "?q",
 * });
 * ```
 */
export function readTarget(request: TargetRequest): Target {
  const host = request.headers.get("host");
  if (host !== null && !isHost(host)) {
    return { kind: "malformed", reason: "Bad Host field" };
  }
  const text = rawTarget(request);
  if (text === "*") {
    return request.method === "OPTIONS"
      ? { kind: "asterisk" }
      : { kind: "malformed", reason: "Only OPTIONS has the target *" };
  }
  const question = text.indexOf("?");
  const path = question < 0 ? text : text.slice(0, question);
  const query = question < 0 ? "" : text.slice(question);
  return readPath(path, query);
}

/**
 * The target of the request line, as far as the runtime tells it: path and query, or `*`. A
 * fragment, which no client should send, is left out.
 *
 * @param request The request.
 * @returns The text, not decoded.
 *
 * @example Usage
 * ```ts
 * import { rawTarget } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(rawTarget(new Request("http://localhost/a%20b?c")), "/a%20b?c");
 * ```
 */
export function rawTarget({ method, url }: TargetRequest): string {
  const hash = url.indexOf("#");
  const text = hash < 0 ? url : url.slice(0, hash);
  const scheme = text.indexOf("://");
  // Bun gives only the path where the Host field is missing or bad.
  if (text.startsWith("/") || scheme < 0) {
    return method === "CONNECT" ? "/" : text;
  }
  const end = text.slice(scheme + 3).search(/[/?\\]/);
  const target = end < 0 ? "/" : text.slice(scheme + 3 + end);
  // Deno writes `OPTIONS *` (RFC 9112 §3.2.4) as a path.
  if (method === "OPTIONS" && target === "/*") return "*";
  return target.startsWith("?") ? `/${target}` : target;
}

/** Only segments that dot segments leave are checked: Bun has removed the others already. */
function readPath(path: string, query: string): Target {
  const { segments, directory } = removeDotSegments(path);
  if (!path.includes("%")) return { kind: "path", segments, directory, query };
  const decoded: string[] = [];
  for (const segment of segments) {
    const text = decode(segment);
    if (typeof text !== "string") return { kind: "malformed", ...text };
    decoded.push(text);
  }
  return { kind: "path", segments: decoded, directory, query };
}

function removeDotSegments(
  path: string,
): { segments: string[]; directory: boolean } {
  const raw = path.replaceAll("\\", "/").split("/").slice(1);
  const segments: string[] = [];
  let directory = true;
  for (const segment of raw) {
    const dots = DOTS_REGEXP.exec(segment);
    directory = segment === "" || dots !== null;
    if (dots === null) segments.push(segment);
    else if (dots[1] !== undefined) segments.pop();
  }
  if (raw.at(-1) === "") segments.pop();
  return { segments, directory };
}

function decode(segment: string): string | { readonly reason: string } {
  if (!segment.includes("%")) return segment;
  if (/%(?![0-9a-f]{2})/i.test(segment)) {
    return { reason: "Bad percent-encoding in the URL" };
  }
  if (segment.includes("%00")) return { reason: "NUL in the URL" };
  try {
    return decodeURIComponent(segment);
  } catch {
    // Overlong or broken UTF-8, such as %c0%ae.
    return { reason: "The URL is not in UTF-8" };
  }
}

/**
 * The version of HTTP of a request. Our listener for Bun and Node.js tells it, Deno does not; but
 * a request of HTTP/2, which Deno speaks over TLS, has no Host field, which HTTP/1.1 requires (RFC 9112 §3.2, RFC 9113
 * §8.3.1). So a request over TLS without Host counts as HTTP/2.0, every other as HTTP/1.1.
 *
 * @param request The request.
 * @returns Text such as `HTTP/1.1`.
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
  { url, headers, protocol }: Pick<
    TargetRequest,
    "url" | "headers" | "protocol"
  >,
): string {
  if (protocol !== undefined) return protocol;
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

/** `uri-host [":" port]` of RFC 9110 §7.2. */
const HOST_REGEXP =
  /^(?:\[[0-9A-Fa-f:.]+\]|(?:[\w\-.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::\d{0,5})?$/;

/**
 * Whether the value of a Host field is well formed (RFC 9110 §7.2). Runtimes put it in front of
 * the target: a malformed one lets an attacker choose the path.
 *
 * @param value The field value.
 * @returns Whether it is `uri-host [":" port]`.
 *
 * @example Usage
 * ```ts
 * import { isHost } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(isHost("[::1]:8000"));
 * assert(!isHost("a/b?x#"));
 * ```
 */
export function isHost(value: string): boolean {
  return HOST_REGEXP.test(value);
}
