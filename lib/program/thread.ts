/**
 * What a thread that serves does with the orders of the main thread.
 *
 * @module
 */

import { createSiteHandler } from "../handler/handler.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Place } from "../ports/sockets.ts";
import { type Bind, type Listening, openSockets } from "../server/listeners.ts";
import { renewSockets } from "../server/renew.ts";
import { drainAll } from "../server/stop.ts";
import { prepare } from "./prepare.ts";
import { permissionNeeds } from "./serve.ts";
import { toSite } from "./site_options.ts";
import type { Notice, Order, Task } from "./threads.ts";

/** Tells the main thread something. */
type Tell = (notice: Notice) => void;

/** The sockets of the thread, or why there are none. */
type Served =
  | Listening & { readonly kind: "listening" }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Makes the function that does what the main thread orders.
 *
 * @param runtime The runtime.
 * @param tell Tells the main thread something.
 * @returns The function.
 */
export function createThread(
  runtime: Runtime,
  tell: Tell,
): (order: Order) => Promise<void> {
  const hangUps: Array<() => void> = [];
  const inner = innerRuntime(runtime, tell, hangUps);
  let served: Promise<Served> | undefined;
  return async (order) => {
    switch (order.kind) {
      case "serve": {
        const result = await (served = serve(order.task, inner));
        return tell(
          result.kind === "failed" ? result : { kind: "serving" },
        );
      }
      case "renew": {
        const result = await served;
        const message = result?.kind === "listening"
          ? await renewSockets(result.listeners, order.keys)
          : "there is no socket";
        return tell({ kind: "renewed", message });
      }
      case "hang-up":
        return hangUps.forEach((listener) => listener());
      case "drain": {
        const result = await served;
        if (result?.kind === "listening") await drainAll(result);
        return tell({ kind: "drained" });
      }
      case "end":
        await runtime.processes.endAll();
        return tell({ kind: "ended" });
    }
  };
}

/** Signals come to the main thread only, and outputs are its own. */
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

async function serve(
  { settings, places, tls }: Task,
  runtime: Runtime,
): Promise<Served> {
  const prepared = await prepare(settings, runtime);
  if (prepared.kind === "failed") return prepared;
  const site = toSite(settings, prepared, runtime);
  if (typeof site === "string") return { kind: "failed", message: site };
  // The main thread, which answers nothing, goes on reading what threads are made of.
  const alone = { ...settings, workers: 1 } as const;
  runtime.keepOnly(await permissionNeeds(alone, prepared.root, runtime.files));
  const binds = places.map(toBind);
  const at = { binds, port: 0, tls, shared: true };
  return await openSockets(createSiteHandler(site), at, runtime);
}

function toBind(place: Place): Bind {
  return place.kind === "unix" ? place : { ...place, kind: "host" };
}
