/**
 * The file of users and the bcrypt hashes of their passwords, as `htpasswd -B` writes it: read
 * at the start, and again when it has changed.
 *
 * @module
 */

import type { Files, Stat } from "../ports/files.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { VerifyPassword } from "../site/options.ts";
import { createBcryptVerify } from "./bcrypt.ts";
import {
  type Failed,
  failed,
  isPublic,
  type PublicDirectory,
} from "./checks.ts";

/** The check of passwords, or why there can be none. */
export type OpenedPasswords =
  | {
    readonly kind: "open";
    readonly verify: VerifyPassword;
    /** Reads the file again. */
    readonly reload: () => Promise<void>;
  }
  | Failed;

/** What was read, with the fingerprint of the file; or why nothing was read. */
type FileState =
  | {
    readonly kind: "users";
    readonly fingerprint: string;
    readonly users: ReadonlyMap<string, string>;
  }
  /** The file is malformed, or absent. */
  | {
    readonly kind: "failed";
    readonly fingerprint: string;
    readonly reason: string;
  }
  /** It cannot be read now: there are no descriptors left, or the disk fails. */
  | { readonly kind: "unknown"; readonly reason: string };

/** How often a file that keeps changing is read for one check. */
const MAX_READS = 3;

/** Opens a file of users, which must not lie in the published directory. */
export async function openPasswords(
  path: string,
  directory: PublicDirectory,
  runtime: Runtime,
): Promise<OpenedPasswords> {
  const { files } = runtime;
  const flag = `--basic-auth-file "${path}"`;
  const missing = runtime.missingReadPermission(path);
  if (missing !== undefined) {
    return failed(`no permission to read "${path}"; start with ${missing}`);
  }
  const first = await read(path, files);
  if (first.kind !== "users") return failed(`${flag}: ${first.reason}`);
  if (first.users.size === 0) {
    return failed(`${flag}: there are no users in it`);
  }
  if (await isPublic(path, directory, files)) {
    return failed(
      `${flag} would be served itself; move it out of the directory`,
    );
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
 * Checks against the newest state of the file. While that cannot be read, every login is
 * refused: a user whose password was removed may have used up the descriptors on purpose.
 */
function follow(
  path: string,
  { users, fingerprint }: Extract<FileState, { kind: "users" }>,
  files: Files,
  tell: (text: string) => void,
): Pick<Extract<OpenedPasswords, { kind: "open" }>, "verify" | "reload"> {
  let isUnknown = false;
  const apply = (next: FileState) => {
    if (next.kind === "unknown") {
      // Each login tries again; one line is enough.
      if (!isUnknown) tell(`${next.reason}; the users are as before`);
      isUnknown = true;
      return;
    }
    isUnknown = false;
    fingerprint = next.fingerprint;
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
    // A read that was joined may have begun before the last change.
    for (let left = MAX_READS;; left--) {
      const now = fingerprintOf(await files.stat(path));
      if (now === fingerprint) return await check(user, password, peer);
      if (left === 0) return "busy";
      await reload();
    }
  };
  return { verify, reload };
}

async function read(path: string, files: Files): Promise<FileState> {
  try {
    // Taken before the file is opened: a later change has another fingerprint, and is read again.
    const fingerprint = fingerprintOf(await files.stat(path));
    const text = await readText(path, files);
    if (text === undefined) {
      const reason = "there is no such file, or you may not read it";
      return { kind: "failed", fingerprint, reason };
    }
    const parsed = parseHtpasswd(text);
    return parsed.kind === "users"
      ? { ...parsed, fingerprint }
      : { kind: "failed", fingerprint, reason: parsed.message };
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

function fingerprintOf(stat: Stat | undefined): string {
  if (stat === undefined) return "absent";
  const { size, mtime, changed, device, inode } = stat;
  return [size, mtime, changed, device, inode].join();
}

/** Hashes by the names of users, or why the text is malformed. */
type Htpasswd =
  | { readonly kind: "users"; readonly users: ReadonlyMap<string, string> }
  | { readonly kind: "invalid"; readonly message: string };

/** A cost of 17 takes ten seconds; `htpasswd` makes no more. */
const BCRYPT_REGEXP = /^\$2[aby]\$(?:0[4-9]|1[0-7])\$[./A-Za-z0-9]{53}$/;

/**
 * Reads the text of a file of users: `user:hash` in a line; empty lines and those that begin
 * with `#` are skipped. A message contains no hash.
 */
export function parseHtpasswd(text: string): Htpasswd {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const user = line.slice(0, Math.max(colon, 0)).normalize("NFC");
    const hash = line.slice(colon + 1).trimEnd();
    const reason = reasonAgainst(user, hash, users);
    if (reason !== undefined) {
      return { kind: "invalid", message: `line ${index + 1}: ${reason}` };
    }
    users.set(user, hash);
  }
  return { kind: "users", users };
}

function reasonAgainst(
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
