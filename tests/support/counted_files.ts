/** The disk, whose calls are counted. */
import type { Files } from "../../lib/mod.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";

/** The calls of each kind so far. */
export type Counts = Record<"glance" | "find" | "realPath" | "open", number>;

export function countedFiles(): { files: Files; counts: Counts } {
  const { files } = currentRuntime();
  const { glance = () => undefined, find } = files;
  const counts = { glance: 0, find: 0, realPath: 0, open: 0 };
  return {
    counts,
    files: {
      ...files,
      glance: (path) => (counts.glance++, glance(path)),
      ...find && { find: (...asked) => (counts.find++, find(...asked)) },
      realPath: (path) => (counts.realPath++, files.realPath(path)),
      open: (path) => (counts.open++, files.open(path)),
    },
  };
}
