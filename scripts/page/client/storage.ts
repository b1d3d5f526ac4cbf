/**
 * What the browser remembers for a reader. Storage throws where the reader forbids it, and is then
 * empty.
 *
 * @module
 */

/** What can be remembered: `grid` or `list`; whether letters are `off` as keys; uploads that have begun. */
export type Remembered = "view" | "letters" | "uploads";

/** The value, or `undefined`. */
export function recall(name: Remembered): string | undefined {
  try {
    return localStorage.getItem(`listing.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value until another one is remembered. */
export function remember(name: Remembered, value: string): void {
  try {
    localStorage.setItem(`listing.${name}`, value);
  } catch {
    // forbidden, or full
  }
}

/** Whether a key counts: letters and signs may be turned off. */
export function isKey(key: string): boolean {
  return key.length > 1 || recall("letters") !== "off";
}
