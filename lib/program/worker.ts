/**
 * The module of a thread of `--workers`. It sends its log and its errors to the main thread:
 * there is one log, and lines never mix.
 *
 * @module
 */

import type { ThreadScope } from "../ports/runtime.ts";
import { currentRuntime } from "../runtime/mod.ts";
import { nodeThreadScope } from "../runtime/node_threads.ts";
import { createThread } from "./thread.ts";
import type { Notice, Order } from "./threads.ts";

// Node.js has no scope of this kind.
const scope = "postMessage" in globalThis
  ? globalThis as unknown as ThreadScope
  : nodeThreadScope();
const obey = createThread(
  currentRuntime(),
  (notice: Notice) => scope.postMessage(notice),
);

scope.addEventListener("message", ({ data }) => void obey(data as Order));
