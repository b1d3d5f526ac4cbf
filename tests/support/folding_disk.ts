/** A disk that ignores case and knows short names: a real one by FUSE, and one in memory. */

import type { Files } from "../../main.ts";
import { PROJECT, temporaryDirectory } from "./program.ts";
import { until } from "./wait.ts";

/** Debian's, which has Debian's packages. */
const PYTHON = "/usr/bin/python3";
const PROGRAM = `${PROJECT}tests/support/folding_disk.py`;

/** Why there can be no such disk here; `undefined` when there can. */
export function missingForFuse(): string | undefined {
  if (Deno.build.os !== "linux") return "not Linux";
  try {
    using _device = Deno.openSync("/dev/fuse", { read: true, write: true });
    const args = ["-c", "import fusepy"];
    const { success } = new Deno.Command(PYTHON, { args, stderr: "null" })
      .outputSync();
    return success ? undefined : "python3-fusepy is missing";
  } catch {
    return "/dev/fuse or python3 is missing";
  }
}

export interface FoldingDisk extends AsyncDisposable {
  /** Where names are stored as they are written. */
  readonly source: string;
  /** Where they are found in any spelling. */
  readonly path: string;
}

/** Mounts a directory that is filled in its source; it is unmounted in any case. */
export async function mountFoldingDisk(
  inodes: "stable" | "unstable",
): Promise<FoldingDisk> {
  const directory = temporaryDirectory();
  const source = `${directory.path}/source`;
  const path = `${directory.path}/mounted`;
  for (const made of [directory.path, source, path]) {
    Deno.mkdirSync(made, { recursive: true });
    Deno.chmodSync(made, 0o755);
  }
  const outside = Deno.statSync(path).dev;
  const child = new Deno.Command(PYTHON, {
    args: [PROGRAM, source, path, inodes],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const dispose = async () => {
    await unmount(path);
    try {
      child.kill();
    } catch {
      // It ends when it is unmounted.
    }
    await child.status;
    directory[Symbol.dispose]();
  };
  try {
    await until(() => Deno.statSync(path).dev !== outside, "mounted");
  } catch (error) {
    await dispose();
    throw error;
  }
  return { source, path, [Symbol.asyncDispose]: dispose };
}

/** Lazily: a program that has a file open there must not keep the disk. */
async function unmount(path: string): Promise<void> {
  const args = ["-u", "-z", path];
  await new Deno.Command("fusermount3", { args, stderr: "null" }).output()
    .catch(() => {});
}

/** What a disk that folds names takes for the same name. */
export function fold(name: string): string {
  return name.normalize("NFC").replaceAll(
    /\p{Default_Ignorable_Code_Point}/gu,
    "",
  )
    .replace(/[. ]+$/, "").toLowerCase();
}

/**
 * Files that are found by any spelling, and by short names that are given; as glibc does, the
 * path of an object is told in the spelling in which it was asked for.
 */
export function foldingFiles(
  files: Files,
  shortNames: Readonly<Record<string, string>> = {},
): Files & { readonly listed: string[] } {
  const listed: string[] = [];
  const stored = async (path: string): Promise<string> => {
    let at = "";
    for (const name of path.split("/").filter((name) => name !== "")) {
      const entries = await files.list(at || "/") ?? [];
      const long = shortNames[name.toUpperCase()] ?? name;
      const found = entries.find((entry) => entry.name === long) ??
        entries.find((entry) => fold(entry.name) === fold(long));
      at += `/${found?.name ?? name}`;
    }
    return at || "/";
  };
  return {
    ...files,
    listed,
    stat: async (path) => await files.stat(await stored(path)),
    realPath: async (path) =>
      await files.realPath(await stored(path)) === undefined
        ? undefined
        : path.replace(/(?<=.)\/$/, ""),
    list: async (path) => {
      listed.push(path);
      return await files.list(await stored(path));
    },
    open: async (path) => await files.open(await stored(path)),
  };
}
