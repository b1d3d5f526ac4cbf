/**
 * The file of users: read at the start, and again when it has changed.
 *
 * Files of users and the hashes of their passwords, as `htpasswd -B` writes them.
 *
 * @module
 */

import type { Files, Stat } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { VerifyPassword } from "../site/options.ts";
import { createBcryptVerify } from "./bcrypt.ts";
import { isServed, type Served } from "./checks.ts";

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

/** What was read, and of which state of the file; or why nothing. */
type Read =
  | {
    readonly kind: "users";
    readonly stamp: string;
    readonly users: ReadonlyMap<string, string>;
  }
  /** That file is no good, or not there. */
  | { readonly kind: "failed"; readonly stamp: string; readonly reason: string }
  /** Nobody knows yet: descriptors are missing, or the disk fails. */
  | { readonly kind: "unknown"; readonly reason: string };

/** How often a file is read for one check when it changes all the while. */
const MOST_READS = 3;

/**
 * Opens a file of users.
 *
 * @param path Its path.
 * @param served The directory that is served, where it must not be found.
 * @param runtime The runtime.
 * @returns The check of passwords, or why there can be none.
 */
export async function openPasswords(
  path: string,
  served: Served,
  runtime: Runtime,
): Promise<OpenedPasswords> {
  const { files } = runtime;
  const flag = `--basic-auth-file "${path}"`;
  const missing = runtime.missingReadPermission(path);
  if (missing !== undefined) {
    const message = `no permission to read "${path}"; start with ${missing}`;
    return { kind: "failed", message };
  }
  const first = await read(path, files);
  if (first.kind !== "users") {
    return { kind: "failed", message: `${flag}: ${first.reason}` };
  }
  if (first.users.size === 0) {
    return { kind: "failed", message: `${flag}: there are no users in it` };
  }
  if (await isServed(path, served, files)) {
    const message =
      `${flag} would be served itself; move it out of the directory`;
    return { kind: "failed", message };
  }
  return {
    kind: "open",
    ...follow(
      path,
      first,
      files,
      (text) => runtime.printError(`serve: ${flag}: ${text}\n`),
    ),
  };
}

/**
 * Checks by the newest state of the file. While that cannot be read nobody is let in: the
 * one whose password was taken away may be who has used up the descriptors.
 */
function follow(
  path: string,
  { users, stamp }: Read & { readonly kind: "users" },
  files: Files,
  tell: (text: string) => void,
): Pick<OpenedPasswords & { readonly kind: "open" }, "verify" | "reload"> {
  let isUnknown = false;
  const apply = (next: Read) => {
    if (next.kind === "unknown") {
      // Each login tries again: one line is enough.
      if (!isUnknown) tell(`${next.reason}; the users are as before`);
      isUnknown = true;
      return;
    }
    isUnknown = false;
    stamp = next.stamp;
    if (next.kind === "failed") {
      return tell(`${next.reason}; the users are as before`);
    }
    users = next.users;
    if (users.size === 0) {
      tell("there are no users in it; nobody may log in");
    }
  };
  let reading: Promise<void> | undefined;
  const reload = () =>
    reading ??= read(path, files).then(apply).finally(() => {
      reading = undefined;
    });
  const check = createBcryptVerify(() => users);
  const verify: VerifyPassword = async (user, password, peer) => {
    // A read that was joined may have begun before the file was what it is now.
    for (let left = MOST_READS;; left--) {
      const now = stampOf(await files.stat(path));
      if (now === stamp) return await check(user, password, peer);
      if (left === 0) return "busy";
      await reload();
    }
  };
  return { verify, reload };
}

async function read(path: string, files: Files): Promise<Read> {
  try {
    // Before it is opened: what changes from here on is another state, and read again.
    const stamp = stampOf(await files.stat(path));
    const text = await readText(path, files);
    if (text === undefined) {
      const reason = "there is no such file, or you may not read it";
      return { kind: "failed", stamp, reason };
    }
    const parsed = parseHtpasswd(text);
    return parsed.kind === "users"
      ? { ...parsed, stamp }
      : { kind: "failed", stamp, reason: parsed.message };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "unknown", reason: `cannot be read now (${reason})` };
  }
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

/** Hashes by the names of users, or why the text is no such file. */
export type Htpasswd =
  | { readonly kind: "users"; readonly users: ReadonlyMap<string, string> }
  | { readonly kind: "invalid"; readonly message: string };

/** A cost of 17 takes ten seconds; `htpasswd` makes no more. */
const BCRYPT_REGEXP = /^\$2[aby]\$(?:0[4-9]|1[0-7])\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a file of users: a line for each, `user:hash`; empty lines and those that begin
 * with `#` are skipped. A file without users lets nobody in.
 *
 * @param text The text of the file.
 * @returns The users, or in words which line is wrong. The words contain no hash.
 */
export function parseHtpasswd(text: string): Htpasswd {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const user = line.slice(0, Math.max(colon, 0)).normalize("NFC");
    const hash = line.slice(colon + 1).trimEnd();
    const reason = wrongWith(user, hash, users);
    if (reason !== undefined) {
      return { kind: "invalid", message: `line ${index + 1}: ${reason}` };
    }
    users.set(user, hash);
  }
  return { kind: "users", users };
}

function wrongWith(
  user: string,
  hash: string,
  users: ReadonlyMap<string, string>,
): string | undefined {
  if (user === "") return "expected USER:HASH";
  if (users.has(user)) return `"${user}" is there twice`;
  if (BCRYPT_REGEXP.test(hash)) return undefined;
  const kind = /^\$2[aby]\$/.test(hash)
    ? "this bcrypt hash is cut, or its cost is not between 4 and 17"
    : "only bcrypt hashes are known";
  return `${kind}; make one with htpasswd -B`;
}
