/**
 * `--share`: a mount that nobody can guess, a line for each who takes something, and an end.
 *
 * @module
 */

import { createReplyHandler, type SiteHandler } from "../handler/handler.ts";
import { secretPath } from "../http/resource.ts";
import { escapeLog, escapeUser, formatLogDate } from "../log/access_log.ts";
import { readableTarget } from "../log/readable.ts";
import { REDACTED } from "../site/secret_root.ts";
import { NOT_FOUND } from "../pages/failure.ts";
import { formatSize, pluralize } from "../pages/quantity.ts";
import type { Log } from "../ports/exchange.ts";
import type { Runtime } from "../ports/runtime.ts";
import { deferred } from "../ports/timers.ts";
import type { Listening } from "../server/listeners.ts";
import type { Site } from "../site/site.ts";
import type { Settings, ShareSettings } from "./settings.ts";
import { createTakes, type Take } from "./takes.ts";

/** A share, from its start to its end. */
export interface Share {
  /** Tells of each who takes something, and passes the record on. */
  readonly watch: (log: Log | false | undefined) => Log;
  /** The same handler, which has nothing any more when the share has ended. */
  readonly guard: (handler: SiteHandler, site: Site) => SiteHandler;
  /** Settles with why it has ended. */
  readonly ended: Promise<string>;
  /** Stops waiting for the end. */
  readonly stop: () => void;
}

/** The settings with a mount that nobody can guess, and its QR code. */
export function withSecretMount(settings: Settings): Settings {
  if (settings.share === undefined) return settings;
  const above = settings.urlRoot?.replace(/\/+$/, "") ?? "";
  return { ...settings, urlRoot: above + secretPath(), qr: true };
}

/** How often the clock is read, in milliseconds: a timer stands still while a computer sleeps, and has 24 days at most. */
const CLOCK_MS = 1000;

export function beginShare(
  { duration = Infinity, times = Infinity }: ShareSettings,
  { print }: Pick<Runtime, "print">,
  now: () => number = Date.now,
): Share {
  const end = now() + duration;
  const { promise: ended, resolve } = deferred<string>();
  const find = createTakes();
  let taken = 0;
  const isOver = () => {
    if (taken >= times) resolve(overText(pluralize(times, "download")));
    else if (now() >= end) resolve(overText(durationText(duration)));
    else return false;
    return true;
  };
  const timer = setInterval(isOver, Math.min(CLOCK_MS, duration));
  const tell = (take: Take) => {
    if (take.isComplete) taken++;
    print(takeText(take, taken, times));
    isOver();
  };
  return {
    watch: (log) => (record) => {
      const take = find(record);
      if (take !== undefined) tell(take);
      return log && log(record);
    },
    guard: (handler, site) => {
      const closed = createReplyHandler(() => NOT_FOUND, site);
      const choose = () => isOver() ? closed : handler;
      return Object.assign(
        ((...asked) => choose()(...asked)) as SiteHandler,
        {
          answer:
            ((...asked) => choose().answer(...asked)) as SiteHandler["answer"],
        },
      );
    },
    ended,
    stop: () => clearInterval(timer),
  };
}

function overText(what: string): string {
  return `The share has ended after ${what}.`;
}

/** What people may want to know at the start. */
export function shareNotices(
  { share }: Settings,
  path: string,
  { listeners }: Pick<Listening, "listeners">,
): readonly string[] {
  if (share === undefined) return [];
  const { duration, times } = share;
  const ends = [
    ...duration === undefined ? [] : [durationText(duration)],
    ...times === undefined ? [] : [pluralize(times, "download")],
  ];
  // A URL has no place for the path of a socket.
  const isHidden = listeners.some(({ port }) => port === 0);
  return [
    ...isHidden ? [`The path of the share is ${path}`] : [],
    ends.length === 0
      ? "The share ends with the program: Ctrl-C"
      : `The share ends after ${ends.join(", or ")}`,
  ];
}

/** `10:33:43 192.0.2.7 took /a.iso, 1.2 GB (3 of 10)`. */
function takeText(
  { record, bytes, length, isComplete }: Take,
  taken: number,
  times: number,
): string {
  const { peer: { user, address }, target, time, milliseconds } = record;
  const clock = formatLogDate(time + milliseconds).slice(-8);
  const who = user === undefined ? address : `${escapeUser(user)} (${address})`;
  const path = target.slice(target.indexOf(REDACTED) + REDACTED.length);
  const what = escapeLog(readableTarget(path));
  // What was in flight at the end is none of them.
  const count = taken > times || times === Infinity
    ? ""
    : ` (${taken} of ${times})`;
  const of = length === undefined ? "" : ` of ${formatSize(length)}`;
  return isComplete
    ? `${clock} ${who} took ${what}, ${formatSize(bytes)}${count}\n`
    : `${clock} ${who} left ${what} at ${formatSize(bytes)}${of}\n`;
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000]] as const;

/** A time as `--share-for` takes it: `2h`, `90s`. */
function durationText(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => milliseconds % size === 0) ??
    ["s", 1000];
  return `${milliseconds / size}${unit}`;
}
