/**
 * Medians, spreads, and ratios of interleaved rounds.
 *
 * @module
 */

/** What some rounds have in common. */
export interface Summary {
  /** The middle one. */
  readonly median: number;
  /** The smallest. */
  readonly low: number;
  /** The largest. */
  readonly high: number;
}

/**
 * The median: the middle value, or the mean of the two in the middle.
 *
 * @param values At least one.
 * @returns The median; NaN for nothing.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1
    ? upper
    : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * Median and spread.
 *
 * @param values At least one.
 * @returns The summary; NaN throughout for nothing.
 */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) return { median: NaN, low: NaN, high: NaN };
  return {
    median: median(values),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

/**
 * How many times better ours is than theirs, round by round: rounds that lie beside each
 * other in time had the same machine, so the median of their ratios says more than the
 * ratio of two medians.
 *
 * @param ours One value a round.
 * @param theirs One value a round, in the same order.
 * @param better Whether more or less of it is better.
 * @returns More than 1 where ours is better; NaN where they have no round in common.
 */
export function ratio(
  ours: readonly number[],
  theirs: readonly number[],
  better: "more" | "less",
): Summary {
  const rounds = Math.min(ours.length, theirs.length);
  const ratios = Array.from({ length: rounds }, (_, round) => {
    const [our = NaN, their = NaN] = [ours[round], theirs[round]];
    return better === "more" ? our / their : their / our;
  });
  return summarize(ratios.filter(Number.isFinite));
}
