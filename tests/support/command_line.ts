/** What a command line alone says: without variables, and without a file of settings. */
import { readCommandLine } from "../../lib/program/command_line.ts";
import { type Layer, valuesOf } from "../../lib/program/flag.ts";
import { type Settings, toSettings } from "../../lib/program/settings.ts";
import { messageOf } from "../../lib/program/values.ts";

export type CommandLine =
  | { readonly kind: "serve"; readonly settings: Settings }
  | Exclude<ReturnType<typeof readCommandLine>, { flags: Layer }>
  | { readonly kind: "print-config"; readonly flags: Layer };

/** Reads a command line as the program does where nothing else is given. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const line = readCommandLine(words);
  if (!("flags" in line)) return line;
  if (line.kind === "print-config") return { ...line, kind: line.kind };
  try {
    const settings = toSettings(valuesOf(line.flags));
    return { kind: "serve", settings };
  } catch (error) {
    return { kind: "invalid", message: messageOf(error) };
  }
}
