/**
 * A handler whose every request is answered.
 *
 * @module
 */

import { toPeer } from "../handler/client.ts";
import { send } from "../handler/create_handler.ts";
import { rawTarget } from "../http/target.ts";
import { formatLogRecord } from "../log/access_log.ts";
import { errorReply } from "../pages/error_page.ts";
import type { Handler } from "../ports/exchange.ts";
import type { Runtime } from "../ports/ports.ts";
import type { ServerHandler, ServerOptions } from "./listen_options.ts";

/** Hears of errors. */
type OnError = NonNullable<ServerOptions["onError"]>;

/**
 * Makes a handler whose every request is answered, whatever happens.
 *
 * @param handler What answers, or throws, or gives what cannot be sent.
 * @param onError Hears of that; whatever it does itself is ignored.
 * @returns The handler, which does not throw.
 */
export function guarded(handler: ServerHandler, onError: OnError): Handler {
  const hear = async (...event: Parameters<OnError>): Promise<void> => {
    try {
      await onError(...event);
    } catch {
      // Who listens to errors must not make more of them.
    }
  };
  return async (request, source) => {
    const peer = toPeer(request, source);
    try {
      const response: unknown = await handler(request, peer);
      assertSendable(response);
      return response;
    } catch (error) {
      void hear(error, request, peer);
      return await send(errorReply(500), request);
    }
  };
}

/** The runtimes would say 500 without a word to anybody. */
function assertSendable(response: unknown): asserts response is Response {
  const fault = faultOf(response);
  if (fault !== undefined) {
    throw new TypeError(`The handler has given ${fault}`);
  }
}

function faultOf(response: unknown): string | undefined {
  if (!(response instanceof Response)) return "no Response";
  if (response.type === "error") {
    return "Response.error(), which cannot be sent";
  }
  // To look at `body` costs nothing: lengths stay, and Bun still sends files itself (measured).
  return response.bodyUsed || response.body?.locked === true
    ? "a Response whose content somebody has read or reads"
    : undefined;
}

/**
 * Makes a function that writes errors to the standard error output.
 *
 * @param runtime The runtime.
 * @returns The function.
 */
export function writeError(
  { printError }: Runtime,
): OnError {
  return (error, request, peer) => {
    const { method } = request;
    const target = rawTarget(request);
    const record = { peer, time: Date.now(), milliseconds: 0, method, target };
    printError(formatLogRecord({ ...record, status: 500, bytes: 0, error }));
  };
}
