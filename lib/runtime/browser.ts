/**
 * What opens a browser, by system. None of them is a shell: nothing in a URL is ever a
 * command (`cmd /c start` would take `&` for one).
 *
 * @module
 */

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
