/**
 * Runs a script for a request, from its content to the header block of the answer
 * (RFC 3875).
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import type { Running } from "../processes.ts";
import { type Beginning, outcomeOf, readBeginning } from "./answer.ts";
import type { Call, Conversation, Outcome, ScriptSite } from "./call.ts";
import { receiveContent, type RequestContent } from "./content.ts";
import {
  busyReply,
  lateReply,
  leftReply,
  noStorageReply,
  startFailureReply,
  tooLargeReply,
} from "./failure.ts";
import { feed, type Received } from "./feed.ts";
import { abandon } from "./output.ts";
import { createPatience } from "./patience.ts";
import { startScript } from "./start.ts";
import { supervise } from "./supervise.ts";

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
  const leave = site.cgi.enter();
  if (leave === undefined) return reply(busyReply());
  const outcome = await receiveAndRun(call, leave, site);
  if ("kind" in outcome) return outcome;
  leave();
  return reply(outcome);
}

/** A reply means that there is no script, and its place is free. */
async function receiveAndRun(
  call: Call,
  leave: () => void,
  site: ScriptSite,
): Promise<Outcome | Reply> {
  const content = await receiveContent(call.request, site.cgi);
  switch (content.kind) {
    case "lost":
      return leftReply();
    case "too-large":
      return tooLargeReply(content.reason);
    case "failed":
      return noStorageReply(content.error);
    case "none":
    case "content": {
      const started = await startScript(call, content, site);
      if (!("kind" in started)) {
        return await run(call, content, started, leave, site);
      }
      if (content.kind === "content") content.stream.cancel().catch(() => {});
      return startFailureReply(started, call.script, site.cgi.user);
    }
  }
}

async function run(
  call: Call,
  content: RequestContent,
  started: Running,
  leave: () => void,
  site: ScriptSite,
): Promise<Outcome> {
  const { peer, script: { name } } = call;
  const report = (line: string) => {
    try {
      site.cgi.report({ peer, time: site.clock.now(), script: name, line });
    } catch {
      // A log that throws must not take the server with it.
    }
  };
  const running = supervise(started, report, leave);
  const conversation = {
    ...call,
    running,
    reader: started.output.getReader(),
  };
  const end = await converse(conversation, content, started, site);
  if (!("status" in end)) return await outcomeOf(end, conversation, site);
  abandon(conversation.reader, running);
  return reply(end);
}

/** Waits for the beginning of the answer, and for the end of the request; a reply means that there is no answer. */
async function converse(
  conversation: Conversation,
  content: RequestContent,
  { input }: Running,
  { cgi: { timeout, openSpool } }: ScriptSite,
): Promise<Beginning | Reply> {
  const { script, running, request: { signal } } = conversation;
  using patience = createPatience(timeout, signal);
  const feeding = content.kind === "content" && input !== undefined
    ? feed({ ...content, input, openSpool, onProgress: patience.restart })
    : undefined;
  const received = feeding?.received ?? ALL_RECEIVED;
  // Half of a request is none.
  received.then(({ kind }) => kind === "all" || running.end());
  const beginning = await Promise.race([
    readBeginning(conversation),
    patience.over,
  ]);
  if (beginning === "late") return lateReply(script, timeout);
  patience.stopClock();
  feeding?.putRestAside();
  const result = await Promise.race([received, patience.over]);
  if (beginning === "left" || typeof result === "string") return leftReply();
  switch (result.kind) {
    case "all":
      return beginning;
    case "lost":
      return leftReply();
    case "failed":
      return noStorageReply(result.error);
  }
}

const ALL_RECEIVED: Promise<Received> = Promise.resolve({ kind: "all" });

function reply(reply: Reply): Outcome {
  return { kind: "reply", reply };
}
