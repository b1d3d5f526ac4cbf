/**
 * The options of CGI, checked one by one.
 *
 * @module
 */

import type { Processes, User } from "../ports/processes.ts";
import type { CgiOptions } from "./cgi_options.ts";

/** A path that begins nowhere: scripts run in directories of their own. */
const RELATIVE_REGEXP = /^(?![/\\]|[a-z]:).*[/\\]/i;
const EXTENSION_REGEXP = /^\.[^./\\\s]+$/;
/** What is no file name on Windows has no place in a URL either. */
const DIRECTORY_NAME_REGEXP = /^[^\\\0]+$/;

/**
 * Directories as the names that lead to them.
 *
 * @param directories Paths below the root.
 * @returns The names that lead to each.
 * @throws {TypeError} When one is not below the root.
 */
export function toDirectories(
  directories: readonly string[],
): readonly (readonly string[])[] {
  if (Array.isArray(directories)) return directories.map(toSegments);
  throw new TypeError(
    `Cannot run scripts in ${JSON.stringify(directories)}: expected a list`,
  );
}

function toSegments(directory: string): readonly string[] {
  const names = String(directory).split("/").filter((name) =>
    name !== "" && name !== "."
  );
  const isBelow = names.length > 0 && !names.includes("..");
  if (isBelow && names.every((name) => DIRECTORY_NAME_REGEXP.test(name))) {
    return names;
  }
  const quoted = JSON.stringify(directory);
  throw new TypeError(
    `Cannot run scripts in ${quoted}: expected a directory below the root, such as "/cgi-bin"`,
  );
}

/**
 * The programs that run scripts.
 *
 * @param extensions Programs, with or without arguments, by extension.
 * @returns The words of their command lines, by extension in lower case.
 * @throws {TypeError} When an extension or a program is none.
 */
export function toExtensions(
  extensions: NonNullable<CgiOptions["extensions"]>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(extensions).map(([extension, program]) => {
      if (!EXTENSION_REGEXP.test(extension)) {
        const quoted = JSON.stringify(extension);
        throw new TypeError(
          `Cannot run ${quoted}: expected an extension such as ".py"`,
        );
      }
      return [extension.toLowerCase(), toWords(extension, program)];
    }),
  );
}

function toWords(
  extension: string,
  program: string | readonly string[],
): readonly string[] {
  const words = typeof program === "string" ? [program] : program;
  const isList = Array.isArray(words) && words.length > 0;
  if (isList && words.every(isWord) && !RELATIVE_REGEXP.test(words[0] ?? "")) {
    return words;
  }
  const quoted = JSON.stringify(program);
  throw new TypeError(
    `Cannot run ${extension} by ${quoted}: expected the name of a program, such as "python3", or its absolute path`,
  );
}

function isWord(word: unknown): boolean {
  return typeof word === "string" && word !== "" && !word.includes("\0");
}

/**
 * Variables for scripts.
 *
 * @param variables The variables.
 * @returns The same.
 * @throws {TypeError} When one cannot be passed on.
 */
export function checkedEnvironment(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(variables)) {
    if (
      /^[^=\0]+$/.test(name) && typeof value === "string" &&
      !value.includes("\0")
    ) continue;
    const quoted = JSON.stringify(name);
    throw new TypeError(
      `Cannot pass variable ${quoted}: expected a name and a text, both without NUL`,
    );
  }
  return variables;
}

/**
 * A limit.
 *
 * @param name The name of the option.
 * @param value The limit.
 * @param most The most that it may be.
 * @returns The same.
 * @throws {RangeError} When it is not a whole number from 1 up.
 */
export function checkedLimit(
  name: string,
  value: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  throw new RangeError(
    `Cannot use ${value} as ${name}: expected a whole number from 1 to ${most}`,
  );
}

/**
 * The user that scripts run as.
 *
 * @param name The name, where the user has named one.
 * @param processes What runs scripts.
 * @returns The user; `undefined` for our own.
 * @throws {TypeError} When it is no name.
 * @throws {Error} When scripts cannot have that user's rights.
 */
export function chosenUser(
  name: string | undefined,
  { chooseUser }: Processes,
): User | undefined {
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`Cannot use ${name} as user: expected a name`);
  }
  const choice = chooseUser(name);
  switch (choice.kind) {
    case "other":
      return choice.user;
    case "own":
      return undefined;
    case "refused":
      throw new Error(`Cannot run scripts: ${choice.message}`);
  }
}
