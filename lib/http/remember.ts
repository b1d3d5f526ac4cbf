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
