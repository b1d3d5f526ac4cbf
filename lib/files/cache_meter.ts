/**
 * Counts what the caches of a handler have, and how often they have it.
 *
 * @module
 */

import type { ByteCache, CacheUsage } from "../http/cache.ts";
import { seriesOf } from "../log/exposition.ts";
import type { Samples } from "../log/samples.ts";
import type { State } from "./context.ts";
import type { RepresentationCache } from "./representation_cache.ts";

/** Measures the caches of one handler after the other: how much is held, is told of the one that was asked last. */
export interface CacheMeter {
  /** The same state, whose caches are counted. */
  readonly watch: (state: State) => State;
  readonly samples: () => Samples;
}

interface Count {
  readonly name: string;
  hits: number;
  misses: number;
  usage: () => CacheUsage;
}

export function createCacheMeter(): CacheMeter {
  const representations = createCount("representations");
  const encodings = createCount("encodings");
  return {
    watch: (state) => ({
      ...state,
      representations: state.representations &&
        countFinds(state.representations, representations),
      encodings: countMakes(state.encodings, encodings),
    }),
    samples: () => new Map([representations, encodings].flatMap(toSamples)),
  };
}

function createCount(name: string): Count {
  return { name, hits: 0, misses: 0, usage: () => ({ entries: 0, bytes: 0 }) };
}

function countFinds(
  cache: RepresentationCache,
  count: Count,
): RepresentationCache {
  return {
    ...cache,
    find: (request, now) => {
      count.usage = cache.usage;
      const found = cache.find(request, now);
      if (found === undefined) count.misses++;
      else count.hits++;
      return found;
    },
  };
}

function countMakes(cache: ByteCache, count: Count): ByteCache {
  return {
    ...cache,
    getOrMake: async (key, make) => {
      count.usage = cache.usage;
      const isThere = cache.get(key) !== undefined;
      if (isThere) count.hits++;
      else count.misses++;
      return await cache.getOrMake(key, make);
    },
    getOrMakeAtOnce: (key, make) => {
      count.usage = cache.usage;
      const isThere = cache.get(key) !== undefined;
      const bytes = cache.getOrMakeAtOnce(key, make);
      if (isThere) count.hits++;
      else if (bytes !== undefined) count.misses++;
      return bytes;
    },
  };
}

function toSamples(
  { name: cache, hits, misses, usage }: Count,
): ReadonlyArray<readonly [series: string, value: number]> {
  const { entries, bytes } = usage();
  const values: ReadonlyArray<readonly [name: string, value: number]> = [
    ["serve_cache_entries", entries],
    ["serve_cache_bytes", bytes],
    ["serve_cache_hits_total", hits],
    ["serve_cache_misses_total", misses],
  ];
  return values.map(([name, value]) => [seriesOf(name, { cache }), value]);
}
