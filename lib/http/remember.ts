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
