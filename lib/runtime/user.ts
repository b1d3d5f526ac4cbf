/**
 * Whose rights scripts have: the users of this system.
 *
 * @module
 */

import * as fs from "node:fs";
import type { OperatingSystem } from "../ports/ports.ts";
import type { User, UserChoice } from "../ports/processes.ts";

const USERS_FILE = "/etc/passwd";
const ID_REGEXP = /^-?\d+$/;
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
  const users = readUsers();
  const user = numbers(name) ?? findUser(name ?? NOBODY, users ?? "");
  if (user === undefined) {
    const reason = users === undefined
      ? `${USERS_FILE} may not be read`
      : `there is no user "${name ?? NOBODY}"`;
    return refused(`${reason}; numbers are a user, too, as in 65534:65534`);
  }
  if (own === ROOT_UID) return { kind: "other", user };
  return user.uid === own
    ? { kind: "own" }
    : refused(`only root can give them the rights of "${name}"`);
}

function refused(message: string): UserChoice {
  return { kind: "refused", message };
}

function numbers(name: string | undefined): User | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(name ?? "") ?? [];
  return name === undefined || uid === undefined
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid) };
}

function findUser(name: string, users: string): User | undefined {
  for (const line of users.split("\n")) {
    const [other, , uid = "", gid = ""] = line.split(":");
    if (other !== name || !ID_REGEXP.test(uid) || !ID_REGEXP.test(gid)) {
      continue;
    }
    return { name, uid: toId(uid), gid: toId(gid) };
  }
  return undefined;
}

/** On macOS nobody is -2, of 32 bits without a sign. */
function toId(text: string): number {
  return Number(text) >>> 0;
}

function readUsers(): string | undefined {
  try {
    return fs.readFileSync(USERS_FILE, "utf8");
  } catch {
    return undefined;
  }
}
