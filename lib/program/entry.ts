/**
 * The program, as it is started: by `main.ts`, or directly, without what can be imported.
 *
 * @module
 */

import type { ThreadWorker } from "../ports/runtime.ts";
import { run } from "./serve.ts";
import { loadRuntime } from "../runtime/load.ts";

const runtime = await loadRuntime();
// Deno and Bun have workers of their own.
const { openNodeThread } = "Worker" in globalThis
  ? {}
  : await import("../runtime/node_threads.ts");
runtime.exit(await run(runtime, openThread));

// It stands here, because in an executable everything but a thread's module is this file:
// the path to it must be the same from both, and bundlers look for these very words.
function openThread(): ThreadWorker {
  return openNodeThread === undefined
    ? new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
    })
    : openNodeThread(new URL("./worker.ts", import.meta.url));
}
