import { assertEquals } from "@std/assert";
import { toPeer } from "../../lib/handler/client.ts";
import type { Responder } from "../../lib/ports/message.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import {
  type Bind,
  type ListenAt,
  openSockets,
} from "../../lib/server/listeners.ts";
import { stopSignals, untilStopped } from "../../lib/server/stop.ts";
import type {
  Listener,
  ListenFailure,
  Peer,
  Place,
  Runtime,
  StopSignal,
} from "../../main.ts";
import { until } from "../support/wait.ts";

type Answer = (place: Place) => Listener | ListenFailure;

const DONE = () => Promise.resolve();
const handler: Responder = { answer: () => new Response() };
const IN_USE: ListenFailure = { kind: "in-use", message: "" };

function socket(address: string, port: number): Listener {
  return { address, port: port || 49_152, drain: DONE, inFlight: () => 0 };
}

function listener(place: Place): Listener {
  return place.kind === "tcp"
    ? socket(place.hostname, place.port)
    : { address: nameOf(place), port: 0, drain: DONE, inFlight: () => 0 };
}

function nameOf(place: Place): string {
  switch (place.kind) {
    case "tcp":
      return `${place.hostname} ${place.port}`;
    case "unix":
      return place.path;
    case "inherited":
      return `descriptor ${place.descriptor}`;
  }
}

function runtimeOf(os: "posix" | "windows", answer: Answer): {
  runtime: Runtime;
  asked: string[];
  handlers: Responder[];
} {
  const asked: string[] = [];
  const handlers: Responder[] = [];
  const real = currentRuntime();
  const runtime: Runtime = {
    ...real,
    files: { ...real.files, os },
    listen: ({ place }, handler) => {
      asked.push(nameOf(place));
      handlers.push(handler);
      return answer(place);
    },
  };
  return { runtime, asked, handlers };
}

Deno.test("openSockets() opens all of Windows' sockets on one port", async () => {
  const { runtime, asked } = runtimeOf("windows", listener);
  const result = await openSockets(handler, { port: 0 }, runtime);
  assertEquals(asked, [":: 0", "0.0.0.0 49152"]);
  assertEquals(result.kind === "listening" && result.listeners.length, 2);
});

Deno.test("openSockets() takes IPv4 alone where there is no IPv6", async () => {
  const { runtime, asked } = runtimeOf(
    "posix",
    (place) =>
      nameOf(place) === ":: 80"
        ? { kind: "not-available", message: "" }
        : listener(place),
  );
  const result = await openSockets(handler, { port: 80 }, runtime);
  assertEquals(asked, [":: 80", "0.0.0.0 80"]);
  assertEquals(result.kind === "listening" && result.address, "0.0.0.0");
});

Deno.test("openSockets() tells why an address cannot be had, and what to do", async () => {
  const host: Bind = { kind: "host", hostname: "::1" };
  const unix: Bind = { kind: "unix", path: "/s" };
  const rows: Array<
    [ListenFailure["kind"], NonNullable<ListenAt["binds"]>, string]
  > = [
    [
      "in-use",
      [],
      "port 80 is in use; choose another one, or 0 for any free one",
    ],
    [
      "in-use",
      [host],
      '"::1" port 80 is in use; choose another one, or 0 for any free one',
    ],
    [
      "in-use",
      [unix],
      '"unix:/s" is in use: somebody listens on it; choose another path',
    ],
    [
      "denied",
      [],
      "you may not listen on port 80; ports from 1024 up are free for all",
    ],
    ["denied", [unix], 'you may not listen on "unix:/s"'],
    [
      "permission",
      [host],
      'no permission to listen on "::1" port 80; start with m',
    ],
    ["not-available", [unix], 'cannot listen on "unix:/s": m'],
    [
      "not-available",
      [{ kind: "inherited", descriptor: 3 }],
      "cannot listen on the socket that was passed as descriptor 3: m",
    ],
  ];
  for (const [kind, binds, message] of rows) {
    const failure = { kind, message: "m" };
    const { runtime } = runtimeOf("posix", () => failure);
    const result = await openSockets(handler, { binds, port: 80 }, runtime);
    assertEquals(result.kind === "failed" && result.message, message);
    assertEquals(result.kind === "failed" && result.failure, failure);
  }
});

