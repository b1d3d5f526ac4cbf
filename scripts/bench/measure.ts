/**
 * Measures one work with all subjects: they are started and checked, then the rounds are
 * interleaved.
 *
 * @module
 */

import { takesPart } from "./estimate.ts";
import type { Series } from "./results.ts";
import { type Sample, sampleOf } from "./sample.ts";
import { serve, type Served } from "./serve.ts";
import type { Found, Subject } from "./subjects/subject.ts";
import { isFresh, type Work } from "./works.ts";

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
  const open = new Map<string, readonly Served[]>();
  const those = contestants.filter(({ subject }) => takesPart(subject, work));
  // The first round warms up and is not counted; memory has nothing to warm up.
  const first = work.kind === "memory" ? 0 : -1;
  try {
    for (let round = first; round < plan.rounds; round++) {
      plan.progress(round < 0 ? "warm-up" : `round ${round + 1}`);
      for (const contestant of those) {
        const { name } = contestant.subject;
        if (skipped[name] !== undefined) continue;
        const seconds = round < 0 ? 1 : plan.seconds;
        try {
          const servers = open.get(name) ??
            await start(work, contestant, plan.temporary);
          open.set(name, servers);
          const sample = await sampleAll(work, servers, seconds);
          if (round >= 0) {
            samples.set(name, [...samples.get(name) ?? [], sample]);
          }
        } catch (error) {
          skipped[name] = error instanceof Error ? error.message : "";
        }
        if (isFresh(work) || skipped[name] !== undefined) {
          await stop(open.get(name));
          open.delete(name);
        }
      }
    }
  } finally {
    for (const servers of open.values()) await stop(servers);
  }
  for (const name of Object.keys(skipped)) samples.delete(name);
  return { series: toSeries(work, samples), skipped };
}

/** The server; and, where that is looked at, too, one without the feature. */
async function start(
  work: Work,
  { subject, found }: Contestant,
  temporary: string,
): Promise<readonly Served[]> {
  const server = await serve(work, subject, found, temporary, work.feature);
  if (work.without === undefined) return [server];
  try {
    const plain = await serve(work, subject, found, temporary, undefined);
    return [server, plain];
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function stop(servers: readonly Served[] = []): Promise<void> {
  for (const server of servers) await server.stop();
}

async function sampleAll(
  work: Work,
  servers: readonly Served[],
  seconds: number,
): Promise<Sample> {
  const samples: [string, number][] = [];
  for (const [index, server] of servers.entries()) {
    const sample = await sampleOf(work, server, seconds);
    const prefix = index === 0 ? "" : `${work.without}: `;
    for (const [unit, value] of Object.entries(sample)) {
      samples.push([prefix + unit, value]);
    }
  }
  return Object.fromEntries(samples);
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
