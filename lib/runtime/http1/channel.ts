/**
 * What is seen of a connection by its exchanges, their answers and its limits. Types only.
 *
 * @module
 */

import type { Refusal, Responder } from "../../ports/message.ts";
import type { Ends } from "../exchanges.ts";

/** What carries the bytes of a connection: a socket. */
export interface Transport extends Ends {
  /** Gives how many bytes the system has taken; a negative number when the connection is closed. */
  readonly write: (bytes: Uint8Array, from: number, length: number) => number;
  readonly pause: () => unknown;
  readonly resume: () => unknown;
  /** Ends our side. */
  readonly shutdown: () => unknown;
  /** Ends both; what was written still leaves. */
  readonly end: () => unknown;
  /** Ends both, and what was written is lost. */
  readonly terminate: () => unknown;
}

/** What the connections of a server have in common. */
export interface Serving {
  readonly responder: Responder;
  readonly limiter: Limiter;
  /** The scheme, with what stands behind it in URLs. */
  readonly scheme: "http://" | "https://";
  readonly connections: Set<Channel>;
  /** Where heads and small contents are put together, to be written at once. */
  readonly scratch: Buffer<ArrayBuffer>;
  /** Where chunks of files are read to, to be written at once. */
  readonly chunk: Uint8Array<ArrayBuffer>;
  /** Whether the server stops: then every answer is the last of its connection. */
  isStopping: boolean;
  /** How many answers were begun and are not complete. */
  inFlight: number;
}

/** What a connection is doing; `ending`: it has had its last answer. */
export type Phase = "head" | "idle" | "exchange" | "ending";

/** Keeps the limits of the connections of a server. */
export interface Limiter {
  /** Notes that a connection was opened. */
  readonly enter: (connection: Channel) => void;
  /** Notes that an exchange begins; gives a refusal where its connection has no place. */
  readonly begin: (connection: Channel) => Refusal | undefined;
  /** Notes that nothing is asked on a connection. */
  readonly rest: (connection: Channel) => void;
  /** Notes that it is closed. */
  readonly leave: (connection: Channel) => void;
  /** Whether the answer is the last that its connection may carry. */
  readonly isLast: (connection: Channel) => boolean;
}

export interface Channel {
  readonly socket: Transport;
  /** Its ends, as they were when somebody asked first. */
  readonly ends: Ends;
  readonly serving: Serving;
  /** What it is doing. */
  readonly phase: Phase;
  /** How many requests were begun. */
  readonly requests: number;
  /** Whether a part of a head has come. */
  readonly isHeadBegun: boolean;
  /** Whether content is still to come that nobody has read. */
  readonly hasRest: boolean;
  /** Whether the client has closed its side. */
  readonly isHalfClosed: boolean;
  /** Whether both sides are closed. */
  readonly isClosed: boolean;
  /** How many bytes wait until the client reads. */
  readonly unsentBytes: number;
  /** A number that changes with every byte that moves. */
  readonly position: number;
  /** Whether the client has to read what was written, or to send what somebody waits for. */
  readonly isClientsTurn: boolean;
  /** Writes bytes; whether the system has taken them all. `isShared`: others will write to them. */
  readonly write: (
    bytes: Uint8Array,
    length: number,
    isShared?: boolean,
  ) => boolean;
  /** Calls back when the system has taken all that was written, or the client has left. */
  readonly whenTaken: (callback: (isOpen: boolean) => void) => void;
  /** All of the answer was written. */
  readonly finish: (isLast: boolean) => void;
  /** Answers a head that does not come in time, and ends. */
  readonly refuse: (status: number) => void;
  /** Ends it, also in the middle of an answer. */
  readonly destroy: () => void;
  /** Ends it, and gives up what the system has taken for a client that reads nothing. */
  readonly reset: () => void;
}
