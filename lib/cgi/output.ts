/**
 * The content that a script writes, on its way to the client.
 *
 * @module
 */

import type { Content } from "../ports/content.ts";
import type { OutputReader } from "./response.ts";
import { scriptError } from "./script_failure.ts";
import type { Supervised } from "./supervise.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much of what is not wanted is read. */
const DISCARD_BYTES = 16_777_216;

/** The content of a script, as far as it is known beforehand. */
export interface ScriptOutput {
  /** What came along with the header block. */
  readonly first: Bytes;
  /** Reads the rest. */
  readonly reader: OutputReader;
  /** The Content-Length that it named, in bytes. */
  readonly length: number | undefined;
  /** Whether its status says that something went wrong. */
  readonly isError: boolean;
}

/**
 * Content as fast as it is taken. When the script fails, or does not keep to its
 * Content-Length, the stream fails, which cuts the connection: the client must not take a
 * part for the whole (RFC 9112 §8).
 *
 * @param output The content.
 * @param script The script.
 * @returns The content.
 */
export function scriptContent(
  output: ScriptOutput,
  script: Supervised,
): Content {
  const { reader, length } = output;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {}); // whoever logs it has a handler of their own
  let next: Bytes | undefined = output.first;
  let taken = 0;
  let isUnwanted = false;
  const read = async (): Promise<Bytes | undefined> => {
    if (taken === length) return undefined;
    const bytes = next?.length ? next : (await reader.read()).value;
    next = undefined;
    if (bytes === undefined) await checkEnd(output, taken, script);
    if (taken + (bytes?.length ?? 0) > (length ?? Infinity)) {
      throw scriptError("CGI script wrote more than its Content-Length");
    }
    return bytes;
  };
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        const bytes = await read();
        if (bytes !== undefined) {
          taken += bytes.length;
          return controller.enqueue(bytes);
        }
        controller.close();
        resolve();
        discard(reader, script);
      } catch (error) {
        controller.error(error);
        reject(error);
        abandon(reader, script);
      }
    },
    cancel() {
      // A client that has all of it says nothing against the script.
      isUnwanted = taken !== length;
      if (isUnwanted) abandon(reader, script);
      else discard(reader, script);
      resolve();
    },
  }, { highWaterMark: 0 });
  return { body, ended, taken: () => taken, unwanted: () => isUnwanted };
}

/** Decides at the end of the output whether that was all. */
async function checkEnd(
  { length, isError }: ScriptOutput,
  taken: number,
  { exited }: Supervised,
): Promise<void> {
  if (length !== undefined) {
    throw scriptError(
      `CGI script wrote ${taken} bytes after Content-Length: ${length}`,
    );
  }
  const exit = await exited();
  if (exit === undefined || exit.code === 0 || isError) return;
  throw scriptError("CGI script failed in the middle of its content");
}

/**
 * Ends a script whose output nobody reads any more.
 *
 * @param reader Reads what it writes.
 * @param script The script.
 */
export function abandon(
  reader: OutputReader,
  { end, release }: Supervised,
): void {
  end();
  release();
  reader.cancel().catch(() => {});
}

/**
 * Lets a script finish although its answer is complete, or its content is not wanted: it
 * may have more to do than to answer. But it may not go on for ever, or write for ever.
 *
 * @param reader Reads what it writes.
 * @param script The script.
 */
export function discard(reader: OutputReader, script: Supervised): void {
  const drain = async (): Promise<void> => {
    for (let left = DISCARD_BYTES; left > 0;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      left -= value.length;
    }
    abandon(reader, script);
  };
  script.finish(drain().catch(() => {}))
    .then(() => reader.cancel())
    .catch(() => {});
}
