/**
 * Functions that remember what they have made.
 *
 * @module
 */

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
 * Remembers what was made of an object until the second is over: HTTP-dates have whole
 * seconds (RFC 9110 §5.6.7), so until then nothing else would be made.
 *
 * @param make Makes it, of the object and the time in milliseconds since the epoch.
 * @returns The same function, which makes everything once a second.
 */
export function oncePerSecond<K extends WeakKey, V>(
  make: (key: K, now: number) => V,
): (key: K, now: number) => V {
  const made = new WeakMap<K, { readonly second: number; readonly value: V }>();
  return (key, now) => {
    const second = Math.floor(now / 1000);
    const known = made.get(key);
    if (known?.second === second) return known.value;
    const value = make(key, now);
    made.set(key, { second, value });
    return value;
  };
}
