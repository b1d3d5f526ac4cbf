import { assertEquals } from "@std/assert";
import { createByteCache } from "../../lib/http/cache.ts";

const bytes = (length: number) => () => Promise.resolve(new Uint8Array(length));

Deno.test("getOrMake() makes a thing once, also for those who ask meanwhile", async () => {
  const cache = createByteCache(100);
  let made = 0;
  const make = () => {
    made++;
    return bytes(10)();
  };
  const found = await Promise.all(
    [1, 2, 3].map(() => cache.getOrMake("a", make)),
  );
  assertEquals(made, 1);
  assertEquals(found[0], found[2]);
  await cache.getOrMake("a", make);
  assertEquals(made, 1);
});

Deno.test("getOrMakeAtOnce() makes a thing once, without a promise, and again where nothing was made", () => {
  const cache = createByteCache(100);
  const thing = new Uint8Array(10);
  assertEquals(cache.getOrMakeAtOnce("a", () => undefined), undefined);
  assertEquals(cache.getOrMakeAtOnce("a", () => thing), thing);
  assertEquals(cache.getOrMakeAtOnce("a", () => new Uint8Array()), thing);
  assertEquals(cache.get("a"), thing);
});

Deno.test("a cache keeps no more than its limit, and what was used last", async () => {
  const cache = createByteCache(108);
  for (const key of ["a", "b", "c"]) await cache.getOrMake(key, bytes(30));
  cache.get("a");
  await cache.getOrMake("d", bytes(40));
  const kept = ["a", "b", "c", "d"].filter((key) =>
    cache.get(key) !== undefined
  );
  assertEquals(kept, ["a", "c", "d"]);
});

Deno.test("a cache counts what each takes besides its key and its bytes", async () => {
  const cache = createByteCache(108, 20);
  for (const key of ["a", "b", "c"]) await cache.getOrMake(key, bytes(30));
  const kept = ["a", "b", "c"].filter((key) => cache.get(key) !== undefined);
  assertEquals(kept, ["b", "c"]);
});

Deno.test("what is larger than the limit, fails or is nothing, is not kept", async () => {
  const cache = createByteCache(100);
  assertEquals((await cache.getOrMake("a", bytes(99)))?.length, 99);
  assertEquals(cache.get("a"), undefined);
  const failing = cache.getOrMake("b", () => Promise.reject(new Error("disk")));
  assertEquals(await failing.catch(({ message }) => message), "disk");
  assertEquals(
    await cache.getOrMake("b", () => Promise.resolve(undefined)),
    undefined,
  );
  assertEquals((await cache.getOrMake("b", bytes(1)))?.length, 1);
});
