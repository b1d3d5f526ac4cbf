/**
 * What an exchange of `node:http` and one on a connection of ours have in common.
 *
 * @module
 */

import { discard } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Answer } from "../ports/message.ts";

/** Called when an exchange is over; `isWhole`: the system has taken all of the answer. */
export type OnClose = (isWhole: boolean) => void;

/** An exchange, as its end and its client are told of. */
interface Ending {
  /** How many bytes of the answer's content the system has taken. */
  readonly sent: number;
  /** Calls back when it is over; at once where it is. */
  readonly onClose: (callback: OnClose) => void;
  /** Calls back when the client leaves before the answer is complete, perhaps several times. */
  readonly onLeave: (callback: () => void) => void;
}

export interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
}

/**
 * How long an answer may say nothing after the client has closed its side, in milliseconds: only
 * what is written tells whether it still reads (RFC 9112 §9.6), and most do not. A script that
 * writes nothing would run for nobody. Files are sent all the same.
 */
export const HALF_CLOSED_MS = 1000;
/** Unread content of a request up to this length, in bytes, is read to keep the connection. */
export const DROPPED_BYTES = 65_536;

/** Who sent a request. */
export function peerOf(
  exchange: Ending,
  { remoteAddress, remotePort, localAddress }: Ends,
): Peer {
  // Of a connection that was reset the system knows our end only; of a unix socket neither.
  const gone = remoteAddress === undefined && localAddress !== undefined;
  return {
    address: remoteAddress ?? "-",
    gone,
    port: remotePort,
    localAddress,
    whenSent: (_, callback) => exchange.onClose(callback),
    sent: () => gone ? 0 : exchange.sent,
  };
}

/** Aborted when the client leaves before the answer is complete. */
export function signalOf(exchange: Ending): AbortSignal {
  const controller = new AbortController();
  exchange.onLeave(() => controller.abort());
  return controller.signal;
}

/** Gives up what nobody is there for any more. */
export function discardAnswer(answer: Answer | Response): void {
  if (answer instanceof Response) answer.body?.cancel().catch(() => {});
  else discard(answer.content);
}
