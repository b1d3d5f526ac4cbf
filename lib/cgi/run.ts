/**
 * Runs a script for a request, from its content to the header block of the answer
 * (RFC 3875).
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import type { Running } from "../processes.ts";
import { answerOf } from "./answer.ts";
import type { Call, Conversation, Outcome, ScriptSite } from "./call.ts";
import { receiveContent, type RequestContent } from "./content.ts";
import {
  busyReply,
  lateReply,
  leftReply,
  startFailureReply,
  tooLargeReply,
} from "./failure.ts";
import { feed, type Feeding } from "./feed.ts";
import { readHeaderBlock } from "./header_block.ts";
import { abandon } from "./output.ts";
import { startScript } from "./start.ts";
import { supervise, type Supervised } from "./supervise.ts";

/**
 * Runs a script.
 *
 * @param call The request.
 * @param site What is served, and how.
 * @returns The reply, or the request to answer instead.
 */
export async function runScript(
  call: Call,
  site: ScriptSite,
): Promise<Outcome> {
  const content = await receiveContent(call.request, site.cgi);
  switch (content.kind) {
    case "lost":
      return reply(leftReply());
    case "too-large":
      return reply(tooLargeReply(content.reason));
    case "none":
    case "content": {
      const leave = site.cgi.enter();
      if (leave !== undefined) return await run(call, content, leave, site);
      void giveUp(content);
      return reply(busyReply());
    }
  }
}

async function run(
  call: Call,
  content: RequestContent,
  leave: () => void,
  site: ScriptSite,
): Promise<Outcome> {
  const { cgi, clock } = site;
  const started = await startScript(call, content, site);
  if ("kind" in started) {
    leave();
    void giveUp(content);
    return reply(startFailureReply(started, call.script, cgi.user));
  }
  const { peer, script: { name } } = call;
  const report = (line: string) =>
    cgi.report({ peer, time: clock.now(), script: name, line });
  const running = supervise(started, report, leave);
  const feeding = give(content, started, running, site);
  const reader = started.output.getReader();
  return await listen({ ...call, running, reader }, feeding, site);
}

function give(
  content: RequestContent,
  { input }: Running,
  running: Supervised,
  { cgi }: ScriptSite,
): Feeding | undefined {
  if (content.kind !== "content" || input === undefined) return undefined;
  const feeding = feed(content.stream, input, cgi.openSpool);
  // Half of a request is none.
  feeding.received.then((complete) => complete || running.end());
  return feeding;
}

/** Waits for the header block, but not for ever, and not for nobody; then for the rest of the request. */
async function listen(
  conversation: Conversation,
  feeding: Feeding | undefined,
  site: ScriptSite,
): Promise<Outcome> {
  const { script, running, reader, request: { signal } } = conversation;
  const { timeout } = site.cgi;
  const abort = Promise.withResolvers<"left" | "late">();
  const leave = () => abort.resolve("left");
  const timer = setTimeout(() => abort.resolve("late"), timeout);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  const block = await Promise.race([readHeaderBlock(reader), abort.promise]);
  clearTimeout(timer);
  feeding?.hurry();
  const end = await Promise.race([feeding?.received ?? true, abort.promise]);
  signal.removeEventListener("abort", leave);
  if (block === "late") {
    abandon(reader, running);
    return reply(lateReply(script, timeout));
  }
  if (block === "left" || end !== true) {
    abandon(reader, running);
    return reply(leftReply());
  }
  return await answerOf(block, conversation, site);
}

async function giveUp(content: RequestContent): Promise<void> {
  if (content.kind === "content") await content.stream.cancel();
}

function reply(reply: Reply): Outcome {
  return { kind: "reply", reply };
}
