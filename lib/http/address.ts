/**
 * Addresses, their networks (RFC 4632, RFC 4291), and how they stand with a port.
 *
 * The URL parser of the platform reads and shortens IPv6. A library makes every start of the
 * program a third longer (measured: ipaddr.js, 20 ms on Deno); the tests compare this module
 * with it (`tests/property/forwarded_test.ts`).
 *
 * @module
 */

import { typeError } from "./type_error.ts";

/** Whether an address is in one of some networks. */
export type InNetworks = (address: string) => boolean;

/** An address as text and as its bits. */
interface Address {
  readonly text: string;
  readonly bits: string;
}

const IPV4_REGEXP = /^\d{1,3}(?:\.\d{1,3}){3}$/;

const IPV6_REGEXP = /^[\da-f]*:[\da-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?$/i;

/** A zone names an interface of one machine (RFC 4007 §11). */
const ZONE_REGEXP = /%.*/s;

const IPV4_BITS = 32;

/** Providers assign a client of IPv6 at most so many bits; it chooses the others. */
const CLIENT_BITS = 64;

const GROUPS = 8;

/** The prefix of an address of IPv4 that is mapped to IPv6 (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = "0".repeat(80) + "1".repeat(16);

/** Networks that have a name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** The runtimes' name for a peer of a unix socket. */
const UNIX = "unix";

/** A host, IPv6 in brackets, and a port (RFC 3986 §3.2). */
const AUTHORITY_REGEXP = /^(\[([^[\]]*)\]|[^:[\]]*)(?::(.*))?$/s;

const LOOPBACK_REGEXP = /^(?:(?:::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i;

/** The last port there is. */
export const MAX_PORT = 65_535;

/** All addresses of IPv4 of the machine. */
export const ANY_IPV4 = "0.0.0.0";

/** All addresses of IPv6 of the machine; on POSIX those of IPv4, too. */
export const ANY_IPV6 = "::";

/** Whether an address stands for all addresses of the machine. */
export function isAnyAddress(address: string): boolean {
  return address === ANY_IPV4 || address === ANY_IPV6;
}

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return LOOPBACK_REGEXP.test(address);
}

/** A host in a URL: IPv6 in brackets (RFC 3986 §3.2.2), its zone encoded (RFC 6874). */
export function toUrlHost(host: string): string {
  return host.includes(":") ? `[${host.replace("%", "%25")}]` : host;
}

/** `host [":" port]`: the host as it is written and without brackets, the port as text. */
export function splitAuthority(
  text: string,
): { host: string; hostname: string; port: string | undefined } | undefined {
  const [, host, bracketed, port] = AUTHORITY_REGEXP.exec(text) ?? [];
  return host === undefined
    ? undefined
    : { host, hostname: bracketed ?? host, port };
}

/** Reads a port of at most five digits. */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  return Number(text) <= MAX_PORT ? Number(text) : undefined;
}

/**
 * Reads an address: four decimal numbers for IPv4, without the shorter forms that programs read
 * in different ways; an address of IPv4 that is mapped to IPv6 is that of IPv4.
 *
 * @param text The text.
 * @returns The address in its canonical form (RFC 5952), or `undefined`.
 *
 * @example Usage
 * ```ts
 * import { readAddress } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(readAddress("2001:DB8:0:0::1"), "2001:db8::1");
 * assertEquals(readAddress("::ffff:192.0.2.1"), "192.0.2.1");
 * assertEquals(readAddress("127.1"), undefined);
 * ```
 */
export function readAddress(text: string): string | undefined {
  return toAddress(text)?.text;
}

/**
 * The network of one client: its address of IPv4, or the first 64 bits of IPv6, because it can
 * choose the others (RFC 7421).
 *
 * @param text The address.
 * @returns A key for the network; `undefined` when the text is no address.
 */
export function clientNetwork(text: string): string | undefined {
  const { bits } = toAddress(text.replace(ZONE_REGEXP, "")) ?? {};
  return bits?.slice(0, CLIENT_BITS);
}

function toAddress(text: string): Address | undefined {
  if (IPV4_REGEXP.test(text)) return toIpv4(text.split("."));
  if (!IPV6_REGEXP.test(text) || !URL.canParse(`http://[${text}]/`)) {
    return undefined;
  }
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const bits = expand(short).map((group) => toBits(parseInt(group, 16), 16))
    .join("");
  return bits.startsWith(MAPPED_BITS)
    ? fromBits(bits.slice(MAPPED_BITS.length))
    : { text: short, bits };
}

/** Programs read a leading zero as octal or as decimal: so there must be none. */
function toIpv4(numbers: readonly string[]): Address | undefined {
  const isGood = numbers.every((number) =>
    Number(number) <= 255 && String(Number(number)) === number
  );
  if (!isGood) return undefined;
  const bits = numbers.map((number) => toBits(Number(number), 8)).join("");
  return { text: numbers.join("."), bits };
}

function fromBits(bits: string): Address {
  const numbers = bits.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? [];
  return { text: numbers.join("."), bits };
}

/** The groups of an address, with those that `::` stands for. */
function expand(short: string): readonly string[] {
  const [left = [], right] = short.split("::").map((half) =>
    half === "" ? [] : half.split(":")
  );
  if (right === undefined) return left;
  const zeros = GROUPS - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill("0"), ...right];
}

function toBits(value: number, length: number): string {
  return value.toString(2).padStart(length, "0");
}

/**
 * Makes a function that says whether an address is in one of some networks.
 *
 * @param networks Networks such as `10.0.0.0/8`, addresses, `loopback`, `private`, or `unix` for
 * the peers of a unix socket.
 * @returns The function.
 * @throws {TypeError} When a network cannot be read.
 *
 * @example Usage
 * ```ts
 * import { compileNetworks } from "@x/serve";
 * import { assert } from "@std/assert";
 *
 * const isTrusted = compileNetworks(["192.0.2.0/24", "loopback"]);
 * assert(isTrusted("192.0.2.7") && isTrusted("::1"));
 * assert(!isTrusted("198.51.100.1"));
 * ```
 */
export function compileNetworks(networks: readonly string[]): InNetworks {
  if (!Array.isArray(networks)) {
    throw typeError`Cannot trust ${networks}: expected a list of networks`;
  }
  const hasUnix = networks.includes(UNIX);
  const ranges = networks
    .filter((network) => network !== UNIX)
    .flatMap((network) =>
      Object.hasOwn(NAMED, String(network)) ? NAMED[network] ?? [] : [network]
    )
    .map((network) => toNetwork(String(network)));
  return (text) => {
    if (text === UNIX) return hasUnix;
    const address = toAddress(text.replace(ZONE_REGEXP, ""));
    return address !== undefined &&
      ranges.some(({ length, prefix }) =>
        address.bits.length === length && address.bits.startsWith(prefix)
      );
  };
}

/** The first bits of the addresses of a network, and how many bits each of them has. */
interface Network {
  readonly prefix: string;
  readonly length: number;
}

function toNetwork(text: string): Network {
  const [, start = "", size] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = toAddress(start);
  if (address !== undefined) {
    const { bits: { length } } = address;
    // `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    const isMapped = length === IPV4_BITS && start.includes(":");
    const mapped = isMapped ? MAPPED_BITS.length : 0;
    const bits = size === undefined ? length : Number(size) - mapped;
    if (bits >= 0 && bits <= length) {
      return { prefix: address.bits.slice(0, bits), length };
    }
  }
  throw typeError`Cannot trust ${text}: expected an address, a network such as "10.0.0.0/8", "loopback", "private" or "unix"`;
}
