/**
 * Methods (RFC 9110 §9): which are registered, and which a resource allows.
 *
 * @module
 */

/** The HTTP Method Registry. What it does not have is answered 501 (decision D11). */
const REGISTERED_METHODS: ReadonlySet<string> = new Set([
  ..."GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "),
  ..."ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK".split(
    " ",
  ),
  ..."MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE".split(
    " ",
  ),
  ..."ORDERPATCH PRI PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND".split(" "),
  ..."UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF".split(" "),
  "VERSION-CONTROL",
]);

/** What a file and a directory allow, as the value of an Allow field (RFC 9110 §10.2.1). */
export const ALLOW_READ = "GET, HEAD, OPTIONS";

/** What a script is asked for; what it makes of that is its own business. */
export const ALLOW_SCRIPT =
  "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, QUERY, PROPFIND";

/**
 * Whether a method is in the HTTP Method Registry (RFC 9110 §16.1).
 *
 * @param method The method; case matters.
 * @returns Whether it is registered.
 *
 * @example Usage
 * ```ts
 * import { isRegisteredMethod } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * assert(isRegisteredMethod("PROPFIND"));
 * assert(!isRegisteredMethod("get"));
 * ```
 */
export function isRegisteredMethod(method: string): boolean {
  return REGISTERED_METHODS.has(method);
}
