/**
 * A bounded cache of bytes: what was used last stays.
 *
 * @module
 */

import { createCache } from "./cache.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A bounded cache of bytes by key. */
export interface ByteCache {
  /** What is kept for a key. */
  readonly get: (key: string) => Bytes | undefined;
  /**
   * What is kept for a key, or is made now. Whoever asks while it is being made waits
   * for the same bytes. What could not be made is not kept.
   */
  readonly getOrMake: (
    key: string,
    make: () => Promise<Bytes | undefined>,
  ) => Promise<Bytes | undefined>;
}

/**
 * Makes a cache.
 *
 * @param limit How many bytes it keeps at most, keys included; what is larger by itself is not kept.
 * @param more How many bytes each takes besides its key and its bytes.
 * @returns The cache, empty.
 */
export function createByteCache(limit: number, more = 0): ByteCache {
  const kept = createCache<Bytes>(limit);
  const making = new Map<string, Promise<Bytes | undefined>>();
  const keep = (key: string, bytes: Bytes) =>
    kept.set(key, bytes, more + cost(key, bytes));
  const get = (key: string) => {
    const bytes = kept.get(key);
    if (bytes !== undefined) keep(key, bytes);
    return bytes;
  };
  const make = async (key: string, maker: () => Promise<Bytes | undefined>) => {
    await Promise.resolve(); // so that whoever comes now finds it being made
    try {
      const bytes = await maker();
      if (bytes !== undefined) keep(key, bytes);
      return bytes;
    } finally {
      making.delete(key);
    }
  };
  return {
    get,
    getOrMake: async (key, maker) => {
      const bytes = get(key);
      if (bytes !== undefined) return bytes;
      const pending = making.get(key) ?? make(key, maker);
      making.set(key, pending);
      return await pending;
    },
  };
}

/** A key is two bytes a character. */
function cost(key: string, bytes: Bytes): number {
  return 2 * key.length + bytes.length;
}
