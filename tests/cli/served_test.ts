import { assertEquals } from "@std/assert";
import { isServed } from "../../lib/cli/served.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

Deno.test("isServed() knows hidden names, `.well-known`, --dotfiles and links", async () => {
  using directory = temporaryDirectory();
  const root = `${directory.path}/site`;
  for (const name of ["", "/a", "/.git", "/.well-known", "/../site2"]) {
    Deno.mkdirSync(`${root}${name}`);
    Deno.writeTextFileSync(`${root}${name}/key`, "");
  }
  Deno.writeTextFileSync(`${root}/.key`, "");
  Deno.symlinkSync(`${root}/key`, `${directory.path}/key`);
  Deno.symlinkSync(root, `${directory.path}/link`);
  const rows: Array<[path: string, plain: boolean, dotfiles: boolean]> = [
    ["site/key", true, true],
    ["site/a/key", true, true],
    ["site/.well-known/key", true, true],
    ["site/.git/key", false, true],
    ["site/.key", false, true],
    ["key", true, true],
    ["link/a/key", true, true],
    ["site2/key", false, false],
    ["site/none", false, false],
  ];
  const { files } = currentRuntime();
  for (const [path, ...expected] of rows) {
    for (const base of [root, `${root}/`, `${directory.path}/link`]) {
      const found = [];
      for (const dotfiles of [false, true]) {
        const served = { root: base, dotfiles };
        found.push(await isServed(`${directory.path}/${path}`, served, files));
      }
      assertEquals(found, expected, `${path} in ${base}`);
    }
  }
});
