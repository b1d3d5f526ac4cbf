/**
 * What the program may do on Deno.
 *
 * The outputs of the program on Deno.
 *
 * @module
 */

import type { Permissions } from "../ports/processes.ts";

/**
 * Whether a permission is granted, without asking anybody.
 *
 * @param descriptor The permission.
 * @returns Whether it is.
 */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/**
 * The flags without which Deno cannot run any of some programs, and all of others. Who may
 * not run everything must at least be able to run `kill`, to end all of a group, and know
 * who they are.
 *
 * @param any Programs of which one is enough.
 * @param all Programs that must all be run.
 * @returns The flags; `undefined` when nothing is missing.
 */
export function missingRunPermission(
  any: readonly string[],
  all: readonly string[],
): string | undefined {
  if (isGranted({ name: "run" })) return undefined;
  const canRun = (command: string) => isGranted({ name: "run", command });
  const isEnough = [...all, "kill"].every(canRun) &&
    (any.some(canRun) || any.length === 0 && all.length > 0) &&
    isGranted({ name: "sys", kind: "uid" });
  if (isEnough) return undefined;
  const programs = [...any, ...all, "kill"];
  return programs.length === 1
    ? "--allow-run"
    : `--allow-run, or just --allow-sys=uid --allow-run=${programs.join(",")}`;
}

/**
 * Why sockets cannot be shared by threads, which load the program again. Only Linux
 * distributes connections between them; and to ask for that without the flag would end the program, so it is found out by
 * what else comes with the flag.
 *
 * @returns The reason; `undefined` when they can.
 */
export function sharingHindrance(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux can share a port";
  if (!("listenDatagram" in Deno)) {
    return "cannot share a port; start with --unstable-net";
  }
  const { protocol, pathname: path } = new URL("../", import.meta.url);
  return protocol !== "file:" || isGranted({ name: "read", path })
    ? undefined
    : `no permission to read the program; start with --allow-read=/`;
}

/**
 * Gives back what the program does not need. An executable has every permission that any
 * of its flags needs baked in, because its user cannot choose.
 *
 * @param needs What is kept.
 */
export function keepOnly(
  { read, run, write, environment }: Permissions,
): void {
  const { permissions } = Deno;
  if (read !== undefined) keepReads(read);
  permissions.revokeSync({ name: "ffi" });
  if (!run) permissions.revokeSync({ name: "run" });
  if (!write) permissions.revokeSync({ name: "write" });
  if (!environment) permissions.revokeSync({ name: "env" });
}

/**
 * Of `--allow-read` without paths Deno takes back all or nothing. Of `--allow-read=/` it does
 * better: to request a path that is granted adds it to the list, and to revoke a path removes
 * what contains it (measured with 2.9.6: 40 µs).
 */
function keepReads(paths: readonly string[]): void {
  const everything = { name: "read", path: "/" } as const;
  const isList = !isGranted({ name: "read" }) && isGranted(everything);
  // On Windows there is no path that contains all others.
  const isNarrow = isList && !paths.includes("/");
  if (!isNarrow || Deno.build.os === "windows") return;
  for (const path of paths) {
    const descriptor = { name: "read", path } as const;
    // What is not granted Deno would ask the user for.
    if (isGranted(descriptor)) Deno.permissions.requestSync(descriptor);
  }
  Deno.permissions.revokeSync(everything);
}

/**
 * Writes all of a text. An output that nobody reads any more (`serve | head -1`) is no
 * reason to stop serving.
 *
 * @param output The standard output or error output.
 * @param text The text.
 */
export function write(output: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += output.writeSync(bytes.subarray(at));
    }
  } catch {
    return;
  }
}
