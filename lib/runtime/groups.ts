/**
 * Process groups: signals to them, and that none outlives the program.
 *
 * @module
 */

import process from "node:process";
import type { GroupSignal, Running } from "../ports/processes.ts";

/** Process groups. */
export interface Groups {
  /** Counts a program in until there is nobody left in its group. */
  readonly add: (running: Running) => Running;
  /** Asks all to end, and makes those that have not after a second. */
  readonly endAll: () => Promise<void>;
  /** Makes all end at once: there is no time left. */
  readonly killAll: () => void;
}

/** How long programs have when this one ends, in milliseconds. */
const END_MS = 1000;
/** How often to look whether they have ended, in milliseconds. */
const LOOK_MS = 20;
/** The name of Deno's error for what is not permitted. */
const NOT_CAPABLE = "NotCapable";

/**
 * Makes an empty set of groups.
 *
 * @returns The set.
 */
export function createGroups(): Groups {
  const groups = new Set<Running>();
  const signalAll = (name: GroupSignal) =>
    groups.forEach(({ signal }) => signal(name));
  return {
    add: (running) => {
      let isThere = true;
      const signal = (name: GroupSignal): boolean => {
        // Whoever has its number later is somebody else.
        isThere &&= running.signal(name);
        if (!isThere || name === "SIGKILL") groups.delete(group);
        return isThere;
      };
      const group = { ...running, signal };
      groups.add(group);
      running.ended.then(() => signal(0));
      return group;
    },
    endAll: async () => {
      signalAll("SIGTERM");
      const end = Date.now() + END_MS;
      while (groups.size > 0 && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        signalAll(0);
      }
      signalAll("SIGKILL");
    },
    killAll: () => signalAll("SIGKILL"),
  };
}

/**
 * Signals a process group.
 *
 * @param id The number of the group.
 * @param name The signal.
 * @param otherwise How to do it when it is not permitted.
 * @returns Whether there is such a group.
 */
export function signalGroup(
  id: number,
  name: GroupSignal,
  otherwise: () => boolean,
): boolean {
  try {
    return process.kill(-id, name);
  } catch (error) {
    const { name: kind, code } = error as Error & { readonly code?: string };
    // Not ours to signal, but there: a script that has become somebody else (setuid).
    return code === "EPERM" || kind === NOT_CAPABLE && otherwise();
  }
}
