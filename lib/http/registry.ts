/**
 * The registries of HTTP: methods (RFC 9110 §9, §16.1) and status codes (§15, §16.2).
 *
 * @module
 */

import { STATUS_TEXT } from "@std/http/status";

/** The HTTP Method Registry. A method that it does not have is answered 501 (decision D11). */
const REGISTERED_METHODS: ReadonlySet<string> = new Set(
  `GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY ACL BASELINE-CONTROL BIND
  CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF
  MKWORKSPACE MOVE ORDERPATCH PRI PROPFIND PROPPATCH REBIND REPORT SEARCH UNBIND UNCHECKOUT
  UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL`.split(/\s+/),
);

/** What a file and a directory allow, as the value of an Allow field (RFC 9110 §10.2.1). */
export const ALLOW_READ = "GET, HEAD, OPTIONS";

/** The methods that a script is run for, whether it knows them or not. */
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

/** A reason phrase and an explanation of a status code. */
export type StatusText = readonly [phrase: string, explanation: string];

/** Phrases of the registry where `@std/http` has another spelling. */
const PHRASES: Readonly<Record<number, string>> = {
  104: "Upload Resumption Supported",
  203: "Non-Authoritative Information",
  207: "Multi-Status",
  407: "Proxy Authentication Required",
  422: "Unprocessable Content",
};

const EXPLANATIONS: Readonly<Record<number, string>> = {
  100: "Request received, please continue",
  101: "Switching to a new protocol; obey the Upgrade field",
  102: "The server is working on the request",
  103: "Fields that the final answer is likely to have",
  104: "The upload can be resumed",
  200: "Request fulfilled, document follows",
  201: "Document created, URL follows",
  202: "Request accepted, processing continues off-line",
  203: "Request fulfilled from a cache or a copy",
  204: "Request fulfilled, nothing follows",
  205: "Clear the input form for further input",
  206: "Partial content follows",
  207: "Several results follow",
  208: "The members were listed earlier in this answer",
  226: "Instance manipulations were applied",
  300: "The object has several resources; see the list",
  301: "The object moved permanently; see the Location field",
  302: "The object moved temporarily; see the Location field",
  303: "The answer is at another URL; get that one",
  304: "The document has not changed since the given validators",
  305: "The resource is reached through a proxy only",
  307: "The object moved temporarily; repeat the request there",
  308: "The object moved permanently; repeat the request there",
  400: "Bad request syntax or unsupported method",
  401: "No permission; see the authentication schemes",
  402: "No payment; see the charging schemes",
  403: "Request forbidden; authorization will not help",
  404: "Nothing matches the given URI",
  405: "The method is not allowed for this resource",
  406: "There is no representation in a form that was asked for",
  407: "You must authenticate with this proxy first",
  408: "The request took too long; try again",
  409: "The request conflicts with the state of the resource",
  410: "The URI exists no longer and has been permanently removed",
  411: "The client must give Content-Length",
  412: "A precondition in the fields is false",
  413: "The content is too large",
  414: "The URI is too long",
  415: "The content is in an unsupported format",
  416: "No requested range lies inside the content",
  417: "The Expect field cannot be satisfied",
  418: "The server refuses to brew coffee because it is a teapot",
  421: "The server does not answer for this authority",
  422: "The content is understood but cannot be followed",
  423: "The resource is locked",
  424: "A request that this one depends on failed",
  425: "The request could be replayed; send it again later",
  426: "The server refuses this protocol; see the Upgrade field",
  428: "The request must be conditional",
  429: "Too many requests in the given time",
  431: "The request's fields are too large",
  451: "The resource is withheld for legal reasons",
  500: "The server got itself in trouble",
  501: "The server does not support this operation",
  502: "A script or server behind this one gave an invalid answer",
  503: "The server cannot process the request for the time being",
  504: "A script or server behind this one did not answer in time",
  505: "Cannot fulfill the request in this version of HTTP",
  506: "The server's negotiation is misconfigured",
  507: "The server cannot store what the request needs",
  508: "The server found an endless loop",
  510: "The request needs further extensions",
  511: "You need to authenticate to gain network access",
};

/** What people who meet an error in a browser can do, where there is more to say than the explanation. */
const ADVICE: Readonly<Record<number, string>> = {
  400: "The request is not well-formed. Check the address",
  401: "You have to log in. Reload the page, and enter your name and password",
  403: "This may not be opened. Only the owner of the server can change that",
  404: "Nothing is here by this name. Check the spelling of the address",
  405: "This can be read, but not changed or sent to",
  406: "This is not available in a form that your program accepts",
  408: "The request took too long. Try again",
  412: "This is no longer what your program expected. Load it again",
  413: "What was sent is too large. Send less",
  414: "The address is too long",
  416:
    "What was asked for lies behind the end of the file. Load all of it again",
  431:
    "The fields of the request are too large. Delete the cookies of this site, and try again",
  500:
    "Something on the server has failed. Try again later; its log says what has happened",
  501: "The server does not know this method. It answers GET and HEAD",
  502:
    "The program behind this address gave no valid answer. The log of the server says more",
  503: "The server cannot answer just now. Try again in a moment",
  504:
    "The program behind this address took too long. Try again later; the log of the server says more",
  507: "The server has no room for what was sent",
};

/** An explanation in plain English that says what to do. */
export function adviceOf(status: number): string {
  return ADVICE[status] ?? statusText(status)[1];
}

/**
 * Every registered status code with its phrase and an explanation.
 *
 * @example Usage
 * ```ts
 * import { RESPONSES } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(RESPONSES[404], ["Not Found", "Nothing matches the given URI"]);
 * ```
 */
export const RESPONSES: Readonly<Record<number, StatusText>> = Object
  .fromEntries(
    Object.entries(EXPLANATIONS).map(([code, explanation]) => [
      code,
      [PHRASES[+code] ?? STATUS_TEXT[+code] ?? "???", explanation],
    ]),
  );

/**
 * The phrase and the explanation of any status code.
 *
 * @param status The status code.
 * @returns The registered texts, or `???` twice.
 *
 * @example Usage
 * ```ts
 * import { statusText } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(statusText(799), ["???", "???"]);
 * ```
 */
export function statusText(status: number): StatusText {
  return RESPONSES[status] ?? ["???", "???"];
}
