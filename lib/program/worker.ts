/**
 * The module of a thread of `--workers`. It sends its log and its errors to the main thread:
 * there is one log, and lines never mix.
 *
 * @module
 */

import { currentRuntime } from "../runtime/mod.ts";
import { createThread } from "./thread.ts";
import type { Notice, Order } from "./threads.ts";

/** The global scope of a thread, in place of that of a page. */
interface ThreadScope {
  readonly postMessage: (notice: Notice) => void;
  readonly addEventListener: (
    type: "message",
    listener: (event: MessageEvent<Order>) => void,
  ) => void;
}

const scope = globalThis as unknown as ThreadScope;
const obey = createThread(
  currentRuntime(),
  (notice) => scope.postMessage(notice),
);

scope.addEventListener("message", ({ data }) => void obey(data));
