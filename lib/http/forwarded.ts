/**
 * The client behind proxies: Forwarded (RFC 7239), X-Forwarded-For, and with it X-Forwarded-Proto,
 * X-Forwarded-Host and X-Forwarded-Port.
 *
 * Every proxy appends to these lists. A client can forge all that stands to the left of what a
 * trusted proxy has appended, also its syntax: so the lists are read from the right, as far as
 * the proxies are trusted.
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
import { isHost } from "./target.ts";

/** The client, as trusted proxies tell it. */
export interface ForwardedClient {
  /** Its address. */
  readonly address: string;
  /** Its port, if told. */
  readonly port: number | undefined;
  /** The scheme of its request, if told. */
  readonly scheme: "http" | "https" | undefined;
  /** The host that it asked for, without a port, if told. */
  readonly host?: string;
  /** The port that it asked, if told. */
  readonly hostPort?: number;
}

/** Reading stops here, as at a hidden address: 60 KB of elements cost 50 ms. */
const MOST_ELEMENTS = 32;

/**
 * Finds the client: from the nearest proxy to the first address that is not trusted. An address
 * that a trusted proxy hides (`unknown`, `_hidden`) or garbles ends the search at that proxy; so
 * do more than 32 elements.
 *
 * @param headers The fields of the request: Forwarded, or X-Forwarded-For with its kin.
 * Where both are present, only what both tell counts.
 * @param address The address of the peer of the connection.
 * @param isTrusted Says whether an address is that of a trusted proxy.
 * @returns The client; `undefined` when the peer is not trusted, or tells nothing.
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
  const other = walk(readOlder(older, headers), isTrusted);
  if (forwarded === null) return other;
  return common(own, other);
}

/**
 * What both fields tell. A proxy that writes one of them passes on the other as the client has
 * forged it: so the second field can only take away.
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
    ...told({
      host: one.host === other.host ? one.host : undefined,
      hostPort: one.hostPort === other.hostPort ? one.hostPort : undefined,
    }),
  };
}

/** What is known of a host. */
function told(
  { host, hostPort }: {
    host: string | undefined;
    hostPort: number | undefined;
  },
): Pick<ForwardedClient, "host" | "hostPort"> {
  return { ...host ? { host } : {}, ...hostPort ? { hostPort } : {} };
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

/** What one proxy tells: text. */
interface Element {
  readonly node: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
}

/** X-Forwarded-For and its kin, from the nearest proxy to the farthest. */
function readOlder(
  addresses: string,
  headers: Pick<Headers, "get">,
): readonly Element[] {
  const nodes = fromTheRight(addresses);
  const [protos, hosts, ports] = ["proto", "host", "port"].map((name) =>
    fromTheRight(headers.get(`x-forwarded-${name}`) ?? "")
  );
  // Most proxies replace these; some append one for each address.
  const at = (values: readonly string[] = [], index: number) =>
    values.length === nodes.length ? values[index] : values[0];
  return nodes.map((node, index) => ({
    node,
    proto: at(protos, index),
    host: at(hosts, index),
    port: at(ports, index),
  }));
}

function fromTheRight(text: string): readonly string[] {
  if (text === "") return [];
  return text.split(",").map((part) => part.trim()).reverse();
}

function toClient(
  { node, proto, host, port }: Element,
): ForwardedClient | undefined {
  const read = node === undefined ? undefined : readNode(node);
  const scheme = proto?.toLowerCase();
  return read && {
    ...read,
    scheme: scheme === "http" || scheme === "https" ? scheme : undefined,
    ...readHost(host, port),
  };
}

/** The host that was asked for; a port of its own (X-Forwarded-Port) is what the proxy says of itself. */
function readHost(
  text: string | undefined,
  ownPort: string | undefined,
): Pick<ForwardedClient, "host" | "hostPort"> {
  const { host, port } = text !== undefined && isHost(text)
    ? splitAuthority(text) ?? NOWHERE
    : NOWHERE;
  return told({ host, hostPort: readPort(ownPort) ?? readPort(port) });
}

const NOWHERE = { host: undefined, port: undefined };

/**
 * The elements of a Forwarded field (RFC 7239 §4), the last one first: a quotation mark that a
 * client opens must not swallow what a proxy has appended.
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

/** Addresses, schemes and hosts have no comma, semicolon or backslash, quoted or not. */
function readElement(text: string): Element {
  const pairs = new Map<string, string>();
  for (const pair of text.trim().split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    const value = unquote(pair.slice(equals + 1).trim());
    if (!isToken(name) || value === undefined || pairs.has(name)) {
      return { node: undefined };
    }
    pairs.set(name, value);
  }
  return {
    node: pairs.get("for"),
    proto: pairs.get("proto"),
    host: pairs.get("host"),
  };
}

function unquote(text: string): string | undefined {
  const [, quoted] = /^"([^"\\]*)"$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  // Not only a token: many proxies write IPv6 without the quotation marks.
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
