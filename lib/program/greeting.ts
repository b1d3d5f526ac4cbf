/**
 * The start: what is printed, and the browser.
 *
 * What people see when the program starts.
 *
 * Under which URLs a server can be reached, and by whom.
 *
 * A URL as a QR code (ISO/IEC 18004), for the camera of a telephone.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import type { OpenSocket } from "../server/listeners.ts";
import type { LoadedKeys } from "./certificate.ts";
import type { Settings } from "./parse.ts";
import type { ProgramSockets } from "./serving.ts";

/** Sockets that are open. */
type OpenSockets = Extract<ProgramSockets, { kind: "open" }>;
/** Keys that can be used. */
type UsableKeys = Extract<LoadedKeys, { kind: "keys" }>;

/** What this needs of a runtime. */
type Port = Pick<
  Runtime,
  "addresses" | "hasColors" | "openBrowser" | "print" | "printError"
>;

/**
 * What there is to tell at the start.
 *
 * @param sockets The sockets.
 * @param path Where in URLs the directory is.
 * @param loaded The certificate, where there is one.
 * @param notices Sentences about what people may want to change.
 * @returns All of it, but for the addresses of this machine.
 */
export function toStartUp(
  { serving, redirecting }: OpenSockets,
  path: string,
  loaded: UsableKeys | undefined,
  notices: readonly (string | undefined)[],
): Omit<StartUp, "own"> {
  const leading =
    redirecting?.listeners.map(({ url }) => `${url} leads to HTTPS`) ?? [];
  return {
    bound: serving.listeners.map((socket) => toBound(socket, path)),
    fingerprint: loaded?.isSelfSigned === true
      ? loaded.pair.fingerprint
      : undefined,
    notices: [...leading, ...loaded?.notices ?? [], ...notices]
      .filter((notice) => notice !== undefined),
  };
}

function toBound({ url, address, port }: OpenSocket, path: string): Bound {
  const scheme = url.startsWith("https:") ? "https" : "http";
  return port === 0
    ? { scheme, unix: address }
    : { scheme, address, port, path };
}

/**
 * Tells people that the server is there, and how to reach it.
 *
 * @param startUp What there is to tell, but for the addresses of this machine.
 * @param settings Whether there is to be a QR code, and a browser.
 * @param runtime The runtime.
 */
export async function greet(
  startUp: Omit<StartUp, "own">,
  { qr, open }: Pick<Settings, "qr" | "open">,
  runtime: Port,
): Promise<void> {
  const own = needed(startUp.bound, runtime.addresses);
  const hasColors = runtime.hasColors();
  const code = qr
    ? await codeText(networkUrls(startUp.bound, own), hasColors)
    : undefined;
  runtime.print(startText({ ...startUp, own, code }, hasColors));
  if (open) void openLocal(localUrl(startUp.bound), runtime);
}

/** The code, or why there is none. */
async function codeText(
  urls: readonly string[] | undefined,
  hasColors: boolean,
): Promise<string> {
  const url = preferred(urls ?? []);
  if (url !== undefined) return await qrText(url, hasColors);
  const why = urls === undefined
    ? "the addresses for others are not known"
    : "only this machine can reach the server";
  return `  No QR code: ${why}\n`;
}

/** Addresses of IPv4 stay the same for longer, and their codes are smaller. */
function preferred(urls: readonly string[]): string | undefined {
  return urls.find((url) => !url.includes("[")) ?? urls[0];
}

/** Nobody waits for the browser, and the server does not need it. */
async function openLocal(
  url: string | undefined,
  runtime: Port,
): Promise<void> {
  const reason = url === undefined
    ? "it cannot reach a socket in the file system"
    : await runtime.openBrowser(url);
  if (reason === undefined) return;
  runtime.printError(programLine(`cannot open the browser: ${reason}`));
}

/** To look up the addresses takes a millisecond; one that was asked for needs no others. */
function needed(
  bound: readonly Bound[],
  addresses: Port["addresses"],
): ReturnType<Port["addresses"]> {
  const isForAll = bound.some((one) => !("unix" in one) && isAny(one.address));
  return isForAll ? addresses() : [];
}

/** What there is to tell. */
export interface StartUp {
  /** The sockets, in the order in which they were asked for. */
  readonly bound: readonly Bound[];
  /** The addresses of this machine; `undefined` when they may not be known. */
  readonly own: readonly string[] | undefined;
  /** A QR code, as lines. */
  readonly code?: string | undefined;
  /** The fingerprint of a certificate that people must compare. */
  readonly fingerprint?: string | undefined;
  /** Sentences. */
  readonly notices?: readonly string[];
}

const DIM = "\x1b[2m";
const CYAN = "\x1b[36m";
const PLAIN = "\x1b[0m";
const INDENT = "  ";
/** Sixteen bytes, with a colon behind each: so many fit into 80 columns. */
const FINGERPRINT_LINE_REGEXP = /(?:\w+:?){1,16}/g;

/**
 * The line that `http.server` prints first, to the letter: people parse it. It never has
 * colours.
 *
 * @param bound The socket.
 * @returns The line, ended by a line feed.
 */
export function servingLine(bound: Bound): string {
  const { scheme } = bound;
  const serving = `Serving ${scheme.toUpperCase()} on`;
  if ("unix" in bound) return `${serving} unix:${bound.unix} ...\n`;
  const { address, port } = bound;
  return `${serving} ${address} port ${port} (${toUrl(bound)}) ...\n`;
}

