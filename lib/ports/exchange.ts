/**
 * An exchange from outside: the peer, the handler, the records of a log. Types only.
 *
 * @module
 */

import type { Span } from "./content.ts";

/** The socket that a request came in by. */
export interface ServerSocket {
  /** Its port; 0 for a unix socket, which has none. */
  readonly port: number;
  /** The address it is bound to; the path of a unix socket. */
  readonly address?: string | undefined;
  /** The name of this server: what was asked to listen on, or `localhost`. */
  readonly name?: string | undefined;
  /** A URL under which this machine reaches it. */
  readonly url?: string | undefined;
}

/** Who sent a request, and when the answer has reached them. */
export interface Peer {
  /** The address, without a port; `-` where it is not known, `unix` for a unix socket. */
  readonly address: string;
  /** Whether the client reset its connection before its address could be read: no answer reaches it. */
  readonly gone?: boolean | undefined;
  /** The port, where the transport has ports. */
  readonly port?: number | undefined;
  /** The address of this machine that the client has reached, where the runtime tells it. */
  readonly localAddress?: string | undefined;
  /**
   * Settles when the answer was sent; rejects when the peer went away before that. Functions that decide
   * have it wherever that can be known; a record of the log has `whenSent` in its place, where there is one.
   */
  readonly completed?: Promise<void> | undefined;
  /**
   * Tells the same without a promise, which costs more than a line of the log: whether it was sent; of
   * content that is in memory at once, where the runtime never knows when that has left.
   */
  readonly whenSent?:
    | ((isInMemory: boolean, callback: (isSent: boolean) => void) => void)
    | undefined;
  /** Whether the answer is complete, or the peer gone, for a runtime that must be polled. */
  readonly isAnswered?: (() => boolean) | undefined;
  /** How many bytes of the content were handed to the system, where the runtime counts them. */
  readonly sent?: (() => number) | undefined;
  /** The socket that the request came in by, where it is known. */
  readonly server?: ServerSocket | undefined;
  /** The name of the user that has logged in (RFC 7617): `%u` in logs, REMOTE_USER for scripts. */
  readonly user?: string | undefined;
  /** The scheme that the client used, where a trusted proxy tells it. */
  readonly scheme?: "http" | "https" | undefined;
  /** The host that the client asked for, without a port, where a trusted proxy tells it. */
  readonly host?: string | undefined;
  /** The port that the client asked, where a trusted proxy tells it. */
  readonly hostPort?: number | undefined;
  /** How many answers of that socket are not complete, this one included, where the runtime counts. */
  readonly pending?: number | undefined;
}

/**
 * What the runtimes pass to a `fetch` function as second argument: Deno the remote address,
 * Bun its server, which knows the address of each request.
 */
export type PeerSource =
  | Peer
  | PeerFinder
  | {
    /** The client. */
    readonly remoteAddr: {
      readonly transport: string;
      readonly hostname?: string;
      readonly port?: number;
    };
    /** Settles with the answer. */
    readonly completed: Promise<void>;
    /** The socket, where the caller has added it: Deno does not. */
    readonly server?: ServerSocket;
  }
  | {
    /** Looks up who sent a request. */
    readonly requestIP: (
      request: Request,
    ) => { readonly address: string; readonly port: number } | null;
    /** The port that the server is bound to. */
    readonly port?: number | undefined;
    /** How many requests are not answered completely. */
    readonly pendingRequests?: number;
  };

/**
 * Finds the peer of a request; every call gives the same. To be called before the answer is
 * there. It is lazy: most answers need no address, and to look one up costs as much as a `stat`.
 */
export type PeerFinder = () => Peer;

/** A handler of requests, for `Deno.serve`, `Bun.serve` and everything that speaks `fetch`. */
export type Handler = (
  request: Request,
  peer?: PeerSource,
) => Response | Promise<Response>;

/** A handler that gives `undefined` where it has no answer: then its caller answers. */
export type PassingHandler = (
  request: Request,
  peer?: PeerSource,
) => Response | undefined | Promise<Response | undefined>;

