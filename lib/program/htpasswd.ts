/**
 * Files of users and the hashes of their passwords, as `htpasswd -B` writes them.
 *
 * @module
 */

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
