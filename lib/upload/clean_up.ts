/**
 * Removes what nobody has continued.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { locate } from "../files/locate.ts";
import type { UploadPolicy } from "../site/upload_policy.ts";
import type { UploadState } from "./state.ts";

/** How long a part waits to be continued, in milliseconds. */
const KEPT_MS = 86_400_000;
/** How often old ones are looked for, in milliseconds. */
export const INTERVAL_MS = 3_600_000;

/** Removes old incoming files in the background, at most once an hour. */
export function cleanUp(
  context: Context,
  policy: UploadPolicy,
  state: UploadState,
): void {
  const now = context.site.clock.now();
  if (Math.abs(now - state.cleanedAt) < INTERVAL_MS) return;
  state.cleanedAt = now;
  // What fails (a dead mount) is tried again in an hour.
  removeOld(context, policy).catch(() => {});
}

/** Removes incoming files to which nothing has come for a day. */
export async function removeOld(
  context: Context,
  { directory, receiving }: UploadPolicy,
): Promise<void> {
  const time = context.site.clock.now() - KEPT_MS;
  const root = await context.files.realPath(context.site.root);
  const found = await locate(directory, context);
  if (root === undefined || found.kind === "absent") return;
  const { path, stat } = found;
  await receiving.removeOlder({ root, path, stat }, time);
}
