/**
 * One file on its way: in parts, and further where it was cut.
 *
 * @module
 */

import { type Answer, exchange, wordsOf } from "./exchange.ts";

/** How a transfer ends. */
export type Outcome =
  | { readonly kind: "stored"; readonly path: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "canceled" };

/** What is sent, and where. */
export interface Transfer {
  readonly url: string;
  readonly file: File;
  /** Tells the server which upload this is. */
  readonly id: string;
  /** Whether some of it may be there already. */
  readonly isResumed: boolean;
  readonly signal: AbortSignal;
  /** Hears how many bytes of the file have gone. */
  readonly onSent: (bytes: number) => void;
}

/**
 * The bytes of a request. What a browser reports as sent waits in buffers for the most part
 * (Chromium 156: some 34 MiB), so that a part is about how far its report is wrong.
 */
const PART_BYTES = 16 * 2 ** 20;
/** How often in a row nothing may get through: some two minutes. */
const MOST_TRIES = 9;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** What passes by itself: the server is busy, or something before it has no connection. */
const PASSING: ReadonlySet<number> = new Set([0, 408, 429, 502, 503, 504]);

/** Sends a file to its end. */
export async function transfer(whole: Transfer): Promise<Outcome> {
  const { signal, file, onSent } = whole;
  let offset = whole.isResumed ? await offsetThere(whole) : 0;
  for (let tries = 0; tries < MOST_TRIES && !signal.aborted;) {
    onSent(offset);
    const answer = await putPart(whole, offset);
    if (signal.aborted) break;
    if (isStored(answer)) {
      onSent(file.size);
      return { kind: "stored", path: answer.field("location") ?? "" };
    }
    const told = toldOffset(answer);
    if (told === undefined && !PASSING.has(answer.status)) {
      return { kind: "failed", message: wordsOf(answer) };
    }
    if (told === undefined) await pause(waitAfter(answer, tries), signal);
    const next = told ?? await offsetThere(whole);
    tries = next > offset ? 0 : tries + 1;
    offset = next;
  }
  return signal.aborted
    ? { kind: "canceled" }
    : { kind: "failed", message: "The connection was lost." };
}

function isStored({ status }: Answer): boolean {
  return status === 200 || status === 201 || status === 204;
}

/** Where the server wants it to go on: behind a part (202), or another place than this one (409). */
function toldOffset(answer: Answer): number | undefined {
  if (answer.status !== 202 && answer.status !== 409) return undefined;
  const offset = answer.field("upload-offset");
  return offset === null ? undefined : Number(offset);
}

function putPart(
  { url, file, id, signal, onSent }: Transfer,
  offset: number,
): Promise<Answer> {
  const { size } = file;
  const end = Math.min(offset + PART_BYTES, size);
  const isWhole = offset === 0 && end === size;
  return exchange({
    method: "PUT",
    url,
    fields: {
      "Upload-Id": id,
      ...isWhole
        ? {}
        : { "Content-Range": `bytes ${offset}-${end - 1}/${size}` },
    },
    content: isWhole ? file : file.slice(offset, end),
    signal,
    onSent: (bytes) => onSent(offset + bytes),
  });
}

/** How many bytes are there. */
export async function offsetThere(
  { url, file: { size }, id, signal }:
    & Pick<Transfer, "url" | "id" | "signal">
    & {
      readonly file: { readonly size: number };
    },
): Promise<number> {
  const fields = { "Upload-Id": id, "Upload-Length": String(size) };
  const answer = await exchange({ method: "HEAD", url, fields, signal });
  return Number(answer.field("upload-offset") ?? 0);
}

function waitAfter(answer: Answer, tries: number): number {
  const told = Number(answer.field("retry-after") ?? NaN) * 1000;
  const wait = Number.isNaN(told) ? FIRST_WAIT * 2 ** tries : told;
  return Math.min(wait, LONGEST_WAIT);
}

/** Waits, no longer than there is no connection. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

/** Makes a folder, and those above it where they are not there (409); one that is there is as good (405). */
export async function makeFolder(
  base: string,
  path: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const make = (path: string) =>
    exchange({ method: "MKCOL", url: `${base}${path}/`, signal });
  let answer = await make(path);
  if (answer.status === 409) {
    const names = path.split("/");
    for (let count = 1; count <= names.length; count++) {
      answer = await make(names.slice(0, count).join("/"));
    }
  }
  if (signal.aborted) return { kind: "canceled" };
  return answer.status === 201 || answer.status === 405
    ? { kind: "stored", path: "" }
    : { kind: "failed", message: wordsOf(answer) };
}
