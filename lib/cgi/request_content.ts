/**
 * The content of a request on its way to a script (RFC 3875 §4.2), and the deadline for it: the
 * server waits while the client is there, and for no longer than the user allows.
 *
 * @module
 */

import type { Bytes } from "../ports/content.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { OpenSpool, Spool } from "../ports/processes.ts";
import { deferred } from "../ports/timers.ts";
import type { Cgi } from "../site/scripts.ts";
import {
  leftReply,
  noStorageReply,
  type ReplyOutcome,
  stalledReply,
  tooLargeReply,
} from "./script_failure.ts";

/** The content of a request. */
export type RequestContent =
  | { readonly kind: "none" }
  | {
    readonly kind: "content";
    /** In bytes. */
    readonly length: number;
    /** So many bytes; fewer or more are a fault. */
    readonly stream: ReadableStream<Bytes>;
  };

/** Receives content. Without a Content-Length it is collected first: the script must know its length (§4.1.2). */
export async function receiveContent(
  { body, headers, method }: HttpRequest,
  cgi: Pick<Cgi, "maxBody" | "openSpool">,
  deadline: Deadline,
): Promise<RequestContent | ReplyOutcome> {
  const field = headers.get("content-length");
  if (field === null) {
    return body === null ? { kind: "none" } : collect(body, cgi, deadline);
  }
  const length = Number(field);
  if (length > cgi.maxBody) {
    await body?.cancel().catch(() => {});
    return tooLargeReply(`${length} bytes are more than ${cgi.maxBody}`);
  }
  // The runtimes hide the content of GET and HEAD (RFC 9110 §9.3.1), and Bun that of length 0.
  const isHidden = body === null && (length > 0 || method === "GET");
  return isHidden || method === "HEAD"
    ? { kind: "none" }
    : { kind: "content", length, stream: body ?? new Blob().stream() };
}

async function collect(
  body: ReadableStream<Bytes>,
  { maxBody, openSpool }: Pick<Cgi, "maxBody" | "openSpool">,
  { over, restart }: Deadline,
): Promise<RequestContent | ReplyOutcome> {
  const spool = openSpool();
  const reader = body.getReader();
  const instead = <T>(result: T): T => {
    spool.close();
    reader.cancel().catch(() => {}); // the client need not send the rest
    return result;
  };
  let end: End | undefined;
  // A race for every piece would keep all pieces in memory until `over` settles.
  over.then((reason) => {
    end = reason;
    return reader.cancel();
  }).catch(() => {});
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => undefined);
    if (end === "late") return instead(stalledReply());
    if (chunk === undefined || end === "left") return instead(leftReply());
    if (chunk.done) break;
    restart();
    length += chunk.value.length;
    if (length > maxBody) {
      return instead(tooLargeReply(`more than ${maxBody} bytes`));
    }
    try {
      const hasRoom = await spool.write(chunk.value);
      if (!hasRoom) return instead(tooLargeReply(NO_ROOM));
    } catch (error) {
      return instead(noStorageReply(error));
    }
  }
  return length === 0
    ? instead({ kind: "none" })
    : { kind: "content", length, stream: spool.read() };
}

const NO_ROOM =
  "content of unknown length needs a temporary file; start with --allow-write";

/** Content on its way to a script. */
export interface Feeding {
  /** Settles when the client has sent all of it, or what it sends is lost. */
  readonly received: Promise<Received>;
  /** From now on the client does not wait for the script: what it sends is spooled. */
  readonly spoolRest: () => void;
}

type Received = { readonly kind: "all" } | ReplyOutcome;

const ALL: Received = { kind: "all" };

/**
 * Feeds content to a script, with back-pressure. What the script does not read is received all the
 * same: a client that writes all of its request first would never read the answer.
 *
 * The answer begins when the request is complete, hence `spoolRest`: while Deno sends an answer,
 * it reads the rest of the request into memory without back-pressure.
 */
