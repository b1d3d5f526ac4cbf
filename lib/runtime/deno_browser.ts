/**
 * The browser, opened by Deno.
 *
 * @module
 */

import { type Opener, whenFailed } from "./browser.ts";
import { isGranted } from "./deno_permissions.ts";

/**
 * Starts a program that outlives this one: the browser may be its child.
 *
 * @param opener The program and its arguments.
 * @returns Why it failed, or `undefined`.
 */
export async function start(opener: Opener): Promise<string | undefined> {
  const { program } = opener;
  if (!isGranted({ name: "run", command: program })) {
    return `no permission; start with --allow-run=${program}`;
  }
  try {
    const child = new Deno.Command(program, {
      args: [...opener.arguments],
      detached: Deno.build.os !== "windows",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return whenFailed(program, (await child.status).code);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `there is no program "${program}"`;
    }
    return String(error);
  }
}
