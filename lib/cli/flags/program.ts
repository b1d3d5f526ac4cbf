/**
 * The flags of the program itself.
 *
 * @module
 */

import type { Flag } from "../flag.ts";

/** The rows. */
export const PROGRAM_FLAGS = [
  {
    name: "completions",
    values: ["SHELL"],
    group: "Program",
    help: "print completions for bash, zsh or fish",
  },
  {
    name: "man",
    values: [],
    group: "Program",
    help: "print the manual page",
  },
  {
    name: "help",
    letter: "h",
    values: [],
    group: "Program",
    help: "show this help",
  },
  {
    name: "version",
    values: [],
    group: "Program",
    help: "show the version",
  },
] as const satisfies readonly Flag[];
