/**
 * The program, as it is started: by `main.ts`, or directly, without what can be imported.
 *
 * @module
 */

import type { ThreadWorker } from "../ports/runtime.ts";
import { run } from "./serve.ts";
import { loadRuntime } from "../runtime/load.ts";
import { openNodeThread } from "../runtime/node_threads.ts";

const runtime = await loadRuntime();
runtime.exit(await run(runtime, openThread));

// It stands here, because in an executable everything but a thread's module is this file:
// the path to it must be the same from both, and bundlers look for these very words.
function openThread(): ThreadWorker {
  return "Worker" in globalThis
    ? new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
    })
    : openNodeThread(new URL("./worker.ts", import.meta.url));
}
