/**
 * Starts a script: its interpreter, directory, variables and arguments (RFC 3875 §4, §7.2).
 *
 * The system, and the interpreter after it, open a script by its path. Which links they followed
 * shows only in the directories, before and after: hence the exchange check (decision D105).
 *
 * @module
 */

import { find } from "../files/locate.ts";
import { SETTLED_MS } from "../files/open.ts";
import type { PathTarget, Script } from "../http/resource.ts";
import { rawTarget } from "../http/target.ts";
import type { Bytes } from "../ports/content.ts";
import type { Peer } from "../ports/exchange.ts";
import { isSameObject, type PathStamp } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Command, Running, StartFailure } from "../ports/processes.ts";
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
import type { Form, ScriptState } from "./script_state.ts";

export interface ScriptSite extends Site {
  readonly cgi: Cgi;
}

/** A request that a script is to answer. */
export interface Call {
  readonly script: Script;
  readonly target: PathTarget;
  readonly request: HttpRequest;
  readonly peer: Peer;
}

/** A script that runs. */
export interface Started {
  readonly kind: "started";
  readonly child: Running;
  /** Tells whether another file than the script that was found may have been started. */
  readonly exchange: PathStamp;
}

/** The form of so many scripts is remembered. */
const MOST_FORMS = 1000;
/** How much of a script is read before it is started, in bytes. */
const START_BYTES = 128;
/** After this time, in milliseconds, an interpreter has opened its script. */
const OPENED_MS = 250;
/** A shell script that runs PHP is another thing: it chooses what PHP runs, and sets REDIRECT_STATUS itself. */
const PHP_REGEXP =
  /^#![ \t]*(?:\S*\/env[ \t]+(?:-S[ \t]*)?)?(?:\S*\/)?php[\w.-]*(?:[ \t]|\r?\n|$)/;
const CR_LF_REGEXP = /^#![^\n]*\r\n/;
const SAME: PathStamp = () => "same";

/** Starts a script. If it is not started, the content of its request is cancelled. */
export async function startScript(
  call: Call,
  content: RequestContent,
  site: ScriptSite,
  forms: ScriptState["forms"],
): Promise<Started | ReplyOutcome> {
  try {
    const started = await start(call, content, site, forms);
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
  forms: ScriptState["forms"],
): Promise<Started | ReplyOutcome> {
  const { cgi, files } = site;
  const { script, request } = call;
  const root = script.root ?? await files.realPath(site.root) ?? site.root;
  const exchange = files.stamp?.(script.path, root) ?? SAME;
  if (!await isThere(script, exchange, site)) {
    return exchangedReply(script, request.method);
  }
  if (hasLeft(call)) return leftReply();
  const form = await formOf(script, site, forms);
  if (form === "text") {
    const message = 'it does not begin with "#!" and its interpreter';
    return startFailureReply({ kind: "failed", message }, script, cgi.user);
  }
  const isMapped = script.interpreter !== undefined || form === "php";
  const directory = site.fileName === undefined ? root : directoryOf(root);
  const command = commandOf(call, content, directory, site, isMapped);
  const child = await cgi.processes.start(command);
  if (!("kind" in child)) return { kind: "started", child, exchange };
  const failure = await explained(child, script, site);
  return startFailureReply(failure, script, cgi.user);
}

/** A script that was written on Windows: it looks right in every editor. */
async function explained(
  failure: StartFailure,
  script: Script,
  site: Site,
): Promise<StartFailure> {
  if (failure.kind !== "absent") return failure;
  const line = new TextDecoder().decode(await readStart(script, site));
  if (!CR_LF_REGEXP.test(line)) return failure;
  const message =
    "its first line ends in CR LF, as on Windows, and the CR belongs to the name of the interpreter";
  return { ...failure, message };
}

/** Whether the script that was found is still the object at its path. Links on the way to it the stamp will show. */
async function isThere(
  { path, stat }: Script,
  exchange: PathStamp,
  { files }: Site,
): Promise<boolean> {
  if (stat === undefined) return true;
  if (files.stamp !== undefined && files.glance && files.os === "posix") {
    const now = exchange.stat ?? files.glance(path);
    return now !== undefined && isSameObject(now, stat);
  }
  const found = await find(path, [], files);
  return found !== undefined && found !== "withheld" && found.path === path &&
    isSameObject(found.stat, stat);
}

/** Bun tells by `isAnswered` before it aborts the signal. */
function hasLeft({ peer, request: { signal } }: Call): boolean {
  return peer.gone === true || signal.aborted || peer.isAnswered?.() === true;
}

/** The form of a script, which is read once for each of its states. */
async function formOf(
  script: Script,
  site: Site,
  forms: ScriptState["forms"],
): Promise<Form> {
  const state = settledState(script, site);
  const known = state === undefined ? undefined : forms.get(state);
  if (known !== undefined) return known;
  const beginning = await readStart(script, site);
  const isText = beginning !== undefined && !isProgram(beginning);
  const form = isText ? "text" : isPhp(beginning) ? "php" : "program";
  if (forms.size >= MOST_FORMS) forms.clear();
  if (state !== undefined) forms.set(state, form);
  return form;
}

function settledState(
  { stat, interpreter }: Script,
  { clock }: Site,
): string | undefined {
  const { device, inode, size, mtime, changed } = stat ?? {};
  return interpreter !== undefined || inode === undefined ||
      changed === undefined || clock.now() - changed < SETTLED_MS
    ? undefined
    : [device, inode, size, mtime, changed].join(" ");
}

/** The first bytes of a script that the system runs; `undefined` when they may not be read. */
async function readStart(
  { path, interpreter }: Script,
  { files }: Site,
): Promise<Bytes | undefined> {
  if (interpreter !== undefined || files.os === "windows") return undefined;
  const file = await files.open(path);
  if (file === undefined) return undefined; // executable, but not readable
  const end = Math.min(file.stat.size, START_BYTES) - 1;
  const pieces = end < 0 ? [] : [{ start: 0, end }];
  const body = (await file.content(pieces, false))?.body;
  return body instanceof Uint8Array ? body : undefined;
}

/** Text without an interpreter: some systems give it to a shell, others refuse it. */
function isProgram(beginning: Bytes): boolean {
  const isScript = beginning[0] === 0x23 && beginning[1] === 0x21;
  return isScript || beginning.includes(0);
}

/** Whether `#!` names PHP, whose path stands there or behind `env`. */
function isPhp(beginning: Bytes = new Uint8Array()): boolean {
  return PHP_REGEXP.test(new TextDecoder().decode(beginning));
}

function commandOf(
  { script, request, target: { query }, peer }: Call,
  content: RequestContent,
  root: string,
  { cgi }: ScriptSite,
  isMapped: boolean,
): Command {
  const { interpreter = [], path } = script;
  const words = cgi.indexQuery ? searchWords(request.method, query) : [];
  const [program = path, ...rest] = [...interpreter, path, ...words];
  const hasInput = content.kind === "content";
  const variables = {
    ...cgi.environment,
    // php-cgi runs nothing that no server has mapped to it (`cgi.force_redirect`).
    ...isMapped ? { REDIRECT_STATUS: "200" } : {},
    ...metaVariables(request, {
      target: rawTarget(request),
      query,
      script,
      contentLength: hasInput ? content.length : undefined,
      peer,
      root,
      software: cgi.software,
      authorization: cgi.authorization,
      canonicalName: cgi.canonicalName,
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
