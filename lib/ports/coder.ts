/**
 * What the core asks of a runtime to code content. Types only.
 *
 * @module
 */

/** Codes content piece by piece; only one call is open at a time. */
export interface Encoder {
  /** Codes a piece. What comes out may be nothing yet. */
  readonly code: (
    piece: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** Ends the content: what is left comes out. */
  readonly finish: () => Promise<Uint8Array<ArrayBuffer>>;
  /** Gives the memory back, in the middle too; a second time does nothing. */
  readonly close: () => void;
}

/** What a stream is told of which nobody has read yet. */
export interface UnreadCallbacks {
  /** It goes to a reader that keeps no chunk when it asks for the next. */
  readonly keptNothing: () => void;
  /** Nobody has read of it for a second. It may still be read. */
  readonly idle: () => void;
}

/** Content codings (RFC 9110 §8.4.1). */
export interface Coder {
  /**
   * Begins to code. Content of known size is coded once, and well; other content is coded
   * cheaply, with a window that is bounded: a client can hold the encoder as long as it likes.
   */
  readonly encoder: (
    coding: "br" | "zstd" | "gzip",
    size?: number,
  ) => Encoder;
  /** Settles in another turn of the event loop, when the sockets have been looked at. */
  readonly nextTurn: () => Promise<void>;
  /**
   * Watches a stream until somebody reads it; that keeps no program from ending. Returns what
   * ends the watching; a second time does nothing.
   */
  readonly watchUnread: (
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    callbacks: UnreadCallbacks,
  ) => () => void;
}
