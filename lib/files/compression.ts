/**
 * Coding content without stopping other requests (decision D112): a bounded number of streams,
 * and a turn of the event loop for each piece of all of them.
 *
 * @module
 */

import type { Coding } from "../http/content_coding.ts";
import {
  createQueue,
  createSemaphore,
  createSharedQueue,
  createWideQueue,
  type Queue,
  type Semaphore,
  type Waiting,
} from "../http/semaphore.ts";
import {
  type Bytes,
  type Coder,
  concat,
  type Content,
  countedContent,
  type Encoder,
  release,
} from "../ports/content.ts";

/** A place among the streams that are coded while they are sent. */
export interface CodingPlace {
  /**
   * Codes content. The place is given back at its end, when the rest is not wanted, and when
   * the content was not read for a second. Reading later takes a place again, or goes beyond
   * the limit where there is none: the fields have promised the coding.
   */
  readonly code: (content: Content, coding: Coding) => Content;
  /** Gives the place back where nothing is coded; a second time does nothing. */
  readonly leave: () => void;
}

/** What codes content for one handler. */
export interface Compression {
  /** Takes a place for a stream; `undefined` when all are taken. */
  readonly enter: () => CodingPlace | undefined;
  /**
   * Makes something of one source at a time, because each takes several times its size, and of as
   * many small ones as are coded at a time: once for all requests that wait for the same, and not
   * at all when they have left.
   */
  readonly schedule: (
    size: number,
    waiting: Waiting,
    make: () => Promise<Bytes | undefined>,
  ) => Promise<Bytes | undefined>;
  /** Codes a small source at once; `undefined` where others are to have their turn first, or another thread does it. */
  readonly encodeAtOnce: (source: Bytes, coding: Coding) => Bytes | undefined;
  /** Codes bytes as a whole, in turns with everything else. */
  readonly encode: (source: Bytes, coding: Coding) => Promise<Bytes>;
}

/** How many bytes are coded in one turn: at most 1 ms for a stream, 5 ms for cached content (measured). */
const PIECE_BYTES = 65_536;
/** Up to this size a source is coded by one call, which takes 1 to 4 ms (measured), at qualities for small content. */
export const ONE_CALL_BYTES = 131_072;
/**
 * Up to this size it is coded at once, also where there are other threads: to hand 2 KiB over and to
 * take them back takes several times as long as to code them (measured on Bun). 100 KiB gain nothing
 * (measured on Deno).
 */
const HERE_BYTES = 16_384;
/** For how long small sources are coded before others have their turn, in milliseconds. */
const TURN_MS = 5;

export function createCompression(coder: Coder, streams: number): Compression {
  const enter = createSemaphore(streams);
  const turn = createQueue(coder.nextTurn);
  const large = createSharedQueue<Bytes>();
  const small = createSharedQueue<Bytes>(createWideQueue(coder.parallelism));
  const { encodeAtOnce, encodeSmall } = createSmallTurns(coder);
  return {
    enter: () => {
      const leave = enter();
      if (leave === undefined) return undefined;
      const place = createPlace(enter, leave);
      return {
        code: (content, coding) =>
          codeContent(content, coding, { coder, turn, place }),
        leave: place.leave,
      };
    },
    schedule: (size, waiting, make) =>
      (size <= ONE_CALL_BYTES ? small : large)(waiting, make),
    encodeAtOnce,
    encode: (source, coding) =>
      source.length <= ONE_CALL_BYTES
        ? encodeSmall(source, coding)
        : encodeLarge(source, coding, { coder, turn }),
  };
}

/**
 * Several small sources in a turn: to wait for the next takes as long as to code one (on Deno 1 ms).
 * What is coded on other threads takes no turn from anybody.
 */
function createSmallTurns(
  { encode, encodeBeside, nextTurn }: Coder,
): Pick<Compression, "encodeAtOnce"> & {
  readonly encodeSmall: Compression["encode"];
} {
  const queue = createQueue();
  let worked = 0;
  const work = (source: Bytes, coding: Coding) => {
    const began = performance.now();
    try {
      return encode(coding, source);
    } finally {
      worked += performance.now() - began;
    }
  };
  return {
    encodeAtOnce: (source, coding) =>
      source.length > HERE_BYTES || worked >= TURN_MS
        ? undefined
        : work(source, coding),
    encodeSmall: async (source, coding) => {
      if (encodeBeside !== undefined && source.length > HERE_BYTES) {
        return await encodeBeside(coding, source);
      }
      return await queue(async () => {
        if (worked >= TURN_MS) {
          await nextTurn();
          worked = 0;
        }
        return work(source, coding);
      });
    },
  };
}

/** A place that can be given back, and taken again. */
interface Place {
  readonly leave: () => void;
  /** Goes beyond what there is where all places are taken. */
  readonly takeAgain: () => void;
}

function createPlace(enter: Semaphore, leave: () => void): Place {
  let held: (() => void) | undefined = leave;
  return {
    leave: () => {
      held?.();
      held = undefined;
    },
    takeAgain: () => {
      held ??= enter();
    },
  };
}

/** What all codings of a handler share. */
interface Scheduling {
  readonly coder: Coder;
  readonly turn: Queue;
}

async function encodeLarge(
  source: Bytes,
  coding: Coding,
  { coder, turn }: Scheduling,
): Promise<Bytes> {
  const encoder = coder.encoder(coding, source.length);
  const parts: Bytes[] = [];
  try {
    for (const piece of cut(source)) {
      parts.push(await turn(() => encoder.code(piece)));
    }
    parts.push(await turn(encoder.finish));
  } finally {
    encoder.close();
  }
  return concat(parts);
}

function codeContent(
  { body, keepNothing }: Content,
  coding: Coding,
  scheduling: Scheduling & { readonly place: Place },
): Content {
  const { coder, place } = scheduling;
  const source = body instanceof ReadableStream
    ? body
    : new Blob([body]).stream();
  keepNothing?.();
  const reader = source.getReader();
  const parts = codeParts(reader, coding, scheduling);
  let last: Bytes | undefined;
  let isKept = true;
  const content = countedContent({
    next: async () => {
      forget();
      if (!isKept && last !== undefined) release(last);
      const part = await parts.next();
      last = part.value;
      return part;
    },
    cancel: async (reason) => {
      forget();
      try {
        // A source that waits is not read to its end, and parts that were not begun are not begun now.
        await Promise.all([reader.cancel(reason), parts.return(undefined)]);
      } finally {
        place.leave();
      }
    },
  });
  const forget = coder.watchUnread(content.body, {
    keptNothing: () => void (isKept = false),
    idle: place.leave,
  });
  return content;
}

async function* codeParts(
  reader: ReadableStreamDefaultReader<Bytes>,
  coding: Coding,
  { coder, turn, place }: Scheduling & { readonly place: Place },
): AsyncGenerator<Bytes, undefined> {
  let encoder: Encoder | undefined; // lazy: it holds a window
  place.takeAgain();
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
    place.leave();
  }
}

function* cut(bytes: Bytes): Generator<Bytes> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
