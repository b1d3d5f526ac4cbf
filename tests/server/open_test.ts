import { assertEquals } from "@std/assert";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  Runtime,
} from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { anyAddresses, listen } from "../../lib/server/listen.ts";
import { stopSignals, untilStopped } from "../../lib/server/stop.ts";

type Answer = (options: ListenOptions) => Listener | ListenFailure;

const DONE = () => Promise.resolve();
const handler = () => Promise.resolve(new Response());

function listener({ hostname, port }: ListenOptions): Listener {
  return { address: hostname, port: port || 49_152, drain: DONE };
}

function runtimeOf(os: "posix" | "windows", answer: Answer): {
  runtime: Runtime;
  asked: ListenOptions[];
} {
  const asked: ListenOptions[] = [];
  const real = currentRuntime();
  const runtime: Runtime = {
    ...real,
    files: { ...real.files, os },
    listen: (options) => {
      asked.push(options);
      return answer(options);
    },
  };
  return { runtime, asked };
}

Deno.test("anyAddresses(): on Windows a socket for IPv6 does not take IPv4", () => {
  assertEquals(anyAddresses("posix"), ["::"]);
  assertEquals(anyAddresses("windows"), ["::", "0.0.0.0"]);
});

Deno.test("listen() opens all of Windows' sockets on one port", async () => {
  const { runtime, asked } = runtimeOf("windows", listener);
  const result = await listen(handler, { port: 0 }, runtime);
  assertEquals(asked, [
    { hostname: "::", port: 0 },
    { hostname: "0.0.0.0", port: 49_152 },
  ]);
  assertEquals(result.kind === "listening" && result.listeners.length, 2);
});

Deno.test("listen() takes IPv4 alone where there is no IPv6", async () => {
  const { runtime, asked } = runtimeOf(
    "posix",
    (options) =>
      options.hostname === "::"
        ? { kind: "not-available", message: "" }
        : listener(options),
  );
  const result = await listen(handler, { port: 80 }, runtime);
  assertEquals(asked.map(({ hostname }) => hostname), ["::", "0.0.0.0"]);
  assertEquals(result.kind === "listening" && result.address, "0.0.0.0");
});

Deno.test("listen() tells why an address cannot be had", async () => {
  for (
    const kind of ["in-use", "denied", "permission", "not-available"] as const
  ) {
    const failure = { kind, message: "m" };
    const { runtime } = runtimeOf("posix", () => failure);
    const result = await listen(handler, { bind: "::1", port: 80 }, runtime);
    assertEquals(result, { kind: "failed", failure });
  }
});

Deno.test("untilStopped() drains, and a second signal ends at once", async () => {
  for (const drains of [true, false]) {
    const { promise: never } = Promise.withResolvers<void>();
    let printed = "";
    let stop = () => {};
    const runtime: Runtime = {
      ...currentRuntime(),
      print: (text) => printed += text,
      onStop: (listener) => stop = listener,
    };
    const drain = () => drains ? DONE() : never;
    const one = { ...listener({ hostname: "::", port: 80 }), drain };
    const signals = stopSignals(runtime);
    const listening = { address: "::", port: 80, listeners: [one] };
    const stopped = untilStopped(listening, signals, runtime);
    stop();
    if (!drains) stop();
    await stopped;
    assertEquals(printed, "\nKeyboard interrupt received, exiting.\n");
  }
});
