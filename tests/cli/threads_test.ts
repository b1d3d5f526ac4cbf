/** Threads, with workers that are none. */
import { assert, assertEquals } from "@std/assert";
import {
  type Notice,
  type Order,
  startThreads,
  type Task,
  type Time,
} from "../../lib/program/threads.ts";

/** A worker that notes its orders, and does what a test says. */
class FakeWorker extends EventTarget {
  readonly orders: Order[] = [];
  terminated = false;
  constructor(readonly obey: (order: Order, worker: FakeWorker) => void) {
    super();
  }
  postMessage(order: Order): void {
    this.orders.push(order);
    queueMicrotask(() => this.obey(order, this));
  }
  tell(notice: Notice): void {
    this.dispatchEvent(new MessageEvent("message", { data: notice }));
  }
  die(message: string): boolean {
    const event = new ErrorEvent("error", { message, cancelable: true });
    this.dispatchEvent(event);
    return event.defaultPrevented;
  }
  terminate(): void {
    this.terminated = true;
  }
}

/** What a thread without bugs does. */
function obedient(order: Order, worker: FakeWorker): void {
  if (order.kind === "serve") worker.tell({ kind: "serving" });
  if (order.kind === "renew") worker.tell({ kind: "renewed" });
  if (order.kind === "configure") worker.tell({ kind: "configured" });
  if (order.kind === "count") worker.tell({ kind: "in-flight", count: 2 });
  if (order.kind === "measure") {
    const samples = new Map([["a_total", 1], ["b", 2]]);
    worker.tell({ kind: "measured", samples });
  }
  if (order.kind === "drain") worker.tell({ kind: "drained" });
  if (order.kind === "end") worker.tell({ kind: "ended" });
}

