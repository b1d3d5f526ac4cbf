/**
 * An exchange as seen from outside: who asks, what answers, what is written down. Types
 * only.
 *
 * @module
 */

/** Who sent a request, and when the answer has reached them. */
export interface Peer {
  /** The address, without a port. */
  readonly address: string;
  /** The port, where the transport has one. */
  readonly port?: number | undefined;
  /** Settles when the answer was sent, rejects when the peer went away before that. */
  readonly completed?: Promise<void> | undefined;
}

/**
 * What the runtimes pass to a `fetch` function as second argument: Deno tells the
 * remote address, Bun's server knows the address of each request.
 */
export type PeerSource =
  | Peer
  | {
    /** Who is connected. */
    readonly remoteAddr: {
      readonly transport: string;
      readonly hostname?: string;
      readonly port?: number;
    };
    /** Settles with the answer. */
    readonly completed: Promise<void>;
  }
  | {
    /** Looks up who sent a request. */
    readonly requestIP: (
      request: Request,
    ) => { readonly address: string; readonly port: number } | null;
  };

/** A handler of requests, for `Deno.serve`, `Bun.serve` and everything that speaks `fetch`. */
export type Handler = (
  request: Request,
  peer?: PeerSource,
) => Promise<Response>;

/** What is told of a request after its answer. */
export interface LogRecord {
  /** Who asked. */
  readonly peer: Peer;
  /** When the request came, in milliseconds since the epoch. */
  readonly time: number;
  /** How long it took until the answer was sent, in milliseconds. */
  readonly milliseconds: number;
  /** The method. */
  readonly method: string;
  /** The target as it stands in the request line. */
  readonly target: string;
  /** The status code. */
  readonly status: number;
  /** How many bytes of content were sent. */
  readonly bytes: number;
  /** What went wrong, for people. */
  readonly message?: string | undefined;
  /** What was thrown. */
  readonly error?: unknown;
}

/** Where records go. */
export type Log = (record: LogRecord) => void;
