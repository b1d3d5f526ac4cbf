/**
 * The content of an archive: pieces of its layout, made as fast as they are taken.
 *
 * @module
 */

import {
  type Bytes,
  type Coder,
  type Content,
  countedContent,
  type Pieces,
  piecesLength,
  type Span,
} from "../ports/content.ts";
import { type AfterChunk, type Buffers, createBuffers } from "./buffers.ts";
import { type Layout, partAt } from "./layout.ts";
import {
  createEntryReader,
  type EntryReader,
  type ReadingParts,
} from "./read_entry.ts";

/** Up to this size parts leave together. */
const SMALL_BYTES = 65_536;

/** Begins to send pieces of an archive; `leave` is called when that has ended, or nobody reads it. */
export function sendArchive(
  layout: Layout,
  pieces: Pieces,
  parts: Omit<ReadingParts, "buffers">,
  leave: () => void,
): Content {
  let after: AfterChunk = "kept";
  const buffers = createBuffers(() => after);
  const reader = createEntryReader({ ...parts, buffers });
  const chunks = gather(
    readPieces(layout, pieces, reader),
    buffers,
    parts.coder.nextTurn,
  );
  const total = piecesLength(pieces);
  const end = () => {
    forget();
    leave();
  };
  const content = countedContent({
    next: async () => {
      forget();
      try {
        const { value } = await chunks.next();
        if (value instanceof Uint8Array) return { value };
      } catch (error) {
        end();
        throw error;
      }
      end();
      return {};
    },
    cancel: async () => {
      reader.stop();
      try {
        await chunks.return(undefined);
      } finally {
        end();
      }
    },
  });
  const keepNothing = () => void (after = "released");
  const reuseChunks = () => void (after = "reused");
  const forget = parts.coder.watchUnread(content.body, {
    keptNothing: keepNothing,
    idle: leave,
  });
  // Deno also cancels a stream of which it has taken everything.
  const unwanted = () => content.unwanted() && content.taken(false) < total;
  return { ...content, unwanted, keepNothing, reuseChunks };
}

async function* readPieces(
  layout: Layout,
  pieces: Pieces,
  reader: EntryReader,
): AsyncGenerator<Bytes, void> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece.slice();
    else yield* readSpan(layout, piece, reader);
  }
}

async function* readSpan(
  layout: Layout,
  { start, end }: Span,
  { checksumOf, read }: EntryReader,
): AsyncGenerator<Bytes, void> {
  let index = partAt(layout, start);
  for (let at = start; at <= end; index++) {
    const begin = layout.startOf(index);
    const next = Math.min(layout.startOf(index + 1), end + 1);
    const part = layout.part(index);
    if (part.kind === "data") {
      yield* read(part.entry, at - begin, next - begin);
    } else {
      const checksum = part.entry === undefined
        ? 0
        : await checksumOf(part.entry);
      yield part.make(checksum).subarray(at - begin, next - begin);
    }
    at = next;
  }
}

/** Puts small chunks together. */
async function* gather(
  chunks: AsyncIterable<Bytes>,
  { take, giveBackSent }: Buffers,
  nextTurn: Coder["nextTurn"],
): AsyncGenerator<Bytes, void> {
  let gathered = take();
  let filled = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of chunks) {
      const isSmall = chunk.length <= SMALL_BYTES;
      if (filled > 0 && (!isSmall || filled + chunk.length > gathered.length)) {
        yield gathered.subarray(0, filled);
        giveBackSent(gathered);
        gathered = take();
        filled = 0;
      }
      if (isSmall) {
        gathered.set(chunk, filled);
        filled += chunk.length;
      } else yield chunk;
    }
  } catch (error) {
    failure = { error };
  }
  // Also before it is cut: tar takes an archive that ends between two entries for a whole one.
  if (filled > 0) yield gathered.subarray(0, filled);
  if (failure === undefined) return;
  await nextTurn(); // Bun would drop it
  throw failure.error;
}
