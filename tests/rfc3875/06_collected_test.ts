/** RFC 3875 §6.2.1 where the runtime sends a stream without its length: content is collected. */

import { assert, assertEquals } from "@std/assert";
import type { Supervised } from "../../lib/cgi/supervise.ts";
import { collect, collectedContent } from "../../lib/cgi/response_content.ts";
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
    abandon: () => events.push("abandon"),
    end: () => {},
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
