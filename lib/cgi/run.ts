/**
 * Runs a script for a request (RFC 3875), from top to bottom: enter, receive, start, supervise,
 * converse, outcome. A stage that fails ends the rest with a reply.
 *
 * @module
 */

import type { PathStamp } from "../ports/files.ts";
import { type Conversation, type Outcome, outcomeOf } from "./outcome.ts";
import {
  createDeadline,
  feed,
  type Feeding,
  receiveContent,
} from "./request_content.ts";
import { type Beginning, readBeginning } from "./response.ts";
import {
  busyReply,
  exchangedReply,
  lateReply,
  leftReply,
  type ReplyOutcome,
  stalledReply,
} from "./script_failure.ts";
import type { ScriptState } from "./script_state.ts";
import {
  type Call,
  checkExchange,
  type ScriptSite,
  startScript,
} from "./start.ts";
import { supervise, type Supervised } from "./supervise.ts";

/** Runs a script. The outcome is a reply, or another request to answer instead. */
export async function runScript(
  call: Call,
  site: ScriptSite,
  { enter, compression, forms }: ScriptState,
): Promise<Outcome> {
  const leave = enter();
  if (leave === undefined) return busyReply();
  const { timeout, openSpool } = site.cgi;
  using deadline = createDeadline(timeout, call.request.signal);
  let running: Supervised | undefined;
  try {
    const content = await receiveContent(call.request, site.cgi, deadline);
    if (content.kind === "reply") return content;
    const started = await startScript(call, content, site, forms);
    if (started.kind === "reply") return started;
    const { child, exchange } = started;
    running = supervise(child, reporter(call, site), leave);
    deadline.restart();
    const feeding = feed(content, child.input, openSpool, deadline.restart);
    const run = { ...call, running, feeding, deadline, exchange, compression };
    const result = await converse(run, timeout);
    if (result.kind === "beginning") return await outcomeOf(result, run, site);
    running.abandon();
    return result;
  } catch (error) {
    running?.abandon();
    throw error;
  } finally {
    if (running === undefined) leave(); // otherwise the end of the script frees the place
  }
}

function reporter(
  { peer, script: { name } }: Call,
  { cgi, clock }: ScriptSite,
): (line: string) => void {
  return (line) => cgi.report({ peer, time: clock.now(), script: name, line });
}

/** A script that gets the content of its request, and answers it. */
interface Run extends Conversation {
  readonly feeding: Feeding;
  /** Tells whether names on the path of the script were exchanged. */
  readonly exchange: PathStamp;
}

/** Waits for the beginning of the answer, and then for the end of the request. */
async function converse(
  { script, request, running, feeding, deadline, exchange }: Run,
  timeout: number,
): Promise<Beginning | ReplyOutcome> {
  const { received, spoolRest } = feeding;
  // Half of a request is none.
  received.then(({ kind }) => kind === "all" || running.end());
  using check = checkExchange(exchange);
  const beginning = await Promise.race([
    readBeginning(running.output, script.nonParsed),
    deadline.over,
  ]);
  if (beginning === "late") return lateReply(script, timeout);
  if (beginning === "left") return leftReply();
  // "uncertain" is not enough: a script that writes next to itself changes its directory.
  if (check.verdict() === "exchanged") {
    return exchangedReply(script, request.method);
  }
  deadline.restart();
  spoolRest();
  const result = await Promise.race([received, deadline.over]);
  if (result === "late") return stalledReply();
  if (result === "left") return leftReply();
  return result.kind === "all" ? beginning : result;
}
