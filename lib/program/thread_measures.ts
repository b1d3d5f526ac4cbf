/**
 * What a thread of `--workers` has counted, through the workers that it has one after the other.
 *
 * @module
 */

import { addSamples, countersOf, type Samples } from "../log/samples.ts";
import { deferred, within } from "../ports/timers.ts";

export interface ThreadMeasures {
  /** Asks the worker; of one that hangs or is replaced, what it told last. */
  readonly measure: () => Promise<Samples>;
  /** Takes what the worker tells. */
  readonly receive: (samples: Samples) => void;
  /** Notes that the worker is gone. */
  readonly lose: () => void;
}

/** How long a worker may take to tell its samples, in milliseconds: it may hang. */
const MEASURE_MS = 1000;

/** Begins with a worker that has told nothing; `ask` says whether there is one. */
export function createThreadMeasures(ask: () => boolean): ThreadMeasures {
  let former: Samples = new Map();
  let last: Samples = new Map();
  let answer = deferred<void>();
  let isAsked = false;
  const settle = () => {
    isAsked = false;
    answer.resolve();
  };
  return {
    measure: async () => {
      if (!isAsked && ask()) {
        isAsked = true;
        answer = deferred();
      }
      if (isAsked) await within(MEASURE_MS, answer.promise);
      return addSamples([former, last]);
    },
    receive: (samples) => {
      last = samples;
      settle();
    },
    lose: () => {
      former = addSamples([former, countersOf(last)]);
      last = new Map();
      settle();
    },
  };
}
