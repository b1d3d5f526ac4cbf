/**
 * One look for all who are there (decision D91).
 *
 * @module
 */

import type { Files, Stat } from "../ports/ports.ts";

/**
 * Files at which one glance serves all requests that were there already when it was made:
 * those that the runtime takes from its sockets in one turn had all come before it. It is
 * only for programs in which nothing but requests from sockets is answered: in others
 * somebody may write a file and ask for it in the same turn.
 *
 * @param files The files.
 * @param onNextTurn Calls back before more is read from the sockets.
 * @returns The same files.
 */
export function shareGlances(
  files: Files,
  onNextTurn: (callback: () => void) => void,
): Files {
  const { glance } = files;
  if (glance === undefined) return files;
  const seen = new Map<string, Stat | undefined>();
  const forget = () => seen.clear();
  return {
    ...files,
    glance: (path) => {
      const known = seen.get(path);
      if (known !== undefined) return known;
      if (seen.size === 0) onNextTurn(forget);
      const stat = glance(path);
      seen.set(path, stat);
      return stat;
    },
  };
}
