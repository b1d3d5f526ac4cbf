/** Threads, with workers that are none. */

import { assert, assertEquals } from "@std/assert";
import type { Notice, Order, Task } from "../../lib/cli/messages.ts";
import { startThreads } from "../../lib/cli/threads.ts";

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
  if (order.kind === "drain") worker.tell({ kind: "drained" });
  if (order.kind === "end") worker.tell({ kind: "ended" });
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
  const started = startThreads(count, TASK, outputs, () => {
    const worker = new FakeWorker(obey);
    workers.push(worker);
    return worker as unknown as Worker;
  });
  return { workers, started, errors: () => errors, log: () => log };
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
  await result.threads.drain();
  await result.threads.end();
  const all = "serve renew hang-up drain end";
  assertEquals(kinds(workers), [all, all, all]);
  assertEquals(workers.map(({ terminated }) => terminated), [true, true, true]);
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
  const now = performance.now;
  let time = 0;
  performance.now = () => time;
  try {
    const { workers, started, errors } = startFakes(1, obedient);
    const result = await started;
    assert(result.kind === "serving");
    const keys = { cert: "c", key: "k" };
    await result.threads.renew(keys);
    time = 5000;
    assertEquals(workers[0]?.die("oops"), true); // the program lives on
    assertEquals(errors(), "serve: a thread has died: oops\n");
    assertEquals(workers[1]?.orders, [
      { kind: "serve", task: { ...TASK, tls: keys } },
    ]);
    await result.threads.drain();
    await result.threads.end();
    assertEquals(kinds(workers), ["serve renew", "serve drain end"]);
  } finally {
    performance.now = now;
  }
});