Deno.test("openSockets(): binds without a port share one, others have their own", async () => {
  const { runtime, asked } = runtimeOf("posix", listener);
  const binds: Bind[] = [
    { kind: "host", hostname: "127.0.0.1" },
    { kind: "unix", path: "/s" },
    { kind: "host", hostname: "::1", port: 81 },
    { kind: "host", hostname: "::1" },
  ];
  const result = await openSockets(handler, { binds, port: 0 }, runtime);
  assertEquals(asked, ["127.0.0.1 0", "::1 49152", "/s", "::1 81"]);
  const urls = result.kind === "listening" &&
    result.listeners.map(({ url }) => url);
  assertEquals(urls, [
    "http://127.0.0.1:49152/",
    "http://[::1]:49152/",
    "http+unix://%2Fs/",
    "http://[::1]:81/",
  ]);
});

Deno.test("openSockets(): the next free port, but only where one is in use and it is asked for", async () => {
  const used = (place: Place) =>
    place.kind === "tcp" && place.port > 0 && place.port < 8002
      ? IN_USE
      : listener(place);
  const rows: Array<[number, boolean, Answer, string[], number | undefined]> = [
    [8000, true, used, [":: 8000", ":: 8001", ":: 8002"], 8002],
    [8000, false, used, [":: 8000"], undefined],
    [0, true, used, [":: 0"], 49_152],
    [0, true, () => IN_USE, [":: 0"], undefined],
    [65_535, true, () => IN_USE, [":: 65535"], undefined],
    [
      80,
      true,
      () => ({ kind: "denied", message: "" }),
      [":: 80"],
      undefined,
    ],
  ];
  for (const [port, fallback, answer, expected, got] of rows) {
    const { runtime, asked } = runtimeOf("posix", answer);
    const result = await openSockets(handler, { port, fallback }, runtime);
    assertEquals(asked, expected);
    assertEquals(
      result.kind === "listening" ? result.port : undefined,
      got,
    );
  }
  const { runtime, asked } = runtimeOf("posix", () => IN_USE);
  const all = await openSockets(handler, { port: 1, fallback: true }, runtime);
  assertEquals(asked.length, 101);
  assertEquals(
    all.kind === "failed" && all.message,
    "port 1 is in use; choose another one, or 0 for any free one",
  );
});

Deno.test("openSockets(): several binds fall back together, and nothing stays open", async () => {
  const open = new Set<string>();
  const answer = (place: Place): Listener | ListenFailure => {
    const name = nameOf(place);
    if (name === "b 8000" || name === "c 9000") return IN_USE;
    open.add(name);
    const drain = () => Promise.resolve(void open.delete(name));
    return { ...listener(place), drain };
  };
  const [a, b]: Bind[] = ["a", "b"].map((hostname) => ({
    kind: "host",
    hostname,
  }));
  if (a === undefined || b === undefined) throw new Error();
  const binds = [a, b];
  const { runtime, asked } = runtimeOf("posix", answer);
  await openSockets(handler, { binds, port: 8000, fallback: true }, runtime);
  assertEquals(asked, ["a 8000", "b 8000", "a 8001", "b 8001"]);
  assertEquals([...open], ["a 8001", "b 8001"]);
  open.clear();
  const more: Bind[] = [a, { kind: "host", hostname: "c", port: 9000 }];
  const result = await openSockets(handler, { binds: more, port: 1 }, runtime);
  assertEquals(result.kind, "failed");
  assertEquals([...open], []);
});

Deno.test("openSockets(): the handler hears of the socket and of the peer", async () => {
  const peers: Peer[] = [];
  const { runtime, handlers } = runtimeOf("posix", listener);
  const binds: Bind[] = [
    { kind: "unix", path: "/s" },
    { kind: "host", hostname: "host.example" },
  ];
  const keep: Responder = {
    answer: (request, peer) => {
      peers.push(toPeer(request, peer));
      return new Response();
    },
  };
  await openSockets(keep, { binds, port: 80 }, runtime);
  const request = new Request("http://localhost/");
  const [unix, tcp] = handlers;
  await unix?.answer(request, { requestIP: () => null });
  await tcp?.answer(request, {
    requestIP: () => ({ address: "192.0.2.1", port: 7 }),
  });
  assertEquals(
    peers.map(({ address, port, server }) => [address, port, server]),
    [
      ["unix", undefined, {
        address: "/s",
        port: 0,
        name: "localhost",
        url: "http+unix://%2Fs/",
      }],
      ["192.0.2.1", 7, {
        address: "host.example",
        port: 80,
        name: "host.example",
        url: "http://host.example:80/",
      }],
    ],
  );
});

