/**
 * Reads `_redirects` and `_headers` of the root, and again when they change. The policies hold for
 * them as for every file.
 *
 * @module
 */

import { type Dialect, DIALECTS } from "../hosts/dialect.ts";
import { type HeaderBlocks, parseHeaders } from "../hosts/headers.ts";
import { createHostRules, type HostRules } from "../hosts/host_rules.ts";
import type { Problem } from "../hosts/lines.ts";
import type { Fields } from "../http/field.ts";
import type { Site } from "../site/site.ts";
import { HOST_NAMES } from "../hosts/host_names.ts";
import { parseRedirects, type RedirectRules } from "../hosts/redirects.ts";
import { reportLines } from "../hosts/report.ts";
import {
  type Context,
  type HostFiles,
  type SeenHostFile,
  showingHostFiles,
} from "./context.ts";
import { locate } from "./locate.ts";
import { FRESH_MS, isDue, isSame, isSettled, peekFile } from "./open.ts";

/** A larger file is not read. */
const MOST_HOST_FILE_BYTES = 1_048_576;

/** The rules that hold, read within the last second; `undefined` where no host is named. */
export async function hostRules(
  context: Context,
): Promise<HostRules | undefined> {
  const { site: { clock }, state: { hosts } } = context;
  if (hosts === undefined) return undefined;
  if (isDue(hosts.due, clock.now())) {
    hosts.looking ??= look(hosts, context).finally(() => {
      hosts.looking = undefined;
    });
    await hosts.looking;
  }
  return hosts.rules;
}

/** Reads the rules again, however fresh they are. */
export async function readHostRules(context: Context): Promise<void> {
  const { state: { hosts } } = context;
  if (hosts === undefined) return;
  // A look that has begun may have seen the files of before.
  await hosts.looking;
  hosts.due = -Infinity;
  await hostRules(context);
}

/** Looks at the files; what has changed in one of them makes all rules anew. */
async function look(hosts: HostFiles, context: Context): Promise<void> {
  const { clock } = context.site;
  const seen = new Map<string, SeenHostFile>();
  for (const name of HOST_NAMES) seen.set(name, await see(name, context));
  const now = clock.now();
  const isUnchanged = hosts.seen.size > 0 &&
    HOST_NAMES.every((name) =>
      isSameFile(seen.get(name), hosts.seen.get(name), now)
    );
  if (!isUnchanged) await read(hosts, seen, context);
  hosts.due = clock.now() + FRESH_MS;
}

/** Finds a file by the policies, but that it is hidden. */
async function see(name: string, context: Context): Promise<SeenHostFile> {
  const site = showingHostFiles(context.site);
  const found = await locate([name], { ...context, site });
  if (found.kind === "absent") {
    return typeof found.reason === "string" ? found.reason : undefined;
  }
  const { path, stat } = found;
  if (stat.kind !== "file") return "it is no file";
  return stat.size > MOST_HOST_FILE_BYTES
    ? `it is larger than ${MOST_HOST_FILE_BYTES} bytes`
    : { path, stat };
}

/** A file that has just been written could be written again within the same tick of the clock. */
function isSameFile(
  now: SeenHostFile,
  before: SeenHostFile,
  time: number,
): boolean {
  if (typeof now !== "object" || typeof before !== "object") {
    return now === before;
  }
  return now.path === before.path && isSame(now.stat, before.stat) &&
    isSettled(now.stat, time);
}

/** What a file says, and why not where it cannot be read. */
interface ReadText {
  readonly text: string;
  readonly fault: string | undefined;
}

/** Reads both files, and then lets the new rules hold: no request sees half of them. */
async function read(
  hosts: HostFiles,
  seen: ReadonlyMap<string, SeenHostFile>,
  context: Context,
): Promise<void> {
  const { site, state } = context;
  const texts = [];
  for (const name of HOST_NAMES) {
    texts.push(await textOf(seen.get(name), context));
  }
  hosts.seen = seen;
  const content = JSON.stringify(texts);
  if (content === hosts.content) return;
  const { hostFiles } = site.routing;
  if (hostFiles === undefined) return;
  const dialect = DIALECTS[hostFiles];
  const [redirects, headers] = parse(texts, dialect, optionFields(site));
  hosts.rules = createHostRules(redirects, headers, dialect);
  hosts.content = content;
  // What the cache has was found, and described, by the former rules.
  state.representations?.clear();
  for (const line of reportLines(redirects, headers, dialect)) {
    site.routing.hostFilesLog(line);
  }
}

async function textOf(
  seen: SeenHostFile,
  { files }: Context,
): Promise<ReadText> {
  if (typeof seen !== "object") return { text: "", fault: seen };
  const source = { kind: "file", ...seen } as const;
  const bytes = await peekFile(source, seen.stat.size, files);
  return bytes === undefined
    ? { text: "", fault: "it cannot be read" }
    : { text: new TextDecoder().decode(bytes), fault: undefined };
}

/** The fields that options set, on every answer and for other origins; of a list of origins it is one of them. */
function optionFields({ serverFields, cors }: Site): Fields {
  if (cors.kind === "none") return serverFields;
  const origin = cors.kind === "any" ? "*" : cors.origins.join(" ");
  return [...serverFields, ["Access-Control-Allow-Origin", origin]];
}

function parse(
  [first = NO_TEXT, second = NO_TEXT]: readonly ReadText[],
  dialect: Dialect,
  fixed: Fields,
): readonly [RedirectRules, HeaderBlocks] {
  const redirects = parseRedirects(first.text, dialect);
  const headers = parseHeaders(second.text, dialect, fixed);
  return [withFault(redirects, first), withFault(headers, second)];
}

const NO_TEXT: ReadText = { text: "", fault: undefined };

/** What concerns the whole file has no line. */
function withFault<T extends { readonly problems: readonly Problem[] }>(
  parsed: T,
  { fault }: ReadText,
): T {
  return fault === undefined
    ? parsed
    : { ...parsed, problems: [{ line: 0, message: fault }] };
}
