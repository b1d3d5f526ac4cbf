/**
 * Functions of users that are told something.
 *
 * @module
 */

/** What a log throws, or rejects with, must not end the server. */
export function withoutErrors<T>(
  report: (line: T) => unknown,
): (line: T) => void {
  return (line) => {
    new Promise((resolve) => resolve(report(line))).catch(() => {});
  };
}
