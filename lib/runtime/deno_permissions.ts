/**
 * What the program may do on Deno.
 *
 * @module
 */

import type { Permissions } from "../processes.ts";

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
 * Why sockets cannot be shared by threads. Only Linux distributes connections between
 * them; and to ask for that without the flag would end the program, so it is found out by
 * what else comes with the flag.
 *
 * @returns The reason; `undefined` when they can.
 */
export function sharingHindrance(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux can share a port";
  return "listenDatagram" in Deno
    ? undefined
    : "cannot share a port; start with --unstable-net";
}

/**
 * Gives back what the program does not need. An executable has every permission that any
 * of its flags needs baked in, because its user cannot choose.
 *
 * @param needs What is kept.
 */
export function keepOnly({ run, write, environment }: Permissions): void {
  const { permissions } = Deno;
  permissions.revokeSync({ name: "ffi" });
  if (!run) permissions.revokeSync({ name: "run" });
  if (!write) permissions.revokeSync({ name: "write" });
  if (!environment) permissions.revokeSync({ name: "env" });
}
