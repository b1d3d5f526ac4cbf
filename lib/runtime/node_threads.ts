/**
 * Threads of Node.js by `node:worker_threads`, with the interface of web workers, which it has
 * not: both ends of one.
 *
 * @module
 */

import type { ThreadScope, ThreadWorker } from "../ports/runtime.ts";
import { builtin } from "./system.ts";

export function openNodeThread(module: URL): ThreadWorker {
  const worker = new (builtin("node:worker_threads").Worker)(module);
  const events = new EventTarget();
  worker.on("message", (data) => {
    events.dispatchEvent(new MessageEvent("message", { data }));
  });
  worker.on("error", (error) => {
    const event = new Event("error", { cancelable: true });
    events.dispatchEvent(Object.assign(event, { message: String(error) }));
  });
  return {
    postMessage: (message) => worker.postMessage(message),
    addEventListener: events.addEventListener.bind(events),
    terminate: () => void worker.terminate(),
  };
}

/** The end in the thread. */
export function nodeThreadScope(): ThreadScope {
  const { parentPort } = builtin("node:worker_threads");
  if (parentPort === null) throw new Error("This is no thread");
  return {
    postMessage: (message) => parentPort.postMessage(message),
    addEventListener: (_type, listener) => {
      parentPort.on("message", (data) => listener({ data }));
    },
  };
}
