import { assert, assertEquals } from "@std/assert";
import {
  createCache,
  lazy as onDemand,
  memoizeLast as latest,
} from "../../lib/http/cache.ts";

Deno.test("a cache keeps what was set last, never more than its limit", () => {
  const cache = createCache<string>(100);
  for (let index = 0; index < 50; index++) {
    cache.set(`k${index}`, `v${index}`, 10);
    cache.set("k0", "v0", 10);
  }
  const kept = Array.from({ length: 50 }, (_, index) => `k${index}`)
    .filter((key) => cache.get(key) !== undefined);
  assertEquals(kept.length, 10);
  assert(kept.includes("k0") && kept.includes("k49"), kept.join(" "));
  cache.set("k0", "large", 101);
  assertEquals(cache.get("k0"), undefined);
  assertEquals(cache.get("k49"), "v49");
});

Deno.test("of many entries a full cache evicts a sixteenth at a time, and nothing before it is full", () => {
  const cache = createCache<number>(16_000);
  for (let index = 0; index < 40_000; index++) {
    cache.set(`k${index}`, index, 1);
    const { entries } = cache.usage();
    // The first one too many makes place for a thousand.
    const isRight = index < 16_000
      ? entries === index + 1
      : entries === 15_000 + (index - 16_000) % 1001;
    assert(isRight, `${index}: ${entries}`);
    assertEquals(cache.get(`k${index - entries}`), undefined);
    assertEquals(cache.get(`k${index - entries + 1}`), index - entries + 1);
  }
});

Deno.test("a value that is set anew takes the place of the old", () => {
  const cache = createCache<number>(100);
  for (let value = 0; value < 1000; value++) {
    cache.set("k", value, 30);
    assertEquals(cache.get("k"), value);
  }
});

Deno.test("latest() once in a row, onDemand() once", () => {
  let made = 0;
  const numbers: number[] = [];
  const third = latest((key: number) => numbers.push(key));
  assertEquals([third(1), third(1), third(2), third(1)], [1, 1, 2, 3]);
  const second = onDemand(() => ++made);
  assertEquals([second(), second(), made], [1, 1, 1]);
});
