/**
 * Modules of Node.js that not every program needs, loaded when one does: together they
 * take longer to load than all of this program (on Bun `node:zlib` 5 ms, `node:tty` 2 ms).
 *
 * @module
 */

import process from "node:process";

/** The modules, as their types have them. */
interface Builtins {
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:timers": typeof import("node:timers");
  readonly "node:tty": typeof import("node:tty");
  readonly "node:util": typeof import("node:util");
  readonly "node:zlib": typeof import("node:zlib");
}

/**
 * Loads a module at once; a second time it is there.
 *
 * @param name The name of the module.
 * @returns The module.
 */
export function builtin<Name extends keyof Builtins>(
  name: Name,
): Builtins[Name] {
  return process.getBuiltinModule(name) as unknown as Builtins[Name];
}
