import { checkApplication, checkRoot } from "../../lib/program/checks.ts";
import { assertEquals } from "@std/assert";
import { siteDefaults } from "../../lib/handler/defaults.ts";
import { createSite } from "../../lib/site/site.ts";
import { parseCommandLine } from "../support/command_line.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { Runtime } from "../../main.ts";
import { filesOf } from "../support/site.ts";

const TREE = {
  "/www/a.txt": "a",
  "/www/assets/b": "",
  "/secret/x": "",
  "/secret.txt": "",
  "/pipe": "",
};

/** A runtime over files in memory, of which one directory may not be read. */
function runtime(changes: Partial<Runtime> = {}): Runtime {
  const files = filesOf(TREE);
  const list: typeof files.list = (path) =>
    path === "/secret" ? undefined : files.list(path);
  const open: typeof files.open = (path) =>
    path === "/secret.txt" ? undefined : files.open(path);
  const stat: typeof files.stat = async (path) => {
    const found = await files.stat(path);
    return path === "/pipe" && found ? { ...found, kind: "other" } : found;
  };
  return {
    ...currentRuntime(),
    files: { ...files, list, open, stat },
    workingDirectory: () => "/www",
    missingReadPermission: () => undefined,
    missingWritePermission: () => undefined,
    ...changes,
  };
}

async function check(
  words: string[],
  changes: Partial<Runtime> = {},
): Promise<string> {
  const line = parseCommandLine(words);
  if (line.kind !== "serve") return line.kind;
  const checked = await checkRoot(line.settings, runtime(changes));
  if (checked.kind === "failed") return checked.message;
  return checked.root + (checked.singleFile ? ", a file" : "");
}

Deno.test("checkRoot() finds the directory, or says why it cannot be served", async () => {
  const rows: Array<[string[], string]> = [
    [[], "/www"],
    [["/www"], "/www"],
    [["assets"], "/www/assets"],
    [["../www/assets"], "/www/assets"],
    [["/www", "--immutable", "assets"], "/www"],
    [["nowhere"], 'cannot serve "nowhere": there is no such directory or file'],
    [
      ["127.0.0.1"],
      'cannot serve "127.0.0.1": there is no such directory or file; for an address: -b 127.0.0.1',
    ],
    [
      ["localhost"],
      'cannot serve "localhost": there is no such directory or file; for an address: -b localhost',
    ],
    [["a.txt"], "/www/a.txt, a file"],
    [["-d", "a.txt"], "/www/a.txt, a file"],
    [
      ["a.txt", "--immutable", "x"],
      '--immutable "x": there is no such directory in "a.txt"',
    ],
    [["/secret.txt"], 'cannot serve "/secret.txt": you may not read it'],
    [
      ["/pipe"],
      'cannot serve "/pipe": it is neither a directory nor a file',
    ],
    [["/secret"], 'cannot serve "/secret": you may not read it'],
    [
      ["80", "nowhere"],
      'cannot serve "nowhere": there is no such directory or file',
    ],
    [["80", "a.txt"], "/www/a.txt, a file"],
    [
      ["/www", "--immutable", "nowhere"],
      '--immutable "nowhere": there is no such directory in "/www"',
    ],
  ];
  for (const [words, expected] of rows) {
    assertEquals(await check(words), expected, words.join(" "));
  }
});

Deno.test("checkRoot() opens a directory and reads no names, which may be many", async () => {
  const files = {
    ...runtime().files,
    isReadable: (path: string) => path === "/www",
    list: () => {
      throw new Error("all names are read");
    },
  };
  assertEquals(await check([], { files }), "/www");
  assertEquals(
    await check(["/www/assets"], { files }),
    'cannot serve "/www/assets": you may not read it',
  );
});

Deno.test("checkRoot() names the permission that is missing", async () => {
  const message = 'no permission to read "."; start with --allow-read';
  assertEquals(
    await check([], { missingReadPermission: () => "--allow-read" }),
    message,
  );
  assertEquals(await check([], { workingDirectory: () => undefined }), message);
  const files = {
    ...runtime().files,
    realPath: () => Promise.resolve("/secret"),
    isReadable: () => false,
  };
  const missingReadPermission = (path: string) =>
    path === "/secret" ? "--allow-read" : undefined;
  assertEquals(
    await check(["assets"], { files, missingReadPermission }),
    'no permission to read what "assets" leads to; start with --allow-read=/',
  );
});

Deno.test("checkApplication() says why the page of --spa could never be sent", async () => {
  const tree = {
    "/www/index.html": "",
    "/www/app/start.html": "",
    "/www/.app.html": "",
    "/www/run.php": "",
    "/www/cgi-bin/x.html": "",
  };
  const rows: Array<[spa: string | true, message: string | undefined]> = [
    [true, undefined],
    ["./app/start.html", undefined],
    ["none.html", '--spa "none.html": there is no such file in "/www"'],
    ["app", '--spa "app": it is no file to send'],
    ["run.php", '--spa "run.php": it is no file to send'],
    ["cgi-bin/x.html", '--spa "cgi-bin/x.html": it is no file to send'],
    [
      ".app.html",
      '--spa ".app.html": names that begin with a dot are hidden: --dotfiles',
    ],
  ];
  const defaults = siteDefaults(currentRuntime());
  for (const [spa, message] of rows) {
    const cgi = { extensions: { ".php": ["php-cgi"] } };
    const options = { root: "/www", spa, cgi, files: filesOf(tree) };
    const failure = await checkApplication(createSite(options, defaults));
    assertEquals(failure?.message, message);
  }
});
