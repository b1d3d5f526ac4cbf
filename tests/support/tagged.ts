/** Waiting for validators: a file that was written a moment ago has none. */

import { request } from "./raw.ts";
import { until } from "./wait.ts";

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
  let tag = "";
  await until(async () => {
    const { fields: got } = await request(port, path, fields);
    tag = got.get("etag") ?? "";
    return tag !== "";
  }, `a tag of ${path}`);
  return tag;
}
