/**
 * What the system tells of this process.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import type { ProcessState } from "../ports/runtime.ts";
import { orUndefined } from "./system.ts";

const SECOND_US = 1_000_000;
const LIMIT_REGEXP = /^Max open files +(\d+)/m;

/** Reads it. Deno keeps `/proc` from who may not do everything, other systems have none. */
export function processState(): ProcessState {
  const { user, system } = process.cpuUsage();
  const most = orUndefined(() =>
    LIMIT_REGEXP.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]
  );
  return {
    startTime: Date.now() / 1000 - process.uptime(),
    processorTime: (user + system) / SECOND_US,
    residentBytes: process.memoryUsage().rss,
    // One of them is that of this directory.
    openDescriptors: orUndefined(() => readdirSync("/proc/self/fd").length - 1),
    mostDescriptors: most === undefined ? undefined : Number(most),
  };
}
