/**
 * The words of a command line that belong to no flag: a port and a directory.
 *
 * @module
 */

import { parsePort } from "./where.ts";
import { UsageError } from "./words.ts";

/** What they say. */
export interface Positionals {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The directory as the user wrote it. */
  readonly directory: string;
}

const DEFAULT_PORT = 8000;
const URL_REGEXP = /^https?:\/\//i;

/**
 * Reads the words that belong to no flag.
 *
 * @param words The words.
 * @param named The directory that a flag has named.
 * @returns What they say; the current directory by default.
 * @throws {UsageError} When there are too many, or one is no port.
 */
export function parsePositionals(
  words: readonly string[],
  named: string | undefined,
): Positionals {
  if (words.includes("")) throw new UsageError("an argument is empty");
  const ports = words.filter(isNumber);
  const directories = words.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  if (words.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(words)}`);
  }
  if (named !== undefined && directory !== undefined) {
    throw new UsageError(`two directories: ${quoted([named, directory])}`);
  }
  if (directory !== undefined && URL_REGEXP.test(directory)) {
    throw new UsageError(
      `"${directory}" is a URL, and no directory; for --cors it follows an equals sign: --cors=${directory}`,
    );
  }
  return {
    port: port === undefined ? DEFAULT_PORT : parsePort(port),
    directory: named ?? directory ?? ".",
  };
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
