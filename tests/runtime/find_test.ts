/** An object is found with the state of that very object, whoever exchanges names meanwhile. */
import { assertEquals } from "@std/assert";
import { DENO_CALLS } from "../../lib/runtime/deno_files.ts";
import { createFinder } from "../../lib/runtime/find.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

/** A root with a directory, and a foreign directory with a file of the same name. */
function furnish(): { root: string; foreign: string } & Disposable {
  const directory = temporaryDirectory();
  const root = `${directory.path}/root`;
  const foreign = `${directory.path}/foreign`;
  for (const path of [`${root}/d`, foreign]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  Deno.writeTextFileSync(`${root}/d/f`, "good");
  Deno.writeTextFileSync(`${foreign}/f`, "foreign");
  return { root, foreign, [Symbol.dispose]: directory[Symbol.dispose] };
}

for (const hasDescriptorPaths of [true, false]) {
  const how = hasDescriptorPaths ? "by descriptor" : "by names";
  const finder = createFinder(DENO_CALLS, "posix", hasDescriptorPaths);

  Deno.test(`find() ${how}: files, directories, links`, () => {
    using site = furnish();
    const { root, foreign } = site;
    Deno.symlinkSync("d/f", `${root}/link`);
    Deno.symlinkSync(foreign, `${root}/out`);
    for (
      const [name, path, size] of [
        ["d/f", `${root}/d/f`, 4],
        ["link", `${root}/d/f`, 4],
        ["out/f", `${foreign}/f`, 7],
      ] as const
    ) {
      const found = finder.find(root, name.split("/"));
      assertEquals([found?.path, found?.stat.size], [path, size], name);
    }
    assertEquals(finder.find(root, ["d"])?.stat.kind, "directory");
    assertEquals(finder.find(root, [])?.path, root);
  });

  Deno.test(`read() ${how}: a link in the place of a directory is not read`, async () => {
    using site = furnish();
    const { root, foreign } = site;
    const names = (path: string) =>
      Array.from(Deno.readDirSync(path), ({ name }) => name);
    assertEquals(await finder.read(`${root}/d`, root, names), ["f"]);
    Deno.renameSync(`${root}/d`, `${root}/e`);
    Deno.symlinkSync(foreign, `${root}/d`);
    assertEquals(await finder.read(`${root}/d`, root, names), undefined);
  });
}

Deno.test("find() by names: a directory that is a link for a moment is noticed", () => {
  using site = furnish();
  const { root, foreign } = site;
  const { lstat } = DENO_CALLS;
  let exchanges = 0;
  const exchanged = {
    ...DENO_CALLS,
    // Between two looks the directory becomes a link, and is itself again.
    lstat: (path: string) => {
      if (!path.endsWith("/d/f")) return lstat(path);
      exchanges++;
      Deno.renameSync(`${root}/d`, `${root}/e`);
      Deno.symlinkSync(foreign, `${root}/d`);
      const stat = lstat(path);
      Deno.removeSync(`${root}/d`);
      Deno.renameSync(`${root}/e`, `${root}/d`);
      return exchanges % 2 === 1 ? stat : lstat(path);
    },
  };
  const finder = createFinder(exchanged, "posix", false);
  assertEquals(finder.find(root, ["d", "f"]), undefined);
});

Deno.test("find(): what is not there is undefined, and no exception", async () => {
  using site = furnish();
  const { root } = site;
  Deno.symlinkSync("loop", `${root}/loop`);
  const { files } = currentRuntime();
  for (const name of ["x", "d/f/x", "loop", "x".repeat(256), "\0"]) {
    assertEquals(await files.find?.(root, name.split("/")), undefined, name);
  }
});
