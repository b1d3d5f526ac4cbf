/** Streams that nobody has read yet: what they are told, and that nothing keeps them. */
import { assertEquals } from "@std/assert";
import { createUnreadStreams } from "../../lib/runtime/unread.ts";

/** A stream that is watched, and what it was told. */
function watched() {
  const told: string[] = [];
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>();
  const { watch, keepNothing } = createUnreadStreams();
  const forget = watch(stream, {
    keptNothing: () => told.push("kept nothing"),
    idle: () => told.push("idle"),
  });
  return { told, forget, answer: () => keepNothing(new Response(stream)) };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let left = 100; left > 0 && !isSo(); left--) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("an unread stream is told who its reader is, until it is read", () => {
  const { told, forget, answer } = watched();
  answer();
  forget();
  answer();
  forget();
  assertEquals(told, ["kept nothing"]);
});

Deno.test("a stream that nobody reads is told so after a second, and is kept no longer", async () => {
  const read = watched();
  const { told, answer } = watched();
  read.forget();
  await until(() => told.length > 0);
  answer();
  assertEquals(told, ["idle"]);
  assertEquals(read.told, []);
});

Deno.test("a stream that nobody reads keeps no program from ending", async () => {
  const module = new URL("../../lib/runtime/unread.ts", import.meta.url).href;
  const script = `import { createUnreadStreams } from ${JSON.stringify(module)};
    const idle = () => console.log("idle");
    createUnreadStreams().watch(new ReadableStream(), { keptNothing: idle, idle });`;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
  }).output();
  assertEquals([success, new TextDecoder().decode(stdout)], [true, ""]);
});
