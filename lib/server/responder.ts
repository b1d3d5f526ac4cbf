/**
 * From a handler, of this package or a user's, to what a listener asks.
 *
 * @module
 */

import { toPeer } from "../handler/client.ts";
import { sendReply } from "../handler/create_handler.ts";
import type { PassingSiteHandler, SiteHandler } from "../handler/handler.ts";
import type { Reply } from "../http/reply.ts";
import { rawTarget, readTarget } from "../http/target.ts";
import { formatLogRecord } from "../log/access_log.ts";
import { errorReply } from "../pages/error_page.ts";
import { refusalReply } from "../pages/failure.ts";
import type { Peer } from "../ports/exchange.ts";
import type { Awaitable } from "../ports/files.ts";
import {
  type Answer,
  type Attempt,
  fieldFault,
  type HttpRequest,
  type Responder,
  toRequest,
} from "../ports/message.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { ServerHandler, ServerOptions } from "./listen_options.ts";

type OnError = NonNullable<ServerOptions["onError"]>;

/** A handler that may give `undefined` for what it leaves to others. */
export type MountedHandler = (
  request: Request,
  peer: Peer,
) => Awaitable<Response | undefined>;

/** Our own handlers answer with data, and do not throw. */
export function toResponder(
  handler: ServerHandler & Partial<Responder>,
  onError: OnError,
): Responder {
  const { answer } = handler;
  return answer === undefined ? guarded(handler, onError) : { answer };
}

/** Answers by a function that may throw: an error is a 500 for its client, and for `onError`. */
function guarded(handler: ServerHandler, onError: OnError): Responder {
  const report = async (...event: Parameters<OnError>): Promise<void> => {
    try {
      await onError(...event);
    } catch {
      // An error of `onError` must not become another event.
    }
  };
  const answer: Responder["answer"] = async (asked, source) => {
    const refusal = refusalReply(asked) ?? malformedReply(asked);
    if (refusal !== undefined) return await sendReply(refusal, asked);
    const request = toRequest(asked);
    const peer = toPeer(request, source);
    try {
      const response: unknown = await handler(request, peer);
      assertSendable(response);
      return response;
    } catch (error) {
      void report(error, request, peer);
      return await sendReply(errorReply(500), asked);
    }
  };
  return { answer };
}

/** Answers beside others. What a function of a user throws, or why its answer cannot be sent, is thrown. */
export function toAttempt(
  handler:
    & MountedHandler
    & Partial<Pick<SiteHandler, "answer">>
    & Partial<Pick<PassingSiteHandler, "tryAnswer">>,
): Attempt {
  const { answer, tryAnswer } = handler;
  return tryAnswer ?? answer ?? (async (asked, source) => {
    const refusal = refusalReply(asked) ?? malformedReply(asked);
    if (refusal !== undefined) return await sendReply(refusal, asked);
    const request = toRequest(asked);
    const response: unknown = await handler(request, toPeer(request, source));
    if (response === undefined) return undefined;
    assertSendable(response);
    return response;
  });
}

/** Answers alone: what is left to others is 404, an error 500. */
export function answerAlone(attempt: Attempt, runtime: Runtime): Responder {
  const report = reportError(runtime);
  const settle = async (
    attempted: ReturnType<Attempt>,
    ...[request, source]: Parameters<Attempt>
  ): Promise<Answer | Response> => {
    try {
      return await attempted ?? await sendReply(errorReply(404), request);
    } catch (error) {
      report(error, request, toPeer(request, source));
      return await sendReply(errorReply(500), request);
    }
  };
  return {
    answer: (request, source) => {
      const attempted = attempt(request, source);
      return attempted instanceof Promise || attempted === undefined
        ? settle(attempted, request, source)
        : attempted;
    },
  };
}

/** What no `Request` can be made of. */
function malformedReply(request: HttpRequest): Reply | undefined {
  const target = readTarget(request);
  if (target.kind === "malformed") {
    return errorReply(400, { message: target.reason });
  }
  return URL.canParse(request.url, "http://localhost")
    ? undefined
    : errorReply(400, { message: "Bad URL" });
}

/** The runtimes would answer 500 without a line in the log. */
function assertSendable(response: unknown): asserts response is Response {
  const fault = faultOf(response);
  if (fault === undefined) return;
  if (response instanceof Response) response.body?.cancel().catch(() => {});
  throw new TypeError(`The handler has given ${fault}`);
}

function faultOf(response: unknown): string | undefined {
  if (!(response instanceof Response)) return "no Response";
  if (response.type === "error") {
    return "Response.error(), which cannot be sent";
  }
  // Reading `body` is free: lengths stay, and Bun still sends files itself (measured).
  if (response.bodyUsed || response.body?.locked === true) {
    return "a Response whose content somebody has read or reads";
  }
  // `Headers` take control characters, of which Deno ends the program (2.9.6).
  const fault = fieldFault(response.headers);
  return fault && `a Response with a bad ${fault}`;
}

/** Writes an error with its request and stack to the standard error output. */
export function reportError(
  { printError }: Runtime,
): (error: unknown, request: HttpRequest, peer: Peer) => void {
  return (error, request, peer) => {
    const { method } = request;
    const target = rawTarget(request);
    const record = { peer, time: Date.now(), milliseconds: 0, method, target };
    printError(formatLogRecord({ ...record, status: 500, bytes: 0, error }));
  };
}
