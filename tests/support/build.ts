/** What the tests make of the sources, once after every change. */

import { fromFileUrl } from "@std/path/from-file-url";

export const PROJECT: string = fromFileUrl(new URL("../../", import.meta.url));
/** What it is made of. */
const SOURCES = [
  "deno.json",
  "deno.lock",
  "lib",
  "main.ts",
  "package.json",
  "scripts",
];

/** Whether a file was made after the last change. Every test module asks. */
export function isNewest(file: string): boolean {
  const made = Deno.statSync(file).mtime ?? new Date(0);
  return SOURCES.every((name) => isOlder(PROJECT + name, made));
}

function isOlder(path: string, time: Date): boolean {
  const { mtime, isDirectory } = Deno.statSync(path);
  if (mtime === null || mtime >= time) return false;
  return !isDirectory ||
    [...Deno.readDirSync(path)]
      .every(({ name }) => isOlder(`${path}/${name}`, time));
}

/** Runs a script of the project. */
export async function runScript(
  path: string,
  ...words: readonly string[]
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", path, ...words],
    cwd: PROJECT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
