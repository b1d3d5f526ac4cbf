/**
 * Gives the content of a request to a script (RFC 3875 §4.2).
 *
 * @module
 */

import type { OpenSpool, Spool } from "../ports/processes.ts";

type Bytes = Uint8Array<ArrayBuffer>;
/** The next bytes of the request; `undefined` at its end. */
type Read = () => Promise<Bytes | undefined>;
/** Writes to the script; `false` when it does not read any more. */
type Write = (bytes: Bytes) => Promise<boolean>;

/** What became of the content on the client's side. */
export type Received =
  | { readonly kind: "all" }
  | {
    /** The client has left before. */
    readonly kind: "lost";
  }
  | {
    /** It could not be put aside. */
    readonly kind: "failed";
    /** Why. */
    readonly error: unknown;
  };

/** Content on its way to a script. */
export interface Feeding {
  /** Settles when there is no more to come from the client. */
  readonly received: Promise<Received>;
  /** From now on the client does not wait for the script: what it sends is put aside. */
  readonly putRestAside: () => void;
}

/** Where content comes from and goes to. */
export interface FeedOptions {
  /** The content. */
  readonly stream: ReadableStream<Bytes>;
  /** Its length in bytes. */
  readonly length: number;
  /** Where the script reads. */
  readonly input: WritableStream<Bytes>;
  /** Where content is put aside. */
  readonly openSpool: OpenSpool;
  /** Called for every piece that the client sends. */
  readonly onProgress: () => void;
}

/**
 * Gives content to a script, as fast as that reads. What it does not want is read all the
 * same: a client that writes all of its request first would else never read the answer.
 *
 * The answer is to begin when the request is there, hence `putRestAside`: while Deno sends
 * an answer, it reads the rest of the request into memory, whether somebody wants it or not.
 *
 * @param options Where content comes from and goes to.
 * @returns The content on its way.
 */
export function feed(options: FeedOptions): Feeding {
  const received = Promise.withResolvers<Received>();
  const hurry = createHurry();
  const writer = options.input.getWriter();
  writer.closed.catch(() => {}); // what fails is seen where it is written
  const write: Write = (bytes) =>
    writer.write(bytes).then(() => true, () => false);
  const read = exactly(options);
  const run = async () => {
    const late = await deliver(read, write, hurry.wait);
    if (late === undefined) return;
    const spool = options.openSpool();
    const result = await putAside(read, spool);
    if (result.kind === "lost" || result.kind === "failed") {
      return received.resolve(result);
    }
    received.resolve({ kind: "all" }); // or all that there is room for
    if (await late.written) await pour(spool, write);
    else spool.close();
    if (result.kind === "more") await deliver(read, write);
  };
  run()
    .then(
      () => received.resolve({ kind: "all" }),
      () => received.resolve({ kind: "lost" }),
    )
    .then(() => writer.close())
    .catch(() => {});
  return {
    received: received.promise,
    putRestAside: hurry.begin,
  };
}

/** No more than the script was told, and an error when it is less. */
function exactly({ stream, length, onProgress }: FeedOptions): Read {
  const reader = stream.getReader();
  let left = length;
  return async () => {
    const { done, value } = await reader.read();
    onProgress();
    if (done && left > 0) throw new Error(`${left} bytes are missing`);
    if (done || left === 0) return undefined;
    const bytes = value.subarray(0, left);
    left -= bytes.length;
    return bytes;
  };
}

/** What waits for a write gets `undefined` as soon as there is no time to wait for it. */
type WithoutHurry = (written: Promise<boolean>) => Promise<boolean | undefined>;

/** A race with one promise for every write would keep all of them in memory until it settles. */
function createHurry(): { begin: () => void; wait: WithoutHurry } {
  let hasBegun = false;
  let stop = () => {};
  return {
    begin: () => {
      hasBegun = true;
      stop();
    },
    wait: (written) => {
      const { promise, resolve } = Promise.withResolvers<boolean | undefined>();
      stop = () => resolve(undefined);
      written.then(resolve);
      if (hasBegun) stop();
      return promise;
    },
  };
}

/**
 * Passes bytes on until there are no more, or there is no time to wait for the script; then
 * it returns the write that the script has not finished.
 */
async function deliver(
  read: Read,
  write: Write,
  wait: WithoutHurry = (written) => written,
): Promise<{ readonly written: Promise<boolean> } | undefined> {
  let wanted = true;
  for (let bytes = await read(); bytes !== undefined; bytes = await read()) {
    if (!wanted) continue;
    const written = write(bytes);
    const isWanted = await wait(written);
    if (isWanted === undefined) return { written };
    wanted = isWanted;
  }
  return undefined;
}

/** Reads all that the client sends, or as much as there is room for. */
async function putAside(
  read: Read,
  spool: Spool,
): Promise<Received | { readonly kind: "more" }> {
  for (;;) {
    const bytes = await read().catch(() => "lost" as const);
    if (bytes === undefined) return { kind: "all" };
    if (bytes === "lost") {
      spool.close();
      return { kind: "lost" };
    }
    try {
      if (!await spool.write(bytes)) return { kind: "more" };
    } catch (error) {
      spool.close();
      return { kind: "failed", error };
    }
  }
}

/** Gives the script what was put aside. */
async function pour(spool: Spool, write: Write): Promise<void> {
  for await (const chunk of spool.read()) {
    if (!await write(chunk)) break; // which closes the spool
  }
}