/**
 * All that is printed at the start. A QR code is above the addresses: what is printed last
 * stays in sight where there are 24 lines.
 *
 * @param startUp What there is to tell.
 * @param hasColors Whether there may be colours.
 * @returns The line of `http.server` for each socket; below it what is worth knowing.
 */
export function startText(startUp: StartUp, hasColors: boolean): string {
  const { bound, own, code = "", fingerprint, notices = [] } = startUp;
  const network = networkUrls(bound, own);
  const unknown = network === undefined
    ? [
      "To see the addresses for others, start with --allow-sys=networkInterfaces",
    ]
    : [];
  const rows: Array<readonly [label: string, values: readonly string[]]> = [
    ["local", localUrls(bound)],
    ["network", network ?? []],
    ["SHA-256", fingerprint?.match(FINGERPRINT_LINE_REGEXP) ?? []],
  ];
  return bound.map(servingLine).join("") + code + table(rows, hasColors) +
    [...unknown, ...notices].map((text) => `${INDENT}${text}\n`).join("");
}

/** The first line says it already, where the address is not all of them. */
function localUrls(bound: readonly Bound[]): readonly string[] {
  const any = bound.filter((one) => !("unix" in one) && isAny(one.address));
  const urls = any.map((one) => localUrl([one]) ?? "");
  return [...new Set(urls)];
}

function table(
  rows: ReadonlyArray<readonly [label: string, values: readonly string[]]>,
  hasColors: boolean,
): string {
  const shown = rows.filter(([, values]) => values.length > 0);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  const paint = (text: string, color: string) =>
    hasColors ? `${color}${text}${PLAIN}` : text;
  return shown.flatMap(([label, values]) =>
    values.map((value, index) => {
      const left = index === 0
        ? paint(label.padEnd(width), DIM)
        : " ".repeat(width);
      return `${INDENT}${left}  ${paint(value, CYAN)}\n`;
    })
  ).join("");
}

/** A socket that was bound. */
export type Bound =
  | BoundAddress
  | {
    readonly scheme: Scheme;
    /** The path of a socket in the file system. */
    readonly unix: string;
  };

/** A socket that browsers can reach. */
export interface BoundAddress {
  /** What is spoken. */
  readonly scheme: Scheme;
  /** The address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** Where in its URLs the directory is: `/`, or what `--url-root` says. */
  readonly path: string;
}

/** What is spoken. */
export type Scheme = "http" | "https";

/** Addresses that only this machine, or only this cable, reaches. */
const LOCAL_REGEXP = /^(?:127\.|169\.254\.|::1$|fe80:)/i;
const IPV4_ANY = "0.0.0.0";
const ANY_ADDRESSES: readonly string[] = ["::", IPV4_ANY];

/**
 * The URL of the directory.
 *
 * @param bound The socket.
 * @param host A name or an address without brackets, in place of the socket's own.
 * @returns The URL, always with its port.
 */
export function toUrl(
  { scheme, address, port, path }: BoundAddress,
  host: string = address,
): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${authority}:${port}${path}`;
}

/**
 * The URL for somebody at this machine.
 *
 * @param bound The sockets.
 * @returns The URL; `undefined` where no browser can reach any of them.
 */
export function localUrl(bound: readonly Bound[]): string | undefined {
  for (const one of bound) {
    if ("unix" in one) continue;
    return isAny(one.address) ? toUrl(one, "localhost") : toUrl(one);
  }
  return undefined;
}

/**
 * Whether an address stands for all of them.
 *
 * @param address The address.
 * @returns Whether it does.
 */
export function isAny(address: string): boolean {
  return ANY_ADDRESSES.includes(address);
}

/**
 * The URLs under which others can reach a server.
 *
 * @param bound The sockets.
 * @param own The addresses of this machine; `undefined` when they may not be known.
 * @returns The URLs, each once; `undefined` when they cannot be known.
 */
export function networkUrls(
  bound: readonly Bound[],
  own: readonly string[] | undefined,
): readonly string[] | undefined {
  const urls: string[] = [];
  for (const one of bound) {
    if ("unix" in one) continue;
    const { address } = one;
    if (isAny(address) && own === undefined) return undefined;
    const addresses = isAny(address) ? own ?? [] : [address];
    urls.push(
      ...addresses
        .filter((other) => !LOCAL_REGEXP.test(other))
        .filter((other) => address !== IPV4_ANY || !other.includes(":"))
        .map((other) => toUrl(one, other)),
    );
  }
  return [...new Set(urls)];
}

/** Dark and light of the fixed part of 256 colours: themes of terminals do not change them. */
const DARK_ON_LIGHT = "\x1b[38;5;16;48;5;231m";

/** By what is inked: nothing, the lower half, the upper half, both. */
const BLOCKS = [" ", "▄", "▀", "█"] as const;

/**
 * A QR code of a URL.
 *
 * @param url The URL.
 * @param hasColors Whether there may be colours.
 * @returns Lines of half blocks, each ended by a line feed.
 */
export async function qrText(url: string, hasColors: boolean): Promise<string> {
  const { encodeQR } = await import("qr"); // only who wants a code waits for it
  return drawModules(encodeQR(url, "raw", { ecc: "low" }), hasColors);
}

/**
 * Draws two rows of modules in a line. With colours dark is dark. Without them the ink is
 * light, as it is on most terminals, and cameras read the opposite as well.
 *
 * @param modules Rows of modules, `true` for dark, with their light border.
 * @param hasColors Whether there may be colours.
 * @returns Lines of half blocks, each ended by a line feed.
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
