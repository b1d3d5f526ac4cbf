/**
 * Runs a script for a request, from its content to the header block of the answer
 * (RFC 3875).
 *
 * The request that a script puts in place of the client's (RFC 3875 §6.2.2).
 *
 * Whether the script that runs is the one that was found (decision P1). The system, and the
 * interpreter after it, open a script by its path; whose links they followed shows only in
 * the directories, before and after.
 *
 * @module
 */

import { find } from "../files/locate.ts";
import { isSameObject } from "../files/open.ts";
import { readUtf8 } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Script } from "../http/resource.ts";
import { createSemaphore, type Semaphore } from "../http/semaphore.ts";
import type { PathStamp } from "../ports/files.ts";
import type { Running } from "../ports/processes.ts";
import type { Cgi } from "../site/scripts.ts";
import { type Beginning, outcomeOf, readBeginning } from "./answer.ts";
import type { Call, Conversation, Outcome, ScriptSite } from "./call.ts";
import { abandon } from "./output.ts";
import {
  createPatience,
  feed,
  type Feeding,
  type Patience,
  receiveContent,
  type Received,
  type RequestContent,
} from "./request_content.ts";
import {
  busyReply,
  exchangedReply,
  lateReply,
  leftReply,
  noStorageReply,
  stalledReply,
  startFailureReply,
  tooLargeReply,
} from "./script_failure.ts";
import { startScript } from "./start.ts";
import { supervise, type Supervised } from "./supervise.ts";

/** What changes while scripts run. */
export interface ScriptState {
  /** Places for scripts. */
  readonly enter: Semaphore;
}

/** The state of a handler without running scripts; there is no place where scripts are not run. */
export function createScriptState(
  cgi: Pick<Cgi, "maxProcesses"> | undefined,
): ScriptState {
  return { enter: createSemaphore(cgi?.maxProcesses ?? 0) };
}

/**
 * Runs a script.
 *
 * @param call The request.
 * @param site What is served, and how.
 * @param state What changes while scripts run.
 * @returns The reply, or the request to answer instead.
 */
export async function runScript(
  call: Call,
  site: ScriptSite,
  state: ScriptState,
): Promise<Outcome> {
  const leave = state.enter();
  if (leave === undefined) return reply(busyReply());
  using patience = createPatience(site.cgi.timeout, call.request.signal);
  try {
    const outcome = await receiveAndRun(call, leave, patience, site);
    if ("kind" in outcome) return outcome;
    leave();
    return reply(outcome);
  } catch (error) {
    leave();
    throw error;
  }
}

/** A reply means that there is no script, and its place is free. */
async function receiveAndRun(
  call: Call,
  leave: () => void,
  patience: Patience,
  site: ScriptSite,
): Promise<Outcome | Reply> {
  const content = await receiveContent(call.request, site.cgi, patience);
  switch (content.kind) {
    case "lost":
      return leftReply();
    case "stalled":
      return stalledReply();
    case "too-large":
      return tooLargeReply(content.reason);
    case "failed":
      return noStorageReply(content.error);
    case "none":
    case "content": {
      const stamp = await stampScript(call.script, site);
      if (stamp === undefined) {
        giveUp(content);
        return exchangedReply(call.script, call.request.method);
      }
      if (hasLeft(call)) {
        giveUp(content);
        return leftReply();
      }
      const started = await startScript(call, content, site)
        .catch((error) => {
          giveUp(content);
          throw error;
        });
      if (!("kind" in started)) {
        const running = watchOver(started, call, leave, site);
        const reader = started.output.getReader();
        const conversation = { ...call, running, reader, stamp };
        return await run(conversation, content, started, patience, site);
      }
      giveUp(content);
      return startFailureReply(started, call.script, site.cgi.user);
    }
  }
}

/** Bun tells by `isAnswered` before it aborts the signal. */
function hasLeft({ peer, request: { signal } }: Call): boolean {
  return peer.gone === true || signal.aborted || peer.isAnswered?.() === true;
}

function giveUp(content: RequestContent): void {
  if (content.kind === "content") content.stream.cancel().catch(() => {});
}

function watchOver(
  started: Running,
  { peer, script: { name } }: Call,
  leave: () => void,
  { cgi, clock }: ScriptSite,
): Supervised {
  const report = (line: string) => {
    try {
      cgi.report({ peer, time: clock.now(), script: name, line });
    } catch {
      // A log that throws must not take the server with it.
    }
  };
  return supervise(started, report, leave);
}

