/**
 * The content of a document on its way to the client: with back-pressure, and as much as its
 * Content-Length says. Where the runtime sends a stream without its length, content whose length
 * is announced is collected first, up to a bound.
 *
 * @module
 */

import {
  type Bytes,
  concat,
  type Content,
  countedContent,
} from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import { sleep, untilAnswered, within } from "../ports/timers.ts";
import type { Deadline } from "./request_content.ts";
import { scriptError } from "./script_failure.ts";
import type { ScriptOutput } from "./script_output.ts";
import type { Supervised } from "./supervise.ts";

/** The most content that is collected, in bytes; more leaves as it is written. */
export const COLLECTED_BYTES = 4_194_304;
/** How long what there is has to leave before the connection is cut, in milliseconds: Bun drops what it has not written yet. */
const LEAVE_MS = 50;
/** How long the rest of short content is waited for, in milliseconds: most scripts have ended when their first output is read. */
const TURN_MS = 1;
const OVER = { value: undefined } as const;

/** What a script has written of its content before the answer begins. */
export interface Received {
  readonly first: Bytes;
  /** A read that is not over yet. */
  readonly pending?: Promise<{ readonly value?: Bytes | undefined }>;
}

/**
 * What else a script has written of its content, and whether that is all: so many bytes as were announced,
 * whatever it does behind them, or it has ended.
 */
export async function receive(
  first: Bytes,
  length: number | undefined,
  running: Supervised,
): Promise<Received & { readonly isWhole: boolean }> {
  if (length !== undefined && first.length >= length) {
    const excess = createExcess(length, running);
    if (first.length > length) excess();
    void running.finish(excess);
    return { first: first.subarray(0, length), isWhole: true };
  }
  const { output, ended } = running;
  const pending = output.read();
  const exit = await within(
    TURN_MS,
    pending.then(({ value }) => value === undefined ? ended : undefined)
      .catch(() => undefined),
  );
  const isWhole = length === undefined && exit !== undefined &&
    exit.signal === undefined;
  if (isWhole) running.release();
  return { first, pending, isWhole };
}

/** All of the content, or what there is of it: the script takes long, or has ended too early. */
export type Collected =
  | { readonly kind: "whole"; readonly bytes: Bytes }
  | (Received & { readonly kind: "part" })
  | { readonly kind: "left" };

/** Collects `length` bytes, and what came with the last of them. */
export async function collect(
  first: Bytes,
  length: number,
  output: ScriptOutput,
  over: Deadline["over"],
): Promise<Collected> {
  const pieces = [first];
  for (let size = first.length; size < length;) {
    const pending = output.read().catch(() => OVER);
    const result = await Promise.race([pending, over]);
    if (result === "left") return { kind: "left" };
    if (result === "late" || result.value === undefined) {
      return { kind: "part", first: concat(pieces), pending };
    }
    pieces.push(result.value);
    size += result.value.length;
  }
  return { kind: "whole", bytes: concat(pieces) };
}

/**
 * Content that was collected. It is a stream that is whole from its beginning: Bun sends it with
 * its length, and, other than for bytes, without a type of its own. The script keeps its place
 * until the answer has left, so that memory is bounded.
 */
export function collectedContent(
  bytes: Bytes,
  length: number,
  running: Supervised,
  peer: Peer,
): Content {
  const excess = createExcess(length, running);
  if (bytes.length > length) excess();
  const { isAnswered = () => true } = peer;
  void untilAnswered(isAnswered).then(() => running.finish(excess));
  const body = new ReadableStream<Bytes>({
    start(controller) {
      if (length > 0) controller.enqueue(bytes.subarray(0, length));
      controller.close();
    },
    // Bun takes this for the size of its buffer: what does not fit goes in chunks (measured).
  }, { highWaterMark: length + 1 });
  const taken = (peerLeft: boolean) => peerLeft ? 0 : length;
  return { body, taken, ended: Promise.resolve() };
}

/**
 * Content as the script writes it. When the script is ended by a signal, or writes less than its
 * Content-Length, the stream fails, which cuts the connection: the client must not take a part
 * for the whole (RFC 9112 §8). Behind Content-Length nothing is sent.
 */
export function streamedContent(
  received: Received,
  length: number | undefined,
  running: Supervised,
): Content {
  const excess = createExcess(length, running);
  let isUnwanted = false;
  const taken = () => content.taken(false);
  const read = createRead(received, running.output);
  const readSome = async (): Promise<Bytes | undefined> => {
    if (taken() === length) return undefined;
    const bytes = await read();
    if (bytes === undefined) await checkEnd(length, taken(), running);
    const left = (length ?? Infinity) - taken();
    if (bytes === undefined || bytes.length <= left) return bytes;
    excess();
    return bytes.subarray(0, left);
  };
  const content = countedContent({
    next: async () => {
      try {
        const value = await readSome();
        if (value === undefined) running.finish(excess);
        return { value };
      } catch (error) {
        running.abandon();
        await sleep(LEAVE_MS);
        throw error;
      }
    },
    cancel: () => {
      // After the last byte of its Content-Length a script may run to its end.
      isUnwanted = taken() !== length;
      if (isUnwanted) running.abandon();
      else running.finish(excess);
      return Promise.resolve();
    },
  });
  return { ...content, unwanted: () => isUnwanted };
}

/** Reads what was read before, and then on. */
function createRead(
  { first, pending }: Received,
  output: ScriptOutput,
): () => Promise<Bytes | undefined> {
  const ready = [
    ...first.length > 0 ? [Promise.resolve({ value: first })] : [],
    ...pending === undefined ? [] : [pending],
  ];
  return async () => (await (ready.shift() ?? output.read())).value;
}

/** Reports once that there is more content than announced; it is not sent. */
function createExcess(
  length: number | undefined,
  { report }: Supervised,
): () => void {
  let isReported = length === undefined;
  return () => {
    if (!isReported) report(`more content than Content-Length: ${length}`);
    isReported = true;
  };
}

/** Decides at the end of the output whether it is complete (decision D31). */
async function checkEnd(
  length: number | undefined,
  taken: number,
  { exited }: Supervised,
): Promise<void> {
  if (length !== undefined) {
    throw scriptError(
      `CGI script wrote ${taken} bytes after Content-Length: ${length}`,
    );
  }
  const exit = await exited();
  if (exit?.signal === undefined) return;
  throw scriptError("CGI script failed in the middle of its content");
}
