/**
 * A connection of HTTP/1 (RFC 9112 §9): requests one after the other, their answers in order, and
 * the end. What carries the bytes is a `Transport`.
 *
 * @module
 */

import type { Ends } from "../exchanges.ts";
import { nextTurn } from "../node_ports.ts";
import type { Channel, Phase, Serving, Transport } from "./channel.ts";
import { Exchange } from "./connection_exchange.ts";
import { RequestContent } from "./incoming_content.ts";
import {
  parseHead,
  refusedHead,
  type RequestHead,
  type RequestLine,
} from "./request_head.ts";
import { answer } from "./write_answer.ts";

/** How many bytes may wait until no more are read. */
const MOST_WAITING_BYTES = 65_536;
/** Up to which length a head is kept for the next one, in bytes. */
const KEPT_HEAD_BYTES = 2048;
const NOTHING = Buffer.alloc(0);
const [CR, LF, HEAD_END] = [0x0d, 0x0a, "\r\n\r\n"];
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

export class Connection implements Channel {
  /** What is being answered. */
  exchange: Exchange | undefined;
  /** How many requests were begun. */
  requests = 0;
  /** How many bytes the system has taken. */
  taken = 0;
  /** Whether the client has closed its side. */
  isHalfClosed = false;
  /** Whether both sides are closed. */
  isClosed = false;
  #ends: Ends | undefined;
  #content: RequestContent | undefined;
  #line: RequestLine | undefined;
  /** The last head, if it is short: an idle connection holds it, and the next one often has the same fields. */
  #former: RequestHead | undefined;
  #input: Buffer<ArrayBuffer> = NOTHING;
  #at = 0;
  #unsent: Uint8Array | undefined;
  #onTaken: ((isOpen: boolean) => void) | undefined;
  #isHeadBegun = false;
  /** How much of a head there has to be until one looks whether it can become one. */
  #nextLook = 0;
  #isAdvancing = false;
  #isPaused = false;
  #isEnding = false;

  constructor(readonly socket: Transport, readonly serving: Serving) {}

