import { assertEquals } from "@std/assert";
import { openOutput, type ScriptOutput } from "../../lib/cgi/script_output.ts";

/** A stream of bytes that fills each buffer, and how long these are. */
function bytesOf(total: number) {
  const asked: number[] = [];
  let left = total;
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller: ReadableByteStreamController) {
      const { byobRequest } = controller;
      const view = byobRequest?.view;
      asked.push(view?.byteLength ?? -1);
      const length = Math.min(view?.byteLength ?? 0, left);
      left -= length;
      if (length === 0) controller.close();
      byobRequest?.respond(length);
    },
  });
  return { stream, asked };
}

async function lengthsOf(
  output: ScriptOutput,
): Promise<readonly (number | undefined)[]> {
  const lengths: (number | undefined)[] = [];
  do lengths.push((await output.read()).value?.length); while (
    lengths.at(-1) !== undefined
  );
  return lengths;
}

Deno.test("openOutput(): of a script that writes little, little is read at once", async () => {
  const { stream, asked } = bytesOf(100);
  assertEquals(await lengthsOf(openOutput(stream, true)), [100, undefined]);
  assertEquals(asked, [4096, 4096]);
});

Deno.test("openOutput(): of one that writes more, as much as a pipe has", async () => {
  const { stream, asked } = bytesOf(70_000);
  assertEquals(await lengthsOf(openOutput(stream, true)), [
    4096,
    65_536,
    368,
    undefined,
  ]);
  assertEquals(asked, [4096, 65_536, 65_536, 65_536]);
});

Deno.test("openOutput(): what ends or breaks off, and what nobody wants", async () => {
  const output = openOutput(bytesOf(5000).stream, true);
  assertEquals((await output.read()).value?.length, 4096);
  await output.cancel();
  assertEquals((await output.read()).value, undefined);
  const broken = openOutput(
    new ReadableStream({
      type: "bytes",
      pull: () => Promise.reject(new Error("broken")),
    }),
    true,
  );
  const failure = await broken.read().catch(({ message }: Error) => message);
  assertEquals(failure, "broken");
});

Deno.test("openOutput(): another stream brings its own pieces", async () => {
  const piece = new Uint8Array([1, 2]);
  const output = openOutput(ReadableStream.from([piece]));
  assertEquals((await output.read()).value, piece);
  assertEquals((await output.read()).value, undefined);
});
