/**
 * Bounded caches, and memoization.
 *
 * @module
 */

import type { Bytes } from "../ports/content.ts";

/** What a cache holds. */
export interface CacheUsage {
  readonly entries: number;
  readonly bytes: number;
}

/** A bounded cache by key; it evicts the entry that was set first. */
export interface Cache<V> {
  /** The value of a key. */
  readonly get: (key: string) => V | undefined;
  /** Sets a value of so many bytes, key included, and makes it the last to be evicted. */
  readonly set: (key: string, value: V, bytes: number) => void;
  /** Evicts all. */
  readonly clear: () => void;
  readonly usage: () => CacheUsage;
}

/** Of fewer entries each goes by itself: what is kept is exactly the latest. */
const MANY = 4096;

/** Makes a cache of at most `limit` bytes; a larger value is not cached. */
export function createCache<V>(limit: number): Cache<V> {
  const entries = new Map<string, { value: V; bytes: number }>();
  let size = 0;
  const evict = (key: string) => {
    size -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const set = (key: string, value: V, bytes: number) => {
    evict(key);
    if (bytes > limit) return;
    entries.set(key, { value, bytes });
    size += bytes;
    if (size <= limit) return;
    // A map finds its oldest key behind all that were deleted (V8, JavaScriptCore): of many, a sixteenth go together.
    const least = entries.size < MANY ? limit : limit - limit / 16;
    for (const [oldest, { bytes }] of entries) {
      if (size <= limit && size - bytes < least) break;
      evict(oldest);
    }
  };
  return {
    get: (key) => entries.get(key)?.value,
    set,
    clear: () => [...entries.keys()].forEach(evict),
    usage: () => ({ entries: entries.size, bytes: size }),
  };
}

/** A bounded cache of bytes by key; it evicts the least recently used entry. */
export interface ByteCache {
  /** The bytes of a key. */
  readonly get: (key: string) => Bytes | undefined;
  /** The bytes of a key, or those that `make` gives: one call for all that ask meanwhile. A failure is not cached. */
  readonly getOrMake: (
    key: string,
    make: () => Promise<Bytes | undefined>,
  ) => Promise<Bytes | undefined>;
  /** The same at once; nothing is kept where `make` gives nothing. */
  readonly getOrMakeAtOnce: (
    key: string,
    make: () => Bytes | undefined,
  ) => Bytes | undefined;
  readonly usage: () => CacheUsage;
}

/** Makes a cache of at most `limit` bytes, where an entry has its key, its bytes and `overhead`. */
export function createByteCache(limit: number, overhead = 0): ByteCache {
  const cache = createCache<Bytes>(limit);
  const pending = new Map<string, Promise<Bytes | undefined>>();
  // A key is two bytes a character.
  const set = (key: string, bytes: Bytes) =>
    cache.set(key, bytes, overhead + 2 * key.length + bytes.length);
  const get = (key: string) => {
    const bytes = cache.get(key);
    if (bytes !== undefined) set(key, bytes);
    return bytes;
  };
  const compute: ByteCache["getOrMake"] = async (key, make) => {
    await Promise.resolve(); // the caller sets `pending` first
    try {
      const bytes = await make();
      if (bytes !== undefined) set(key, bytes);
      return bytes;
    } finally {
      pending.delete(key);
    }
  };
  return {
    get,
    usage: cache.usage,
    getOrMakeAtOnce: (key, make) => {
      const kept = get(key);
      if (kept !== undefined) return kept;
      const bytes = make();
      if (bytes !== undefined) set(key, bytes);
      return bytes;
    },
    getOrMake: async (key, make) => {
      const bytes = get(key);
      if (bytes !== undefined) return bytes;
      const promise = pending.get(key) ?? compute(key, make);
      pending.set(key, promise);
      return await promise;
    },
  };
}

/** A lazy value: made at the first call. */
export function lazy<V>(make: () => V): () => V {
  let made: { readonly value: V } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Memoizes the last call of a function of a number. */
export function memoizeLast<V>(make: (key: number) => V): (key: number) => V {
  let last: { readonly key: number; readonly value: V } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

/** Memoizes for a second what is made of a moment, in milliseconds, whose fraction says nothing. */
export function memoizeSecond(
  make: (time: number) => string,
): (time: number) => string {
  const ofSecond = memoizeLast((second) => make(second * 1000));
  return (time) => ofSecond(Math.floor(time / 1000));
}
