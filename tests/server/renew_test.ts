import { assertEquals } from "@std/assert";
import type { Stat, TlsKeys } from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import {
  type LoadedKeys,
  renewOnChange as keepRenewed,
} from "../../lib/server/renew.ts";

const OLD: TlsKeys = { cert: "old", key: "old" };
const NEW: TlsKeys = { cert: "new", key: "new" };

/** Sockets, files and signals that a test has in its hand. */
function stage(load: () => LoadedKeys | Error) {
  const shown: string[] = [];
  const printed: string[] = [];
  const waiting: Array<() => void> = [];
  let mtime = 1;
  let hangUp = () => {};
  let failure: Error | undefined;
  const real = currentRuntime();
  const stat: Stat = { kind: "file", size: 1, mtime };
  const looks: Array<() => void> = [];
  const runtime = {
    files: {
      ...real.files,
      stat: () => {
        looks.shift()?.();
        if (failure !== undefined) throw failure;
        return { ...stat, mtime };
      },
    },
    onHangUp: (listener: () => void) => hangUp = listener,
    printError: (text: string) => {
      printed.push(text);
      waiting.splice(0).forEach((resolve) => resolve());
    },
  };
  const one = {
    address: "::",
    port: 1,
    drain: () => Promise.resolve(),
    inFlight: () => 0,
    renew: (keys: TlsKeys) => {
      shown.push(keys.cert);
      return Promise.resolve(
        keys.cert === "refused"
          ? { kind: "not-available", message: "no\ngood" } as const
          : undefined,
      );
    },
  };
  const plain = { ...one, renew: undefined };
  const { renew: _renew, ...without } = plain;
  const source = {
    files: ["a", "b"],
    load: () => {
      const loaded = load();
      return loaded instanceof Error
        ? Promise.reject(loaded)
        : Promise.resolve(loaded);
    },
  };
  return {
    shown,
    printed,
    start: (pollMs: number) =>
      keepRenewed([one, without], source, OLD, runtime, pollMs),
    hangUp: () => hangUp(),
    touch: () => mtime++,
    fail: () => failure = new Error("ESTALE"),
    mend: () => failure = undefined,
    line: () => new Promise<void>((resolve) => waiting.push(resolve)),
    looked: () => new Promise<void>((resolve) => looks.push(resolve)),
  };
}

Deno.test("keepRenewed(): SIGHUP reads the keys; bad ones are told in a line and the old ones stay", async () => {
  const results: Array<LoadedKeys | Error> = [
    { kind: "keys", keys: OLD },
    { kind: "failed", message: "it has\nexpired" },
    new Error("disk"),
    { kind: "keys", keys: { cert: "refused", key: "" } },
    { kind: "keys", keys: NEW },
    { kind: "keys", keys: NEW },
    { kind: "failed", message: "end" },
  ];
  const { shown, printed, start, hangUp, line } = stage(() =>
    results.shift() ?? new Error("too often")
  );
  const stop = start(1_000_000);
  hangUp(); // the same keys: nothing to tell
  for (let left = 4; left > 0; left--) {
    const told = line();
    hangUp();
    await told;
  }
  hangUp(); // the same again
  const told = line();
  hangUp();
  await told;
  stop();
  assertEquals(shown, ["refused", "new"]);
  assertEquals(printed, [
    "serve: the old certificate stays: it has expired\n",
    "serve: the old certificate stays: Error: disk\n",
    "serve: the old certificate stays: no good\n",
    "serve: the certificate was renewed\n",
    "serve: the old certificate stays: end\n",
  ]);
});

Deno.test("keepRenewed(): files that have changed are read when they have come to rest", async () => {
  let loads = 0;
  let keys = OLD;
  const { shown, start, touch, line, looked } = stage(() => {
    loads++;
    return { kind: "keys", keys };
  });
  const stop = start(1);
  // Two files are looked at: so after six looks, nothing has changed three times.
  for (let left = 8; left > 0; left--) await looked();
  const before = loads;
  assertEquals(before <= 1, true, `${before} loads`);
  keys = NEW;
  const told = line();
  touch();
  await told;
  stop();
  assertEquals(shown, ["new"]);
});

Deno.test("keepRenewed(): a disk that fails for a moment ends nothing, and is no change", async () => {
  let keys = OLD;
  const { printed, start, touch, fail, mend, line, looked } = stage(() => ({
    kind: "keys",
    keys,
  }));
  const stop = start(1);
  await looked();
  fail();
  for (let left = 6; left > 0; left--) await looked();
  mend();
  for (let left = 6; left > 0; left--) await looked();
  assertEquals(printed, []);
  keys = NEW;
  const told = line();
  touch();
  await told;
  stop();
  assertEquals(printed, ["serve: the certificate was renewed\n"]);
});
