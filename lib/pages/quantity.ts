/**
 * Quantities as text for people: sizes, counts, times.
 *
 * @module
 */

const UNITS = ["KB", "MB", "GB", "TB", "PB"] as const;

/**
 * A size as `ls -lh` and the Explorer of Windows count it: in powers of 1024, rounded up, so that
 * nothing looks empty; one decimal below ten.
 */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}\xa0B`;
  let value = bytes / 1024;
  let unit = 0;
  while (Math.ceil(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const tenths = Math.ceil(value * 10);
  const text = tenths < 100 ? (tenths / 10).toFixed(1) : Math.ceil(value);
  return `${text}\xa0${UNITS[unit]}`;
}

/** A whole number with its thousands apart: without `Intl`, which takes longer than a row. */
export function formatCount(count: number): string {
  const digits = String(count);
  return digits.length < 4 ? digits : digits.replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 file`, `2 files`. */
export function pluralize(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
