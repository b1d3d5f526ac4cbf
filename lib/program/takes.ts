/**
 * Who has taken what: from the log to downloads. A take is a complete download. What a client gets of
 * the same file in parts (an interrupted download that goes on, the ranges of a video) is one take, once
 * the parts cover the file, however many follow.
 *
 * @module
 */

import { createCache } from "../http/cache.ts";
import { type Span, spanLength } from "../ports/content.ts";
import type { Download, LogRecord } from "../ports/exchange.ts";

/** What somebody has got of a file or an archive. */
export interface Take {
  readonly record: LogRecord;
  readonly bytes: number;
  /** How many there are, where that is known. */
  readonly length: number | undefined;
  readonly isComplete: boolean;
}

/** What a client has got of a file in parts. */
interface Parts {
  readonly spans: readonly Span[];
  /** Whether it was told that an answer was interrupted. */
  readonly isTold: boolean;
  /** Whether they were a take. */
  readonly isTaken: boolean;
}

const NO_PARTS: Parts = { spans: [], isTold: false, isTaken: false };
/** How many clients and files are known by their parts; beyond it the oldest begins anew. */
const MAX_KNOWN = 1024;
/**
 * What a client may have got beyond what is known, in bytes: the sockets of both sides hold less than
 * this. Where nothing is known (Bun sends large files itself), it may be all.
 */
const UNKNOWN_BYTES = 8_388_608;

/** Makes the function that finds takes in the records of a log, and the first interruption of each. */
export function createTakes(): (record: LogRecord) => Take | undefined {
  const known = createCache<Parts>(MAX_KNOWN);
  return (record) => {
    const download = record.download?.();
    if (download === undefined) return undefined;
    const { length } = download;
    const isCut = record.aborted === true || record.error !== undefined;
    const bytes = isCut ? record.bytes : length ?? record.bytes;
    if (!isCut && download.spans === undefined) {
      return { record, bytes, length, isComplete: true };
    }
    const key = keyOf(record, download.tag);
    // A file that was too young for a tag has one a moment later.
    const untagged = keyOf(record, undefined);
    const former = known.get(key) ?? known.get(untagged);
    const { spans, isTold, isTaken } = former ?? NO_PARTS;
    if (known.get(untagged)) known.set(untagged, NO_PARTS, 1);
    const all = unite([...spans, ...reached(record, download, isCut)]);
    const isWhole = !isCut && lengthOf(all) === length;
    known.set(key, {
      spans: all,
      isTold: isTold || isCut,
      isTaken: isTaken || isWhole,
    }, 1);
    const isNews = !isTaken && (isWhole || isCut && !isTold);
    return isNews ? { record, bytes, length, isComplete: isWhole } : undefined;
  };
}

/** Who, what, in which state. */
function keyOf(
  { peer: { address, user = "" }, target }: LogRecord,
  tag: string | undefined,
): string {
  return JSON.stringify([address, user, target, tag]);
}

/** Which bytes may have reached the client; of several parts that were cut, nobody can tell. */
function reached(
  { bytes }: LogRecord,
  { length = 0, spans }: Download,
  isCut: boolean,
): readonly Span[] {
  const all = spans ?? [{ start: 0, end: length - 1 }];
  if (!isCut) return all;
  const [first, ...more] = all;
  if (first === undefined || more.length > 0 || spanLength(first) < 1) {
    return [];
  }
  const most = bytes === 0 ? Infinity : bytes + UNKNOWN_BYTES;
  const { start } = first;
  return [{ start, end: Math.min(first.end, start + most - 1) }];
}

/** The same bytes in spans that neither overlap nor touch. */
function unite(spans: readonly Span[]): readonly Span[] {
  const united: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = united.at(-1);
    if (last === undefined || span.start > last.end + 1) united.push(span);
    else {
      const end = Math.max(last.end, span.end);
      united[united.length - 1] = { start: last.start, end };
    }
  }
  return united;
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + spanLength(span), 0);
}
