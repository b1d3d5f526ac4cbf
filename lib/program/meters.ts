/**
 * What a thread counts for `--admin`: requests, caches, scripts, connections, and how late its
 * event loop is.
 *
 * @module
 */

import { type CacheMeter, createCacheMeter } from "../files/cache_meter.ts";
import { createSemaphore } from "../http/semaphore.ts";
import { createHistogram } from "../log/exposition.ts";
import { createRequestMeter } from "../log/metrics.ts";
import { addSamples, type Samples } from "../log/samples.ts";
import type { Log } from "../ports/exchange.ts";
import type { Processes } from "../ports/processes.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { ConnectionLimits } from "../ports/sockets.ts";
import type { Listening } from "../server/listeners.ts";
import { countInFlight } from "../server/stop.ts";

/** What a thread counts. */
export interface Meters {
  /** The same runtime, whose scripts are counted. */
  readonly runtime: Runtime;
  readonly caches: CacheMeter;
  /** Counts records, and passes them on. */
  readonly watch: (log: Log | false | undefined) => Log;
  /** The same limits, whose connections are counted. */
  readonly countConnections: (limits: ConnectionLimits) => ConnectionLimits;
  /** What was counted, and what is in flight on some sockets. */
  readonly samples: (
    sockets: Pick<Listening, "listeners">,
  ) => Promise<Samples>;
  /** Stops looking at the event loop. */
  readonly stop: () => void;
}

export function createMeters(runtime: Runtime): Meters {
  const requests = createRequestMeter();
  const caches = createCacheMeter();
  const scripts = countScripts(runtime.processes);
  const connections = createConnectionMeter();
  const delay = watchEventLoop();
  return {
    runtime: { ...runtime, processes: scripts.processes },
    caches,
    watch: (log) => (record) => {
      requests.count(record);
      return log && log(record);
    },
    countConnections: connections.watch,
    samples: async (sockets) => {
      const inFlight = await countInFlight(sockets);
      return addSamples([
        requests.samples(),
        new Map([["serve_requests_in_flight", inFlight]]),
        // Deno tells of no connection.
        runtime.keepsLimits ? connections.samples() : new Map(),
        caches.samples(),
        scripts.samples(),
        delay.samples(),
      ]);
    },
    stop: delay.stop,
  };
}

function createConnectionMeter(): {
  readonly watch: Meters["countConnections"];
  readonly samples: () => Samples;
} {
  let open = 0;
  return {
    watch: (limits) => {
      const enter = limits.enter ?? createSemaphore(Infinity);
      const counted = () => {
        const leave = enter();
        if (leave === undefined) return undefined;
        open++;
        let isOpen = true;
        return () => {
          if (isOpen) open--;
          isOpen = false;
          leave();
        };
      };
      return { ...limits, enter: counted };
    },
    samples: () => new Map([["serve_connections", open]]),
  };
}

function countScripts(processes: Processes): {
  readonly processes: Processes;
  readonly samples: () => Samples;
} {
  let running = 0;
  let started = 0;
  let failed = 0;
  const start: Processes["start"] = async (command) => {
    const child = await processes.start(command);
    if ("kind" in child) {
      failed++;
      return child;
    }
    started++;
    running++;
    void child.ended.then(({ code, signal }) => {
      running--;
      if (code !== 0 || signal !== undefined) failed++;
    });
    return child;
  };
  return {
    processes: { ...processes, start },
    samples: () =>
      new Map([
        ["serve_scripts_running", running],
        ["serve_scripts_started_total", started],
        ["serve_scripts_failed_total", failed],
      ]),
  };
}

/** How often the event loop is looked at, in milliseconds. */
const TICK_MS = 100;
/** Upper bounds of its delays, in seconds. */
const DELAYS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

function watchEventLoop(): {
  readonly samples: () => Samples;
  readonly stop: () => void;
} {
  const delays = createHistogram("serve_event_loop_delay_seconds", DELAYS);
  let timer: ReturnType<typeof setTimeout>;
  const tick = () => {
    const due = performance.now() + TICK_MS;
    timer = setTimeout(() => {
      delays.observe(Math.max(0, performance.now() - due) / 1000);
      tick();
    }, TICK_MS);
  };
  tick();
  return { samples: delays.samples, stop: () => clearTimeout(timer) };
}
