/**
 * The content of a request, made ready for a script (RFC 3875 §4.2).
 *
 * Gives the content of a request to a script (RFC 3875 §4.2).
 *
 * How long a server waits for a script, and for the content of the request: as long as
 * there is somebody who wants the answer, and no longer than the user allows.
 *
 * @module
 */

import type { OpenSpool, Spool } from "../ports/processes.ts";
import type { Cgi } from "../site/scripts.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The content of a request, of which a script must know the length beforehand. */
export type RequestContent =
  | { readonly kind: "none" }
  | {
    readonly kind: "content";
    /** In bytes. */
    readonly length: number;
    /** So many bytes; fewer or more are a fault. */
    readonly stream: ReadableStream<Bytes>;
  }
  | {
    /** There is more than may be, or than there is room for. */
    readonly kind: "too-large";
    /** Why, for the log. */
    readonly reason: string;
  }
  | {
    /** The client has left in the middle of it. */
    readonly kind: "lost";
  }
  | {
    /** The client has stopped in the middle of it. */
    readonly kind: "stalled";
  }
  | {
    /** It cannot be put anywhere. */
    readonly kind: "failed";
    /** Why. */
    readonly error: unknown;
  };

/**
 * Makes content ready: with its length it streams; without, all of it is waited for, so
 * that the script can be told its length (§4.1.2).
 *
 * @param request The request.
 * @param cgi How scripts are run.
 * @param patience How long to wait for the next piece.
 * @returns The content.
 */
export async function receiveContent(
  { body, headers, method }: Request,
  cgi: Pick<Cgi, "maxBody" | "openSpool">,
  patience: Patience,
): Promise<RequestContent> {
  const field = headers.get("content-length");
  if (field === null) {
    return body === null ? { kind: "none" } : await spool(body, cgi, patience);
  }
  const length = Number(field);
  if (length > cgi.maxBody) {
    await body?.cancel().catch(() => {});
    return tooLarge(`${length} bytes are more than ${cgi.maxBody}`);
  }
  // The runtimes show no content of these (RFC 9110 §9.3.1), and Bun none of length 0.
  const isHidden = body === null && (length > 0 || method === "GET");
  return isHidden || method === "HEAD"
    ? { kind: "none" }
    : { kind: "content", length, stream: body ?? new Blob().stream() };
}

async function spool(
  body: ReadableStream<Bytes>,
  { maxBody, openSpool }: Pick<Cgi, "maxBody" | "openSpool">,
  { over, restart }: Patience,
): Promise<RequestContent> {
  const spool = openSpool();
  const reader = body.getReader();
  const instead = (result: RequestContent): RequestContent => {
    spool.close();
    reader.cancel().catch(() => {}); // the client need not send the rest
    return result;
  };
  let end: End | undefined;
  // Not by a race for every piece: what waits for it would keep all of them in memory.
  over.then((reason) => {
    end = reason;
    return reader.cancel();
  }).catch(() => {});
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => undefined);
    if (end === "late") return instead({ kind: "stalled" });
    if (chunk === undefined || end === "left") return instead({ kind: "lost" });
    if (chunk.done) break;
    restart();
    length += chunk.value.length;
    if (length > maxBody) {
      return instead(tooLarge(`more than ${maxBody} bytes`));
    }
    try {
      if (!await spool.write(chunk.value)) return instead(tooLarge(NO_ROOM));
    } catch (error) {
      return instead({ kind: "failed", error });
    }
  }
  return length === 0
    ? instead({ kind: "none" })
    : { kind: "content", length, stream: spool.read() };
}

const NO_ROOM =
  "content of unknown length needs a temporary file; start with --allow-write";

function tooLarge(reason: string): RequestContent {
  return { kind: "too-large", reason };
}

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

/** Why nobody waits any longer: the client has left, or the time is up. */
export type End = "left" | "late";

/** A wait. */
export interface Patience extends Disposable {
  /** Settles when nobody waits any longer. */
  readonly over: Promise<End>;
  /** Begins the time anew: something has happened. */
  readonly restart: () => void;
}

/**
 * Begins to wait.
 *
 * @param timeout How long, in milliseconds.
 * @param client Aborts when the client leaves.
 * @returns The wait.
 */
export function createPatience(timeout: number, client: AbortSignal): Patience {
  const { promise: over, resolve } = Promise.withResolvers<End>();
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => resolve("left");
  const restart = () => {
    clearTimeout(timer);
    if (!isOver) timer = setTimeout(() => resolve("late"), timeout);
  };
  if (client.aborted) leave();
  client.addEventListener("abort", leave);
  restart();
  return {
    over,
    restart,
    [Symbol.dispose]: () => {
      isOver = true;
      clearTimeout(timer);
      client.removeEventListener("abort", leave);
    },
  };
}
