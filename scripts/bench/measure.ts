/**
 * Measures one work with all subjects: they are started and checked, then the rounds are
 * interleaved.
 *
 * @module
 */

import { slowReaders } from "./slow.ts";
import { takesPart } from "./estimate.ts";
import { ask } from "./probe.ts";
import { pause, processorTime, residentMemory } from "./processes.ts";
import type { Series } from "./results.ts";
import { serve, type Served } from "./serve.ts";
import type { Found, Subject } from "./subjects/subject.ts";
import { SLOW, type Work } from "./works.ts";
import { runWrk } from "./wrk.ts";

/** A subject that was found. */
export interface Contestant {
  readonly subject: Subject;
  readonly found: Found;
}

/** How long, how often, and where. */
export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly temporary: string;
  /** Is told what begins. */
  readonly progress: (step: string) => void;
}

/** What was measured, and who did not take part for which reason. */
export interface Measured {
  readonly series: readonly Series[];
  readonly skipped: Readonly<Record<string, string>>;
}

type Sample = Readonly<Record<string, number>>;

const IDLE_MS = 500;
const READERS = 200;

/**
 * Measures a work.
 *
 * @param work What is done.
 * @param contestants Who takes part.
 * @param plan Rounds, seconds, and the temporary directory.
 * @returns The figures, and why somebody has none.
 */
export async function measure(
  work: Work,
  contestants: readonly Contestant[],
  plan: Plan,
): Promise<Measured> {
  const samples = new Map<string, Sample[]>();
  const skipped: Record<string, string> = {};
  const open = new Map<string, Served>();
  const fresh = work.kind === "start" || work.kind === "memory";
  const begin = fresh ? 0 : -1; // the first round of load warms up, and is not counted
  try {
    for (let round = begin; round < plan.rounds; round++) {
      plan.progress(round < 0 ? "warm-up" : `round ${round + 1}`);
      for (const { subject, found } of contestants) {
        if (skipped[subject.name] !== undefined) continue;
        if (!takesPart(subject, work)) continue;
        try {
          const served = open.get(subject.name) ??
            await serve(work, subject, found, plan.temporary);
          open.set(subject.name, served);
          const sample = await sampleOf(
            work,
            served,
            round < 0 ? 1 : plan.seconds,
          );
          if (round >= 0) {
            samples.set(subject.name, [
              ...samples.get(subject.name) ?? [],
              sample,
            ]);
          }
        } catch (error) {
          skipped[subject.name] = error instanceof Error ? error.message : "";
        }
        if (fresh || skipped[subject.name] !== undefined) {
          await open.get(subject.name)?.stop();
          open.delete(subject.name);
        }
      }
    }
  } finally {
    for (const served of open.values()) await served.stop();
  }
  for (const name of Object.keys(skipped)) samples.delete(name);
  return { series: toSeries(work, samples), skipped };
}

async function sampleOf(
  work: Work,
  served: Served,
  seconds: number,
): Promise<Sample> {
  switch (work.kind) {
    case "requests":
    case "bytes":
      return await load(work, served, seconds);
    case "page": {
      const { firstMs, wholeMs } = await ask(served.port, served.question);
      return { "first byte, ms": firstMs, "whole page, ms": wholeMs };
    }
    case "start":
      return { ms: served.startMs };
    case "memory":
      return await memory(work, served, seconds);
  }
}

async function load(
  work: Work,
  { port, question, script, process }: Served,
  seconds: number,
): Promise<Sample> {
  const url = `http://127.0.0.1:${port}${question.path}`;
  const { fields = {} } = question;
  const before = processorTime(process.pid);
  const figures = await runWrk({ url, seconds, fields, script });
  const busy = processorTime(process.pid) - before;
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
    served.port,
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

function toSeries(
  work: Work,
  samples: ReadonlyMap<string, readonly Sample[]>,
): Series[] {
  const first = [...samples.values()].map((rounds) => rounds[0] ?? {});
  const units = [...new Set(first.flatMap((sample) => Object.keys(sample)))];
  return units.map((unit) => ({
    work: work.name,
    title: work.title,
    unit,
    better: unit.endsWith("/s") ? "more" : "less",
    values: Object.fromEntries(
      [...samples].filter(([, [sample]]) => sample?.[unit] !== undefined)
        .map(([name, rounds]) => [
          name,
          rounds.map((sample) => sample[unit] ?? NaN),
        ]),
    ),
  }));
}
