/**
 * From an incoming file to a file that everybody sees: complete, flushed, under a name that is free.
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import { type FoundBelow, type IncomingFile, join } from "../ports/files.ts";
import { type Refused, refused } from "./destination.ts";
import { alternatives, freeNumber } from "../files/alternatives.ts";
import type { Upload } from "./state.ts";
import { isConditional, judgeTarget, takenReply } from "./target_state.ts";

/** A file that was published. */
export interface Published {
  readonly kind: "published";
  /** The names that lead to it from the root; in a drop box those that it was sent by. */
  readonly names: readonly string[];
  /** Whether it has taken the place of another. */
  readonly isReplaced: boolean;
}

/** Publishes a file by the last of some names, or by one like it. */
export async function publish(
  incoming: IncomingFile,
  directory: FoundBelow,
  names: readonly string[],
  upload: Upload,
): Promise<Published | Refused> {
  const { policy, state } = upload;
  const path = join(directory.path, names.slice(-1));
  const isAlone = policy.onDuplicate === "overwrite" || isConditional(upload);
  const work = () => publishNow(incoming, directory, names, upload);
  // Between the judgement and the new name nobody else replaces it: an update would be lost.
  return isAlone ? await inTurn(path, state.publishing, work) : await work();
}

/** Does the works of one key one after the other. */
async function inTurn<T>(
  key: string,
  turns: Map<string, Promise<unknown>>,
  work: () => Promise<T>,
): Promise<T> {
  const result = (turns.get(key) ?? Promise.resolve()).then(work);
  const ended = result.catch(() => {});
  turns.set(key, ended);
  try {
    return await result;
  } finally {
    if (turns.get(key) === ended) turns.delete(key);
  }
}

async function publishNow(
  incoming: IncomingFile,
  directory: FoundBelow,
  names: readonly string[],
  upload: Upload,
): Promise<Published | Refused> {
  const { policy: { onDuplicate, only }, context: { files } } = upload;
  // Long ago it was judged before the content came.
  const reply = await judgeTarget(names, upload);
  if (reply !== undefined) return { kind: "refused", reply };
  const wanted = names.at(-1) ?? "";
  const isReplacing = onDuplicate === "overwrite" && !isNew(upload);
  const isReplaced = isReplacing && !only &&
    await files.stat(join(directory.path, [wanted])) !== undefined;
  for await (const name of candidates(wanted, directory, upload)) {
    switch (await incoming.publish(name, isReplacing)) {
      case "published":
        // In a drop box a number would tell what is there.
        return {
          kind: "published",
          names: only ? names : names.with(-1, name),
          isReplaced,
        };
      case "gone":
        return refused(409, "The folder is gone");
      case "taken":
        continue;
    }
  }
  return { kind: "refused", reply: isNew(upload) ? FAILED : takenReply() };
}

const FAILED: Reply = errorReply(412);

async function* candidates(
  wanted: string,
  { path }: FoundBelow,
  upload: Upload,
): AsyncGenerator<string> {
  const { policy: { onDuplicate }, context: { files } } = upload;
  yield wanted;
  if (onDuplicate !== "rename" || isNew(upload)) return;
  const isTaken = async (name: string) =>
    await files.stat(join(path, [name])) !== undefined;
  yield* alternatives(wanted, await freeNumber(wanted, isTaken));
}

/** Whether nothing may be there: `If-None-Match: *` (RFC 9110 §13.1.2). In a drop box nothing is, for whoever sends. */
function isNew({ request: { headers }, policy: { only } }: Upload): boolean {
  return !only && headers.get("if-none-match")?.trim() === "*";
}
