import { checkRoot } from "../../lib/program/checks.ts";
import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../../lib/program/command_line.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { Runtime } from "../../main.ts";
import { filesOf } from "../support/site.ts";

const TREE = { "/www/a.txt": "a", "/www/assets/b": "", "/secret/x": "" };

/** A runtime over files in memory, of which one directory may not be read. */
function runtime(changes: Partial<Runtime> = {}): Runtime {
  const files = filesOf(TREE);
  const list: typeof files.list = (path) =>
    path === "/secret" ? undefined : files.list(path);
  return {
    ...currentRuntime(),
    files: { ...files, list },
    workingDirectory: () => "/www",
    missingReadPermission: () => undefined,
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
  return checked.kind === "root" ? checked.root : checked.message;
}

Deno.test("checkRoot() finds the directory, or says why it cannot be served", async () => {
  const rows: Array<[string[], string]> = [
    [[], "/www"],
    [["/www"], "/www"],
    [["assets"], "/www/assets"],
    [["../www/assets"], "/www/assets"],
    [["/www", "--immutable", "assets"], "/www"],
    [["nowhere"], 'cannot serve "nowhere": there is no such directory'],
    [["a.txt"], 'cannot serve "a.txt": it is not a directory'],
    [["/secret"], 'cannot serve "/secret": you may not read it'],
    [["80", "nowhere"], 'cannot serve "nowhere": there is no such directory'],
    [["80", "a.txt"], 'cannot serve "a.txt": it is not a directory'],
    [
      ["/www", "--immutable", "nowhere"],
      '--immutable "nowhere": there is no such directory in "/www"',
    ],
  ];
  for (const [words, expected] of rows) {
    assertEquals(await check(words), expected, words.join(" "));
  }
});

Deno.test("checkRoot() names the permission that is missing", async () => {
  const message = 'no permission to read "."; start with --allow-read';
  assertEquals(
    await check([], { missingReadPermission: () => "--allow-read" }),
    message,
  );
  assertEquals(await check([], { workingDirectory: () => undefined }), message);
});
