/**
 * The permissions of Deno: what is granted, what is missing, and what is given back.
 *
 * @module
 */

import type { Permissions } from "../ports/processes.ts";

/** Whether a permission is granted, without a prompt. */
export function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/** A variable of the environment; `undefined`, too, where it may not be read. */
export function readVariable(variable: string): string | undefined {
  return isGranted({ name: "env", variable })
    ? Deno.env.get(variable)
    : undefined;
}

/** See `Runtime.takeVariable`. */
export function takeVariable(name: string): string | undefined {
  const value = readVariable(name);
  if (value !== undefined) Deno.env.delete(name);
  return value;
}

/** See `Runtime.variables`. */
export function readVariables(
  prefix: string,
  names: () => readonly string[],
): ReadonlyMap<string, string> {
  const { state, partial } = Deno.permissions.querySync({ name: "env" });
  const mayReadAll = state === "granted" && partial !== true;
  const entries = mayReadAll
    ? Object.entries(Deno.env.toObject())
      .filter(([name]) => name.startsWith(prefix))
    : names().map((name) => [name, readVariable(name)] as const);
  return new Map(
    entries.flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]]
    ),
  );
}

/**
 * See `Runtime.missingRunPermission`. A program that may not run everything must at least be able
 * to run `kill`, to end all of a group, and know its user ID.
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
 * Why sockets cannot be shared by threads, which load the program again; `undefined` when they
 * can. Only Linux distributes connections between them. To ask for it without the flag would end
 * the program: so another function that comes with the flag tells whether it is set.
 */
export function sharingHindrance(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux can share a port";
  if (!("listenDatagram" in Deno)) {
    return "cannot share a port; start with --unstable-net";
  }
  const { protocol, pathname } = new URL("../", import.meta.url);
  const path = decodeURIComponent(pathname);
  return protocol !== "file:" || isGranted({ name: "read", path })
    ? undefined
    : `no permission to read the program; start with --allow-read=/`;
}

/**
 * Gives back all permissions that are not needed. An executable has every permission baked in
 * that any of its flags needs, because its user cannot choose.
 */
export function keepOnly(
  { read, run, write, environment }: Permissions,
): void {
  const { permissions } = Deno;
  if (read !== undefined) keepPaths("read", read);
  permissions.revokeSync({ name: "ffi" });
  if (!run) permissions.revokeSync({ name: "run" });
  if (write !== undefined) keepWrites(write);
  if (!environment) permissions.revokeSync({ name: "env" });
}

function keepWrites(paths: readonly string[]): void {
  if (paths.length > 0) return keepPaths("write", paths);
  Deno.permissions.revokeSync({ name: "write" });
}

/**
 * Of `--allow-read` without paths Deno takes back all or nothing. Of `--allow-read=/` it does
 * better: to request a path that is granted adds it to the list, and to revoke a path removes
 * what contains it (measured with 2.9.6: 40 µs). It is the same with `--allow-write`.
 */
function keepPaths(name: "read" | "write", paths: readonly string[]): void {
  const everything = { name, path: "/" } as const;
  const isList = !isGranted({ name }) && isGranted(everything);
  // On Windows no path contains all others.
  const isNarrow = isList && !paths.includes("/");
  if (!isNarrow || Deno.build.os === "windows") return;
  for (const path of paths) {
    const descriptor = { name, path } as const;
    // Deno would prompt for what is not granted.
    if (isGranted(descriptor)) Deno.permissions.requestSync(descriptor);
  }
  Deno.permissions.revokeSync(everything);
}
