/** Queues: what waits, what is shared, and what is not begun at all. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  createSharedQueue,
  createWideQueue,
} from "../../lib/http/semaphore.ts";
import { deferred } from "../../lib/ports/timers.ts";

/** A queue, what was made by it, and how many wait for what is being made. */
function observed() {
  const queue = createSharedQueue<string>();
  const made: string[] = [];
  const ask = (
    what: string,
    { key = what, isSettled = false, signal = new AbortController().signal } =
      {},
  ) =>
    queue({ key, isSettled, request: { signal } }, async () => {
      made.push(what);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return what;
    });
  return { ask, made };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("those who wait for the same share it; others have their own, one after the other", async () => {
  const { ask, made } = observed();
  const all = [ask("a"), ask("b"), ask("a"), ask("b"), ask("b")];
  assertEquals(await Promise.all(all), ["a", "b", "a", "b", "b"]);
  assertEquals(made, ["a", "b"]);
});

Deno.test("who asks while it is made shares it only where the source cannot have changed unnoticed", async () => {
  for (const isSettled of [true, false]) {
    const { ask, made } = observed();
    const first = ask("a", { isSettled });
    await settled();
    assertEquals(made, ["a"]);
    await Promise.all([
      first,
      ask("a", { isSettled }),
      ask("a", { isSettled }),
    ]);
    assertEquals(made.length, isSettled ? 1 : 2);
    await ask("a", { isSettled });
    assertEquals(made.length, isSettled ? 2 : 3, "nothing is kept here");
  }
});

Deno.test("what only those wait for who have left is not begun", async () => {
  const { ask, made } = observed();
  const leaving = new AbortController();
  const { signal } = leaving;
  const begun = ask("begun", { signal });
  await settled();
  const gone = Array.from({ length: 100 }, (_, at) => ask(`${at}`, { signal }));
  const shared = [ask("shared", { signal }), ask("shared")];
  leaving.abort();
  const next = ask("next");
  assertEquals(await Promise.all(gone), Array(100).fill(undefined));
  assertEquals(await Promise.all(shared), ["shared", "shared"]);
  assertEquals([await begun, await next], ["begun", "next"]);
  assertEquals(made, ["begun", "shared", "next"]);
  assertEquals(await ask("0"), "0", "who comes later is not forgotten");
});

Deno.test("what fails, fails for all who wait for it, and for nobody else", async () => {
  const queue = createSharedQueue<string>();
  const request = { signal: new AbortController().signal };
  const waiting = { key: "a", isSettled: true, request };
  const failing = () => Promise.reject(new Error("disk"));
  const all = [queue(waiting, failing), queue(waiting, failing)];
  for (const one of all) await assertRejects(() => one);
  assertEquals(await queue(waiting, () => Promise.resolve("a")), "a");
});

Deno.test("what takes long in a wide queue takes one place of it, and holds up nothing behind it", async () => {
  const queue = createWideQueue(2);
  const slow = deferred<string>();
  let running = 0;
  let most = 0;
  const quick = (what: string) => async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return what;
  };
  const first = queue(() => slow.promise);
  const failing = (): Promise<string> =>
    queue(() => Promise.reject(new Error("not this one")));
  await assertRejects(failing);
  const rest = ["a", "b", "c"].map((what) => queue(quick(what)));
  assertEquals(await Promise.all(rest), ["a", "b", "c"]);
  assertEquals(most, 1, "the other place is taken");
  slow.resolve("slow");
  assertEquals(await first, "slow");
  const both = ["d", "e", "f"].map((what) => queue(quick(what)));
  assertEquals(await Promise.all(both), ["d", "e", "f"]);
  assertEquals(most, 2);
});
