/**
 * The directories that lead to files. Where none has changed, no link in them leads
 * elsewhere, and no name has come or gone.
 *
 * @module
 */

import { createCache } from "../http/cache.ts";
import type { Files, Stat } from "../ports/ports.ts";
import { isSame, isSettled } from "./open.ts";

/** A directory as it was. */
interface Step {
  readonly path: string;
  readonly stat: Stat;
  /** When to look at it again, in milliseconds since the epoch. */
  due: number;
  /** Whether it was seen to have changed: then it stays so, for all who have come by it. */
  hasChanged: boolean;
}

/** Directories as they were when somebody came by them. */
export type Way = readonly Step[];

/** What looks at directories, at each once a second. */
export interface Ways {
  /** Directories as they are; `undefined` where one could change unnoticed. */
  readonly take: (paths: readonly string[], now: number) => Way | undefined;
  /** Whether none has changed, as far as was seen within the last second. */
  readonly isAsBefore: (way: Way, now: number) => boolean;
}

/** How long a look is enough, in milliseconds. */
const FRESH_MS = 1000;
/** How many bytes directories take at most, about. */
const LIMIT_BYTES = 4_194_304;
/** What one takes besides its path, about. */
const STEP_BYTES = 256;

/**
 * Makes what looks at directories.
 *
 * @param glance Looks at one.
 * @returns It has seen none yet.
 */
export function createWays(glance: NonNullable<Files["glance"]>): Ways {
  const steps = createCache<Step>(LIMIT_BYTES);
  const isStepAsBefore = (step: Step, now: number) => {
    // A clock that was set back must not make a look last.
    if (now >= step.due || step.due - now > FRESH_MS) {
      const seen = glance(step.path);
      step.hasChanged ||= seen === undefined || !isSame(seen, step.stat);
      step.due = now + FRESH_MS;
    }
    return !step.hasChanged;
  };
  const look = (path: string, now: number): Step | undefined => {
    const known = steps.get(path);
    if (known !== undefined && isStepAsBefore(known, now)) return known;
    const stat = glance(path);
    if (stat === undefined || !isSettled(stat, now)) return undefined;
    const step = { path, stat, due: now + FRESH_MS, hasChanged: false };
    steps.set(path, step, STEP_BYTES + 2 * path.length);
    return step;
  };
  return {
    take: (paths, now) => {
      const way = paths.map((path) => look(path, now));
      return way.every((step): step is Step => step !== undefined)
        ? way
        : undefined;
    },
    isAsBefore: (way, now) => way.every((step) => isStepAsBefore(step, now)),
  };
}
