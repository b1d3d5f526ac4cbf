/** RFC 3875 §6.2.1 where the runtime sends a stream without its length: content is collected. */

import { assert, assertEquals } from "@std/assert";
import type { Supervised } from "../../lib/cgi/supervise.ts";
import {
  collect,
  collectedContent,
  receive,
} from "../../lib/cgi/response_content.ts";
import type { Exit } from "../../lib/ports/processes.ts";
import { until } from "../support/wait.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const text = (bytes: Bytes) => new TextDecoder().decode(bytes);
const NEVER: Promise<never> = new Promise(() => {});

function reader(pieces: readonly string[], isOpen = false) {
  const left = [...pieces];
  return new ReadableStream<Bytes>({
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) return controller.enqueue(encoder.encode(piece));
      if (isOpen) return NEVER;
      controller.close();
    },
  }, { highWaterMark: 0 }).getReader();
}

Deno.test("collect() has as much as was announced, in any pieces; nothing behind that is read", async () => {
  const rows: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ["hello", [], "hello"],
    ["", ["hello"], "hello"],
    ["he", ["l", "lo"], "hello"],
    ["he", ["l", "lo", "more"], "hello"],
    ["hello!", [], "hello!"],
    ["hel", ["lo!"], "hello!"],
  ];
  for (const [first, pieces, expected] of rows) {
    const output = reader(pieces, true);
    const result = await collect(encoder.encode(first), 5, output, NEVER);
    assert(result.kind === "whole");
    assertEquals(text(result.bytes), expected);
  }
});

Deno.test("collect() ends with a part when the output ends, and when it takes too long; what is being read is not lost", async () => {
  const short = await collect(encoder.encode("he"), 5, reader(["l"]), NEVER);
  assert(short.kind === "part");
  assertEquals([text(short.first), await short.pending], ["hel", {
    done: true,
    value: undefined,
  }]);
  const late = Promise.withResolvers<"late">();
  const stream = new TransformStream<Bytes, Bytes>();
  const writer = stream.writable.getWriter();
  const collecting = collect(
    encoder.encode("he"),
    5,
    stream.readable.getReader(),
    late.promise,
  );
  late.resolve("late");
  const result = await collecting;
  assert(result.kind === "part");
  assertEquals(text(result.first), "he");
  writer.write(encoder.encode("llo"));
  assertEquals(
    text((await result.pending)?.value ?? encoder.encode("")),
    "llo",
  );
});

Deno.test("collect() gives up when the client leaves", async () => {
  const left = Promise.resolve("left" as const);
  const result = await collect(encoder.encode("he"), 5, reader([], true), left);
  assertEquals(result.kind, "left");
});

/** A script whose log and end are noted. */
function supervised(): Supervised & { readonly events: string[] } {
  const events: string[] = [];
  return {
    events,
    output: reader([]),
    report: (line) => events.push(line),
    finish: () => Promise.resolve(void events.push("finish")),
    release: () => events.push("release"),
    abandon: () => events.push("abandon"),
    end: () => {},
    ended: Promise.resolve({ code: 0, signal: undefined }),
    exited: () => Promise.resolve(undefined),
    reported: () => Promise.resolve(),
    gone: () => Promise.resolve(),
  };
}

Deno.test("collectedContent() keeps the place of its script until the answer has left: memory is bounded", async () => {
  let isAnswered = false;
  const running = supervised();
  const peer = { address: "-", isAnswered: () => isAnswered };
  const bytes = encoder.encode("hello");
  const { body, taken } = collectedContent(bytes, 5, running, peer);
  assertEquals(await new Response(body).text(), "hello");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assertEquals(running.events, []);
  isAnswered = true;
  await until(() => running.events.length > 0);
  assertEquals(running.events, ["finish"]);
  assertEquals([taken(false), taken(true)], [5, 0]);
});

Deno.test("collectedContent() has what was announced, and the log tells of more", async () => {
  const rows: ReadonlyArray<readonly [number, string, readonly string[]]> = [
    [6, "hello!", ["finish"]],
    [5, "hello", ["more content than Content-Length: 5", "finish"]],
    [0, "", ["more content than Content-Length: 0", "finish"]],
  ];
  for (const [length, text, events] of rows) {
    const running = supervised();
    const bytes = encoder.encode("hello!");
    const { body } = collectedContent(bytes, length, running, { address: "-" });
    assertEquals(await new Response(body).text(), text);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(running.events, events);
  }
});

Deno.test("receive(): content is whole when its output is at its end, and the script has ended by itself", async () => {
  const exited = Promise.resolve({ code: 1, signal: undefined });
  const killed = Promise.resolve({ code: 143, signal: "SIGTERM" });
  const rows: ReadonlyArray<
    readonly [string, readonly string[], boolean, Promise<Exit>, boolean]
  > = [
    ["it has ended", [], false, exited, true],
    ["there is more", ["more"], false, exited, false],
    ["it takes its time", [], true, exited, false],
    ["a descendant keeps the output open", [], true, NEVER, false],
    ["it has closed its output and goes on", [], false, NEVER, false],
    ["a signal has ended it", [], false, killed, false],
  ];
  for (const [what, pieces, isOpen, ended, isWhole] of rows) {
    const running = { ...supervised(), output: reader(pieces, isOpen), ended };
    const first = encoder.encode("hello");
    const received = await receive(first, undefined, running);
    assertEquals(received.isWhole, isWhole, what);
    if (isOpen) continue;
    const value = (await received.pending)?.value;
    assertEquals(value && text(value), pieces[0], what);
  }
});

Deno.test("receive(): content is whole when it is as long as announced, and the script may go on", async () => {
  const rows: ReadonlyArray<
    readonly [length: number, isWhole: boolean, events: readonly string[]]
  > = [
    [5, true, ["finish"]],
    [4, true, ["more content than Content-Length: 4", "finish"]],
    [0, true, ["more content than Content-Length: 0", "finish"]],
    [6, false, []],
  ];
  for (const [length, isWhole, events] of rows) {
    const running = { ...supervised(), output: reader([]) };
    const first = encoder.encode("hello");
    const received = await receive(first, length, running);
    assertEquals(received.isWhole, isWhole);
    assertEquals(text(received.first), "hello".slice(0, length));
    assertEquals(running.events, events);
  }
});
