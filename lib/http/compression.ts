/**
 * Coding content without stopping anybody else (decision P6): a bounded number of streams,
 * and a turn of the event loop for each piece of all of them.
 *
 * @module
 */

import type { Coder, Encoder } from "../encoders.ts";
import type { Content } from "../ports.ts";
import type { Coding } from "./content_coding.ts";
import { countedContent } from "./content.ts";
import { createSemaphore } from "./semaphore.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A place among the streams that are coded while they are sent. */
export interface CodingPlace {
  /** Codes content; the place is given back at its end, or when nobody wants the rest. */
  readonly code: (content: Content, coding: Coding) => Content;
  /** Gives the place back where nothing is coded; a second time does nothing. */
  readonly leave: () => void;
}

/** What codes content for one handler. */
export interface Compression {
  /** Takes a place for a stream; `undefined` when all are taken. */
  readonly enter: () => CodingPlace | undefined;
  /**
   * Codes bytes that are kept: one source at a time, because each takes several times its size.
   * Small ones do not wait for large ones.
   */
  readonly encode: <Lapsed>(
    size: number,
    coding: Coding,
    read: () => Promise<Bytes | Lapsed>,
  ) => Promise<Bytes | Lapsed>;
}

/** What is coded in one turn, in bytes: at most 1 ms for a stream, 5 ms for what is kept (measured). */
const PIECE_BYTES = 65_536;

/**
 * Makes what codes content.
 *
 * @param coder The content codings.
 * @param streams How many streams may be coded at a time.
 * @returns What codes content, with all places free.
 */
export function createCompression(coder: Coder, streams: number): Compression {
  const enter = createSemaphore(streams);
  const turn = createQueue(coder.nextTurn);
  const alone = createQueue(() => Promise.resolve());
  return {
    enter: () => {
      const leave = enter();
      return leave && {
        code: (content, coding) =>
          codeContent(content, coding, { coder, turn, leave }),
        leave,
      };
    },
    encode: (size, coding, read) => {
      const encode = async () => {
        const source = await read();
        return source instanceof Uint8Array
          ? await encodeBytes(source, coding, { coder, turn })
          : source;
      };
      return size <= PIECE_BYTES ? encode() : alone(encode);
    },
  };
}

/** Runs steps one after the other, in the order in which they were asked for. */
type Queue = <T>(step: () => Promise<T>) => Promise<T>;

function createQueue(before: () => Promise<void>): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(before).then(step);
    last = result.catch(() => {});
    return result;
  };
}

/** What all codings of a handler share. */
interface Scheduling {
  readonly coder: Coder;
  readonly turn: Queue;
}

/** The whole of a small source is coded in one turn, so that its encoder waits for nobody. */
async function encodeBytes(
  source: Bytes,
  coding: Coding,
  { coder, turn }: Scheduling,
): Promise<Bytes> {
  const encode = async (step: Queue): Promise<Bytes> => {
    const encoder = coder.encoder(coding, source.length);
    const parts: Bytes[] = [];
    try {
      for (const piece of cut(source)) {
        parts.push(await step(() => encoder.code(piece)));
      }
      parts.push(await step(encoder.finish));
    } finally {
      encoder.close();
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  };
  return source.length <= PIECE_BYTES
    ? await turn(() => encode((step) => step()))
    : await encode(turn);
}

function codeContent(
  { body, keepNothing }: Content,
  coding: Coding,
  place: Scheduling & { readonly leave: () => void },
): Content {
  const source = body instanceof ReadableStream
    ? body
    : new Blob([body]).stream();
  keepNothing?.();
  const reader = source.getReader();
  const parts = codeParts(reader, coding, place);
  let last: Bytes | undefined;
  let isKept = true;
  const content = countedContent({
    next: async () => {
      forget();
      if (!isKept) last?.buffer.transfer(0);
      const part = await parts.next();
      last = part.value;
      return part;
    },
    cancel: async (reason) => {
      forget();
      try {
        // A source that waits is not read to its end, and parts that nobody began are not begun.
        await Promise.all([reader.cancel(reason), parts.return(undefined)]);
      } finally {
        place.leave();
      }
    },
  });
  const forget = place.coder.onKeptNothing(
    content.body,
    () => void (isKept = false),
  );
  return content;
}

async function* codeParts(
  reader: ReadableStreamDefaultReader<Bytes>,
  coding: Coding,
  { coder, turn, leave }: Scheduling & { readonly leave: () => void },
): AsyncGenerator<Bytes, undefined> {
  let encoder: Encoder | undefined;
  try {
    const { code, finish } = encoder = coder.encoder(coding);
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      for (const piece of cut(value)) {
        const bytes = await turn(() => code(piece));
        if (bytes.length > 0) yield bytes;
      }
    }
    yield await turn(finish);
  } finally {
    encoder?.close();
    leave();
  }
}

function* cut(bytes: Bytes): Generator<Bytes> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
