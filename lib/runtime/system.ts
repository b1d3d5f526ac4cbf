/**
 * The system that a runtime was made for, in the words of this project: those that are in
 * the names of its executables.
 *
 * What opens a browser, by system. None of them is a shell: nothing in a URL is ever a
 * command (`cmd /c start` would take `&` for one).
 *
 * Modules of Node.js that not every program needs, loaded when one does: together they
 * take longer to load than all of this program (on Bun `node:zlib` 5 ms, `node:tty` 2 ms).
 *
 * @module
 */

import process from "node:process";

/**
 * The target of Deno.
 *
 * @param build What Deno says of itself.
 * @param build.os The operating system.
 * @param build.arch The processor.
 * @returns The target, such as `linux-x64`.
 */
export function denoTarget({ os, arch }: { os: string; arch: string }): string {
  const system = os === "darwin" ? "macos" : os;
  const processor = arch === "x86_64" ? "x64" : "arm64";
  return `${system}-${processor}`;
}

/**
 * The target of Bun. Which library of C it was made for is known from where it comes from
 * alone, such as `https://…/bun-linux-x64-musl.zip`.
 *
 * @param process What Bun says of itself.
 * @param process.platform The operating system.
 * @param process.arch The processor.
 * @param process.release Where it comes from.
 * @returns The target, such as `linux-x64-musl`.
 */
export function bunTarget(
  { platform, arch, release }: {
    platform: string;
    arch: string;
    release: { sourceUrl?: string | undefined };
  },
): string {
  const system = platform === "darwin"
    ? "macos"
    : platform.replace("win32", "windows");
  const variant = /-(?:x64|aarch64|arm64)(-musl)?\.zip$/
    .exec(release.sourceUrl ?? "")?.[1] ?? "";
  return `${system}-${arch}${variant}`;
}

/** A program and its arguments. */
export interface Opener {
  /** A name that is looked for in PATH. */
  readonly program: string;
  /** Its arguments. */
  readonly arguments: readonly string[];
}

/**
 * The program that opens what the user likes to see URLs with.
 *
 * @param system The name of the system, as `process.platform` and `Deno.build.os` have it.
 * @param url The URL.
 * @returns The program and its arguments.
 */
export function openerOf(system: string, url: string): Opener {
  switch (system) {
    case "darwin":
      return { program: "open", arguments: [url] };
    case "win32":
    case "windows":
      return {
        program: "rundll32",
        arguments: ["url.dll,FileProtocolHandler", url],
      };
    default:
      return { program: "xdg-open", arguments: [url] };
  }
}

/**
 * What to say of an exit status.
 *
 * @param program The program.
 * @param code Its exit status.
 * @returns Words, or `undefined` when all is well.
 */
export function whenFailed(program: string, code: number): string | undefined {
  return code === 0 ? undefined : `${program} ended with status ${code}`;
}

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
