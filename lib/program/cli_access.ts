/**
 * The flags of who may ask.
 *
 * @module
 */

import { compileNetworks } from "../http/address.ts";
import { list, text, UsageError, type Values } from "./words.ts";

/** What the user wants of who may ask. */
export interface AccessSettings {
  /** Passwords by the names of users; `undefined` when no flag has any. */
  readonly users: Readonly<Record<string, string>> | undefined;
  /** The file of users, where there is one. */
  readonly file: string | undefined;
  /** The proxies that are believed. */
  readonly proxies: readonly string[];
}

/** Only this machine reaches it. */
const LOCAL_REGEXP = /^(?:127\.|::1$|localhost$|unix:|\/)/;

/**
 * Reads the flags of who may ask.
 *
 * @param values The values of all flags.
 * @returns What they ask for.
 * @throws {UsageError} When a value is not of its kind. No password is in its message.
 * @throws {TypeError} When a network cannot be read.
 */
export function parseAccess(values: Values): AccessSettings {
  const pairs = list(values, "basic-auth").map(toPair);
  const file = text(values, "basic-auth-file");
  const proxies = list(values, "trusted-proxy")
    .flatMap((text) => text.split(",").map((network) => network.trim()));
  compileNetworks(proxies);
  return {
    users: pairs.length === 0 ? undefined : Object.fromEntries(pairs),
    file,
    proxies,
  };
}

/** The first colon ends the name; a password may have others. */
function toPair(text: string, index: number): [string, string] {
  const colon = text.indexOf(":");
  const [user, password] = [
    text.slice(0, Math.max(colon, 0)),
    text.slice(colon + 1),
  ];
  if (colon > 0 && password !== "" && !/\p{Cc}/u.test(text)) {
    return [user, password];
  }
  const which = index === 0 ? "" : ` (number ${index + 1})`;
  throw new UsageError(`--basic-auth${which} needs USER:PASSWORD`);
}

/**
 * What to say at the start to somebody whose passwords everybody can read on the way.
 *
 * @param settings What the user said.
 * @param addresses The addresses that are bound.
 * @param isEncrypted Whether TLS is spoken.
 * @returns A line, or `undefined`.
 */
export function passwordNotice(
  { users, file }: AccessSettings,
  addresses: readonly string[],
  isEncrypted: boolean,
): string | undefined {
  const asks = users !== undefined || file !== undefined;
  const isReached = addresses.some((address) => !LOCAL_REGEXP.test(address));
  return asks && isReached && !isEncrypted
    ? "Passwords are sent readable by all on the way: use TLS, or -b 127.0.0.1"
    : undefined;
}