  /** What it is doing. */
  get phase(): Phase {
    if (this.#isEnding) return "ending";
    if (this.exchange !== undefined) return "exchange";
    return this.requests === 0 || this.#isHeadBegun ? "head" : "idle";
  }

  /** Bun asks the system each time. */
  get ends(): Ends {
    return this.#ends ??= endsOf(this.socket);
  }

  /** Whether the client has begun to ask for something. */
  get isHeadBegun(): boolean {
    return this.#isHeadBegun;
  }

  /** How many bytes wait until the client reads. */
  get unsentBytes(): number {
    return this.#unsent?.length ?? 0;
  }

  /** A number that changes with every byte that moves. */
  get position(): number {
    return this.taken + (this.#content?.received ?? 0);
  }

  /** Whether the client has to read what was written, or to send what somebody waits for. */
  get isClientsTurn(): boolean {
    return this.#unsent !== undefined || this.#content?.isAwaited === true;
  }

  /** Whether content is still to come that nobody has read. */
  get hasRest(): boolean {
    return this.#content !== undefined;
  }

  /** It is open. There may be no place for it. */
  receiveOpen(): void {
    this.serving.connections.add(this);
    this.serving.limiter.enter(this);
  }

  receive(bytes: Buffer<ArrayBuffer>): void {
    if (this.#isEnding) return;
    const rest = this.#input.length - this.#at;
    this.#input = rest === 0
      ? bytes
      : joined(this.#input.subarray(this.#at), bytes);
    this.#at = 0;
    // To look at a long head with each of its bytes would cost its square.
    const isSoon = this.#isHeadBegun && this.#input.length < this.#nextLook;
    if (!isSoon || hasHeadEnd(this.#input, rest)) this.advance();
  }

  /** The client has closed its side. */
  receiveEnd(): void {
    this.isHalfClosed = true;
    if (this.#isEnding) return this.#end();
    this.advance();
  }

  /** Both sides are closed. */
  receiveClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.serving.connections.delete(this);
    this.serving.limiter.leave(this);
    this.#onTaken?.(false);
    this.#content?.cut();
    this.exchange?.close(false);
    this.exchange = undefined;
  }

  /** There is room for more. */
  receiveRoom(): void {
    const unsent = this.#unsent;
    if (unsent === undefined) return;
    this.#unsent = undefined;
    if (!this.write(unsent, unsent.length)) return;
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.(true);
  }

  /** Goes on with what has come. */
  advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#step());
    this.#isAdvancing = false;
    const waiting = this.#input.length - this.#at;
    if (waiting === 0) this.#forget();
    else if (this.#at > MOST_WAITING_BYTES) this.#compact();
    if (this.isClosed || this.#isEnding) return;
    if (waiting > MOST_WAITING_BYTES !== this.#isPaused) {
      this.#isPaused = !this.#isPaused;
      if (this.#isPaused) this.socket.pause();
      else this.socket.resume();
    }
    if (!this.isHalfClosed || waiting > MOST_WAITING_BYTES) return;
    if (this.#content?.isAwaited) this.#content.cut();
    if (this.exchange === undefined) this.#end();
  }

  /** One step; whether there may be another. */
  #step(): boolean {
    if (this.#isEnding || this.isClosed) return false;
    if (this.#content !== undefined) return this.#takeContent(this.#content);
    if (this.exchange !== undefined || this.#at === this.#input.length) {
      return false;
    }
    const parsed = parseHead(
      headText(this.#input, this.#at),
      0,
      this.#former,
    );
    if (parsed.kind === "incomplete") {
      this.#isHeadBegun = parsed.isBegun;
      this.#at += parsed.start;
      const waiting = this.#input.length - this.#at;
      this.#nextLook = waiting + Math.floor(waiting / 8);
      return false;
    }
    this.#isHeadBegun = false;
    if (parsed.kind === "head") {
      this.#at += parsed.end;
      this.#former = parsed.end <= KEPT_HEAD_BYTES ? parsed.head : undefined;
    } else this.#forget();
    this.#begin(parsed.head);
    return true;
  }

  #forget(): void {
    this.#input = NOTHING;
    this.#at = 0;
  }

  /** What was read is not held for what waits. */
  #compact(): void {
    this.#input = joined(this.#input.subarray(this.#at), NOTHING);
    this.#at = 0;
  }

  #takeContent(content: RequestContent): boolean {
    const at = content.take(this.#input, this.#at);
    if (at === undefined) {
      this.#refuseContent(content);
      return false;
    }
    this.#at = at;
    if (content.isOver) this.#content = undefined;
    return content.isOver;
  }

  /** The answer to content that cannot be read takes the place of its own, unless that has begun. */
  #refuseContent(content: RequestContent): void {
    const { exchange } = this;
    this.#content = undefined;
    this.#forget();
    if (exchange?.isBegun) return this.destroy();
    this.exchange = undefined;
    if (exchange !== undefined) exchange.isRefused = true;
    content.cut();
    exchange?.close(false);
    this.#begin(refusedHead({ status: 400 }, this.#line));
  }

  /** Answers a head that does not come, or not in time, and ends. */
  refuse(status: number): void {
    this.#forget();
    this.#isHeadBegun = false;
    this.#begin(refusedHead({ status }));
  }

  #begin(head: RequestHead): void {
    const { framing } = head;
    this.#content = framing.kind === "none"
      ? undefined
      : new RequestContent(framing, (isWanted) => this.#demand(isWanted));
    this.#line = head;
    this.requests++;
    this.exchange = new Exchange(this, head, this.#content);
    answer(this.exchange);
  }

  /** Content is wanted, or to be dropped. Behind the head of the answer a 100 would be content. */
  #demand(isWanted: boolean): void {
    const { exchange } = this;
    if (isWanted && exchange?.isContinued === false && !exchange.isBegun) {
      exchange.isContinued = true;
      this.write(CONTINUE, CONTINUE.length);
    }
    this.advance();
  }

  /** Writes bytes; whether the system has taken them all. `isShared`: others will write to them. */
  write(bytes: Uint8Array, length: number, isShared = false): boolean {
    if (this.isClosed) return false;
    if (this.#unsent !== undefined) {
      this.#unsent = joined(this.#unsent, bytes.subarray(0, length));
      return false;
    }
    const count = this.socket.write(bytes, 0, length);
    if (count === length) {
      this.taken += count;
      return true;
    }
    if (count < 0) {
      this.destroy();
      return false;
    }
    this.taken += count;
    this.#unsent = isShared
      ? new Uint8Array(bytes.subarray(count, length)) // slice() of a Buffer copies nothing
      : bytes.subarray(count, length);
    return false;
  }

  /** Calls back when the system has taken all that was written, or the client has left. */
  whenTaken(callback: (isOpen: boolean) => void): void {
    if (this.isClosed) return callback(false);
    if (this.#unsent === undefined) return callback(true);
    this.#onTaken = callback;
  }

  /** All of an answer was written. */
  finish(isLast: boolean): void {
    if (this.#unsent === undefined) this.#finish(isLast);
    else this.whenTaken((isOpen) => isOpen && this.#finish(isLast));
  }

  #finish(isLast: boolean): void {
    if (this.isClosed) return;
    this.exchange?.close(true);
    this.exchange = undefined;
    this.#line = undefined;
    if (isLast) return this.#linger();
    this.#content?.drop();
    // What has ended with this answer, such as a script, is seen in another turn.
    const isDry = this.#at === this.#input.length;
    if (this.#isAdvancing || isDry) this.advance();
    else void nextTurn().then(() => this.advance());
    if (isDry && this.exchange === undefined && !this.isClosed) {
      this.serving.limiter.rest(this);
    }
  }

  /** To close at once could reset the connection, and the client might lose the answer (RFC 9112 §9.6). */
  #linger(): void {
    this.#isEnding = true;
    this.#forget();
    if (this.isHalfClosed) return this.#end();
    this.socket.shutdown();
    if (this.#isPaused) this.socket.resume();
  }

  /** Behind `end()` alone Bun waits for a client of TLS to end its side, too, for 10 s or longer (1.4.5). */
  #end(): void {
    this.#isEnding = true;
    this.socket.shutdown();
    this.socket.end();
  }

  /** Ends it, also in the middle of an answer. */
  destroy(): void {
    if (!this.isClosed) this.#end();
    this.receiveClose();
  }

  /** Ends it, and gives up what the system has taken for a client that reads nothing. */
  reset(): void {
    if (!this.isClosed) this.socket.terminate();
    this.receiveClose();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Ends): Ends {
  return { remoteAddress, remotePort, localAddress };
}

/** Whether a head ends in what has come behind the first bytes. */
function hasHeadEnd(bytes: Buffer, first: number): boolean {
  return bytes.includes(HEAD_END, Math.max(0, first - 3), "latin1");
}

/** A head, or what there is of it, and no more: all texts of its fields are parts of this one. */
function headText(bytes: Buffer, from: number): string {
  let start = from;
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2;
  const end = bytes.indexOf(HEAD_END, start, "latin1");
  return bytes.toString("latin1", from, end < 0 ? bytes.length : end + 4);
}

/** In memory of its own: who gets a piece of it may transfer it. */
function joined(first: Uint8Array, second: Uint8Array): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
