/**
 * The flags of the program itself.
 *
 * @module
 */

import { type Flag, HELP_TOPICS, SHELLS } from "./flag.ts";

/** The rows. */
export const PROGRAM_FLAGS = [
  {
    name: "completions",
    values: ["SHELL"],
    choices: SHELLS,
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
    values: ["GROUP"],
    otherwise: "",
    choices: HELP_TOPICS,
    group: "Program",
    help: "explain the flags of GROUP, or all",
  },
  {
    name: "version",
    values: [],
    group: "Program",
    help: "show the version",
  },
] as const satisfies readonly Flag[];