/** A time that passes when a test says so; `waits` are the pauses asked for. */
class FakeTime implements Time {
  readonly waits: number[] = [];
  #now = 0;
  #pending = new Map<() => void, number>();
  readonly now = () => this.#now;
  readonly after = (milliseconds: number, action: () => void) => {
    this.waits.push(milliseconds);
    this.#pending.set(action, this.#now + milliseconds);
    return () => void this.#pending.delete(action);
  };
  /** Lets time pass, and what was asked for and the microtasks happen. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const [action, when] of this.#pending) {
      if (when > this.#now) continue;
      this.#pending.delete(action);
      action();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const TASK = { places: [], tls: undefined } as unknown as Task;

function startFakes(count: number, obey: FakeWorker["obey"]) {
  const workers: FakeWorker[] = [];
  let errors = "";
  let log = "";
  const outputs = {
    printError: (text: string) => void (errors += text),
    writeLog: (text: string) => void (log += text),
  };
  const time = new FakeTime();
  const open = () => {
    const worker = new FakeWorker(obey);
    workers.push(worker);
    return worker as unknown as Worker;
  };
  const started = startThreads(count, TASK, outputs, open, time);
  return { workers, started, time, errors: () => errors, log: () => log };
}

const kinds = (workers: readonly FakeWorker[]) =>
  workers.map(({ orders }) => orders.map(({ kind }) => kind).join(" "));

Deno.test("startThreads(): all serve, drain, end; texts go where they belong", async () => {
  const { workers, started, errors, log } = startFakes(3, obedient);
  const result = await started;
  assert(result.kind === "serving");
  workers[1]?.tell({ kind: "log", text: "a line\n" });
  workers[2]?.tell({ kind: "error-output", text: "oh\n" });
  assertEquals([log(), errors()], ["a line\n", "oh\n"]);
  const keys = { cert: "c", key: "k" };
  await result.threads.renew(keys);
  result.threads.hangUp();
  assertEquals(await result.threads.inFlight(), 6);
  await result.threads.drain();
  await result.threads.end();
  const all = "serve renew hang-up count drain end";
  assertEquals(kinds(workers), [all, all, all]);
  assertEquals(workers.map(({ terminated }) => terminated), [true, true, true]);
});

Deno.test("startThreads(): samples are sums; of a worker that has died its counters stay, and of one that hangs what it told last", async () => {
  let isHanging = false;
  const { workers, started, time } = startFakes(2, (order, worker) => {
    if (order.kind !== "measure" || !isHanging) obedient(order, worker);
  });
  const result = await started;
  assert(result.kind === "serving");
  const measure = async () => [...await result.threads.measure()];
  assertEquals(await measure(), [["a_total", 2], ["b", 4]]);
  workers[0]?.die("oops");
  assertEquals(await measure(), [["a_total", 2], ["b", 2]]);
  await time.pass(100);
  assertEquals(workers.length, 3);
  assertEquals(await measure(), [["a_total", 3], ["b", 4]]);
  isHanging = true;
  assertEquals(await measure(), [["a_total", 3], ["b", 4]]);
  await result.threads.end();
});

Deno.test("startThreads(): when one cannot serve, none does", async () => {
  let count = 0;
  const { workers, started } = startFakes(2, (order, worker) => {
    if (order.kind === "serve" && ++count === 2) {
      return worker.tell({ kind: "failed", message: "in use" });
    }
    obedient(order, worker);
  });
  assertEquals(await started, { kind: "failed", message: "in use" });
  assertEquals(workers.map(({ terminated }) => terminated), [true, true]);
});

Deno.test("startThreads(): one that dies at its start would only die again", async () => {
  const { workers, started, errors } = startFakes(2, (order, worker) => {
    if (order.kind === "serve") return void worker.die("oops\n  at x");
    obedient(order, worker);
  });
  const message = "a thread has died";
  assertEquals(await started, { kind: "failed", message });
  assertEquals(errors(), "serve: a thread has died: oops\n".repeat(2));
  assertEquals(workers.length, 2);
});

Deno.test("startThreads(): one that dies later is replaced, with the newest keys", async () => {
  const { workers, started, errors, time } = startFakes(1, obedient);
  const result = await started;
  assert(result.kind === "serving");
  const keys = { cert: "c", key: "k" };
  await result.threads.renew(keys);
  assertEquals(workers[0]?.die("oops"), true); // the program lives on
  assertEquals(errors(), "serve: a thread has died: oops\n");
  assertEquals(workers.length, 1);
  await time.pass(100);
  assertEquals(workers[1]?.orders, [
    { kind: "serve", task: { ...TASK, tls: keys, isFirst: true } },
  ]);
  await result.threads.drain();
  await result.threads.end();
  assertEquals(kinds(workers), ["serve renew", "serve drain end"]);
  assertEquals(workers.map(({ terminated }) => terminated), [true, true]);
});

Deno.test("startThreads(): what cannot be replaced is tried again, later and later", async () => {
  let isTaken = false;
  const { workers, started, errors, time } = startFakes(1, (order, worker) => {
    if (order.kind === "serve" && isTaken) {
      return worker.tell({ kind: "failed", message: "in\nuse" });
    }
    obedient(order, worker);
  });
  const result = await started;
  assert(result.kind === "serving");
  isTaken = true;
  workers[0]?.die("oops");
  for (let left = 7; left > 0; left--) await time.pass(time.waits.at(-1) ?? 0);
  const waits = [100, 200, 400, 800, 1600, 3200, 5000, 5000];
  assertEquals(time.waits, waits);
  assertEquals(
    errors(),
    "serve: a thread has died: oops\n" +
      "serve: a thread cannot be replaced yet: in use\n".repeat(7),
  );
  assertEquals(workers.every(({ terminated }) => terminated), true);
  isTaken = false;
  await time.pass(5000);
  workers.at(-1)?.die("at once"); // that it serves for a moment says nothing
  assertEquals(time.waits.at(-1), 5000);
  await time.pass(5000);
  await time.pass(5000);
  workers.at(-1)?.die("later");
  assertEquals(time.waits.at(-1), 100);
  await time.pass(100);
  await result.threads.end();
  assertEquals(kinds(workers).at(-1), "serve end");
});

Deno.test("startThreads(): nothing is replaced at the end, and nobody waits for the dead", async () => {
  const { workers, started, time } = startFakes(3, (order, worker) => {
    if (order.kind === "drain") return void worker.die("while it drains");
    if (order.kind === "count" && worker === workers[2]) {
      return worker.tell({ kind: "in-flight", count: 2 });
    }
    obedient(order, worker);
  });
  const result = await started;
  assert(result.kind === "serving");
  workers[0]?.die("before");
  const renewed = result.threads.renew({ cert: "c", key: "k" });
  workers[1]?.die("while it renews");
  assertEquals(await renewed, undefined); // the next one begins with them
  const counted = result.threads.inFlight();
  await result.threads.drain();
  // The one that died meanwhile has none.
  assertEquals(await counted, 2);
  await result.threads.end();
  await time.pass(10_000);
  assertEquals(workers.length, 3);
  assertEquals(kinds(workers), [
    "serve",
    "serve renew",
    "serve renew count drain",
  ]);
});

Deno.test("startThreads(): keys that a thread has refused are refused, and its next one has the old ones", async () => {
  let count = 0;
  const { workers, started, time } = startFakes(2, (order, worker) => {
    if (order.kind === "renew" && ++count === 2) {
      return worker.tell({ kind: "renewed", message: "no descriptors" });
    }
    obedient(order, worker);
  });
  const result = await started;
  assert(result.kind === "serving");
  assertEquals(await result.threads.renew({ cert: "c", key: "k" }), {
    kind: "not-available",
    message: "no descriptors",
  });
  workers[1]?.die("oops");
  await time.pass(100);
  assertEquals(workers[2]?.orders, [
    { kind: "serve", task: { ...TASK, isFirst: false } },
  ]);
  await result.threads.end();
});

Deno.test("startThreads(): other settings and other keys are answered each, and both are told the next one", async () => {
  const held: Array<() => void> = [];
  const { workers, started, time } = startFakes(1, (order, worker) => {
    // The settings take longer than the keys, for which was asked later.
    if (order.kind !== "configure") return obedient(order, worker);
    held.push(() => worker.tell({ kind: "configured" }));
  });
  const result = await started;
  assert(result.kind === "serving");
  const settings = { port: 1 } as Task["settings"];
  const keys = { cert: "c", key: "k" };
  const configured = result.threads.configure(settings);
  await result.threads.renew(keys);
  held.forEach((answer) => answer());
  assertEquals(await configured, undefined);
  workers[0]?.die("oops");
  await time.pass(100);
  assertEquals(workers[1]?.orders, [
    { kind: "serve", task: { ...TASK, isFirst: true, settings, tls: keys } },
  ]);
  await result.threads.end();
});

Deno.test("startThreads(): settings that a thread refuses are refused", async () => {
  const { started } = startFakes(2, (order, worker) => {
    if (order.kind === "configure") {
      return worker.tell({ kind: "configured", message: "no permission" });
    }
    obedient(order, worker);
  });
  const result = await started;
  assert(result.kind === "serving");
  const settings = {} as Task["settings"];
  assertEquals(await result.threads.configure(settings), "no permission");
  await result.threads.end();
});
