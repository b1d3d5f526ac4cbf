/** The disks of the runtimes, as far as Deno can run them. */

import type { Files } from "../../lib/ports/files.ts";
import { DENO_CALLS, readDirectory } from "../../lib/runtime/deno_files.ts";
import { createDisk } from "../../lib/runtime/disk.ts";
import { streamPieces } from "../../lib/runtime/file_stream.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { nodeRuntime } from "../../lib/runtime/node.ts";

/** `node:fs` is the same on all: what Node.js does is run here, too. */
export const DISKS: Readonly<Record<string, Files>> = {
  "Deno": currentRuntime().files,
  // Deno without `--allow-all`, and other systems than Linux.
  "Deno, by name": createDisk({
    os: "posix",
    calls: DENO_CALLS,
    atOnce: 65_536,
    sendLarge: (file, pieces) => streamPieces(file, pieces),
    readDirectory,
    hasDescriptorPaths: false,
    nextTurn: () => new Promise((resolve) => setTimeout(resolve, 0)),
  }),
  "Node": nodeRuntime().files,
};
