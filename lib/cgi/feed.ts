/**
 * Gives the content of a request to a script (RFC 3875 §4.2).
 *
 * @module
 */

import type { OpenSpool, Spool } from "../processes.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Reader = ReadableStreamDefaultReader<Bytes>;
/** Writes to the script; `false` when it does not read any more. */
type Write = (bytes: Bytes) => Promise<boolean>;

/** Content on its way to a script. */
export interface Feeding {
  /** Settles when there is no more to come from the client; `false` when it has left before. */
  readonly received: Promise<boolean>;
  /** From now on the client does not wait for the script: what it sends is put aside. */
  readonly hurry: () => void;
}

/**
 * Gives content to a script, as fast as that reads. What it does not want is read all the
 * same: a client that writes all of its request first would else never read the answer.
 *
 * The answer is to begin when the request is there, hence `hurry`: while Deno sends an
 * answer, it reads the rest of the request into memory, whether somebody wants it or not.
 *
 * @param stream The content.
 * @param input Where the script reads.
 * @param openSpool Where content is put aside.
 * @returns The content on its way.
 */
export function feed(
  stream: ReadableStream<Bytes>,
  input: WritableStream<Bytes>,
  openSpool: OpenSpool,
): Feeding {
  const received = Promise.withResolvers<boolean>();
  const hurry = Promise.withResolvers<"hurry">();
  const writer = input.getWriter();
  writer.closed.catch(() => {}); // what fails is seen where it is written
  const write: Write = (bytes) => succeeds(writer.write(bytes));
  const run = async () => {
    const reader = stream.getReader();
    const late = await deliver(reader, write, hurry.promise);
    if (late !== undefined) {
      const spool = openSpool();
      const rest = await putAside(reader, spool).catch((error) => {
        spool.close();
        throw error;
      });
      received.resolve(true);
      await pour(late, spool, write);
      if (rest === "more") await deliver(reader, write);
    }
  };
  run()
    .then(() => received.resolve(true), () => received.resolve(false))
    .then(() => succeeds(writer.close()));
  return {
    received: received.promise,
    hurry: () => hurry.resolve("hurry"),
  };
}

/**
 * Passes chunks on until there are no more, or nobody has time to wait for the script.
 * Returns the write that it then waits for.
 */
async function deliver(
  reader: Reader,
  write: Write,
  hurry?: Promise<"hurry">,
): Promise<Promise<boolean>[] | undefined> {
  let wanted = true;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    if (!wanted) continue;
    const written = write(value);
    const first = await Promise.race(hurry ? [written, hurry] : [written]);
    if (first === "hurry") return [written];
    wanted = first;
  }
}

/** Reads all that the client sends, or as much as there is room for. */
async function putAside(
  reader: Reader,
  spool: Spool,
): Promise<"all" | "more"> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return "all";
    if (!await spool.write(value)) return "more";
  }
}

/** Gives the script what was put aside. */
async function pour(
  [last]: readonly Promise<boolean>[],
  spool: Spool,
  write: Write,
): Promise<void> {
  if (!await last) return spool.close();
  for await (const chunk of spool.read()) {
    if (!await write(chunk)) break; // which closes the spool
  }
}

function succeeds(promise: Promise<void>): Promise<boolean> {
  return promise.then(() => true, () => false);
}
