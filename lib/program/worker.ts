/**
 * A thread that serves, for `--workers`. What it logs and complains of it tells the main
 * thread, so that there is one log, and lines never mix.
 *
 * @module
 */

import { currentRuntime } from "../runtime/mod.ts";
import { createThread } from "./thread.ts";
import type { Notice, Order } from "./threads.ts";

/** What a thread has, in place of what a page has. */
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
