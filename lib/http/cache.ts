/**
 * A bounded cache: what was set last stays.
 *
 * A bounded cache of bytes: what was used last stays.
 *
 * Functions that remember what they have made.
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

/**
 * Makes something when somebody wants it.
 *
 * @param make Makes it.
 * @returns A function that makes it once.
 */
export function onDemand<V>(make: () => V): () => V {
  let made: { readonly value: V } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * Remembers what was made of an object.
 *
 * @param make Makes it.
 * @returns The same function, which makes everything once.
 */
export function once<K extends WeakKey, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}

/**
 * Remembers what was made last, which is asked for again and again.
 *
 * @param make Makes it.
 * @returns The same function.
 */
export function latest<V>(make: (key: number) => V): (key: number) => V {
  let made: { readonly key: number; readonly value: V } | undefined;
  return (key) => {
    if (made?.key !== key) made = { key, value: make(key) };
    return made.value;
  };
}
