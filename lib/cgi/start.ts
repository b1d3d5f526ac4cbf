/**
 * Starts a script: its interpreter, directory, variables and arguments (RFC 3875 §4, §7.2).
 *
 * The system, and the interpreter after it, open a script by its path. Which links they followed
 * shows only in the directories, before and after: hence the exchange check (decision D105).
 *
 * @module
 */

import { find } from "../files/locate.ts";
import type { PathTarget, Script } from "../http/resource.ts";
import { rawTarget } from "../http/target.ts";
import type { Peer } from "../ports/exchange.ts";
import { isSameObject, type PathStamp } from "../ports/files.ts";
import type { Command, Running } from "../ports/processes.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import { metaVariables, searchWords } from "./meta_variables.ts";
import type { RequestContent } from "./request_content.ts";
import {
  exchangedReply,
  leftReply,
  type ReplyOutcome,
  startFailureReply,
} from "./script_failure.ts";

/** A site that runs scripts. */
export interface ScriptSite extends Site {
  readonly cgi: Cgi;
}

/** A request that a script is to answer. */
export interface Call {
  readonly script: Script;
  readonly target: PathTarget;
  readonly request: Request;
  readonly peer: Peer;
}

/** A script that runs. */
export interface Started {
  readonly kind: "started";
  readonly child: Running;
  /** Tells whether another file than the script that was found may have been started. */
  readonly exchange: PathStamp;
}

/** How much of a script is read before it is started, in bytes. */
const START_BYTES = 128;
/** After this time, in milliseconds, an interpreter has opened its script. */
const OPENED_MS = 250;
const SAME: PathStamp = () => "same";

/** Starts a script. If it is not started, the content of its request is cancelled. */
export async function startScript(
  call: Call,
  content: RequestContent,
  site: ScriptSite,
): Promise<Started | ReplyOutcome> {
  try {
    const started = await start(call, content, site);
    if (started.kind === "reply") cancelContent(content);
    return started;
  } catch (error) {
    cancelContent(content);
    throw error;
  }
}

function cancelContent(content: RequestContent): void {
  if (content.kind === "content") content.stream.cancel().catch(() => {});
}

async function start(
  call: Call,
  content: RequestContent,
  site: ScriptSite,
): Promise<Started | ReplyOutcome> {
  const { cgi, files } = site;
  const { script, request } = call;
  const root = await files.realPath(site.root) ?? site.root;
  const exchange = files.stamp?.(script.path, root) ?? SAME;
  if (!await isThere(script, site)) {
    return exchangedReply(script, request.method);
  }
  if (hasLeft(call)) return leftReply();
  if (script.interpreter === undefined && !await isProgram(script, site)) {
    const message = 'it does not begin with "#!" and its interpreter';
    return startFailureReply({ kind: "failed", message }, script, cgi.user);
  }
  const directory = site.fileName === undefined ? root : directoryOf(root);
  const command = commandOf(call, content, directory, site);
  const child = await cgi.processes.start(command);
  return "kind" in child
    ? startFailureReply(child, script, cgi.user)
    : { kind: "started", child, exchange };
}

/** Whether the script that was found is still the object at its path. */
async function isThere(
  { path, stat }: Script,
  { files }: Site,
): Promise<boolean> {
  if (stat === undefined) return true;
  const found = await find(path, [], files);
  return found !== undefined && found !== "withheld" && found.path === path &&
    isSameObject(found.stat, stat);
}

/** Bun tells by `isAnswered` before it aborts the signal. */
function hasLeft({ peer, request: { signal } }: Call): boolean {
  return peer.gone === true || signal.aborted || peer.isAnswered?.() === true;
}

/** Text without an interpreter: some systems give it to a shell, others refuse it. */
async function isProgram({ path }: Script, { files }: Site): Promise<boolean> {
  if (files.os === "windows") return true;
  const file = await files.open(path);
  if (file === undefined) return true; // executable, but not readable
  const end = Math.min(file.stat.size, START_BYTES) - 1;
  const pieces = end < 0 ? [] : [{ start: 0, end }];
  const body = (await file.content(pieces, false))?.body;
  if (!(body instanceof Uint8Array)) return true;
  const isScript = body[0] === 0x23 && body[1] === 0x21;
  return isScript || body.includes(0);
}

function commandOf(
  { script, request, target: { query }, peer }: Call,
  content: RequestContent,
  root: string,
  { cgi }: ScriptSite,
): Command {
  const { interpreter = [], path } = script;
  const words = cgi.indexQuery ? searchWords(request.method, query) : [];
  const [program = path, ...rest] = [...interpreter, path, ...words];
  const hasInput = content.kind === "content";
  const variables = {
    ...cgi.environment,
    // php-cgi runs nothing that no server has mapped to it.
    ...script.interpreter === undefined ? {} : { REDIRECT_STATUS: "200" },
    ...metaVariables(request, {
      target: rawTarget(request),
      query,
      script,
      contentLength: hasInput ? content.length : undefined,
      peer,
      root,
      software: cgi.software,
      authorization: cgi.authorization,
    }),
  };
  const directory = directoryOf(path);
  const { user } = cgi;
  return { program, arguments: rest, directory, variables, user, hasInput };
}

function directoryOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, "") || "/";
}

/**
 * Checks for an exchange at the first output or a moment after the start, whichever comes first:
 * deployments exchange scripts that run for longer.
 */
export function checkExchange(
  exchange: PathStamp,
): Disposable & { readonly verdict: PathStamp } {
  let taken: ReturnType<PathStamp> | undefined;
  const verdict = () => taken ??= exchange();
  const timer = setTimeout(verdict, OPENED_MS);
  return { verdict, [Symbol.dispose]: () => clearTimeout(timer) };
}
