/**
 * The text format of Prometheus, version 0.0.4: metrics and their series as lines.
 *
 * @module
 */

import type { Samples } from "./samples.ts";

/** The media type of the format. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A metric (Prometheus calls it a family), as it is told and documented. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** The names of its labels. */
  readonly labels?: readonly string[];
}

/** The name of a series, its values escaped. */
export function seriesOf(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): string {
  const pairs = Object.entries(labels)
    .map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Writes what is there of some metrics, in their order; series of others are left out. */
export function formatExposition(
  metrics: readonly Metric[],
  samples: Samples,
): string {
  const lines = new Map<string, string[]>();
  for (const [series, value] of samples) {
    const [name = ""] = series.split("{", 1);
    const some = lines.get(name) ?? [];
    some.push(`${series} ${value}\n`);
    lines.set(name, some);
  }
  return metrics.map(({ name, type, help }) => {
    const names = type === "histogram"
      ? ["_bucket", "_sum", "_count"].map((suffix) => name + suffix)
      : [name];
    const own = names.flatMap((name) => lines.get(name) ?? []);
    return own.length === 0
      ? ""
      : `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n` +
        own.join("");
  }).join("");
}

/** Counts values by how large they are. */
export interface Histogram {
  readonly observe: (value: number) => void;
  readonly samples: () => Samples;
}

/** Makes a histogram with these upper bounds of its buckets, which ascend, and +Inf. */
export function createHistogram(
  name: string,
  bounds: readonly number[],
): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  const bucket = (le: string) => seriesOf(`${name}_bucket`, { le });
  return {
    observe: (value) => {
      const found = bounds.findIndex((bound) => value <= bound);
      const at = found < 0 ? bounds.length : found;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += value;
    },
    samples: () => {
      let count = 0;
      const upTo = counts.map((more) => count += more);
      const les = [...bounds.map(String), "+Inf"];
      return new Map([
        ...les.map((le, at) => [bucket(le), upTo[at] ?? 0] as const),
        [`${name}_sum`, sum],
        [`${name}_count`, count],
      ]);
    },
  };
}