async function run(
  conversation: Conversation,
  content: RequestContent,
  { input }: Running,
  patience: Patience,
  site: ScriptSite,
): Promise<Outcome> {
  const { openSpool } = site.cgi;
  patience.restart();
  const feeding = content.kind === "content" && input !== undefined
    ? feed({ ...content, input, openSpool, onProgress: patience.restart })
    : undefined;
  const { reader, running } = conversation;
  try {
    const end = await converse(conversation, feeding, patience, site);
    if (!("status" in end)) return await outcomeOf(end, conversation, site);
    abandon(reader, running);
    return reply(end);
  } catch (error) {
    abandon(reader, running);
    throw error;
  }
}

/** Waits for the beginning of the answer, and for the end of the request; a reply means that there is no answer. */
async function converse(
  conversation: Conversation,
  feeding: Feeding | undefined,
  { over, restart }: Patience,
  { cgi: { timeout } }: ScriptSite,
): Promise<Beginning | Reply> {
  const received = feeding?.received ?? ALL_RECEIVED;
  // Half of a request is none.
  received.then(({ kind }) => kind === "all" || conversation.running.end());
  const { script, request, stamp } = conversation;
  using start = soonVerdict(stamp);
  const beginning = await Promise.race([readBeginning(conversation), over]);
  if (beginning === "late") return lateReply(script, timeout);
  if (beginning === "left") return leftReply();
  // Scripts that write beside themselves change the directory all the time.
  if (start.verdict() === "exchanged") {
    return exchangedReply(script, request.method);
  }
  restart();
  feeding?.putRestAside();
  const result = await Promise.race([received, over]);
  if (result === "late") return stalledReply();
  if (result === "left") return leftReply();
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

/** What belongs to content, which the new request does not have. */
const CONTENT_FIELDS =
  "content-encoding content-language content-length content-location content-type expect transfer-encoding"
    .split(" ");

/**
 * Makes the request that a local redirect stands for: a GET, or a HEAD where the client
 * wants no content.
 *
 * @param request The client's request.
 * @param location A path that begins with a slash, and a query.
 * @returns The request to answer instead.
 */
export function redirectedRequest(request: Request, location: string): Request {
  const { method, signal } = request;
  const headers = new Headers(request.headers);
  for (const name of CONTENT_FIELDS) headers.delete(name);
  const [, origin = "http://localhost"] =
    /^(\w+:\/\/[^/?#]+)/.exec(request.url) ?? [];
  // Two slashes at the beginning would be another host's name.
  return new Request(new URL(origin + readUtf8(location)), {
    method: method === "HEAD" ? "HEAD" : "GET",
    headers,
    signal,
  });
}

/**
 * Remembers the path of a script before it is started.
 *
 * @param script The script, as it was found.
 * @param site What is served, and how.
 * @returns Tells whether another one was started; `undefined` where another object lies there
 * by now.
 */
export async function stampScript(
  { path, stat }: Script,
  { root, files }: ScriptSite,
): Promise<PathStamp | undefined> {
  const real = await files.realPath(root) ?? root;
  const stamp = files.stamp?.(path, real) ?? SURE;
  if (stat === undefined) return stamp;
  const found = await find(path, [], files);
  return found?.path === path && isSameObject(found.stat, stat)
    ? stamp
    : undefined;
}

const SURE: PathStamp = () => "same";

/** After this an interpreter has opened its script: what is exchanged later does not matter, in milliseconds. */
const OPENED_MS = 250;

/**
 * Takes the verdict of a stamp soon after a script was started: at its first output or a moment
 * later, whichever comes first. Deployments exchange scripts that run for longer.
 *
 * @param stamp The stamp.
 * @returns The verdict, to be asked for at the first output, and an end of the waiting.
 */
export function soonVerdict(
  stamp: PathStamp,
): Disposable & { readonly verdict: PathStamp } {
  let taken: ReturnType<PathStamp> | undefined;
  const verdict = () => taken ??= stamp();
  const timer = setTimeout(verdict, OPENED_MS);
  return { verdict, [Symbol.dispose]: () => clearTimeout(timer) };
}
