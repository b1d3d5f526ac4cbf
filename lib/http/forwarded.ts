/**
 * Who asks, where proxies stand between: Forwarded (RFC 7239), and the fields that were
 * there before it.
 *
 * Both are lists to which every proxy adds at the end. What stands to the left of what a
 * trusted proxy has added is anybody's invention, also in its syntax: so they are read
 * from the right, and no further than trust goes.
 *
 * @module
 */

import {
  type InNetworks,
  readAddress,
  readPort,
  splitAuthority,
} from "./address.ts";
import { isToken } from "./field.ts";

/** The client, as proxies tell it. */
export interface ForwardedClient {
  /** Its address. */
  readonly address: string;
  /** Its port, where that is told. */
  readonly port: number | undefined;
  /** The scheme that it used, where that is told. */
  readonly scheme: "http" | "https" | undefined;
}

/** More are read no further, as if an address were hidden: 60 KB of them cost 50 ms. */
const MOST_ELEMENTS = 32;

/**
 * Finds the client: goes through the proxies from the nearest one, as long as they are
 * trusted, to the first that is not. An address that a trusted proxy hides (`unknown`,
 * `_hidden`) or garbles ends the way at that proxy, and so do more than 32 of them.
 *
 * @param headers The fields of the request: Forwarded, or where that is absent
 * X-Forwarded-For and X-Forwarded-Proto. Where both are there, only what both tell is believed.
 * @param address Who is connected.
 * @param isTrusted Says who is believed.
 * @returns The client; `undefined` when whoever is connected is not trusted, or tells nothing.
 *
 * @example Usage
 * ```ts
 * import { compileNetworks, forwardedClient } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const isTrusted = compileNetworks(["10.0.0.0/8"]);
 * const headers = new Headers({ Forwarded: 'for=1.1.1.1, for="[2001:db8::1]:47011";proto=https' });
 * assertEquals(forwardedClient(headers, "10.0.0.1", isTrusted), {
 *   address: "2001:db8::1",
 *   port: 47011,
 *   scheme: "https",
 * });
 * assertEquals(forwardedClient(headers, "192.0.2.1", isTrusted), undefined);
 * ```
 */
export function forwardedClient(
  headers: Pick<Headers, "get">,
  address: string,
  isTrusted: InNetworks,
): ForwardedClient | undefined {
  if (!isTrusted(address)) return undefined;
  const forwarded = headers.get("forwarded");
  const older = headers.get("x-forwarded-for");
  const own = forwarded === null
    ? undefined
    : walk(readForwarded(forwarded), isTrusted);
  if (older === null) return own;
  const other = walk(
    readOlder(older, headers.get("x-forwarded-proto") ?? ""),
    isTrusted,
  );
  if (forwarded === null) return other;
  return common(own, other);
}

/**
 * What both fields tell: a proxy that writes one passes the other on as the client has
 * invented it, so that a field beside the proxy's can only take away.
 */
function common(
  one: ForwardedClient | undefined,
  other: ForwardedClient | undefined,
): ForwardedClient | undefined {
  if (one === undefined || one.address !== other?.address) return undefined;
  return {
    address: one.address,
    port: one.port === other.port ? one.port : undefined,
    scheme: one.scheme === other.scheme ? one.scheme : undefined,
  };
}

function walk(
  elements: Iterable<Element>,
  isTrusted: InNetworks,
): ForwardedClient | undefined {
  let found: ForwardedClient | undefined;
  let left = MOST_ELEMENTS;
  for (const element of elements) {
    if (left-- === 0) break;
    const client = toClient(element);
    if (client === undefined) break;
    found = client;
    if (!isTrusted(client.address)) break;
  }
  return found;
}

/** What one proxy tells, as text. */
interface Element {
  readonly node: string | undefined;
  readonly proto: string | undefined;
}

/** X-Forwarded-For and X-Forwarded-Proto, from the nearest proxy to the farthest. */
function readOlder(addresses: string, schemes: string): readonly Element[] {
  const nodes = fromTheRight(addresses);
  const protos = fromTheRight(schemes);
  // Most proxies put one in place of all; some add one as they add the address.
  return nodes.map((node, index) => ({
    node,
    proto: protos.length === nodes.length ? protos[index] : protos[0],
  }));
}

function fromTheRight(text: string): readonly string[] {
  if (text === "") return [];
  return text.split(",").map((part) => part.trim()).reverse();
}

function toClient({ node, proto }: Element): ForwardedClient | undefined {
  const read = node === undefined ? undefined : readNode(node);
  const scheme = proto?.toLowerCase();
  return read && {
    ...read,
    scheme: scheme === "http" || scheme === "https" ? scheme : undefined,
  };
}

/**
 * Reads the elements of a Forwarded field (RFC 7239 §4) from the right: a quotation mark
 * that a client opens must not swallow what a proxy has added.
 *
 * @param text The value of the field.
 * @returns The elements, the last one first. One that is malformed tells nothing.
 */
function* readForwarded(text: string): Generator<Element> {
  let end = text.length;
  let isQuoted = false;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (text[at] !== "," || isQuoted) continue;
    yield readElement(text.slice(at + 1, end));
    end = at;
  }
  yield readElement(text.slice(0, end));
}

/** Nothing in addresses and schemes needs a comma, a semicolon or a backslash, quoted or not. */
function readElement(text: string): Element {
  const pairs = new Map<string, string>();
  for (const pair of text.trim().split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    const value = unquote(pair.slice(equals + 1).trim());
    if (!isToken(name) || value === undefined || pairs.has(name)) {
      return { node: undefined, proto: undefined };
    }
    pairs.set(name, value);
  }
  return { node: pairs.get("for"), proto: pairs.get("proto") };
}

function unquote(text: string): string | undefined {
  const [, quoted] = /^"([^"\\]*)"$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  // Not a token, strictly: many proxies write addresses of IPv6 without the quotation marks.
  return /^[^"\\\s]+$/.test(text) ? text : undefined;
}

/** `node` of RFC 7239 §6, or IPv6 without brackets, as in X-Forwarded-For. */
function readNode(
  text: string,
): Pick<ForwardedClient, "address" | "port"> | undefined {
  const whole = readAddress(text);
  if (whole !== undefined) return { address: whole, port: undefined };
  const { hostname = "", port } = splitAuthority(text) ?? {};
  const address = readAddress(hostname);
  // An obfuscated port, as in `192.0.2.1:_x`, is no reason to doubt the address.
  return address === undefined ? undefined : { address, port: readPort(port) };
}
