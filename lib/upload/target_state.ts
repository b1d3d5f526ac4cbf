/**
 * What is at the target of a request that writes: whether it may be written (RFC 9110 §13), and the
 * tag of what was written (§9.3.4).
 *
 * @module
 */

import { locate } from "../files/locate.ts";
import { SETTLED_MS } from "../files/open.ts";
import { selectFile } from "../files/select.ts";
import {
  deriveEntityTag,
  type EntityTag,
  formatEntityTag,
} from "../http/entity_tag.ts";
import type { Fields } from "../http/field.ts";
import {
  evaluatePreconditions,
  type Validators,
} from "../http/precondition.ts";
import type { Reply } from "../http/reply.ts";
import { type Found, targetOf } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { type FoundBelow, join } from "../ports/files.ts";
import type { Upload } from "./state.ts";

const CONDITIONS = ["if-match", "if-none-match", "if-unmodified-since"];

/** Whether a request depends on what is at its target (RFC 9110 §13). */
export function isConditional({ request }: Pick<Upload, "request">): boolean {
  return CONDITIONS.some((name) => request.headers.has(name));
}

/** Why the target may not be written: a precondition is false, or something is there. */
export async function judgeTarget(
  names: readonly string[],
  upload: Upload,
): Promise<Reply | undefined> {
  const { request, policy, context } = upload;
  if (!isConditional(upload) && policy.onDuplicate !== "refuse") {
    return undefined;
  }
  const found = await locate(names, context);
  const isUnseen = policy.only && policy.onDuplicate !== "refuse";
  if (found.kind === "absent" || isUnseen) {
    return request.headers.has("if-match") ? errorReply(412) : undefined;
  }
  const validators = found.stat.kind === "file"
    ? await validatorsOf(found, names, upload)
    : {};
  const now = context.site.clock.now();
  if (evaluatePreconditions(request, validators, now) !== "proceed") {
    return errorReply(412);
  }
  return policy.onDuplicate === "refuse" ? takenReply() : undefined;
}

/** The reply where something is there that is not to be replaced. */
export function takenReply(): Reply {
  return errorReply(409, {
    message: "Something has that name already",
    explain: "Choose another name",
  });
}

/** Those that GET tells; of a file that was written just now, those that it will tell. */
async function validatorsOf(
  found: Found,
  names: readonly string[],
  { request, context }: Upload,
): Promise<Validators> {
  const resource = { ...found, kind: "file", segments: names } as const;
  const { candidate: { validators } } = await selectFile(
    resource,
    targetOf(names, false),
    request,
    { ...context, caching: false },
  );
  if (validators.entityTag !== undefined) return validators;
  return { ...validators, entityTag: settledTag(found, names, context) };
}

function settledTag(
  { stat }: Pick<Found, "stat">,
  names: readonly string[],
  { site }: Upload["context"],
): EntityTag | undefined {
  return site.isUntagged(`/${names.join("/")}`)
    ? undefined
    : deriveEntityTag(stat, site.clock.now() + SETTLED_MS);
}

/** The ETag field of a file that was written just now, as GET will tell it: none where a link leads there. */
export async function tagField(
  { root, path }: FoundBelow,
  names: readonly string[],
  { context }: Upload,
): Promise<Fields> {
  const { files } = context;
  const at = join(path, names.slice(-1));
  const stat = at === join(root, names) ? await files.stat(at) : undefined;
  const tag = stat && settledTag({ stat }, names, context);
  return tag === undefined ? [] : [["ETag", formatEntityTag(tag)]];
}
