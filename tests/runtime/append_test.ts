import { assert, assertEquals } from "@std/assert";
import { openAppend } from "../../lib/runtime/text_files.ts";
import { temporaryDirectory } from "../support/program.ts";

Deno.test("openAppend() adds to what is there, is not for everybody, and follows a rename", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/log`;
  Deno.writeTextFileSync(path, "before\n");
  const first = openAppend(path);
  assert(first.kind === "open");
  const second = openAppend(path);
  assert(second.kind === "open");
  assertEquals([first.write("1\n"), second.write("2\n"), first.write("3\n")], [
    undefined,
    undefined,
    undefined,
  ]);
  Deno.renameSync(path, `${path}.1`);
  first.write("4\n");
  assertEquals(first.reopen(), undefined);
  first.write("5\n");
  assertEquals(Deno.readTextFileSync(`${path}.1`), "before\n1\n2\n3\n4\n");
  assertEquals(Deno.readTextFileSync(path), "5\n");
  assertEquals((Deno.statSync(path).mode ?? 0) & 0o007, 0);
});

Deno.test("openAppend() says why a file cannot be had, or not be written, and goes on with the old one", () => {
  using directory = temporaryDirectory();
  const below = `${directory.path}/d`;
  const failed = openAppend(`${below}/log`);
  assert(failed.kind === "failed");
  assertEquals(failed.message, "there is no such directory");
  Deno.mkdirSync(below);
  const file = openAppend(`${below}/log`);
  assert(file.kind === "open");
  Deno.renameSync(below, `${below}.1`);
  assertEquals(file.reopen(), "there is no such directory");
  assertEquals(file.write("still there\n"), undefined);
  assertEquals(Deno.readTextFileSync(`${below}.1/log`), "still there\n");
  const full = openAppend("/dev/full");
  assert(full.kind === "open");
  const lost = full.write("x\ny\n");
  assertEquals([lost?.count, lost?.message], [2, "the disk is full"]);
});

Deno.test("openAppend() waits for nobody: a FIFO without a reader is refused, a full one loses lines", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/fifo`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  const failed = openAppend(path);
  assertEquals(failed, { kind: "failed", message: "nobody reads it" });
  // Opened for both it blocks nobody, and is a reader.
  const reader = Deno.openSync(path, { read: true, write: true });
  const fifo = openAppend(path);
  assert(fifo.kind === "open");
  let written = 0;
  while (fifo.write(`${"x".repeat(1023)}\n`) === undefined) written++;
  assert(written >= 4, String(written));
  reader.readSync(new Uint8Array(65_536));
  assertEquals(fifo.write("again\n"), undefined);
  assertEquals(fifo.reopen(), undefined);
  reader.close();
  assertEquals(fifo.write("x\n")?.message, "nobody reads it any more");
  assertEquals(fifo.reopen(), "nobody reads it");
});

Deno.test("openAppend() writes whole lines to a pipe, in pieces that it takes as a whole", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/fifo`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  using reader = Deno.openSync(path, { read: true, write: true });
  const fifo = openAppend(path);
  assert(fifo.kind === "open");
  const page = `${"x".repeat(4095)}\n`;
  while (fifo.write(page) === undefined);
  // Now there is room for one page, which is two lines and a piece of the third.
  reader.readSync(new Uint8Array(4096));
  const lines = ["a", "b", "c"].map((letter) => `${letter.repeat(1999)}\n`);
  assertEquals(fifo.write(lines.join(""))?.count, 1);
  const bytes = new Uint8Array(1_048_576);
  const text = new TextDecoder().decode(
    bytes.subarray(0, reader.readSync(bytes) ?? 0),
  );
  assert(text.endsWith(`x\n${lines[0]}${lines[1]}`));
});

Deno.test("openAppend() refuses what is no file", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/socket`;
  using _listener = Deno.listen({ transport: "unix", path });
  for (const path of [directory.path, `${directory.path}/socket`]) {
    assertEquals(openAppend(path).kind, "failed", path);
  }
});
