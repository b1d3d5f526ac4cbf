/**
 * Uploads before the first request: whether the directory is there, and can be written to.
 *
 * @module
 */

import { createContext } from "../files/context.ts";
import { find } from "../files/locate.ts";
import { type FoundBelow, INCOMING_PREFIX } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Site } from "../site/site.ts";
import { INTERVAL_MS, removeOld } from "../upload/clean_up.ts";
import { type Failed, failed } from "./checks.ts";

/** Why nothing could be received; `undefined` where it can, or is not to be. */
export async function checkUploads(
  { upload, root, files }: Site,
  runtime: Pick<Runtime, "missingWritePermission">,
): Promise<Failed | undefined> {
  if (upload === undefined) return undefined;
  const name = upload.directory.join("/") || ".";
  const found = await find(root, upload.directory, files);
  if (typeof found !== "object" || found.stat.kind !== "directory") {
    return failed(
      `--upload "${name}": there is no such directory in "${root}": make it first`,
    );
  }
  const missing = runtime.missingWritePermission(found.path);
  if (missing !== undefined) {
    return failed(
      `no permission to receive files in "${name}"; start with ${missing}`,
    );
  }
  return await canWrite(found, upload)
    ? undefined
    : failed(`--upload "${name}": you may not write to "${found.path}"`);
}

/** Tries it: rights alone do not tell of a disk that is mounted for reading. */
async function canWrite(
  directory: FoundBelow,
  { receiving }: NonNullable<Site["upload"]>,
): Promise<boolean> {
  const name = `${INCOMING_PREFIX}start-${crypto.randomUUID()}`;
  try {
    const file = await receiving.open(directory, name, "create");
    await file?.discard();
    return file !== undefined;
  } catch {
    return false;
  }
}

/** Removes what nobody has continued, now and every hour. Returns what ends it. */
export function keepClean(site: Site): () => void {
  const { upload } = site;
  if (upload === undefined) return () => {};
  // What fails (a dead mount) is tried again in an hour.
  const clean = () =>
    void removeOld(createContext(site), upload).catch(() => {});
  clean();
  const timer = setInterval(clean, INTERVAL_MS);
  return () => clearInterval(timer);
}