export function feed(
  content: RequestContent,
  input: WritableStream<Bytes> | undefined,
  openSpool: OpenSpool,
  onProgress: () => void,
): Feeding {
  if (content.kind === "none" || input === undefined) {
    return { received: Promise.resolve(ALL), spoolRest: () => {} };
  }
  const { promise: received, resolve } = deferred<Received>();
  const spooling = createInterrupt();
  const writer = input.getWriter();
  writer.closed.catch(() => {}); // a failure shows in `write`
  const write: Write = (bytes) =>
    writer.write(bytes).then(() => true, () => false);
  const read = exactly(content, onProgress);
  const deliverAll = async () => {
    const unfinished = await deliver(read, write, spooling.wait);
    if (unfinished === undefined) return resolve(ALL);
    const spool = openSpool();
    const result = await collectRest(read, spool);
    if (result.kind === "reply") return resolve(result);
    resolve(ALL); // or all that there is room for
    if (await unfinished.written) await pour(spool, write);
    else spool.close();
    if (result.kind === "full") await deliver(read, write);
  };
  deliverAll()
    .catch(() => resolve(leftReply()))
    .then(() => writer.close())
    .catch(() => {});
  return { received, spoolRest: spooling.interrupt };
}

/** The next bytes of the request; `undefined` at its end. */
type Read = () => Promise<Bytes | undefined>;
/** Writes to the script; `false` when it does not read any more. */
type Write = (bytes: Bytes) => Promise<boolean>;

/** Reads `length` bytes and no more; fewer are an error. */
function exactly(
  { stream, length }: RequestContent & { kind: "content" },
  onProgress: () => void,
): Read {
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

/** Waits for a write; `undefined` as soon as the wait is interrupted. */
type Wait = (written: Promise<boolean>) => Promise<boolean | undefined>;

/** A race with one promise for every write would keep all of them in memory until it settles. */
function createInterrupt(): { interrupt: () => void; wait: Wait } {
  let isInterrupted = false;
  let stop = () => {};
  return {
    interrupt: () => {
      isInterrupted = true;
      stop();
    },
    wait: (written) => {
      const { promise, resolve } = deferred<boolean | undefined>();
      stop = () => resolve(undefined);
      written.then(resolve);
      if (isInterrupted) stop();
      return promise;
    },
  };
}

/** Passes bytes on, to the end; when a wait is interrupted, it returns the unfinished write. */
async function deliver(
  read: Read,
  write: Write,
  wait: Wait = (written) => written,
): Promise<{ readonly written: Promise<boolean> } | undefined> {
  let isWanted = true;
  for (let bytes = await read(); bytes !== undefined; bytes = await read()) {
    if (!isWanted) continue;
    const written = write(bytes);
    const result = await wait(written);
    if (result === undefined) return { written };
    isWanted = result;
  }
  return undefined;
}

/** Spools what the client still sends, or as much as there is room for. */
async function collectRest(
  read: Read,
  spool: Spool,
): Promise<Received | { readonly kind: "full" }> {
  for (;;) {
    const bytes = await read().catch(() => "lost" as const);
    if (bytes === undefined) return ALL;
    if (bytes === "lost") {
      spool.close();
      return leftReply();
    }
    try {
      if (!await spool.write(bytes)) return { kind: "full" };
    } catch (error) {
      spool.close();
      return noStorageReply(error);
    }
  }
}

/** Gives the script what was spooled. */
async function pour(spool: Spool, write: Write): Promise<void> {
  for await (const chunk of spool.read()) {
    if (!await write(chunk)) break; // which closes the spool
  }
}

/** Why the server waits no longer: the client has left, or the time is over. */
type End = "left" | "late";

/** A deadline that progress moves on. */
export interface Deadline extends Disposable {
  /** Settles when the server waits no longer. */
  readonly over: Promise<End>;
  /** Begins the time anew: there was progress. */
  readonly restart: () => void;
}

/** Sets a deadline of `timeout` milliseconds; it is also over when the client leaves. */
export function createDeadline(timeout: number, client: AbortSignal): Deadline {
  const { promise: over, resolve } = deferred<End>();
  let end = performance.now() + timeout;
  // The timer is set anew when it comes too early, and not for every piece of content.
  const wait = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => {
      if (performance.now() < end) timer = wait();
      else resolve("late");
    }, end - performance.now());
  let timer = wait();
  const leave = () => resolve("left");
  const restart = () => void (end = performance.now() + timeout);
  if (client.aborted) leave();
  client.addEventListener("abort", leave);
  return {
    over,
    restart,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      client.removeEventListener("abort", leave);
    },
  };
}
