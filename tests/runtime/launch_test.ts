/** How Deno starts programs a second time: behind `setsid`, and `chroot` for another user. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Command, Processes, Running } from "../../lib/ports/processes.ts";
import {
  createChooseLaunch,
  denoProcesses,
} from "../../lib/runtime/deno_processes.ts";
import { processesWith } from "../support/process_list.ts";
import { until } from "../support/wait.ts";

const IS_LINUX = Deno.build.os === "linux";
const IS_ROOT = Deno.uid() === 0;
const NOBODY = { name: "nobody", uid: 65534, gid: 65534 };

interface Place extends AsyncDisposable {
  /** A command that runs this shell script. */
  readonly script: (text: string, more?: Partial<Command>) => Command;
  readonly directory: string;
}

async function place(): Promise<Place> {
  const directory = await Deno.makeTempDir();
  await Deno.chmod(directory, 0o755);
  return {
    directory,
    script: (text, more) => {
      const program = `${directory}/script`;
      Deno.writeTextFileSync(program, `#!/bin/sh\n${text}\n`);
      Deno.chmodSync(program, 0o755);
      return {
        program,
        arguments: ["a b", ""],
        directory,
        variables: { PATH: "/usr/bin:/bin", NAME: "ö" },
        user: undefined,
        hasInput: false,
        ...more,
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

async function run(processes: Processes, command: Command): Promise<Running> {
  const started = await processes.start(command);
  if ("kind" in started) throw new Error(started.message);
  return started;
}

async function outputOf({ output, errors, ended }: Running): Promise<string> {
  const [text, more, exit] = await Promise.all([
    new Response(output).text(),
    new Response(errors).text(),
    ended,
  ]);
  return `${text}${more}${exit.code} ${exit.signal}`;
}

Deno.test({
  name: "createChooseLaunch(): what has started before, as it is, and no other",
  ignore: !IS_LINUX,
  fn: async () => {
    await using there = await place();
    const choose = createChooseLaunch();
    const command = there.script("true");
    const front = (more?: Partial<Command>) =>
      choose({ ...command, ...more }).front;
    assertEquals(front(), []);
    choose(command).succeed();
    assertMatch(front().join(" "), /^\S*\/setsid$/);
    assertEquals(front({ arguments: [] }).length, 1);
    assertEquals(front({ user: NOBODY }), []); // who cannot run it, perhaps
    for (const name of ["LD_PRELOAD", "LOCPATH", "GLIBC_TUNABLES"]) {
      assertEquals(front({ variables: { [name]: "x" } }), []);
    }
    choose(command).fail();
    assertEquals(front(), []);
    choose(command).succeed();
    Deno.chmodSync(command.program, 0o700);
    assertEquals(front(), []);
    Deno.removeSync(command.program);
    choose(command).succeed();
    assertEquals(front(), []);
  },
});

Deno.test({
  name: "createChooseLaunch(): another user runs what is in the directory",
  ignore: !IS_LINUX || !IS_ROOT,
  fn: async () => {
    await using there = await place();
    const choose = createChooseLaunch();
    const command = there.script("true", { user: NOBODY });
    const elsewhere = { ...command, directory: "/" };
    choose(command).succeed();
    choose(elsewhere).succeed();
    assertMatch(
      choose(command).front.join(" "),
      /^\S*\/setsid \S*\/chroot --userspec=\+65534:\+65534 --groups= --skip-chdir \/$/,
    );
    assertEquals(choose(elsewhere).front, []);
  },
});

/** What a program can know of itself, but its own numbers. */
const STATE = `for argument; do echo "[$argument]"; done
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Umask|SigBlk)' /proc/self/status
test "$(ps -o pgid=,sid= $$ | tr -d ' ')" = "$$$$" && echo leads
ls -l /proc/self/fd | sed 's/.* \\([0-9]* ->\\)/\\1/; s/[0-9]*]/]/; s/proc.*//'
ulimit -a; env | sort; pwd; echo error >&2; exit 3`;

for (const user of IS_ROOT ? [undefined, NOBODY] : [undefined]) {
  Deno.test({
    name: `a program of ${
      user?.name ?? "our own"
    } starts the second time as it did the first`,
    ignore: !IS_LINUX,
    fn: async () => {
      await using there = await place();
      const processes = denoProcesses("posix");
      const command = there.script(STATE, { user });
      const first = await outputOf(await run(processes, command));
      assertMatch(first, /leads/);
      assertMatch(first, /error\n3 undefined$/);
      if (user !== undefined) assertMatch(first, /CapEff:\s0+\n/);
      assertEquals(await outputOf(await run(processes, command)), first);
    },
  });

  Deno.test({
    name: `no signal to ${
      user?.name ?? "our own"
    } is missed, however early it comes`,
    ignore: !IS_LINUX,
    fn: async () => {
      await using there = await place();
      const processes = denoProcesses("posix");
      const seconds = `60.${Deno.pid}${user?.uid ?? 0}`;
      const command = there.script(`sleep ${seconds} & sleep ${seconds}`, {
        user,
      });
      for (let round = 0; round < 40; round++) {
        const running = await run(processes, command);
        const from = performance.now();
        while (performance.now() - from < round / 10);
        const name = round % 2 === 0 ? "SIGTERM" : "SIGKILL";
        assert(running.signal(name));
        assertEquals((await running.ended).signal, name);
        running.signal("SIGKILL");
        await Promise.all([running.output.cancel(), running.errors.cancel()]);
      }
      await until(() => processesWith(seconds).length === 0);
    },
  });
}

Deno.test({
  name: "a program that cannot be started any more: the next time we know why",
  ignore: !IS_LINUX,
  fn: async () => {
    await using there = await place();
    const processes = denoProcesses("posix");
    const interpreter = `${there.directory}/interpreter`;
    await Deno.symlink("/bin/sh", interpreter);
    const command = there.script("");
    Deno.writeTextFileSync(command.program, `#!${interpreter}\nexit 3\n`);
    assertEquals(await outputOf(await run(processes, command)), "3 undefined");
    assertEquals(await outputOf(await run(processes, command)), "3 undefined");
    await Deno.remove(interpreter);
    assertMatch(
      await outputOf(await run(processes, command)),
      /^setsid: .* No such file or directory\n127 undefined$/,
    );
    const started = await processes.start(command);
    assertEquals("kind" in started && started.kind, "absent");
  },
});
