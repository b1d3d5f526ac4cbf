/**
 * Small files that the program itself needs.
 *
 * @module
 */

import * as fs from "node:fs";
import type { TextResult } from "../ports/text_files.ts";

/** In words what the system says in codes. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "you may not read it",
  EPERM: "you may not read it",
};
/** Deno's own permission is missing. */
const NOT_CAPABLE = "NotCapable";

/**
 * Reads a file to its end, whatever its kind: passwords come by `<(program)` as well.
 *
 * @param path Where it is.
 * @returns Its text, or in words why it cannot be read.
 */
export function readText(path: string): TextResult {
  try {
    return { kind: "text", text: fs.readFileSync(path, "utf8") };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code, name, message } = error as Error & { readonly code?: string };
    const reason = name === NOT_CAPABLE
      ? "no permission; start with --allow-read=/"
      : REASONS[code ?? ""] ?? message;
    return { kind: "failed", message: reason };
  }
}
