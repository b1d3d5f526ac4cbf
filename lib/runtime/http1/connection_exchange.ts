/**
 * An exchange on a connection of ours: a request as the core reads it, and how it ends. Only what
 * is asked for is made: most answers need a few fields, and neither content nor a signal.
 *
 * @module
 */

import type { Bytes } from "../../ports/content.ts";
import type { Peer } from "../../ports/exchange.ts";
import type { HttpRequest, Refusal } from "../../ports/message.ts";
import {
  HALF_CLOSED_MS,
  type OnClose,
  peerOf,
  signalOf,
} from "../exchanges.ts";
import type { Channel } from "./channel.ts";
import type { RequestContent } from "./incoming_content.ts";
import type { RequestFields, RequestHead } from "./request_head.ts";

export class Exchange implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly protocol: string;
  readonly headers: RequestFields;
  refusal: Refusal | undefined;
  /** How many bytes of the answer's content were handed to the connection. */
  queued = 0;
  /** Whether the head of the answer was written. */
  isBegun = false;
  /** Whether its content cannot be read: the answer to that takes the place of its own. */
  isRefused = false;
  /** Whether the client sends its content: without waiting for a 100 (RFC 9110 §10.1.1), or because it has got it. */
  isContinued: boolean;
  readonly #onClose: OnClose[] = [];
  /** Set when it is over. */
  #isWhole: boolean | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    readonly connection: Channel,
    { method, target, protocol, fields, refusal }: RequestHead,
    readonly content: RequestContent | undefined,
  ) {
    this.method = method;
    this.url = target.startsWith("/")
      ? connection.serving.scheme + (fields.get("host") ?? "localhost") + target
      : target;
    this.protocol = protocol;
    this.headers = fields;
    const expectation = protocol === "HTTP/1.0" ? null : fields.get("expect");
    this.isContinued = expectation === null;
    this.refusal = refusal ??
      (expectation !== null && expectation.toLowerCase() !== "100-continue"
        ? { status: 417 }
        : undefined);
  }

  /** The content; a client that waits for a 100 gets it when somebody reads. */
  get body(): ReadableStream<Bytes> | null {
    return this.content?.toStream() ?? null;
  }

  /** Aborted when the client leaves before the answer is complete. */
  get signal(): AbortSignal {
    return this.#signal ??= signalOf(this);
  }

  /** Whether it is not over yet. */
  get isOpen(): boolean {
    return this.#isWhole === undefined;
  }

  /** How many bytes of the answer's content the system has taken. */
  get sent(): number {
    return Math.max(0, this.queued - this.connection.unsentBytes);
  }

  /** Ends it, once. */
  close(isWhole: boolean): void {
    if (this.#isWhole !== undefined) return;
    this.connection.serving.inFlight--;
    if (!isWhole) this.queued = this.sent;
    this.#isWhole = isWhole;
    for (const callback of this.#onClose) callback(isWhole);
  }

  /** Calls back when it is over; at once where it is. */
  onClose(callback: OnClose): void {
    if (this.#isWhole === undefined) this.#onClose.push(callback);
    else callback(this.#isWhole);
  }

  /** Calls back when the client leaves before the answer is complete, perhaps several times. */
  onLeave(callback: () => void): void {
    let last = this.sent;
    const timer = setInterval(() => {
      const { isHalfClosed, unsentBytes } = this.connection;
      const isSilent = unsentBytes === 0 && this.sent === last;
      if (isHalfClosed && (isSilent || !this.isBegun)) callback();
      last = this.sent;
    }, HALF_CLOSED_MS);
    this.onClose((isWhole) => {
      clearInterval(timer);
      if (!isWhole) callback();
    });
  }

  /** Who sent the request. */
  toPeer(): Peer {
    return peerOf(this, this.connection.ends);
  }
}
