/**
 * What became of an answer: whether it has reached the client, how many bytes of it, and when.
 *
 * @module
 */

import type { Reason, Reply } from "../http/reply.ts";
import { protocolOf, rawTarget } from "../http/target.ts";
import { bytesOf, type Content } from "../ports/content.ts";
import type {
  AnswerKind,
  LogRecord,
  Peer,
  PeerFinder,
} from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Clock } from "../ports/runtime.ts";
import { untilAnswered } from "../ports/timers.ts";
import type { Site } from "../site/site.ts";
import { downloadOf } from "./download.ts";
import type { SentAnswer } from "./send.ts";

/** A request, and who sent it. */
export interface Observed {
  readonly request: HttpRequest;
  readonly peer: PeerFinder;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
}

/** Waits until an answer has left, or its client has, and logs it. */
export type Observe = (exchange: Observed, answer: SentAnswer) => void;

/** How many reasons a second are looked for, once an answer has left. */
const REASONS_PER_SECOND = 100;

/** Makes what logs answers; `undefined` where nothing is logged. */
export function createObserver({ log, clock }: Site): Observe | undefined {
  if (log === undefined) return undefined;
  const nextTurn = createNextTurn();
  const explain = createExplain(clock);
  const observe = async (exchange: Observed, answer: SentAnswer) => {
    const { request, time } = exchange;
    const { user } = answer.reply;
    const found = exchange.peer();
    const peer = user === undefined ? found : { ...found, user };
    // Read before the answer is returned: afterwards Deno throws for a URL that was not read (D49).
    const { method, headers } = request;
    const target = rawTarget(request);
    const protocol = protocolOf(request);
    const { content } = answer;
    const completed = peer.completed ?? completion(request, peer, content);
    const outcome = isOnItsWay(content)
      ? await outcomeOf(completed, content.ended)
      : await outcomeInMemory(completed);
    const milliseconds = clock.now() - time;
    const end = endOf(outcome, answer, peer);
    if (peer.isAnswered !== undefined) await nextTurn();
    const asked = { peer, time, milliseconds, method, target, protocol };
    const { reason: why } = answer.reply;
    const reason = typeof why === "function" ? await explain(why) : why;
    const download = method === "GET" ? () => downloadOf(answer) : undefined;
    await log({ ...asked, headers, ...end, reason, download });
  };
  // A log that throws must not take the server with it.
  return (exchange, answer) => void observe(exchange, answer).catch(() => {});
}

/** On Deno a name that is not there costs half as much again as its 404: too much for a flood of them. */
function createExplain(
  { now }: Clock,
): (why: Exclude<Reason, string>) => Promise<string | undefined> {
  let second = 0;
  let left = 0;
  return async (why) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) left = REASONS_PER_SECOND;
    second = current;
    if (left-- <= 0) return undefined;
    try {
      return await why();
    } catch {
      return undefined; // a disk that cannot say why
    }
  };
}

/** How an answer has ended. */
interface Outcome {
  /** Why its content could not be read to the end. */
  readonly failure: unknown;
  /** Whether its client was gone before. */
  readonly isCut: boolean;
}

async function outcomeOf(
  completed: Promise<void> | undefined,
  ended: Promise<void>,
): Promise<Outcome> {
  const [read, sent] = await Promise.allSettled([ended, completed]);
  const failure = read.status === "rejected" ? read.reason : undefined;
  return { failure, isCut: sent.status === "rejected" };
}

/** The same without the promises of `allSettled`, which take as long as the line of the log. */
async function outcomeInMemory(
  completed: Promise<void> | undefined,
): Promise<Outcome> {
  try {
    await completed;
    return SENT;
  } catch {
    return CUT;
  }
}

const SENT: Outcome = { failure: undefined, isCut: false };
const CUT: Outcome = { failure: undefined, isCut: true };

function isOnItsWay(content: Content | undefined): content is Content {
  return content !== undefined && bytesOf(content) === undefined;
}

/** What became of the answer. */
function endOf(
  { failure: read, isCut }: Outcome,
  { reply, status, content }: SentAnswer,
  peer: Peer,
): Pick<
  LogRecord,
  "status" | "kind" | "bytes" | "aborted" | "message" | "error"
> {
  const failure = read ?? content?.failure?.();
  // Deno says that an answer is complete also when the client left in the middle of it.
  const hasLeft = peer.gone === true || isCut ||
    content?.unwanted?.() === true;
  return {
    status,
    kind: kindOf(reply),
    bytes: peer.sent?.() ??
      content?.taken(hasLeft || failure !== undefined) ?? 0,
    // Where the server has cut the connection, the client has not.
    aborted: hasLeft && failure === undefined,
    message: reply.message,
    error: reply.error ?? failure,
  };
}

/** What has answered: who makes a reply says it only where the status does not tell. */
function kindOf({ status, kind }: Reply): AnswerKind {
  if (kind === "script" || kind === "upload") return kind;
  if (status >= 400) return "error";
  if (status >= 300 && status !== 304) return "redirect";
  return kind ?? (status === 204 ? "options" : "file");
}

/**
 * Bun writes an answer when the promises of this turn have settled, and the log is not to
 * be in its way: the first line takes 4 ms, because Bun then reads the time zones. All answers
 * of a turn share one timer.
 */
function createNextTurn(): () => Promise<void> {
  let turn: Promise<void> | undefined;
  return () =>
    turn ??= new Promise((resolve) => {
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
  { signal }: HttpRequest,
  { isAnswered }: Peer,
  content: Content | undefined,
): Promise<void> | undefined {
  // A signal of Deno may say that all went well.
  if (isAnswered === undefined) return undefined;
  if (signal.aborted) return Promise.reject(signal.reason);
  // What is in memory the socket takes at once, or nearly so.
  return isOnItsWay(content) ? polled(signal, content, isAnswered) : undefined;
}

async function polled(
  signal: AbortSignal,
  { ended }: Content,
  isAnswered: () => boolean,
): Promise<void> {
  await ended.catch(() => {}); // logged as the failure
  await untilAnswered(() => signal.aborted || isAnswered());
  signal.throwIfAborted();
}
