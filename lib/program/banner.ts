/**
 * What people see when the program starts.
 *
 * @module
 */

import { type Bound, isAny, localUrl, networkUrls, toUrl } from "./urls.ts";

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