/**
 * A request of `node:http`, where others may have it before us: an `IncomingMessage`, with what Express
 * and Connect add to it. Only what tells it from something else stands here.
 */
export interface NodeMessage {
  /** The method. */
  readonly method?: string | undefined;
  /** The target; Express and Connect cut from it what the handler is mounted below. */
  readonly url?: string | undefined;
  /** The target before anything was cut from it (Express, Connect). */
  readonly originalUrl?: string | undefined;
  /** What was cut from it (Express). */
  readonly baseUrl?: string | undefined;
  /** The version of HTTP, such as `1.1`. */
  readonly httpVersion: string;
  /** Names and values of the fields by turns. */
  readonly rawHeaders: readonly string[];
  /** Whether all of it has come. */
  readonly complete: boolean;
}

/** A response of `node:http`: a `ServerResponse`. Only what tells it from something else stands here. */
export interface NodeResponse {
  /** The status code. */
  statusCode: number;
  /** Whether it was answered. */
  readonly headersSent: boolean;
  /** Whether all of the answer was written. */
  readonly writableEnded: boolean;
}

/** A listener of `node:http`, which is a handler of Express and Connect, too: these give `next`, which goes on. */
export type NodeListener = (
  message: NodeMessage,
  response: NodeResponse,
  next?: (error?: Error) => void,
) => void;

/** What has answered a request; of an error of a script or an upload they are the kind. */
export type AnswerKind =
  | "file"
  | "listing"
  | "archive"
  | "script"
  | "upload"
  | "redirect"
  | "options"
  | "error";

/** What is logged of a request after its answer. */
export interface LogRecord {
  /** The client. */
  readonly peer: Peer;
  /** When the request came, in milliseconds since the epoch. */
  readonly time: number;
  /** How long it took until the answer was sent, in milliseconds. */
  readonly milliseconds: number;
  /** The method. */
  readonly method: string;
  /** The target as it stands in the request line. */
  readonly target: string;
  /**
   * The version of HTTP, as far as it is known.
   *
   * @default {"HTTP/1.1"}
   */
  readonly protocol?: string | undefined;
  /** The fields of the request; Authorization and Cookie are among them. */
  readonly headers?: Pick<Headers, "get"> | undefined;
  /** The status code. */
  readonly status: number;
  /**
   * What has answered.
   *
   * @default {"file"}
   */
  readonly kind?: AnswerKind | undefined;
  /** How many bytes of content were sent. */
  readonly bytes: number;
  /**
   * Whether the client went away before the answer was complete.
   *
   * @default {false}
   */
  readonly aborted?: boolean | undefined;
  /** What went wrong, for people. */
  readonly message?: string | undefined;
  /** Why nothing was found, with the flag that would change it; the client was not told. */
  readonly reason?: string | undefined;
  /** What was thrown. */
  readonly error?: unknown;
  /** What the answer has of a file or an archive, for whoever counts downloads; nothing for pages, listings and errors. */
  readonly download?: (() => Download | undefined) | undefined;
}

/** What an answer has of a file, of an archive or of what a script sends to be saved. */
export interface Download {
  /** The entity tag of the whole: parts with the same belong together. */
  readonly tag: string | undefined;
  /** How many bytes the whole has, where it is known. */
  readonly length: number | undefined;
  /**
   * Which bytes of it the answer has.
   *
   * @default {"all"}
   */
  readonly spans?: readonly Span[];
}

/** A line that a script wrote to its standard error output. */
export interface ScriptLine {
  /** The client. */
  readonly peer: Peer;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
  /** The path of the script in URLs, decoded: SCRIPT_NAME. */
  readonly script: string;
  /** The line, without its end. Nothing in it is escaped. */
  readonly line: string;
}

/** Takes records; what it throws, or rejects with, is ignored. */
export type Log = (record: LogRecord) => unknown;

/** Takes lines of scripts; what it throws, or rejects with, is ignored. */
export type ScriptLog = (line: ScriptLine) => unknown;
