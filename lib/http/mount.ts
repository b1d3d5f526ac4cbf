/**
 * Where in the URLs of a program the root is: the prefix that an embedding program gives
 * it.
 *
 * @module
 */

import type { PathTarget } from "./resource.ts";
import { readTarget, type TargetRequest } from "./target.ts";

/**
 * Reads the prefix that URLs have.
 *
 * @param urlRoot A path such as `/static`, percent-encoded where URLs must be.
 * @returns Its segments, decoded.
 * @throws {TypeError} When it is no path.
 */
export function toMount(urlRoot: string): readonly string[] {
  if (typeof urlRoot === "string" && /^\/[^?#]*$/.test(urlRoot)) {
    const url = `http://localhost${urlRoot}`;
    const target = readTarget({ method: "GET", url, headers: new Headers() });
    if (target.kind === "path" && !target.segments.includes("")) {
      return target.segments;
    }
  }
  throw new TypeError(
    `Cannot serve below ${
      JSON.stringify(urlRoot)
    }: expected a path such as "/static"`,
  );
}

/**
 * Writes the prefix as it stands in URLs.
 *
 * @param mount Its segments.
 * @returns A path that ends with a slash.
 */
export function formatMount(mount: readonly string[]): string {
  return `${
    mount.map((segment) => `/${encodeURIComponent(segment)}`).join("")
  }/`;
}

/**
 * The target below the prefix. The bound is that of a segment: `/staticfoo` is not below
 * `/static`.
 *
 * @param target The target.
 * @param mount The prefix.
 * @returns The target without the prefix, or `undefined` when it is not below it.
 */
export function belowMount(
  target: PathTarget,
  mount: readonly string[],
): PathTarget | undefined {
  if (mount.length === 0) return target;
  const { segments } = target;
  return mount.every((segment, index) => segment === segments[index])
    ? { ...target, segments: segments.slice(mount.length) }
    : undefined;
}

/**
 * Whether a request is for something else than what is below the prefix: it is the
 * caller's, where there is one, and no business of ours.
 *
 * @param request The request.
 * @param where The prefix.
 * @returns Whether it is, or cannot be read.
 */
export function isElsewhere(
  request: TargetRequest,
  { mount }: { readonly mount: readonly string[] },
): boolean {
  const target = readTarget(request);
  return target.kind !== "path" || belowMount(target, mount) === undefined;
}
