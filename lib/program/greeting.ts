/**
 * What the program prints when it has started: under which URLs it can be reached, and by
 * whom, as text and as a QR code (ISO/IEC 18004); and the browser that it opens.
 *
 * @module
 */

import { ANY_IPV4, isAnyAddress } from "../http/address.ts";
import type { Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import type { Listening, OpenSocket } from "../server/listeners.ts";
import type { UsableKeys } from "./certificate.ts";
import type { Settings } from "./settings.ts";

type Port = Pick<
  Runtime,
  "addresses" | "hasColors" | "openBrowser" | "print" | "printError"
>;

/** What there is to tell. */
interface StartUp {
  /** The sockets, in the order in which they were asked for. */
  readonly bound: readonly Bound[];
  /** The addresses of this machine; `undefined` without permission. */
  readonly own: readonly string[] | undefined;
  /** A QR code, as lines. */
  readonly code?: string | undefined;
  /** The fingerprint of a certificate that people must compare. */
  readonly fingerprint?: string | undefined;
  /** Sentences. */
  readonly notices?: readonly string[];
}

export type Scheme = "http" | "https";

/** A socket that browsers can reach. */
interface BoundAddress {
  readonly scheme: Scheme;
  readonly address: string;
  readonly port: number;
  /** The path of the directory in URLs: `/`, or what `--url-root` says. */
  readonly path: string;
}

/** A socket, by an address or by its path in the file system. */
export type Bound =
  | BoundAddress
  | { readonly scheme: Scheme; readonly unix: string };

/** Collects what there is to tell, but for the addresses of this machine. */
export function toStartUp(
  { main, redirects }: {
    readonly main: Listening;
    readonly redirects: Listening["listeners"];
  },
  path: string,
  keys: UsableKeys | undefined,
  notices: readonly (string | undefined)[],
): Omit<StartUp, "own"> {
  const redirecting = redirects.map(({ url }) => `${url} leads to HTTPS`);
  return {
    bound: main.listeners.map((socket) => toBound(socket, path)),
    fingerprint: keys?.isSelfSigned ? keys.pair.fingerprint : undefined,
    notices: [...redirecting, ...keys?.notices ?? [], ...notices]
      .filter((notice) => notice !== undefined),
  };
}

function toBound({ url, address, port }: OpenSocket, path: string): Bound {
  const scheme = url.startsWith("https:") ? "https" : "http";
  return port === 0
    ? { scheme, unix: address }
    : { scheme, address, port, path };
}

/** Tells people that the server is there, and how to reach it. */
export async function greet(
  startUp: Omit<StartUp, "own">,
  { qr, open }: Pick<Settings, "qr" | "open">,
  runtime: Port,
): Promise<void> {
  const { bound } = startUp;
  // The look-up takes a millisecond, and only sockets on all addresses need it.
  const isForAll = bound.some((one) =>
    !("unix" in one) && isAnyAddress(one.address)
  );
  const own = isForAll ? runtime.addresses() : [];
  const hasColors = runtime.hasColors();
  const code = qr
    ? await codeText(networkUrls(bound, own), hasColors)
    : undefined;
  runtime.print(startText({ ...startUp, own, code }, hasColors));
  if (open) void openLocal(localUrl(bound), runtime);
}

/** The QR code, or why there is none. */
async function codeText(
  urls: readonly string[] | undefined,
  hasColors: boolean,
): Promise<string> {
  // Addresses of IPv4 stay the same for longer, and their codes are smaller.
  const url = urls?.find((url) => !url.includes("[")) ?? urls?.[0];
  if (url !== undefined) return await qrText(url, hasColors);
  const reason = urls === undefined
    ? "the addresses for others are not known"
    : "only this machine can reach the server";
  return `  No QR code: ${reason}\n`;
}

/** The server does not wait for the browser. */
async function openLocal(
  url: string | undefined,
  runtime: Port,
): Promise<void> {
  const reason = url === undefined
    ? "it cannot reach a socket in the file system"
    : await runtime.openBrowser(url);
  if (reason === undefined) return;
  // The URL stands above; it can be a secret, which must not be in a log.
  runtime.printError(programLine(`cannot open the browser: ${reason}`));
}

const DIM = "\x1b[2m";
const CYAN = "\x1b[36m";
const PLAIN = "\x1b[0m";
const INDENT = "  ";
/** Sixteen bytes, each with a colon: so many fit into 80 columns. */
const FINGERPRINT_LINE_REGEXP = /(?:\w+:?){1,16}/g;

/** Lines of a table, each with a label. */
type Rows = ReadonlyArray<readonly [label: string, values: readonly string[]]>;

/**
 * All that is printed at the start: the line of `http.server` for each socket, and details
 * below it. A QR code is above the addresses: the last lines stay in sight on a terminal of 24
 * lines.
 */
export function startText(startUp: StartUp, hasColors: boolean): string {
  const { bound, own, code = "", fingerprint, notices = [] } = startUp;
  const network = networkUrls(bound, own);
  const unknown = network === undefined
    ? [
      "To see the addresses for others, start with --allow-sys=networkInterfaces",
    ]
    : [];
  const rows: Rows = [
    ["local", localUrls(bound)],
    ["network", network ?? []],
    ["SHA-256", fingerprint?.match(FINGERPRINT_LINE_REGEXP) ?? []],
  ];
  return bound.map(servingLine).join("") + code + table(rows, hasColors) +
    [...unknown, ...notices].map((text) => `${INDENT}${text}\n`).join("");
}

/** The line that `http.server` prints first, to the letter: programs parse it. It has no colours. */
export function servingLine(bound: Bound): string {
  const { scheme } = bound;
  const start = `Serving ${scheme.toUpperCase()} on`;
  if ("unix" in bound) return `${start} unix:${bound.unix} ...\n`;
  const { address, port } = bound;
  return `${start} ${address} port ${port} (${toUrl(bound)}) ...\n`;
}

function table(rows: Rows, hasColors: boolean): string {
  const filled = rows.filter(([, values]) => values.length > 0);
  const width = Math.max(0, ...filled.map(([label]) => label.length));
  const paint = (text: string, color: string) =>
    hasColors ? `${color}${text}${PLAIN}` : text;
  return filled.flatMap(([label, values]) =>
    values.map((value, index) => {
      const left = index === 0
        ? paint(label.padEnd(width), DIM)
        : " ".repeat(width);
      return `${INDENT}${left}  ${paint(value, CYAN)}\n`;
    })
  ).join("");
}

/** Addresses that only this machine, or only this cable, reaches. */
const LOCAL_REGEXP = /^(?:127\.|169\.254\.|::1$|fe80:)/i;

/** The URL of the directory, always with its port, on the address of the socket or on another host. */
function toUrl(
  { scheme, address, port, path }: BoundAddress,
  host: string = address,
): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${authority}:${port}${path}`;
}

/** The URL for a browser on this machine; `undefined` where it can reach no socket. */
export function localUrl(bound: readonly Bound[]): string | undefined {
  for (const one of bound) {
    if ("unix" in one) continue;
    return isAnyAddress(one.address) ? toUrl(one, "localhost") : toUrl(one);
  }
  return undefined;
}

/** URLs for this machine; the first line already has those of single addresses. */
function localUrls(bound: readonly Bound[]): readonly string[] {
  const urls = bound.flatMap((one) =>
    "unix" in one || !isAnyAddress(one.address) ? [] : toUrl(one, "localhost")
  );
  return [...new Set(urls)];
}

/** The URLs for other machines, each once; `undefined` when they cannot be known. */
export function networkUrls(
  bound: readonly Bound[],
  own: readonly string[] | undefined,
): readonly string[] | undefined {
  const urls: string[] = [];
  for (const one of bound) {
    if ("unix" in one) continue;
    const { address } = one;
    if (isAnyAddress(address) && own === undefined) return undefined;
    const addresses = isAnyAddress(address) ? own ?? [] : [address];
    urls.push(
      ...addresses
        .filter((other) => !LOCAL_REGEXP.test(other))
        .filter((other) => address !== ANY_IPV4 || !other.includes(":"))
        .map((other) => toUrl(one, other)),
    );
  }
  return [...new Set(urls)];
}

/** Dark and light of the fixed part of 256 colours: themes of terminals do not change them. */
const DARK_ON_LIGHT = "\x1b[38;5;16;48;5;231m";
/** By what is inked: nothing, the lower half, the upper half, both. */
const BLOCKS = [" ", "▄", "▀", "█"] as const;

/** A QR code of a URL, as lines of half blocks. */
export async function qrText(url: string, hasColors: boolean): Promise<string> {
  const { encodeQR } = await import("qr"); // lazy: most starts need no code
  return drawModules(encodeQR(url, "raw", { ecc: "low" }), hasColors);
}

/**
 * Draws two rows of modules in a line. With colours dark is dark. Without them the ink is
 * light, as it is on most terminals, and cameras read the opposite as well.
 */
export function drawModules(
  modules: ReadonlyArray<readonly boolean[]>,
  hasColors: boolean,
): string {
  const inkOf = (dark: boolean | undefined) => (dark ?? false) === hasColors;
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const line = (modules[y] ?? []).map((upper, x) =>
      BLOCKS[(inkOf(upper) ? 2 : 0) + (inkOf(modules[y + 1]?.[x]) ? 1 : 0)]
    ).join("");
    lines.push(hasColors ? `${DARK_ON_LIGHT}${line}${PLAIN}` : line);
  }
  return lines.map((line) => `${INDENT}${line}\n`).join("");
}
