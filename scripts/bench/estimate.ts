/**
 * How long a run will take.
 *
 * @module
 */

import type { Subject } from "./subjects/subject.ts";
import type { Work } from "./works.ts";

/** Rounds, and the length of one in seconds. */
export interface Length {
  readonly rounds: number;
  readonly seconds: number;
}

/** To start, to be looked at, to end: what it was in runs on two cores. */
const AROUND_SECONDS = 0.6;
const WARM_UP_SECONDS = 1;
const PAGE_SECONDS = 1;
/** Slow readers read for at least so long. */
const SLOW_SECONDS = 3;
/** A page in a browser, or every file once. */
const VISIT_SECONDS = 2.5;

/**
 * Whether a subject may take part in a work.
 *
 * @param subject Who.
 * @param work What is done.
 * @returns Whether it is started; it can still turn out that it cannot.
 */
export function takesPart(subject: Subject, work: Work): boolean {
  if (subject.works !== undefined && !subject.works.includes(work.name)) {
    return false;
  }
  switch (subject.kind) {
    case "ours":
    case "baseline":
    case "least":
      return true;
    case "ceiling":
      return work.constant !== undefined;
    case "peer":
      return work.peers?.includes(subject.name) ?? true;
  }
}

/**
 * Estimates a work.
 *
 * @param work What is done.
 * @param subjects Who was found.
 * @param length Rounds and seconds.
 * @returns Seconds.
 */
export function estimate(
  work: Work,
  subjects: readonly Subject[],
  length: Length,
): number {
  return subjects.filter((subject) => takesPart(subject, work))
    .reduce((sum, subject) => sum + estimateOne(work, subject, length), 0);
}

function estimateOne(
  work: Work,
  { kind }: Subject,
  { rounds, seconds }: Length,
): number {
  const servers = work.without === undefined ? 1 : 2;
  switch (work.kind) {
    case "requests":
    case "bytes":
    case "sequential":
      return servers * (AROUND_SECONDS + WARM_UP_SECONDS + rounds * seconds);
    case "page":
      return AROUND_SECONDS + (rounds + 1) * PAGE_SECONDS;
    case "start":
      return (rounds + 1) * AROUND_SECONDS;
    case "cold":
    case "browser":
      return (rounds + 1) * (AROUND_SECONDS + VISIT_SECONDS);
    case "memory": {
      const slow = kind === "ceiling" ? 0 : Math.max(seconds, SLOW_SECONDS);
      return rounds * (2 * AROUND_SECONDS + seconds + slow);
    }
  }
}

/**
 * A time for people.
 *
 * @param seconds How long.
 * @returns Minutes and seconds, such as `2:05`.
 */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
