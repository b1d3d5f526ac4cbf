/**
 * The metrics of the program: their one table, and what is counted of records of the log.
 *
 * @module
 */

import { RESPONSES } from "../http/registry.ts";
import type { LogRecord } from "../ports/exchange.ts";
import { createHistogram, type Metric, seriesOf } from "./exposition.ts";
import type { Samples } from "./samples.ts";

/** All metrics, in the order in which they are told; the table of the docs is made from it. */
export const METRICS = [
  {
    name: "serve_requests_total",
    type: "counter",
    labels: ["status", "kind"],
    help:
      "Answers that were sent or that their client has left, by status code and by what has answered: file, listing, archive, script, upload, redirect, options, error.",
  },
  {
    name: "serve_request_duration_seconds",
    type: "histogram",
    help: "Time from the head of a request to the last byte of its answer.",
  },
  {
    name: "serve_response_bytes_total",
    type: "counter",
    help: "Bytes of content that were sent, as they stand in the log.",
  },
  {
    name: "serve_requests_aborted_total",
    type: "counter",
    help: "Answers whose client has left before their end.",
  },
  {
    name: "serve_requests_in_flight",
    type: "gauge",
    help: "Answers that were begun and are not complete.",
  },
  {
    name: "serve_connections",
    type: "gauge",
    help:
      "Open connections to the sockets that answer, where the runtime tells of them.",
  },
  {
    name: "serve_cache_entries",
    type: "gauge",
    labels: ["cache"],
    help:
      "What a cache has: representations are what was found out about URLs, with small files; encodings are compressed files.",
  },
  {
    name: "serve_cache_bytes",
    type: "gauge",
    labels: ["cache"],
    help: "Bytes that a cache holds.",
  },
  {
    name: "serve_cache_hits_total",
    type: "counter",
    labels: ["cache"],
    help: "Look-ups that found something fresh in a cache.",
  },
  {
    name: "serve_cache_misses_total",
    type: "counter",
    labels: ["cache"],
    help: "Look-ups that found nothing fresh in a cache.",
  },
  {
    name: "serve_scripts_running",
    type: "gauge",
    help: "Scripts that run.",
  },
  {
    name: "serve_scripts_started_total",
    type: "counter",
    help: "Scripts that were started.",
  },
  {
    name: "serve_scripts_failed_total",
    type: "counter",
    help:
      "Scripts that could not be started, or that ended by a signal or with another status than 0.",
  },
  {
    name: "serve_event_loop_delay_seconds",
    type: "histogram",
    help: "How late a timer fires that is set every 100 ms, in each thread.",
  },
  {
    name: "serve_build_info",
    type: "gauge",
    labels: ["version", "runtime"],
    help: "1; its labels are the versions of the program and of its runtime.",
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "Time of the processor that the process has used.",
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory.",
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process was started, in seconds since the epoch.",
  },
  {
    name: "process_open_fds",
    type: "gauge",
    help: "Open descriptors, where the system tells them.",
  },
  {
    name: "process_max_fds",
    type: "gauge",
    help: "How many descriptors may be open, where the system tells it.",
  },
] as const satisfies readonly Metric[];

/** The table of the docs. */
export function metricsMarkdown(): string {
  const metrics: readonly Metric[] = METRICS;
  const rows = metrics.map(({ name, type, help, labels = [] }) => {
    const suffix = labels.length === 0 ? "" : `{${labels.join(",")}}`;
    return `| \`${name}${suffix}\` | ${type} | ${help} |`;
  });
  return ["| metric | type | what it says |", "|---|---|---|", ...rows]
    .join("\n");
}

/** Upper bounds of times of requests, in seconds: from what is in memory to a download. */
const DURATIONS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600];

export interface RequestMeter {
  /** Counts one, when its answer is over. */
  readonly count: (record: LogRecord) => void;
  readonly samples: () => Samples;
}

export function createRequestMeter(): RequestMeter {
  const requests = new Map<string, number>();
  const durations = createHistogram(
    "serve_request_duration_seconds",
    DURATIONS,
  );
  let bytes = 0;
  let aborted = 0;
  return {
    count: (record) => {
      const key = `${labelOf(record.status)} ${record.kind ?? "file"}`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      // A clock that was set back must not take time away.
      durations.observe(Math.max(0, record.milliseconds) / 1000);
      bytes += record.bytes;
      if (record.aborted === true) aborted++;
    },
    samples: () =>
      new Map([
        ...[...requests].map(([key, count]) => {
          const [status = "", kind = ""] = key.split(" ");
          const labels = { status, kind };
          return [seriesOf("serve_requests_total", labels), count] as const;
        }),
        ...durations.samples(),
        ["serve_response_bytes_total", bytes],
        ["serve_requests_aborted_total", aborted],
      ]),
  };
}

/** The label of a status code. A script may invent codes: of a class they are one series. */
function labelOf(status: number): string {
  return RESPONSES[status] === undefined
    ? `${Math.trunc(status / 100)}xx`
    : `${status}`;
}
