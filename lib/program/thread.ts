/**
 * A thread of `--workers`: what it does at the orders of the main thread.
 *
 * @module
 */

import { createSiteHandler } from "../handler/handler.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Place } from "../ports/sockets.ts";
import { type Bind, type Listening, openSockets } from "../server/listeners.ts";
import { renewSockets } from "../server/renew.ts";
import { drainAll } from "../server/stop.ts";
import { type Failed, failed } from "./checks.ts";
import { requiredPermissions } from "./permissions.ts";
import { prepare, toSite } from "./prepare.ts";
import type { Notice, Order, Task } from "./threads.ts";

/** Tells the main thread something. */
type Tell = (notice: Notice) => void;

/** The sockets of the thread, or why there are none. */
type ThreadSockets = Listening & { readonly kind: "listening" } | Failed;

/** Makes the function that obeys the main thread. */
export function createThread(
  runtime: Runtime,
  tell: Tell,
): (order: Order) => Promise<void> {
  const hangUps: Array<() => void> = [];
  const inner = innerRuntime(runtime, tell, hangUps);
  let opening: Promise<ThreadSockets> | undefined;
  return async (order) => {
    switch (order.kind) {
      case "serve": {
        const sockets = await (opening = open(order.task, inner));
        return tell(sockets.kind === "failed" ? sockets : { kind: "serving" });
      }
      case "renew": {
        const sockets = await opening;
        const message = sockets?.kind === "listening"
          ? await renewSockets(sockets.listeners, order.keys)
          : "there is no socket";
        return tell({ kind: "renewed", message });
      }
      case "hang-up":
        return hangUps.forEach((listener) => listener());
      case "drain": {
        const sockets = await opening;
        if (sockets?.kind === "listening") await drainAll(sockets);
        return tell({ kind: "drained" });
      }
      case "end":
        await runtime.processes.endAll();
        return tell({ kind: "ended" });
    }
  };
}

/** Only the main thread gets signals, and only it writes. */
function innerRuntime(
  runtime: Runtime,
  tell: Tell,
  hangUps: Array<() => void>,
): Runtime {
  return {
    ...runtime,
    print: () => {},
    printError: (text) => tell({ kind: "error-output", text }),
    onHangUp: (listener) => void hangUps.push(listener),
    openAppend: () => ({
      kind: "open",
      write: (text) => void tell({ kind: "log", text }),
      reopen: () => undefined,
    }),
  };
}

async function open(
  { settings, places, tls }: Task,
  runtime: Runtime,
): Promise<ThreadSockets> {
  const ready = await prepare(settings, runtime);
  if (ready.kind === "failed") return ready;
  const site = toSite(settings, ready, runtime);
  if (typeof site === "string") return failed(site);
  // Only the main thread, which answers nothing, goes on reading modules for threads.
  const alone = { ...settings, workers: 1 };
  runtime.keepOnly(await requiredPermissions(alone, ready.root, runtime.files));
  const at = { binds: places.map(toBind), port: 0, tls, shared: true };
  return await openSockets(createSiteHandler(site), at, runtime);
}

function toBind(place: Place): Bind {
  return place.kind === "unix" ? place : { ...place, kind: "host" };
}
