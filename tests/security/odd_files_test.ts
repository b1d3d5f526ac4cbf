/** FIFOs, sockets and devices are absent at once; what may not be read is absent, too. */

import { assert, assertEquals } from "@std/assert";
import { createHandler } from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

function makeFifo(path: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert(success);
}

Deno.test("odd kinds of files are answered 404 at once, and are not listed", async () => {
  using directory = temporaryDirectory();
  const root = directory.path;
  makeFifo(`${root}/fifo`);
  using _socket = Deno.listen({ transport: "unix", path: `${root}/socket` });
  Deno.symlinkSync("/dev/zero", `${root}/zero`);
  Deno.symlinkSync("fifo", `${root}/link`);
  Deno.writeTextFileSync(`${root}/file`, "");
  for (const followSymlinks of [false, true]) {
    const handler = createHandler({ root, followSymlinks, log: false });
    for (const path of ["/fifo", "/socket", "/zero", "/link"]) {
      const response = await handler(new Request(`http://localhost${path}`));
      assertEquals(response.status, 404, path);
    }
    const listing = await handler(new Request("http://localhost/"));
    const text = await listing.text();
    for (const name of ["fifo", "socket", "zero", "link"]) {
      assert(!text.includes(`<bdi>${name}`), name);
    }
    assert(text.includes('href="file"'));
  }
});

Deno.test("race: a file that becomes a FIFO between check and open does not block", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a`;
  Deno.writeTextFileSync(path, "a");
  const disk = currentRuntime().files;
  const files = {
    ...disk,
    open: (path: string) => {
      Deno.removeSync(path);
      makeFifo(path);
      files.open = disk.open;
      return disk.open(path);
    },
  };
  const handler = createHandler({ root: directory.path, files, log: false });
  const response = await handler(new Request("http://localhost/a"));
  assertEquals(response.status, 404);
});

Deno.test("what may not be opened is absent (404), and no listing takes the place of an index", async () => {
  const file = { kind: "file", size: 1, mtime: 0 } as const;
  const files = {
    os: "posix" as const,
    stat: (path: string) =>
      path.includes(".") ? file : { ...file, kind: "directory" as const },
    // An exact disk: no name is there in another case.
    realPath: (path: string) => /[A-Z]/.test(path) ? undefined : path,
    list: () => undefined,
    open: () => undefined,
  };
  const handler = createHandler({ root: "/", files, log: false });
  const rows: Array<[string, string]> = [
    ["/a.txt", "File not found"],
    ["/", "File not found"],
  ];
  for (const [path, message] of rows) {
    const response = await handler(new Request(`http://localhost${path}`));
    assertEquals(response.status, 404);
    assert((await response.text()).includes(message), path);
  }
  const bare = createHandler({ root: "/", index: ["x"], files, log: false });
  const response = await bare(new Request("http://localhost/d/"));
  assertEquals(response.status, 404);
  assert((await response.text()).includes("No permission to list directory"));
});

Deno.test("a name that is not in UTF-8 is not listed, because no URL leads to it", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const script =
    `printf x > "$(printf '${path}/caf\\351.txt')"; printf x > "${path}/\ufffd.txt"`;
  assert(
    new Deno.Command("bash", { args: ["-c", script] }).outputSync().success,
  );
  const handler = createHandler({ root: path, log: false });
  const text = await (await handler(new Request("http://localhost/"))).text();
  assert(!text.includes("caf"));
  assert(text.includes("%EF%BF%BD.txt")); // which really has that name
});
