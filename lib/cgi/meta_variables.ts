/**
 * The meta-variables (RFC 3875 §4.1) and the arguments (§4.4) of a script. Pure.
 *
 * @module
 */

import { isAnyAddress, isLoopback, readPort } from "../http/address.ts";
import { readUtf8, SCRIPT_EXCLUDED_FIELDS } from "../http/field.ts";
import type { Peer } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { CanonicalName } from "../site/options.ts";

/** The part of a request that meta-variables are made of; a `Request` is one. */
export interface ScriptRequest {
  /** The method. */
  readonly method: string;
  /** The URL as the runtime gives it. */
  readonly url: string;
  /** The fields. */
  readonly headers: HttpRequest["headers"];
  /** The version, where the runtime tells it. */
  readonly protocol?: string | undefined;
}

/** What meta-variables are made of besides the request. */
export interface ScriptContext {
  /** The target as it stands in the request line. */
  readonly target: string;
  /** The query with its question mark, or nothing. */
  readonly query: string;
  /** The script: SCRIPT_NAME, its real path, PATH_INFO. */
  readonly script: {
    readonly name: string;
    readonly path: string;
    readonly pathInfo: string;
  };
  /** How many bytes of content there are; `undefined` for no content at all. */
  readonly contentLength: number | undefined;
  /** The client. */
  readonly peer: Peer;
  /** The real path of the root. */
  readonly root: string;
  /** The name and version of this server. */
  readonly software: string;
  /** Whether the script gets the Authorization field. */
  readonly authorization: boolean;
  /**
   * Where SERVER_PORT comes from: the socket, or Host.
   *
   * @default {"socket"}
   */
  readonly canonicalName?: CanonicalName | undefined;
}

/** A name with `_` would pose as one with `-`; no variable can have other characters. */
const FIELD_NAME_REGEXP = /^[a-z0-9-]+$/i;
/** An address (RFC 3875 §4.1.8). */
const ADDRESS_REGEXP =
  /^(?:\d+\.\d+\.\d+\.\d+|[\da-f:.]*:[\da-f:.]*(?:%.*)?)$/i;
/** A name or an address (IPv6 in brackets, §4.1.14), and a port. */
const AUTHORITY_REGEXP = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;
const NO_ADDRESS = "0.0.0.0";
const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/**
 * Makes the meta-variables of a request (RFC 3875 §4.1).
 *
 * @param request The request.
 * @param context What they are made of besides the request.
 * @returns The variables by name.
 *
 * @example Usage
 * ```ts
 * import { metaVariables } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new Request("http://localhost:8000/cgi-bin/x/a%20b?q", {
 *   headers: { Host: "localhost:8000", Accept: "text/html", Proxy: "http://evil.example" },
 * });
 * const variables = metaVariables(request, {
 *   target: "/cgi-bin/x/a%20b?q",
 *   query: "?q",
 *   script: { name: "/cgi-bin/x", path: "/srv/cgi-bin/x", pathInfo: "/a b" },
 *   contentLength: undefined,
 *   peer: { address: "192.0.2.1" },
 *   root: "/srv",
 *   software: "serve",
 *   authorization: false,
 * });
 * assertEquals(variables.PATH_INFO, "/a b");
 * assertEquals(variables.PATH_TRANSLATED, "/srv/a b");
 * assertEquals(variables.QUERY_STRING, "q");
 * assertEquals(variables.SERVER_PORT, "8000");
 * assertEquals(variables.HTTP_ACCEPT, "text/html");
 * assertEquals(variables.HTTP_PROXY, undefined);
 * ```
 */
export function metaVariables(
  request: ScriptRequest,
  context: ScriptContext,
): Record<string, string> {
  const { method, headers, url, protocol = "HTTP/1.1" } = request;
  const { script, peer, root, query } = context;
  const own = url.startsWith("https:") ? "https" : "http";
  const scheme = peer.scheme ?? own;
  const address = ADDRESS_REGEXP.test(peer.address) ? peer.address : NO_ADDRESS;
  return {
    ...fieldVariables(headers, context.authorization),
    ...contentVariables(headers, context.contentLength),
    ...pathVariables(script.pathInfo, root),
    ...serverVariables(request, scheme, context),
    ...addressVariables(peer),
    ...scheme === "https" ? { HTTPS: "on" } : {},
    ...userVariables(peer),
    ...peer.port === undefined ? {} : { REMOTE_PORT: String(peer.port) },
    DOCUMENT_ROOT: root,
    GATEWAY_INTERFACE: "CGI/1.1",
    QUERY_STRING: query.slice(1),
    REMOTE_ADDR: address,
    REMOTE_HOST: address,
    REQUEST_METHOD: method,
    REQUEST_SCHEME: scheme,
    REQUEST_URI: context.target,
    SCRIPT_FILENAME: script.path,
    SCRIPT_NAME: script.name,
    SERVER_PROTOCOL: protocol,
    SERVER_SOFTWARE: context.software,
  };
}

