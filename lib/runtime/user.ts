/**
 * Whose rights scripts have: the users of this system.
 *
 * @module
 */

import * as fs from "node:fs";
import type { OperatingSystem } from "../ports.ts";
import type { User, UserChoice } from "../processes.ts";

const USERS_FILE = "/etc/passwd";
const ROOT_UID = 0;
const NOBODY = "nobody";

/** What is known of us. */
export interface Ourselves {
  /** The number of our user; `undefined` when we may not know it. */
  readonly uid: () => number | undefined;
  /** Whose rules hold. */
  readonly os: OperatingSystem;
  /** How to let us know our user. */
  readonly permission: string;
}

/**
 * Chooses a user: who is named; else nobody, for root; else ourselves.
 *
 * @param name The name, or numbers as in `1000:1000`.
 * @param ourselves What is known of us.
 * @returns The choice.
 */
export function chooseUser(
  name: string | undefined,
  { uid, os, permission }: Ourselves,
): UserChoice {
  if (os === "windows") {
    return name === undefined
      ? { kind: "own" }
      : refused("scripts cannot have another user's rights on Windows");
  }
  const own = uid();
  if (own === undefined) {
    return refused(
      `cannot tell whether this is root; start with ${permission}`,
    );
  }
  if (name === undefined && own !== ROOT_UID) return { kind: "own" };
  const user = findUser(name ?? NOBODY);
  if (user === undefined) {
    return refused(`there is no user "${name ?? NOBODY}"`);
  }
  if (user.uid === own) return { kind: "own" };
  return own === ROOT_UID
    ? { kind: "other", user }
    : refused(`only root can give them the rights of "${name}"`);
}

function refused(message: string): UserChoice {
  return { kind: "refused", message };
}

function findUser(name: string): User | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(name) ?? [];
  if (uid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  for (const line of readUsers().split("\n")) {
    const [other, , uid = "", gid = ""] = line.split(":");
    if (other === name && /^\d+$/.test(uid) && /^\d+$/.test(gid)) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

function readUsers(): string {
  try {
    return fs.readFileSync(USERS_FILE, "utf8");
  } catch {
    return "";
  }
}
