/**
 * What became of an answer: whether it has reached the client, how many bytes of it, and when; and, for
 * whoever counts downloads, what it has of a file.
 *
 * @module
 */

import { type Body, sourceSize } from "../http/body.ts";
import type { Reason, Reply } from "../http/reply.ts";
import { protocolOf, rawTarget } from "../http/target.ts";
import { bytesOf, type Content, type Span } from "../ports/content.ts";
import type {
  AnswerKind,
  Download,
  Log,
  LogRecord,
  Peer,
} from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Clock } from "../ports/runtime.ts";
import { untilAnswered } from "../ports/timers.ts";
import type { Site } from "../site/site.ts";
import { completionOf } from "./client.ts";
import type { Exchange } from "./decision.ts";
import type { SentAnswer } from "./send.ts";

/** Waits until an answer has left, or its client has, and logs it. */
export type Observe = (exchange: Exchange, answer: SentAnswer) => void;

/** How many reasons a second are looked for, once an answer has left. */
const REASONS_PER_SECOND = 100;

/** What a record says of the request. */
type Asked = Pick<
  LogRecord,
  "peer" | "time" | "method" | "target" | "protocol" | "headers"
>;

/** Makes what logs answers; `undefined` where nothing is logged. */
export function createObserver({ log, clock }: Site): Observe | undefined {
  if (log === undefined) return undefined;
  const nextTurn = createNextTurn();
  const explain = createExplain(clock);
  const write = ignoringFailures(log);
  const wait = async (
    asked: Asked,
    request: HttpRequest,
    answer: SentAnswer,
  ) => {
    const { peer } = asked;
    const { content, reply: { reason } } = answer;
    const completed = completionOf(peer) ?? completion(request, peer, content);
    const outcome = isOnItsWay(content)
      ? await outcomeOf(completed, content.ended)
      : await outcomeInMemory(completed);
    const record = recordOf(asked, answer, outcome, clock.now());
    if (peer.isAnswered !== undefined) await nextTurn();
    write(
      typeof reason === "function"
        ? { ...record, reason: await explain(reason) }
        : record,
    );
  };
  return (exchange, answer) => {
    const asked = askedOf(exchange, answer);
    const { peer: { whenSent } } = asked;
    const { content, reply: { reason } } = answer;
    if (
      whenSent === undefined || isOnItsWay(content) ||
      typeof reason === "function"
    ) {
      wait(asked, exchange.request, answer).catch(() => {});
      return;
    }
    // Without a promise: several of them take longer than the line.
    whenSent(true, (isSent) => {
      const outcome = isSent ? SENT : CUT;
      write(recordOf(asked, answer, outcome, clock.now()));
    });
  };
}

/** A log that throws must not take the server with it. */
function ignoringFailures(log: Log): (record: LogRecord) => void {
  return (record) => {
    try {
      const logged = log(record);
      if (logged !== undefined) Promise.resolve(logged).catch(() => {});
    } catch {
      // Nobody is there to be told.
    }
  };
}

/** Read before the answer is returned: afterwards Deno throws for a URL that was not read (D49). */
function askedOf(
  { request, peer, time }: Exchange,
  { reply: { user } }: SentAnswer,
): Asked {
  const found = peer();
  return {
    peer: user === undefined ? found : { ...found, user },
    time,
    method: request.method,
    target: rawTarget(request),
    protocol: protocolOf(request),
    headers: request.headers,
  };
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

/** What was asked, and what became of the answer. */
function recordOf(
  { peer, time, method, target, protocol, headers }: Asked,
  answer: SentAnswer,
  { failure: read, isCut }: Outcome,
  now: number,
): LogRecord {
  const { status, content, reply } = answer;
  const { reason } = reply;
  const failure = read ?? content?.failure?.();
  // Deno says that an answer is complete also when the client left in the middle of it.
  const hasLeft = peer.gone === true || isCut ||
    content?.unwanted?.() === true;
  return {
    peer,
    time,
    milliseconds: now - time,
    method,
    target,
    protocol,
    headers,
    status,
    kind: kindOf(reply),
    bytes: peer.sent?.() ??
      content?.taken(hasLeft || failure !== undefined) ?? 0,
    // Where the server has cut the connection, the client has not.
    aborted: hasLeft && failure === undefined,
    message: reply.message,
    reason: typeof reason === "string" ? reason : undefined,
    error: reply.error ?? failure,
    download: method === "GET" ? () => downloadOf(answer) : undefined,
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

const CONTENT_RANGE_REGEXP = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** The download that an answer to GET is, or a part of; pages, listings and errors are none. */
function downloadOf(
  { status, headers, reply: { body } }: SentAnswer,
): Download | undefined {
  if (!isFile(body) && !isAttachment(headers.get("content-disposition"))) {
    return undefined;
  }
  const tag = headers.get("etag");
  if (status === 200) {
    const length = headers.get("content-length");
    return { tag, length: length === undefined ? undefined : Number(length) };
  }
  if (status !== 206) return undefined;
  const range = CONTENT_RANGE_REGEXP.exec(headers.get("content-range") ?? "");
  if (range === null) return partsOf(body, tag);
  const [start = 0, end = 0, length = 0] = range.slice(1).map(Number);
  return { tag, length, spans: [{ start, end }] };
}

function isFile(body: Body): boolean {
  return (body.kind === "pieces" || body.kind === "coded") &&
    body.source.kind === "file";
}

/** An archive, or what a script has made. */
function isAttachment(disposition = ""): boolean {
  return /^attachment\b/i.test(disposition);
}

/** Several ranges stand between the heads of their parts (RFC 9110 §14.6). */
function partsOf(body: Body, tag: string | undefined): Download | undefined {
  if (body.kind !== "pieces") return undefined;
  const spans = [...body.pieces].filter((piece): piece is Span =>
    "start" in piece
  );
  return { tag, length: sourceSize(body.source), spans };
}
