/**
 * Passwords against bcrypt hashes. A check blocks the whole program for a tenth of a second, and
 * an attacker can ask for as many as they like: so there is one check at a time, a pause after
 * each, and a bounded queue; verdicts are cached under keyed digests.
 *
 * @module
 */

import { clientNetwork } from "../http/address.ts";
import { createCache } from "../http/cache.ts";
import { sleep } from "../ports/timers.ts";
import { createKeyedDigest } from "../site/access.ts";
import type { VerifyPassword } from "../site/options.ts";

/** Whether a hash is that of a password. */
type CompareHash = (password: string, hash: string) => Promise<boolean>;

type Check = () => Promise<boolean>;

type Pause = (milliseconds: number) => Promise<void> | void;

/** How many checks may wait. More are answered 503. */
const MAX_WAITING = 16;
/** How many of these one client may have: it must not shut others out. */
const MAX_OF_CLIENT = 2;
/** The peer of a unix socket, as `server/listeners.ts` calls it. */
const UNIX = "unix";
/** All clients without an address are counted as this one; no network has this name. */
const NO_ADDRESS = "-";
/** How many pairs are cached for each verdict. */
const MAX_VERDICTS = 1024;

/**
 * Makes the check of passwords against the hashes that `readUsers` has at the moment. For a user
 * that does not exist it compares with the hash of another user, always the same one: then the
 * time tells nothing, even where hashes have different costs.
 */
export function createBcryptVerify(
  readUsers: () => ReadonlyMap<string, string>,
  compare: CompareHash = compareBcrypt,
  pause: Pause = pauseAtLeast1ms,
): VerifyPassword {
  const digest = createKeyedDigest();
  // Two caches: wrong passwords, which an attacker can send, never displace right ones.
  const verdicts = {
    right: createCache<true>(MAX_VERDICTS),
    wrong: createCache<true>(MAX_VERDICTS),
  };
  const running = new Map<string, Promise<boolean>>();
  const takeTurn = createTurns(pause);
  const start = (key: string, client: string | undefined, check: Check) => {
    const checked = takeTurn(client, check);
    if (checked === undefined) return "busy";
    running.set(key, checked);
    return checked.then((isRight) => {
      verdicts[isRight ? "right" : "wrong"].set(key, true, 1);
      return isRight;
    }).finally(() => running.delete(key));
  };
  return async (user, password, peer) => {
    const users = readUsers();
    const own = users.get(user);
    // Neither a hash nor a name has a colon. With its hash a verdict is out of use, too.
    const key = await digest(`${own ?? ""}:${user}:${password}`);
    const hash = own ?? pick([...users.values()], await digest(user));
    if (hash === undefined) return false;
    if (verdicts.right.get(key)) return true;
    if (verdicts.wrong.get(key)) return false;
    const check = async () =>
      await compare(password, hash) && own !== undefined;
    const client = peer && clientOf(peer.address);
    return await (running.get(key) ?? start(key, client, check));
  };
}

/**
 * The client whose places a check takes. All clients without an address are one: else one would
 * be many by resetting its connections. Behind a unix socket is one proxy for many clients: it
 * may take every place.
 */
function clientOf(address: string): string | undefined {
  return address === UNIX ? undefined : clientNetwork(address) ?? NO_ADDRESS;
}

async function compareBcrypt(password: string, hash: string): Promise<boolean> {
  const { default: bcrypt } = await import("bcryptjs");
  return await bcrypt.compare(password, hash);
}

/** The same hash for the same digest, which depends on a key that only this process has. */
function pick(
  hashes: readonly string[],
  digest: string,
): string | undefined {
  const number = [...digest.slice(0, 8)]
    .reduce((sum, sign) => (sum * 64 + sign.charCodeAt(0)) >>> 0, 0);
  return hashes[number % hashes.length];
}

/** A shorter pause is none: a timer of its own would take longer. */
const pauseAtLeast1ms: Pause = (milliseconds) =>
  milliseconds < 1 ? undefined : sleep(milliseconds);

/** One check at a time, then a pause of the same length, in which other requests are answered. */
function createTurns(
  pause: Pause,
): (client: string | undefined, check: Check) => Promise<boolean> | undefined {
  let waiting = 0;
  const byClient = new Map<string, number>();
  let free: Promise<unknown> = Promise.resolve();
  const count = (client: string | undefined, step: 1 | -1) => {
    waiting += step;
    if (client === undefined) return;
    const own = (byClient.get(client) ?? 0) + step;
    if (own > 0) byClient.set(client, own);
    else byClient.delete(client);
  };
  return (client, check) => {
    const own = client === undefined ? 0 : byClient.get(client) ?? 0;
    if (waiting > MAX_WAITING || own >= MAX_OF_CLIENT) return undefined;
    count(client, 1);
    const turn = free.then(() => timed(check));
    free = turn.then(({ milliseconds }) => pause(milliseconds), () => {})
      .finally(() => count(client, -1));
    return turn.then(({ result }) => result);
  };
}

async function timed<T>(
  task: () => Promise<T>,
): Promise<{ readonly result: T; readonly milliseconds: number }> {
  const start = performance.now();
  const result = await task();
  return { result, milliseconds: performance.now() - start };
}
