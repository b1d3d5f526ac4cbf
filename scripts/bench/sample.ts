/**
 * One sample of a work: what is done with a server that runs, and what is counted.
 *
 * @module
 */

import { loadModules } from "./browser.ts";
import { ask } from "./probe.ts";
import { pause, processorTime, residentMemory } from "./processes.ts";
import { oneByOne } from "./sequential.ts";
import type { Served } from "./serve.ts";
import { slowReaders } from "./slow.ts";
import { SLOW, type Work } from "./works.ts";
import { type Asking, runCold, runWrk } from "./wrk.ts";

/** By unit: the figure. */
export type Sample = Readonly<Record<string, number>>;

const IDLE_MS = 500;
const READERS = 200;
/** Who needs longer for all files does not take part. */
const COLD_SECONDS = 30;

/**
 * Takes a sample.
 *
 * @param work What is done.
 * @param served A server.
 * @param seconds How long load is made.
 * @returns By unit: the figure.
 * @throws {Error} When the server fails.
 */
export async function sampleOf(
  work: Work,
  served: Served,
  seconds: number,
): Promise<Sample> {
  const { door, question, startMs, scratch } = served;
  switch (work.kind) {
    case "requests":
    case "bytes":
      return await load(work, served, seconds);
    case "page": {
      const { firstMs, wholeMs } = await ask(door, question);
      return { "first byte, ms": firstMs, "whole page, ms": wholeMs };
    }
    case "start":
      return { ms: startMs };
    case "memory":
      return await memory(work, served, seconds);
    case "cold":
      return await cold(work, served);
    case "sequential":
      return { ms: await oneByOne(door, question, seconds) };
    case "browser":
      return { ms: await loadModules(door, `${scratch}/profile`) };
  }
}

async function load(
  work: Work,
  served: Served,
  seconds: number,
): Promise<Sample> {
  const { pid } = served.process;
  const before = processorTime(pid);
  const figures = await runWrk(asking(served, seconds));
  const busy = processorTime(pid) - before;
  if (figures.failures > 0 && work.name !== "not-found") {
    throw new Error(`${figures.failures} failures under load`);
  }
  if (work.kind !== "bytes") return { "requests/s": figures.requests };
  // wrk may be the slower of the two: with nginx and 100 MiB it is.
  const gibibytes = figures.bytes * seconds / 2 ** 30;
  return {
    "MiB/s": figures.bytes / 2 ** 20,
    "processor ms/GiB": busy * 1000 / gibibytes,
  };
}

function asking({ door, question, script }: Served, seconds: number): Asking {
  const url = `http://127.0.0.1:${door.port}${question.path}`;
  return { url, seconds, fields: question.fields ?? {}, script };
}

async function cold(work: Work, served: Served): Promise<Sample> {
  const { pid } = served.process;
  const before = processorTime(pid);
  const { answers, failed, bytes, seconds } = await runCold(
    asking(served, COLD_SECONDS),
  );
  const busy = processorTime(pid) - before;
  if (failed > 0) throw new Error(`${failed} failures under load`);
  const figures = {
    "requests/s": answers / seconds,
    "processor ms/request": busy * 1000 / answers,
  };
  // Who codes better may take longer for it.
  return work.place === "texts"
    ? { ...figures, "KiB each": bytes / answers / 2 ** 10 }
    : figures;
}

async function memory(
  work: Work,
  served: Served,
  seconds: number,
): Promise<Sample> {
  const { pid } = served.process;
  const mebibytes = () => residentMemory(pid) / 2 ** 20;
  await pause(IDLE_MS);
  const idle = mebibytes();
  if (served.name.startsWith("constant-")) {
    await load(work, served, seconds);
    return { "idle, MiB": idle, "after load, MiB": mebibytes() };
  }
  // Before the load, which would already have taken what they are to be seen to take.
  const { most, growth, last } = await slowReaders(
    served.door,
    SLOW,
    READERS,
    Math.max(seconds, 3),
    mebibytes,
  );
  await load(work, served, seconds);
  return {
    "idle, MiB": idle,
    "after load, MiB": mebibytes(),
    "slow readers, most more MiB": most - idle,
    "slow readers, growth in the second half, MiB": growth,
    "slow readers, more MiB at the end": last - idle,
  };
}
