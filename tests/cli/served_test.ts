import {
  exposedSecret,
  isPublic,
  logNotice,
} from "../../lib/program/checks.ts";
import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

Deno.test("isPublic() knows hidden names, `.well-known`, --dotfiles and links", async () => {
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
        found.push(await isPublic(`${directory.path}/${path}`, served, files));
      }
      assertEquals(found, expected, `${path} in ${base}`);
    }
  }
});

Deno.test("exposedSecret() and logNotice() name what lies in the directory", async () => {
  using directory = temporaryDirectory();
  const root = `${directory.path}/site`;
  Deno.mkdirSync(root);
  for (const name of ["key", ".key", "../key"]) {
    Deno.writeTextFileSync(`${root}/${name}`, "");
  }
  const [inside, hidden, outside] = ["key", ".key", "../key"]
    .map((name) => `${root}/${name}`);
  const rows: Array<[words: string, flag: string | undefined]> = [
    ["", undefined],
    ["--tls-self-signed", undefined],
    [`--tls-cert ${inside} --tls-key ${outside}`, undefined],
    [`--tls-cert ${inside} --tls-key ${hidden}`, undefined],
    [`--tls-cert ${inside} --tls-key ${hidden} --dotfiles`, "--tls-key"],
    [`--tls-cert ${inside}`, "--tls-cert"],
    [`--tls-cert ${outside} --tls-key ${inside}`, "--tls-key"],
    [
      `--tls-cert ${outside} --tls-password-file ${inside}`,
      "--tls-password-file",
    ],
  ];
  const runtime = currentRuntime();
  for (const [words, flag] of rows) {
    const list = words.split(" ").filter((word) => word !== "");
    const line = parseCommandLine(list);
    assert(line.kind === "serve", words);
    const served = { root, dotfiles: line.settings.dotfiles };
    const found = await exposedSecret(line.settings, served, runtime);
    assertEquals(found?.split(" ")[0], flag, words);
  }
  const served = { root, dotfiles: false };
  for (const [path, isTold] of [[inside, true], [outside, false]] as const) {
    const notice = await logNotice(path ?? "", served, runtime);
    assertEquals(notice !== undefined, isTold);
  }
});
