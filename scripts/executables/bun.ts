/**
 * Bun, which comes from the npm registry in the version that `package.json` names.
 *
 * @module
 */

import config from "../../package.json" with { type: "json" };

/** The version of Bun. */
export const BUN_VERSION: string = config.engines.bun;

let path: Promise<string> | undefined;

/**
 * Where Bun is.
 *
 * @returns The path of its executable.
 * @throws {Error} When npx cannot fetch it.
 */
export function findBun(): Promise<string> {
  return path ??= fetchBun();
}

async function fetchBun(): Promise<string> {
  const { stdout, success, stderr } = await new Deno.Command("npx", {
    args: ["-y", `bun@${BUN_VERSION}`, "-p", "process.execPath"],
    // Elsewhere npx would take the one that is installed there.
    cwd: "/",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`npx bun failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim().split("\n").at(-1) ?? "";
}
