/**
 * A thread of `--workers`: what it does at the orders of the main thread.
 *
 * @module
 */

import { createSiteHandler } from "../handler/handler.ts";
import type { Permissions } from "../ports/processes.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Place } from "../ports/sockets.ts";
import { type Bind, type Listening, openSockets } from "../server/listeners.ts";
import { renewSockets } from "../server/renew.ts";
import { countInFlight, drainAll } from "../server/stop.ts";
import { type Failed, failed } from "./checks.ts";
import { requiredPermissions } from "./permissions.ts";
import { limitsOf, prepare, toSite } from "./prepare.ts";
import type { Settings } from "./settings.ts";
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
      case "count": {
        const sockets = await opening;
        const count = sockets?.kind === "listening"
          ? await countInFlight(sockets)
          : 0;
        return tell({ kind: "in-flight", count });
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
  runtime.keepOnly(await threadPermissions(settings, ready.root, runtime));
  const limits = limitsOf(settings);
  const at = { binds: places.map(toBind), port: 0, tls, shared: true, limits };
  return await openSockets(createSiteHandler(site), at, runtime);
}

/**
 * Deno's threads share their permissions (measured with 2.9.6): what the first gives back is
 * gone for those that are still loading, so the modules of threads stay readable.
 */
async function threadPermissions(
  settings: Settings,
  root: string,
  { files }: Runtime,
): Promise<Permissions> {
  const alone = { ...settings, workers: 1 };
  const permissions = await requiredPermissions(alone, root, files);
  const { protocol, pathname } = new URL("../../", import.meta.url);
  const modules = protocol === "file:" ? [decodeURIComponent(pathname)] : [];
  const { read } = permissions;
  return { ...permissions, read: read && [...read, ...modules] };
}

function toBind(place: Place): Bind {
  return place.kind === "unix" ? place : { ...place, kind: "host" };
}
