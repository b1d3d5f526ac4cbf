/**
 * Who may ask, and which proxies are believed: the options of a user, checked.
 *
 * @module
 */

import { compileNetworks, type InNetworks } from "../http/address.ts";
import { basicChallenge } from "../http/credentials.ts";
import { typeError } from "../http/type_error.ts";
import type { SiteOptions, VerifyPassword } from "./options.ts";

/** Who may ask. */
export interface Access {
  /** How people log in; `undefined` when they need not. */
  readonly auth: Auth | undefined;
  /** Whose Forwarded fields are believed; `undefined` for nobody's. */
  readonly isTrusted: InNetworks | undefined;
}

/** How people log in. */
export interface Auth {
  /** The value of WWW-Authenticate. */
  readonly challenge: string;
  /** Whether a password is that of a user. */
  readonly verify: VerifyPassword;
}

const DEFAULT_REALM = "serve";

/** Checks and completes the options of who may ask. */
export function toAccess(
  { basicAuth, trustedProxies }: SiteOptions,
  writers: Auth | undefined,
): Access {
  return {
    auth: basicAuth === undefined
      ? undefined
      : withWriters(toAuth(basicAuth), writers),
    isTrusted: trustedProxies === undefined
      ? undefined
      : compileNetworks(trustedProxies),
  };
}

/** Who may write may read, too: a browser has one password for a site. */
function withWriters(readers: Auth, writers: Auth | undefined): Auth {
  if (writers === undefined) return readers;
  return {
    ...readers,
    verify: async (...login) => {
      const verdict = await writers.verify(...login);
      return verdict === true ? true : await readers.verify(...login);
    },
  };
}

/** Checks and completes how people log in. */
export function toAuth(
  { realm = DEFAULT_REALM, users = {}, verify }: NonNullable<
    SiteOptions["basicAuth"]
  >,
): Auth {
  const named = Object.entries(users);
  for (const [user, password] of named) checkUser(user, password);
  if (named.length === 0 && verify === undefined) {
    throw new TypeError("Cannot ask for passwords: there are no users");
  }
  const verifyNamed = createVerify(named);
  return {
    challenge: basicChallenge(realm),
    verify: verify === undefined
      ? verifyNamed
      : async (user, password, peer) =>
        await verifyNamed(user, password) ||
        await verify(user, password, peer),
  };
}

/** The message has no password in it: it may go to a log. */
function checkUser(user: string, password: unknown): void {
  const isGood = (text: unknown) =>
    typeof text === "string" && !/\p{Cc}/u.test(text);
  if (isGood(user) && !user.includes(":") && isGood(password)) return;
  throw typeError`Cannot let user ${user} log in: expected a name without a colon, a password, and no control characters`;
}

/** The same work for every user and every password, also for users that do not exist. */
function createVerify(
  users: ReadonlyArray<readonly [user: string, password: string]>,
): (user: string, password: string) => Promise<boolean> {
  if (users.length === 0) return () => Promise.resolve(false);
  const digest = createKeyedDigest();
  // No name has a colon, so a pair is one text, and a text one pair.
  const digestPair = (user: string, password: string) =>
    digest(`${user.normalize("NFC")}:${password.normalize("NFC")}`);
  let known: Promise<ReadonlySet<string>> | undefined;
  return async (user, password) => {
    known ??= Promise.all(users.map((pair) => digestPair(...pair)))
      .then((digests) => new Set(digests));
    return (await known).has(await digestPair(user, password));
  };
}

/** Makes the digest of a text, in 43 characters. */
export type KeyedDigest = (text: string) => Promise<string>;

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;
const KEY_BYTES = 32;

/** HMAC under a process-local key: comparing digests leaks no timing. */
export function createKeyedDigest(): KeyedDigest {
  const raw = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  let key: Promise<CryptoKey> | undefined;
  return async (text) => {
    key ??= crypto.subtle.importKey("raw", raw, ALGORITHM, false, ["sign"]);
    const bytes = new TextEncoder().encode(text);
    const mac = await crypto.subtle.sign(ALGORITHM, await key, bytes);
    return btoa(String.fromCharCode(...new Uint8Array(mac))).slice(0, -1);
  };
}
