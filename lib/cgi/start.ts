/**
 * Starts a script: what it is run by, where, with which variables and arguments
 * (RFC 3875 §4, §7.2).
 *
 * @module
 */

import type { Script } from "../http/resource.ts";
import { rawTarget } from "../http/target.ts";
import type { Running, StartFailure } from "../ports/processes.ts";
import type { Site } from "../site/site.ts";
import type { Call, ScriptSite } from "./call.ts";
import { metaVariables, searchWords } from "./meta_variables.ts";
import type { RequestContent } from "./request_content.ts";

/** How much of a script is looked at before it is started, in bytes. */
const START_BYTES = 128;

/**
 * Starts a script.
 *
 * @param call The request.
 * @param content Its content.
 * @param site What is served, and how.
 * @returns The script, or why it could not be started.
 */
export async function startScript(
  call: Call,
  content: RequestContent,
  site: ScriptSite,
): Promise<Running | StartFailure> {
  const { cgi, files } = site;
  const { script, request: { method }, target: { query } } = call;
  if (script.interpreter === undefined && !await isProgram(script, site)) {
    const message = 'it does not begin with "#!" and its interpreter';
    return { kind: "failed", message };
  }
  const searched = cgi.indexQuery ? searchWords(method, query) : [];
  const [program = script.path, ...words] = [
    ...script.interpreter ?? [],
    script.path,
    ...searched,
  ];
  const root = await files.realPath(site.root) ?? site.root;
  return await cgi.processes.start({
    program,
    arguments: words,
    directory: script.path.replace(/[/\\][^/\\]*$/, "") || "/",
    variables: variablesOf(call, content, root, site),
    user: cgi.user,
    hasInput: content.kind === "content",
  });
}

/** Text without an interpreter some systems give to a shell, and others refuse. */
async function isProgram({ path }: Script, { files }: Site): Promise<boolean> {
  if (files.os === "windows") return true;
  const file = await files.open(path);
  if (file === undefined) return true; // one may execute what one may not read
  const end = Math.min(file.stat.size, START_BYTES) - 1;
  const pieces = end < 0 ? [] : [{ start: 0, end }];
  const body = (await file.content(pieces, false))?.body;
  if (!(body instanceof Uint8Array)) return true;
  const isScript = body[0] === 0x23 && body[1] === 0x21;
  return isScript || body.includes(0);
}

function variablesOf(
  { script, request, target, peer }: Call,
  content: RequestContent,
  root: string,
  { cgi }: ScriptSite,
): Record<string, string> {
  return {
    ...cgi.environment,
    // php-cgi runs nothing that no server has mapped to it.
    ...script.interpreter === undefined ? {} : { REDIRECT_STATUS: "200" },
    ...metaVariables(request, {
      target: rawTarget(request),
      query: target.query,
      script,
      contentLength: content.kind === "content" ? content.length : undefined,
      peer,
      root,
      software: cgi.software,
      authorization: cgi.authorization,
    }),
  };
}
