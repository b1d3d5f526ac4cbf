/**
 * Uploads that have begun, for a day: after a reload the same file goes on where it was cut, when it
 * is chosen again. A browser cannot open it by itself.
 *
 * @module
 */

import { recall, remember } from "../client/storage.ts";

/** A file that has begun, and how the server recognises it. */
export interface Begun {
  readonly url: string;
  readonly size: number;
  readonly modified: number;
  readonly id: string;
  readonly time: number;
}

const MOST_BEGUN = 50;
const DAY = 86_400_000;
/** What is smaller is sent again. */
const LEAST_BYTES = 2 ** 20;

/** Those of the last day. */
export function allBegun(): readonly Begun[] {
  try {
    const begun: Begun[] = JSON.parse(recall("uploads") ?? "[]");
    return begun.filter(({ time }) => Date.now() - time < DAY);
  } catch {
    return [];
  }
}

/** The upload of a file to a URL: the one that has begun, or a new one, which is remembered. */
export function beginUpload(
  url: string,
  { size, lastModified: modified }: File,
): { readonly id: string; readonly isResumed: boolean } {
  if (size < LEAST_BYTES) return { id: randomId(), isResumed: false };
  const found = allBegun().find((begun) =>
    begun.url === url && begun.size === size && begun.modified === modified
  );
  if (found !== undefined) return { id: found.id, isResumed: true };
  const id = `${size}-${modified}-${randomId()}`;
  const others = allBegun().filter((begun) => begun.url !== url);
  write([...others, { url, size, modified, id, time: Date.now() }]);
  return { id, isResumed: false };
}

/** Forgets the upload to a URL: it has ended. */
export function endUpload(url: string): void {
  const all = allBegun();
  const others = all.filter((begun) => begun.url !== url);
  if (others.length < all.length) write(others);
}

function write(begun: readonly Begun[]): void {
  remember("uploads", JSON.stringify(begun.slice(-MOST_BEGUN)));
}

/** `randomUUID` is there only over HTTPS. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))]
    .map((number) => number.toString(36)).join("");
}
