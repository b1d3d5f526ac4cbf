/**
 * The module of a thread of `--workers`. It sends its log and its errors to the main thread:
 * there is one log, and lines never mix.
 *
 * @module
 */

import type { ThreadScope } from "../ports/runtime.ts";
import { loadRuntime } from "../runtime/load.ts";
import { nodeThreadScope } from "../runtime/node_threads.ts";
import { createThread } from "./thread.ts";
import type { Notice, Order } from "./threads.ts";

// Node.js has no scope of this kind.
const scope = "postMessage" in globalThis
  ? globalThis as unknown as ThreadScope
  : nodeThreadScope();
// Listens at once: Bun keeps no message for a listener that comes later.
const thread = loadRuntime().then((runtime) =>
  createThread(runtime, (notice: Notice) => scope.postMessage(notice))
);

scope.addEventListener("message", ({ data }) => {
  void thread.then((obey) => obey(data as Order));
});
