/**
 * Samples of metrics, as numbers by series: plain data, which threads can send and anybody can add.
 *
 * @module
 */

/** Numbers by series, which are written as in the text format of Prometheus: `name{label="value"}`. */
export type Samples = ReadonlyMap<string, number>;

/** What only grows, by the names that Prometheus' conventions give it. */
const COUNTER_REGEXP = /^\w+_(?:total|bucket|sum|count)(?:\{|$)/;

/** Adds the numbers of each series. */
export function addSamples(all: Iterable<Samples>): Samples {
  const sums = new Map<string, number>();
  for (const samples of all) {
    for (const [series, value] of samples) {
      sums.set(series, (sums.get(series) ?? 0) + value);
    }
  }
  return sums;
}

/** What stays of the samples of a thread that has died: a counter that falls would count as a restart. */
export function countersOf(samples: Samples): Samples {
  return new Map(
    [...samples].filter(([series]) => COUNTER_REGEXP.test(series)),
  );
}
