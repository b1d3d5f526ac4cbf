/**
 * The browser, opened by Bun.
 *
 * @module
 */

import process from "node:process";
import { type Opener, whenFailed } from "./browser.ts";
import { builtin } from "./builtin.ts";

/**
 * Starts a program that outlives this one: the browser may be its child.
 *
 * @param opener The program and its arguments.
 * @returns Why it failed, or `undefined`.
 */
export function start(opener: Opener): Promise<string | undefined> {
  const { program } = opener;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const failed = (error: Error & { readonly code?: string }) =>
    resolve(
      error.code === "ENOENT"
        ? `there is no program "${program}"`
        : error.message,
    );
  try {
    const child = builtin("node:child_process").spawn(program, [
      ...opener.arguments,
    ], {
      detached: process.platform !== "win32",
      stdio: "ignore",
    });
    child.on("error", failed);
    child.on("exit", (code) => resolve(whenFailed(program, code ?? 1)));
    child.unref();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failed(error);
  }
  return promise;
}
