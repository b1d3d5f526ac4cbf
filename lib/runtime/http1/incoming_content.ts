/**
 * The content of a request on its way to who asks for it. Nobody reads of it before: a client
 * that sends more than its share waits meanwhile.
 *
 * @module
 */

import type { Bytes } from "../../ports/content.ts";
import {
  type ContentDecoder,
  createContentDecoder,
} from "./content_decoder.ts";
import type { ContentFraming } from "./request_head.ts";

/** Content that comes on a connection. */
export class RequestContent {
  /** Whether it has come to its end, or is cut. */
  isOver = false;
  /** How many bytes of it were read. */
  received = 0;
  readonly #decoder: ContentDecoder;
  #stream: ReadableStream<Bytes> | undefined;
  #controller: ReadableStreamDefaultController<Bytes> | undefined;
  /** Whether somebody waits for a chunk. */
  #isAwaited = false;
  #isDropped = false;
  /** Whether nobody can say where it ends, nor cares: so it never does. */
  #isUnreadable = false;
  readonly #onDemand: (isWanted: boolean) => void;

  constructor(
    readonly framing: ContentFraming,
    onDemand: (isWanted: boolean) => void,
  ) {
    this.#decoder = createContentDecoder(framing);
    this.#onDemand = onDemand;
  }

  /** How many bytes are still to come; of chunks nobody knows. */
  get left(): number {
    const { framing } = this;
    if (this.isOver) return 0;
    return framing.kind === "length"
      ? framing.length - this.received
      : Infinity;
  }

  /** Whether the client is to send, for somebody waits for it. */
  get isAwaited(): boolean {
    return this.#isAwaited || this.#isDropped;
  }

  /** Whether nobody has asked for it. */
  get isUntouched(): boolean {
    return this.#stream === undefined;
  }

  /** The content with back-pressure. */
  toStream(): ReadableStream<Bytes> {
    return this.#stream ??= new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
        if (this.#isDropped) controller.error(new Error(DROPPED));
        else if (this.isOver) controller.error(new Error(CUT));
      },
      pull: () => {
        this.#isAwaited = true;
        this.#onDemand(true);
      },
      cancel: () => this.drop(),
    }, { highWaterMark: 0 });
  }

  /** Takes what is wanted of bytes; gives where it has stopped, or `undefined` where they cannot be read. */
  take(bytes: Bytes, from: number): number | undefined {
    if (this.#isUnreadable) return bytes.length;
    let at = from;
    while (this.isAwaited && !this.isOver) {
      const piece = this.#decoder.next(bytes, at);
      switch (piece.kind) {
        case "more":
          return bytes.length;
        case "unreadable":
          if (!this.#isDropped) return undefined;
          this.#isUnreadable = true;
          return bytes.length;
        case "end":
          this.#end();
          return piece.end;
        case "data":
          at = piece.end;
          this.#pass(bytes, piece.start, piece.end);
      }
    }
    return at;
  }

  /** Nobody wants the rest; who waits for it all the same is told so. */
  drop(): void {
    if (this.#isDropped || this.isOver) return;
    this.#isDropped = true;
    this.#controller?.error(new Error(DROPPED));
    this.#onDemand(false);
  }

  /** The rest never comes. */
  cut(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (!this.#isDropped) this.#controller?.error(new Error(CUT));
  }

  #end(): void {
    this.isOver = true;
    if (!this.#isDropped) this.#controller?.close();
  }

  #pass(bytes: Bytes, start: number, end: number): void {
    this.received += end - start;
    if (this.#isDropped) return;
    this.#isAwaited = false;
    // No Buffer, whose slice() copies nothing. Its reader may transfer it: of what stands behind
    // it, it gets a copy.
    const { buffer, byteOffset } = bytes;
    const piece = new Uint8Array(buffer, byteOffset + start, end - start);
    const isLast = end === bytes.length;
    this.#controller?.enqueue(isLast ? piece : piece.slice());
  }
}

const DROPPED = "The answer was complete before all of the content was read";
const CUT = "The client has left before all of its content was there";
