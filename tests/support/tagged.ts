/** Waiting for validators: a file that was written a moment ago has none. */

import { assert } from "@std/assert";
import { request } from "./raw.ts";

const PATIENCE_MS = 30_000;
const PAUSE_MS = 100;

/** How old a file must be for every runtime, in milliseconds. */
export const SETTLED_MS = 2100;

/** Lets what was written become old enough to have validators. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}

/** The entity tag of what a path leads to, as soon as it has one. */
export async function tagOf(
  port: number,
  path: string,
  fields: Record<string, string> = {},
): Promise<string> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const { fields: got } = await request(port, path, fields);
    const tag = got.get("etag");
    if (tag) return tag;
    assert(Date.now() < end, `${path} has no tag`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
