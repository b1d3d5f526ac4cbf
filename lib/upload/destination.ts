/**
 * From names to the directory that receives: the very one, below the directory of uploads, whatever
 * links are there. Folders that are missing are made.
 *
 * @module
 */

import { locate } from "../files/locate.ts";
import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import { notFoundReply } from "../pages/failure.ts";
import { type FoundBelow, join, segmentsBelow } from "../ports/files.ts";
import { LEAST_BYTES, overBudget } from "./budget.ts";
import { faultOf } from "./names.ts";
import type { Upload } from "./state.ts";

/** Why nothing is received. */
export interface Refused {
  readonly kind: "refused";
  readonly reply: Reply;
}

/** A refusal with a message for people: what a status advises in general is for those who read. */
export function refused(
  status: number,
  message: string,
  explain = "Nothing was received",
): Refused {
  return { kind: "refused", reply: errorReply(status, { message, explain }) };
}

/** A directory, and the folders to make in it. */
export interface Destination {
  readonly kind: "destination";
  readonly directory: FoundBelow;
  readonly missing: readonly string[];
}

/** How deep folders may lie below the directory of uploads. */
const MOST_DEPTH = 32;

/** Finds the directory for a name: the last of the names that lead from the root. */
export async function findDestination(
  names: readonly string[],
  upload: Upload,
): Promise<Destination | Refused> {
  const { policy: { directory: top }, context: { site } } = upload;
  const parents = names.slice(0, -1);
  if (parents.length - top.length > MOST_DEPTH) {
    return refused(400, `Folders may be ${MOST_DEPTH} deep`);
  }
  const base = await findBase(upload);
  if (base === undefined) return { kind: "refused", reply: ABSENT_TOP };
  for (let depth = parents.length; depth >= top.length; depth--) {
    const found = await enter(parents.slice(0, depth), base, upload);
    if (found === undefined) continue;
    if (found !== "file" && found !== "outside") {
      const fault = faultOf(names, depth, site);
      if (fault !== undefined) {
        return refused(fault.status, fault.message, fault.explain);
      }
      const missing = parents.slice(depth);
      return { kind: "destination", directory: found, missing };
    }
    return found === "file"
      ? refused(409, "A file has the name of the folder")
      : refused(403, "The folder is not in the directory of uploads");
  }
  return { kind: "refused", reply: ABSENT_TOP };
}

const ABSENT_TOP: Reply = notFoundReply(
  "the directory of uploads is not there: --upload",
);

/** The real paths of the root and of the directory of uploads; a link may lead from one to the other. */
interface Base {
  readonly root: string;
  readonly top: string;
}

async function findBase(
  { policy: { directory }, context: { site, files } }: Upload,
): Promise<Base | undefined> {
  const root = await files.realPath(site.root);
  const top = await files.realPath(join(site.root, directory));
  if (root === undefined || top === undefined) return undefined;
  const isInside = segmentsBelow(root, top, files.os) !== undefined;
  return { root: isInside ? root : top, top };
}

/** The directory that names lead to. */
async function enter(
  names: readonly string[],
  { root, top }: Base,
  { context }: Upload,
): Promise<FoundBelow | "file" | "outside" | undefined> {
  const found = await locate(names, context);
  if (found.kind === "absent") return undefined;
  const { path, stat } = found;
  if (stat.kind !== "directory") return "file";
  return segmentsBelow(top, path, context.files.os) === undefined
    ? "outside"
    : { root, path, stat };
}

/** The directory, with the folders that were missing. */
export async function makeMissing(
  { directory, missing }: Destination,
  upload: Upload,
): Promise<FoundBelow | Refused> {
  let current = directory;
  for (const name of missing) {
    const next = await makeFolder(current, name, upload);
    if ("kind" in next) return next;
    current = next;
  }
  return current;
}

/** A folder in a directory: a new one, or the one that is there. */
async function makeFolder(
  directory: FoundBelow,
  name: string,
  { policy: { receiving }, context: { files }, state: { budget } }: Upload,
): Promise<FoundBelow | Refused> {
  if (!budget.take(LEAST_BYTES)) {
    return { kind: "refused", reply: overBudget() };
  }
  const made = await receiving.makeDirectory(directory, name);
  if (made !== "made") budget.giveBack(LEAST_BYTES);
  if (made === undefined) return { kind: "refused", reply: deniedReply() };
  const path = join(directory.path, [name]);
  // A link that has come in between leads nowhere: the real path must be this one.
  const stat = await files.realPath(path) === path
    ? await files.stat(path)
    : undefined;
  return stat?.kind === "directory"
    ? { root: directory.root, path, stat }
    : refused(409, "Something else has the name of the folder");
}

/** The reply where the system does not let us write. */
export function deniedReply(): Reply {
  return errorReply(403, {
    message: "Nothing can be written there",
    explain: "Only the owner of the server can change that",
  });
}
