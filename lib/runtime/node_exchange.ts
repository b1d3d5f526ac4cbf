/**
 * An exchange of `node:http`: a request, the response to it, and how it ends. One object and one
 * listener for each: on Bun every listener takes a twentieth of a small answer's time (measured).
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Peer } from "../ports/exchange.ts";
import { HALF_CLOSED_MS, type OnClose, peerOf, signalOf } from "./exchanges.ts";

export interface Connection {
  /** The exchange that was begun last. */
  current: Exchange | undefined;
  /** What begins when it is over, the oldest first. */
  readonly waiting: Array<() => void>;
  /** How many exchanges were begun. */
  requests: number;
  /** Whether something came that cannot be read: its answer is the last one. */
  isRefused: boolean;
}

/** A request, and the response to it. */
export class Exchange {
  /** How many bytes of the request's content were read. */
  received = 0;
  /** How many bytes of the answer's content the system has taken. */
  sent = 0;
  /** How many bytes leave with the end of the answer: they have been taken when it is over. */
  ending = 0;
  /** Whether others have a hand in it: they may have set fields of the response, and put functions of theirs over its own. */
  isShared = false;
  readonly #onClose: OnClose[] = [];
  /** Set when it is over. */
  #isWhole: boolean | undefined;

  constructor(
    readonly message: IncomingMessage,
    readonly response: ServerResponse,
    readonly connection: Connection,
    /** The scheme, with what stands behind it in URLs. */
    readonly scheme: "http://" | "https://",
    /** Whether the client sends its content: without waiting for a 100 (RFC 9110 §10.1.1), or because it has got it. */
    public isContinued: boolean,
  ) {}

  /** Whether it is not over yet. */
  get isOpen(): boolean {
    return !this.response.writableFinished && !this.response.destroyed;
  }

  /** Whether its content cannot be read: the answer to that takes the place of its own. */
  get isRefused(): boolean {
    return this.connection.isRefused && !this.message.complete;
  }

  watch(): void {
    this.response.once("close", () => {
      const isWhole = this.response.writableFinished;
      this.#isWhole = isWhole;
      if (isWhole) this.sent += this.ending;
      for (const callback of this.#onClose) callback(isWhole);
    });
  }

  /** Calls back when it is over; at once where it is. */
  onClose(callback: OnClose): void {
    if (this.#isWhole === undefined) this.#onClose.push(callback);
    else callback(this.#isWhole);
  }

  /** Calls back when the client leaves before the answer is complete, perhaps several times. */
  onLeave(callback: () => void): void {
    const { message: { socket }, response } = this;
    let timer: ReturnType<typeof setInterval> | undefined;
    const onHalfClosed = () => {
      let last = this.sent;
      timer = setInterval(() => {
        const isSilent = response.writableLength === 0 && this.sent === last;
        if (isSilent || !response.headersSent) callback();
        last = this.sent;
      }, HALF_CLOSED_MS);
    };
    if (socket.readableEnded) onHalfClosed();
    else socket.once("end", onHalfClosed);
    this.onClose((isWhole) => {
      clearInterval(timer);
      socket.off("end", onHalfClosed);
      if (!isWhole) callback();
    });
  }

  /** Who sent the request. */
  toPeer(): Peer {
    return peerOf(this, this.message.socket);
  }

  /** Aborted when the client leaves before the answer is complete. */
  toSignal(): AbortSignal {
    return signalOf(this);
  }
}
