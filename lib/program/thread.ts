/**
 * A thread of `--workers`: what it does at the orders of the main thread.
 *
 * @module
 */

import type { Samples } from "../log/samples.ts";
import type { Permissions } from "../ports/processes.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { NewPlace } from "../ports/sockets.ts";
import { type Bind, type Listening, openSockets } from "../server/listeners.ts";
import { renewSockets } from "../server/renew.ts";
import { countInFlight, drainAll } from "../server/stop.ts";
import { type Failed, failed } from "./checks.ts";
import { createLiveSite, type LiveSite, openSite } from "./live_site.ts";
import { createLogs } from "./log_writer.ts";
import { requiredPermissions } from "./permissions.ts";
import { preload } from "../handler/preload.ts";
import { limitsOf } from "./prepare.ts";
import type { Settings } from "./settings.ts";
import type { Notice, Order, Task } from "./threads.ts";

/** Tells the main thread something. */
type Tell = (notice: Notice) => void;

/** What the thread has opened, or why it could not. */
type OpenThread =
  | {
    readonly kind: "open";
    readonly sockets: Listening;
    readonly live: LiveSite;
    readonly measure: (() => Promise<Samples>) | undefined;
  }
  | Failed;

/** Makes the function that obeys the main thread. */
export function createThread(
  runtime: Runtime,
  tell: Tell,
): (order: Order) => Promise<void> {
  const inner = innerRuntime(runtime, tell);
  let opening: Promise<OpenThread> | undefined;
  const opened = async () => {
    const thread = await opening;
    return thread?.kind === "open" ? thread : undefined;
  };
  return async (order) => {
    switch (order.kind) {
      case "serve": {
        const thread = await (opening = open(order.task, inner));
        return tell(thread.kind === "failed" ? thread : { kind: "serving" });
      }
      case "renew": {
        const thread = await opened();
        const message = thread === undefined
          ? "there is no socket"
          : await renewSockets(thread.sockets.listeners, order.keys);
        return tell({ kind: "renewed", message });
      }
      case "configure": {
        const live = (await opened())?.live;
        const message = live && await replaceSite(live, order.settings, inner);
        return tell({ kind: "configured", message });
      }
      case "hang-up":
        return (await opened())?.live.current().ready.hangUp?.();
      case "drain": {
        const thread = await opened();
        if (thread !== undefined) await drainAll(thread.sockets);
        thread?.live.parts.logs.flush();
        return tell({ kind: "drained" });
      }
      case "count": {
        const thread = await opened();
        const count = thread && await countInFlight(thread.sockets);
        return tell({ kind: "in-flight", count: count ?? 0 });
      }
      case "measure": {
        const samples = await (await opened())?.measure?.();
        return tell({ kind: "measured", samples: samples ?? new Map() });
      }
      case "end":
        await runtime.processes.endAll();
        (await opened())?.live.parts.logs.flush();
        return tell({ kind: "ended" });
    }
  };
}

/** Lets other settings hold, or says why not. */
async function replaceSite(
  live: LiveSite,
  settings: Settings,
  runtime: Runtime,
): Promise<string | undefined> {
  const next = await openSite(settings, live.parts, runtime);
  if (next.kind === "failed") return next.message;
  live.replace(next);
  return undefined;
}

/** Only the main thread gets signals, and only it writes. */
function innerRuntime(runtime: Runtime, tell: Tell): Runtime {
  return {
    ...runtime,
    print: () => {},
    printError: (text) => tell({ kind: "error-output", text }),
    onHangUp: () => {},
    openAppend: () => ({
      kind: "open",
      write: (text) => void tell({ kind: "log", text }),
      reopen: () => undefined,
    }),
  };
}

async function open(
  { settings, places, tls, run, isFirst }: Task,
  runtime: Runtime,
): Promise<OpenThread> {
  const meters = settings.admin &&
    (await import("./meters.ts")).createMeters(runtime);
  const logs = createLogs(runtime);
  const parts = { logs, meters, tells: isFirst === true };
  const first = await openSite(settings, parts, runtime);
  if (first.kind === "failed") return failed(first.message);
  await preload(first.site);
  const { root } = first.ready;
  const permissions = await threadPermissions(settings, root, runtime);
  runtime.keepOnly({ ...permissions, run });
  const limits = limitsOf(settings, meters);
  const at = { binds: places.map(toBind), port: 0, tls, shared: true, limits };
  const live = createLiveSite(first, parts);
  const sockets = await openSockets(live.responder, at, runtime);
  if (sockets.kind === "failed") return failed(sockets.message);
  const measure = meters && (() => meters.samples(sockets));
  return { kind: "open", sockets, live, measure };
}

/**
 * Deno's threads share their permissions (measured with 2.9.6): what the first gives back is
 * gone for those that are still loading, so the modules of threads stay readable.
 */
async function threadPermissions(
  settings: Settings,
  root: string,
  runtime: Runtime,
): Promise<Permissions> {
  const alone = { ...settings, workers: 1 };
  const permissions = await requiredPermissions(alone, root, runtime);
  const { protocol, pathname } = new URL("../../", import.meta.url);
  const modules = protocol === "file:" ? [decodeURIComponent(pathname)] : [];
  const { read } = permissions;
  return { ...permissions, read: read && [...read, ...modules] };
}

function toBind(place: NewPlace): Bind {
  return place.kind === "unix" ? place : { ...place, kind: "host" };
}