/** Protocol-specific meta-variables (§4.1.18). As UTF-8, so that the script gets the bytes of the client. */
function fieldVariables(
  headers: HttpRequest["headers"],
  authorization: boolean,
): Record<string, string> {
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const ofConnection = connection.split(",").map((name) => name.trim());
  const variables: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!FIELD_NAME_REGEXP.test(name) || SCRIPT_EXCLUDED_FIELDS.has(lower)) {
      continue;
    }
    if (lower === "authorization" && !authorization) continue;
    if (ofConnection.includes(lower)) continue;
    const variable = `HTTP_${name.toUpperCase().replaceAll("-", "_")}`;
    variables[variable] = readUtf8(value);
  }
  return variables;
}

/** Only a user that this server has authenticated, never a name that the client claims (§4.1.1, §4.1.11). */
function userVariables({ user }: Peer): Record<string, string> {
  return user === undefined ? {} : { AUTH_TYPE: "Basic", REMOTE_USER: user };
}

/** CONTENT_LENGTH and CONTENT_TYPE if and only if there is content (§4.1.2, §4.1.3). */
function contentVariables(
  headers: HttpRequest["headers"],
  length: number | undefined,
): Record<string, string> {
  if (length === undefined) return {};
  const type = headers.get("content-type");
  return {
    CONTENT_LENGTH: String(length),
    ...type === null ? {} : { CONTENT_TYPE: readUtf8(type) },
  };
}

/** PATH_TRANSLATED never leaves the root, whatever was encoded in PATH_INFO (§4.1.6). */
function pathVariables(
  pathInfo: string,
  root: string,
): Record<string, string> {
  if (pathInfo === "") return {};
  const names: string[] = [];
  for (const name of pathInfo.split(/[/\\]/)) {
    if (name === "..") names.pop();
    else if (name !== "." && name !== "") names.push(name);
  }
  const end = pathInfo.endsWith("/") && names.length > 0 ? "/" : "";
  const start = root.replace(/[/\\]$/, "");
  return {
    PATH_INFO: pathInfo,
    PATH_TRANSLATED: `${start}/${names.join("/")}${end}`,
  };
}

/**
 * The address that the client has reached. Where only that of the socket is known, and it stands
 * for all, a client on this machine has reached its own.
 */
function addressVariables(
  { address, localAddress, server }: Peer,
): Record<string, string> {
  const own = localAddress ?? server?.address ?? "";
  if (!ADDRESS_REGEXP.test(own)) return {};
  const isNear = isAnyAddress(own) && isLoopback(address);
  return { SERVER_ADDR: isNear ? address : own };
}

/**
 * The name is from the request, the port from the socket (§4.1.14, §4.1.15), unless a trusted
 * proxy tells both, or the user wants both from Host. A unix socket has no port, and the URL of a
 * request without Host then has the path in place of a name (on Deno).
 */
function serverVariables(
  { headers, url }: ScriptRequest,
  scheme: "http" | "https",
  { peer, canonicalName }: ScriptContext,
): Record<string, string> {
  const ofUrl = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  const authority = peer.host || headers.get("host") || ofUrl;
  const [, name = "", port] = AUTHORITY_REGEXP.exec(authority) ?? [];
  const isNamed = canonicalName === "host" || isProxied(peer);
  const ofSocket = isNamed ? undefined : peer.server?.port;
  // HTTP/2 has `:authority` in place of Host (RFC 9113 §8.3.1); scripts read Host.
  const isHttp2 = scheme === "https" && ofUrl !== "" && !headers.has("host");
  return {
    ...isHttp2 ? { HTTP_HOST: ofUrl } : {},
    SERVER_NAME: name || "localhost",
    SERVER_PORT: String(
      peer.hostPort || ofSocket || readPort(port) || DEFAULT_PORTS[scheme],
    ),
  };
}

/** Whether a trusted proxy tells how it was asked; the client then knows nothing of our socket. */
function isProxied({ scheme, host, hostPort }: Peer): boolean {
  return scheme !== undefined || host !== undefined || hostPort !== undefined;
}

/**
 * Splits a query without an equals sign into words: the arguments of a script (RFC 3875 §4.4).
 *
 * @param method The method: only GET and HEAD have search words.
 * @param query The query with its question mark, or nothing.
 * @returns The decoded words; none for another query.
 *
 * @example Usage
 * ```ts
 * import { searchWords } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(searchWords("GET", "?one+t%77o"), ["one", "two"]);
 * assertEquals(searchWords("GET", "?a=1"), []);
 * ```
 */
export function searchWords(method: string, query: string): readonly string[] {
  if (method !== "GET" && method !== "HEAD") return [];
  if (query.length < 2 || query.includes("=")) return [];
  try {
    const words = query.slice(1).split("+").map(decodeURIComponent);
    // No argument can hold a NUL.
    return words.some((word) => word.includes("\0")) ? [] : words;
  } catch {
    return [];
  }
}
