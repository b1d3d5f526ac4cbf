import { assert, assertEquals } from "@std/assert";
import bcrypt from "bcryptjs";
import type { Files, OpenFile } from "../../lib/ports/files.ts";
import type { Runtime } from "../../lib/ports/runtime.ts";
import { parseCommandLine } from "../support/command_line.ts";
import { prepare } from "../../lib/program/prepare.ts";
import { openPasswords } from "../../lib/program/users_file.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

const OLD = `ada:${bcrypt.hashSync("old", 4)}\n`;
const NEW = `ada:${bcrypt.hashSync("new", 4)}\n`;

/** Behind each check of a password is a pause as long: so it is over when all has taken twice as long. */
function test(name: string, check: () => Promise<void>): void {
  Deno.test(name, async () => {
    const before = performance.now();
    await check();
    const rest = performance.now() - before + 200;
    await new Promise((resolve) => setTimeout(resolve, rest));
  });
}

/** A file that a test changes, and that may fail or keep its readers waiting. */
async function stage() {
  const printed: string[] = [];
  const state = { text: OLD, mtime: 1, fails: false, gate: Promise.resolve() };
  const stat = () => ({
    kind: "file",
    size: state.text.length,
    mtime: state.mtime,
  } as const);
  const open = (): OpenFile => {
    if (state.fails) throw new Error("EMFILE");
    const { text, gate } = state;
    return {
      stat: stat(),
      close: () => {},
      digest: () => Promise.resolve(undefined),
      content: async () => {
        await gate;
        const { body } = new Response(text);
        assert(body);
        return { body, cancel: () => {} } as never;
      },
    } as OpenFile;
  };
  const files: Files = {
    ...currentRuntime().files,
    stat,
    open,
    realPath: (path) => path,
  };
  const runtime: Runtime = {
    ...currentRuntime(),
    files,
    missingReadPermission: () => undefined,
    missingWritePermission: () => undefined,
    printError: (text) => void printed.push(text),
  };
  const served = { root: "/srv", dotfiles: false };
  const opened = await openPasswords("/x/users", served, runtime);
  assert(opened.kind === "open");
  const { verify, reload } = opened;
  const write = (text: string) => {
    state.text = text;
    state.mtime++;
  };
  return { state, printed, write, verify, reload };
}

test("openPasswords(): a read that fails is one line, lets nobody in who was removed, and is tried again", async () => {
  const { state, printed, write, verify, reload } = await stage();
  state.fails = true;
  await reload();
  assertEquals(await verify("ada", "old"), true);
  write(NEW);
  assertEquals(await verify("ada", "old"), "busy");
  assertEquals(await verify("ada", "new"), "busy");
  assertEquals(printed, [
    'serve: --basic-auth-file "/x/users": cannot be read now (EMFILE); the users are as before\n',
  ]);
  state.fails = false;
  assertEquals(await verify("ada", "old"), false);
  assertEquals(await verify("ada", "new"), true);
});

test("openPasswords(): a change during a read is not lost", async () => {
  const { state, write, verify } = await stage();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.gate = promise;
  write(`${OLD}# another comment\n`);
  const first = verify("ada", "old");
  await new Promise((resolve) => setTimeout(resolve)); // it reads
  write(NEW);
  state.gate = Promise.resolve();
  const second = verify("ada", "old");
  const third = verify("ada", "new");
  resolve();
  assertEquals([await first, await second, await third], [false, false, true]);
  assertEquals(await verify("ada", "old"), false);
});

test("openPasswords(): a file without users lets nobody in, one that is broken changes nothing", async () => {
  const { printed, write, verify } = await stage();
  write("ada:{SHA}x\n");
  assertEquals(await verify("ada", "old"), true);
  write("# nobody\n");
  assertEquals(await verify("ada", "old"), false);
  write(OLD);
  assertEquals(await verify("ada", "old"), true);
  assertEquals(printed.map((line) => line.split("; ").at(-1)), [
    "the users are as before\n",
    "nobody may log in\n",
  ]);
});

test("prepare(): what SIGHUP makes fail is told in a line", async () => {
  using directory = temporaryDirectory();
  const line = parseCommandLine([directory.path, "--log-file", "log"]);
  assert(line.kind === "serve");
  const told = Promise.withResolvers<string>();
  const prepared = await prepare(line.settings, {
    ...currentRuntime(),
    printError: told.resolve,
    openAppend: () => ({
      kind: "open",
      write: () => undefined,
      reopen: () => {
        throw new Error("no\ngood");
      },
    }),
  });
  assert(prepared.kind === "ready");
  prepared.hangUp?.();
  assertEquals(await told.promise, "serve: SIGHUP: Error: no good\n");
});