Deno.test("untilStopped() drains, and a second signal ends at once", async () => {
  const rows = [
    [true, "SIGINT", "Keyboard interrupt"],
    [false, "SIGINT", "Keyboard interrupt"],
    [true, "SIGTERM", "SIGTERM"],
  ] as const;
  for (const [drains, signal, words] of rows) {
    const { promise: never } = Promise.withResolvers<void>();
    let printed = "";
    let stop: (signal: StopSignal) => void = () => {};
    const runtime: Runtime = {
      ...currentRuntime(),
      print: (text) => printed += text,
      onStop: (listener) => stop = listener,
    };
    const drain = () => drains ? DONE() : never;
    const one = { ...socket("::", 80), drain, name: "", url: "" };
    const signals = stopSignals(runtime);
    const listening = { address: "::", port: 80, listeners: [one] };
    const stopped = untilStopped(listening, signals, runtime);
    stop(signal);
    if (!drains) stop(signal);
    await stopped;
    assertEquals(printed, `\n${words} received, exiting.\n`);
  }
});

Deno.test("untilStopped() ends by itself, and then waits for answers in flight until a signal", async () => {
  for (const isUrged of [false, true]) {
    const answers = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    let printed = "";
    let stop: (signal: StopSignal) => void = () => {};
    const runtime: Runtime = {
      ...currentRuntime(),
      print: (text) => printed += text,
      onStop: (listener) => stop = listener,
    };
    const one = {
      ...socket("::", 80),
      drain: () => answers.promise,
      inFlight: () => 1,
      name: "",
      url: "",
    };
    const listening = { address: "::", port: 80, listeners: [one] };
    const signals = stopSignals(runtime);
    const stopped = untilStopped(listening, signals, runtime, ended.promise);
    ended.resolve("It is over.");
    await until(() => printed.includes("Waiting"));
    if (isUrged) stop("SIGINT");
    else answers.resolve();
    await stopped;
    const waiting =
      "It is over.\nWaiting for 1 answer in flight; Ctrl-C ends at once.\n";
    assertEquals(
      printed,
      isUrged ? `${waiting}\n1 answer was cut.\n` : waiting,
    );
  }
});

Deno.test("untilStopped() says for how many answers it waits, and how many were cut; nothing where nothing is in flight", async () => {
  const hang = new Promise<number>(() => {});
  const rows: Array<[
    counts: ReadonlyArray<number | Promise<number>>,
    signal: StopSignal,
    text: string,
  ]> = [
    [[0, 0], "SIGINT", ""],
    [
      [1, 0],
      "SIGINT",
      "Waiting up to 10 s for 1 answer in flight; Ctrl-C again ends at once.\n\n1 answer was cut.\n",
    ],
    [
      [Promise.resolve(2), 1],
      "SIGTERM",
      "Waiting up to 10 s for 3 answers in flight; another signal ends at once.\n\n3 answers were cut.\n",
    ],
    // A thread that hangs does not tell, and nobody waits for it.
    [[hang, 1], "SIGINT", ""],
  ];
  for (const [counts, signal, text] of rows) {
    let printed = "";
    let stop: (signal: StopSignal) => void = () => {};
    const runtime: Runtime = {
      ...currentRuntime(),
      print: (text) => printed += text,
      onStop: (listener) => stop = listener,
    };
    const listeners = counts.map((count) => ({
      ...socket("::", 80),
      drain: () => new Promise<void>(() => {}),
      inFlight: () => count,
      name: "",
      url: "",
    }));
    const signals = stopSignals(runtime);
    const listening = { address: "::", port: 80, listeners };
    const stopped = untilStopped(listening, signals, runtime);
    stop(signal);
    if (text !== "") await until(() => printed.includes("Waiting"));
    else await new Promise((resolve) => setTimeout(resolve, 200));
    stop(signal);
    await stopped;
    const [, , ...lines] = printed.split("\n");
    assertEquals(lines.join("\n"), text);
  }
});
