/**
 * A bounded cache: what was set last stays.
 *
 * @module
 */

/** A bounded cache by key. */
export interface Cache<V> {
  /** What is kept for a key. */
  readonly get: (key: string) => V | undefined;
  /** Keeps a value, which takes so many bytes, key included; it is the last to be dropped. */
  readonly set: (key: string, value: V, bytes: number) => void;
}

/**
 * Makes a cache.
 *
 * @param limit How many bytes it keeps at most; what is larger by itself is not kept.
 * @returns The cache, empty.
 */
export function createCache<V>(limit: number): Cache<V> {
  const kept = new Map<string, { readonly value: V; readonly bytes: number }>();
  let size = 0;
  const drop = (key: string) => {
    size -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  const set = (key: string, value: V, bytes: number) => {
    drop(key);
    if (bytes > limit) return;
    kept.set(key, { value, bytes });
    size += bytes;
    for (const oldest of kept.keys()) {
      if (size <= limit) break;
      drop(oldest);
    }
  };
  return { get: (key) => kept.get(key)?.value, set };
}
