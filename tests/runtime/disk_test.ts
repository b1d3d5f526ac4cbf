/** The real disk, as the core sees it. */

import { assert, assertEquals } from "@std/assert";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { nodeRuntime } from "../../lib/runtime/node.ts";
import type { Content, Files, OpenFile } from "../../main.ts";
import {
  moduleCommand,
  PROJECT,
  RUNTIMES,
  temporaryDirectory,
} from "../support/program.ts";

/** `node:fs` is the same on all: what Node.js does is run here, too. */
const DISKS: Readonly<Record<string, Files>> = {
  Deno: currentRuntime().files,
  Node: nodeRuntime().files,
};

async function open(files: Files, path: string): Promise<OpenFile> {
  const file = await files.open(path);
  assert(file !== undefined);
  return file;
}

async function content(
  files: Files,
  path: string,
  start: number,
  end: number,
): Promise<Content> {
  const found = await (await open(files, path)).content(
    [{ start, end }],
    false,
  );
  assert(found !== undefined);
  return found;
}

for (const [name, files] of Object.entries(DISKS)) {
  Deno.test(`${name}: what does not exist is undefined, not an error`, async () => {
    using directory = temporaryDirectory();
    const file = `${directory.path}/a`;
    Deno.writeTextFileSync(file, "");
    Deno.symlinkSync("loop", `${directory.path}/loop`);
    const paths = [
      `${directory.path}/x`,
      `${file}/x`,
      `${directory.path}/loop`,
      `${directory.path}/${"x".repeat(256)}`,
      `${directory.path}/${"x/".repeat(5000)}`,
      `${directory.path}/\0`,
    ];
    for (const path of paths) {
      const what = path.slice(0, 80);
      assertEquals(await files.stat(path), undefined, what);
      assertEquals(await files.realPath(path), undefined, what);
      assertEquals(await files.list(path), undefined, what);
      assertEquals(await files.open(path), undefined, what);
    }
  });

  Deno.test(`${name}: stat() tells kind, size, and time in whole milliseconds`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a`;
    Deno.writeTextFileSync(path, "hello");
    Deno.utimeSync(path, 1000.5, 1000.5);
    const stat = await files.stat(path);
    assertEquals(stat?.kind, "file");
    assertEquals(stat?.size, 5);
    assertEquals(stat?.mtime, 1_000_500);
    assertEquals((await files.stat(directory.path))?.kind, "directory");
    assertEquals((await files.stat("/dev/null"))?.kind, "other");
  });

  Deno.test(`${name}: list() tells the kinds of entries without following links`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.mkdirSync(`${path}/d`);
    Deno.writeTextFileSync(`${path}/f`, "");
    Deno.symlinkSync("d", `${path}/l`);
    const entries = await files.list(path) ?? [];
    assertEquals(entries.toSorted((a, b) => a.name < b.name ? -1 : 1), [
      { name: "d", kind: "directory" },
      { name: "f", kind: "file" },
      { name: "l", kind: "link" },
    ]);
  });

  Deno.test(`${name}: content() has exactly the bytes of the span, small and large`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a`;
    const bytes = new Uint8Array(200_000).map((_, index) => index % 251);
    Deno.writeFileSync(path, bytes);
    const spans = [[0, 0], [5, 9], [0, 65_535], [0, 65_536], [1, 199_999], [
      0,
      199_999,
    ]] as const;
    for (const [start, end] of spans) {
      const { body, ended, taken } = await content(files, path, start, end);
      const received = new Uint8Array(await new Response(body).arrayBuffer());
      assertEquals(received.length, end - start + 1);
      assert(received.every((byte, index) => byte === (start + index) % 251));
      await ended;
      assertEquals(taken(false), end - start + 1);
    }
  });

  Deno.test(`${name}: a file that became shorter before it was read is stale; while it is read, an error`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a`;
    Deno.writeFileSync(path, new Uint8Array(10));
    const small = await open(files, path);
    Deno.truncateSync(path, 5);
    assertEquals(await small.content([{ start: 0, end: 9 }], false), undefined);

    Deno.writeFileSync(path, new Uint8Array(200_000));
    const { body, ended, taken } = await content(files, path, 0, 199_999);
    Deno.truncateSync(path, 100_000);
    const failed = await new Response(body).arrayBuffer().then(
      () => false,
      () => true,
    );
    assert(failed);
    assert(await ended.then(() => false, () => true));
    assertEquals(taken(false), 100_000);
  });

  Deno.test(`${name}: a stream that nobody wants closes its file, also in the middle of a read`, async () => {
    using directory = temporaryDirectory();
    const path = `${directory.path}/a`;
    Deno.writeFileSync(path, new Uint8Array(1_000_000));
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = descriptors();
    for (let count = 0; count < 20; count++) {
      const { body, ended } = await content(files, path, 0, 999_999);
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      if (count % 3 > 0) await reader.read();
      if (count % 3 > 1) reader.read().catch(() => {});
      await reader.cancel();
      await ended;
    }
    (await open(files, path)).close();
    assertEquals(descriptors(), before);
  });
}

Deno.test("times are cut to milliseconds, never rounded, on every runtime", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  const script = `import { currentRuntime } from "${PROJECT}lib/runtime/mod.ts";
    console.log((await currentRuntime().files.stat("${path}")).mtime);`;
  const look = `${directory.path}/look.ts`;
  Deno.writeTextFileSync(look, script);
  for (
    const [digits, milliseconds] of [
      ["678999999", 678],
      ["678999800", 678],
      ["678500000", 678],
      ["679000000", 679],
      ["000000000", 0],
    ] as const
  ) {
    const args = ["-d", `2026-01-02T03:04:05.${digits}Z`, path];
    await new Deno.Command("touch", { args }).output();
    const expected = Date.UTC(2026, 0, 2, 3, 4, 5, milliseconds);
    for (const runtime of RUNTIMES) {
      const [program, ...args] = await moduleCommand(runtime, look);
      const { stdout } = await new Deno.Command(program, { args }).output();
      const found = new TextDecoder().decode(stdout);
      assertEquals(found, `${expected}\n`, `${digits} on ${runtime}`);
    }
  }
});
