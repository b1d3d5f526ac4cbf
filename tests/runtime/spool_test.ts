import { assertEquals } from "@std/assert";
import { createOpenSpool } from "../../lib/runtime/spool.ts";
import { temporaryDirectory } from "../support/program.ts";

const MIB = 1_048_576;

function bytes(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

async function content(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("a spool gives back what it got, from memory and from a file without a name", async () => {
  using directory = temporaryDirectory();
  const rows = [
    [],
    [0],
    [5],
    [65_536, 1, 65_535],
    [MIB],
    [MIB, 1],
    [MIB, 65_536],
    [MIB, MIB, 5],
    [3 * MIB + 1, 2],
    Array.from({ length: 100_000 }, () => 20),
  ];
  for (const os of ["posix", "windows"] as const) {
    for (const lengths of rows) {
      const spool = createOpenSpool({ path: () => directory.path, os })();
      const chunks = lengths.map((length, index) => bytes(length, index + 1));
      for (const chunk of chunks) assertEquals(await spool.write(chunk), true);
      const whole = new Uint8Array(await new Blob(chunks).arrayBuffer());
      assertEquals(await content(spool.read()), whole);
      assertEquals([...Deno.readDirSync(directory.path)], []);
    }
  }
});

Deno.test("a spool that may have no file has room for 8 MiB", async () => {
  const spool = createOpenSpool({ path: () => undefined, os: "posix" })();
  for (let count = 0; count < 8; count++) {
    assertEquals(await spool.write(bytes(MIB, 1)), true);
  }
  assertEquals(await spool.write(bytes(1, 2)), false);
  const all = await content(spool.read());
  assertEquals([all.length, all[0], all.at(-1)], [8 * MIB + 1, 1, 2]);
  spool.close();
});

Deno.test("a spool that is closed, or whose reader leaves, keeps no file", async () => {
  using directory = temporaryDirectory();
  for (const os of ["posix", "windows"] as const) {
    const openSpool = createOpenSpool({ path: () => directory.path, os });
    const closed = openSpool();
    await closed.write(bytes(2 * MIB, 1));
    closed.close();
    closed.close();
    const left = openSpool();
    await left.write(bytes(2 * MIB, 1));
    const reader = left.read().getReader();
    await reader.read();
    await reader.cancel();
    assertEquals([...Deno.readDirSync(directory.path)], []);
  }
});
