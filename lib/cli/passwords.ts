/**
 * The file of users: read at the start, and again when it has changed.
 *
 * @module
 */

import type { VerifyPassword } from "../options.ts";
import type { Files, Runtime, Stat } from "../ports.ts";
import { createBcryptVerify } from "../wraps/bcrypt.ts";
import { parseHtpasswd } from "../wraps/htpasswd.ts";

/** The check of passwords, or why there can be none. */
export type OpenedPasswords =
  | {
    readonly kind: "open";
    /** The check. */
    readonly verify: VerifyPassword;
    /** Reads the file again. */
    readonly reload: () => Promise<void>;
  }
  | { readonly kind: "failed"; readonly message: string };

/** What was read, or why nothing. */
type Read =
  | { readonly kind: "read"; readonly verify: VerifyPassword }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Opens a file of users.
 *
 * @param path Its path.
 * @param root The directory that is served, where it must not be found.
 * @param runtime The runtime.
 * @returns The check of passwords, or why there can be none.
 */
export async function openPasswords(
  path: string,
  root: string,
  runtime: Runtime,
): Promise<OpenedPasswords> {
  const { files, printError } = runtime;
  const missing = runtime.missingReadPermission(path);
  if (missing !== undefined) {
    const message = `no permission to read "${path}"; start with ${missing}`;
    return { kind: "failed", message };
  }
  let stamp = stampOf(await files.stat(path));
  const first = await read(path, files);
  if (first.kind === "failed") return first;
  if (await isServed(path, root, files)) {
    const message =
      `--basic-auth-file "${path}" would be served itself; move it out of the directory`;
    return { kind: "failed", message };
  }
  let { verify } = first;
  let reading: Promise<void> | undefined;
  const load = async () => {
    const next = await read(path, files);
    if (next.kind === "read") verify = next.verify;
    else printError(`serve: ${next.message}; the users are as before\n`);
  };
  const reload = () =>
    reading ??= load().finally(() => {
      reading = undefined;
    });
  return {
    kind: "open",
    reload,
    verify: async (user, password) => {
      const now = stampOf(await files.stat(path));
      const hasChanged = now !== stamp;
      stamp = now;
      if (hasChanged) await reload();
      else await reading;
      return await verify(user, password);
    },
  };
}

/** Hashes are not for those who have logged in, either; names with a dot are hidden, mostly. */
async function isServed(
  path: string,
  root: string,
  files: Files,
): Promise<boolean> {
  const [file, directory] = [
    await files.realPath(path),
    await files.realPath(root),
  ];
  if (file === undefined || directory === undefined) return false;
  const below = directory.replace(/[/\\]$/, "");
  return file.startsWith(below) &&
    /^(?:[/\\][^./\\][^/\\]*)+$/.test(file.slice(below.length));
}

async function read(path: string, files: Files): Promise<Read> {
  const failed = (reason: string): Read => ({
    kind: "failed",
    message: `--basic-auth-file "${path}": ${reason}`,
  });
  const text = await readText(path, files);
  if (text === undefined) {
    return failed("there is no such file, or you may not read it");
  }
  const parsed = parseHtpasswd(text);
  return parsed.kind === "users"
    ? { kind: "read", verify: createBcryptVerify(parsed.users) }
    : failed(parsed.message);
}

async function readText(
  path: string,
  files: Files,
): Promise<string | undefined> {
  if ((await files.stat(path))?.kind !== "file") return undefined;
  const file = await files.open(path);
  if (file === undefined) return undefined;
  const { stat: { size } } = file;
  const pieces = size === 0 ? [] : [{ start: 0, end: size - 1 }];
  const content = await file.content(pieces, true);
  return content && await new Response(content.body).text();
}

/** What says that a file is another one than it was. */
function stampOf(stat: Stat | undefined): string {
  if (stat === undefined) return "absent";
  const { size, mtime, changed, device, inode } = stat;
  return [size, mtime, changed, device, inode].join();
}
