/**
 * The process groups that are there, so that none outlives the program.
 *
 * @module
 */

import type { Running } from "../processes.ts";

/** Process groups. */
export interface Groups {
  /** Counts a program in until it has ended. */
  readonly add: (running: Running) => Running;
  /** Asks all to end, and makes those that have not after a second. */
  readonly endAll: () => Promise<void>;
  /** Makes all end at once: there is no time left. */
  readonly killAll: () => void;
}

/** How long programs have when this one ends, in milliseconds. */
const END_MS = 1000;

/**
 * Makes an empty set of groups.
 *
 * @returns The set.
 */
export function createGroups(): Groups {
  const groups = new Set<Running>();
  const killAll = () => groups.forEach(({ signal }) => signal("SIGKILL"));
  return {
    add: (running) => {
      groups.add(running);
      running.ended.then(() => groups.delete(running));
      return running;
    },
    endAll: async () => {
      if (groups.size === 0) return;
      groups.forEach(({ signal }) => signal("SIGTERM"));
      const ended = Promise.all([...groups].map((group) => group.ended));
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, END_MS);
      await Promise.race([ended, late.promise]);
      clearTimeout(timer);
      killAll();
    },
    killAll,
  };
}
