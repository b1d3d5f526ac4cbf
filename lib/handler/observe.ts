/**
 * What became of an answer: whether it has reached the client, how many bytes of it, and when.
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import { protocolOf, rawTarget } from "../http/target.ts";
import type { Content } from "../ports/content.ts";
import type { Log, LogRecord, Peer, PeerFinder } from "../ports/exchange.ts";
import type { Site } from "../site/site.ts";

/** A request, and who sent it. */
export interface Observed {
  /** The request. */
  readonly request: Request;
  /** Who sent it. */
  readonly peer: PeerFinder;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
}

/** What was answered. */
export interface ObservedAnswer {
  /** As plain data. */
  readonly reply: Reply;
  /** As it was given to the runtime. */
  readonly response: Response;
  /** Its content on the way, where it has any. */
  readonly content: Content | undefined;
}

/** How often Bun is asked whether an answer is complete, in milliseconds. */
const POLL_MS = 25;

/**
 * Waits until the answer has left, or the client has. It is to be called before that: of a
 * request that is answered Deno tells no more than it has told before.
 *
 * @param exchange The request.
 * @param answer The answer.
 * @param site The clock.
 * @param log Where to tell it.
 */
export async function observe(
  exchange: Observed,
  { reply, response, content }: ObservedAnswer,
  { clock }: Site,
  log: Log,
): Promise<void> {
  const { request, time } = exchange;
  const peer = exchange.peer();
  const { method, headers } = request;
  const target = rawTarget(request);
  const protocol = protocolOf(request);
  const [ended, completed] = await Promise.allSettled([
    content?.ended,
    peer.completed ?? completion(request, peer, content),
  ]);
  const failure = ended.status === "rejected"
    ? ended.reason
    : content?.failure?.();
  // Deno says that an answer is complete also when the client left in the middle of it.
  const hasLeft = peer.gone === true || completed.status === "rejected" ||
    content?.unwanted?.() === true;
  const record: LogRecord = {
    peer,
    time,
    milliseconds: clock.now() - time,
    method,
    target,
    protocol,
    headers,
    status: response.status,
    bytes: content?.taken(hasLeft || failure !== undefined) ?? 0,
    // Where we have cut the connection nobody else has.
    aborted: hasLeft && failure === undefined,
    message: reply.message,
    error: reply.error ?? failure,
  };
  if (peer.isAnswered !== undefined) await nextTurn();
  await log(record);
}

/** One for all answers of a turn. */
let turn: Promise<void> | undefined;

/**
 * Bun writes an answer when the promises of this turn have settled, and the log is not to
 * be in its way: the first line takes 4 ms, because Bun then reads the time zones.
 */
function nextTurn(): Promise<void> {
  return turn ??= new Promise((resolve) => {
    setTimeout(() => {
      turn = undefined;
      resolve();
    });
  });
}

/**
 * Bun does not say when an answer is complete, and opens large files itself; but it knows
 * the address of a request only as long as it is being answered (measured with 1.4.5). Of a
 * client that leaves in the very moment in which it writes it does not say so.
 * Settles when the answer has left; rejects when the client has.
 */
function completion(
  { signal }: Request,
  { isAnswered }: Peer,
  content: Content | undefined,
): Promise<void> | undefined {
  // A signal of Deno may say that all went well.
  if (isAnswered === undefined) return undefined;
  if (signal.aborted) return Promise.reject(signal.reason);
  // What is in memory the socket takes at once, or nearly so.
  return content === undefined || content.body instanceof Uint8Array
    ? undefined
    : polled(signal, content, isAnswered);
}

async function polled(
  signal: AbortSignal,
  { ended }: Content,
  isAnswered: () => boolean,
): Promise<void> {
  await ended.catch(() => {}); // why, the log hears elsewhere
  while (!signal.aborted && !isAnswered()) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  signal.throwIfAborted();
}
