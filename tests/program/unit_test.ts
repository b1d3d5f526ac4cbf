/** The unit of `scripts/deploy/` as systemd reads it, and the program under its filter of system calls. */

import { assert, assertEquals } from "@std/assert";
import { findProgram } from "../support/browser.ts";
import {
  command,
  PROJECT,
  RUNTIMES,
  startCommand,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import {
  listenToNotifications,
  SERVICE_PERMISSIONS,
} from "../support/systemd.ts";

const DEPLOY = `${PROJECT}scripts/deploy/`;
const UNIT = `${DEPLOY}serve.service`;
const ANALYZE = findProgram("systemd-analyze");
/** Debian's, because its module is for no other. */
const PYTHON = "/usr/bin/python3";
/** How exposed the service may be, in tenths: 0 is not at all, 100 unsafe. */
const MOST_EXPOSED = "15";
const LARGE = 3_000_000;

async function run(
  program: string,
  args: readonly string[],
): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

const hasSeccomp = ANALYZE !== undefined &&
  findProgram("python3") !== undefined &&
  (await run("sh", ["-c", `${PYTHON} -c "import seccomp"`])).success;

function test(name: string, has: boolean, fn: () => Promise<void>): void {
  const reason = has ? "" : " (skipped: systemd or python3-seccomp is missing)";
  Deno.test({ name: `${name}${reason}`, ignore: !has, fn });
}

test(
  "systemd understands every line of the units",
  ANALYZE !== undefined,
  async () => {
    using directory = temporaryDirectory();
    const text = Deno.readTextFileSync(UNIT);
    const path = `${directory.path}/serve.service`;
    // The program must be there, which it is not where this is tested.
    const start = `ExecStart=${Deno.execPath()} `;
    const installed = text.replace("ExecStart=/usr/local/bin/serve ", start);
    assert(installed !== text);
    Deno.writeTextFileSync(path, installed);
    const socket = `${directory.path}/serve.socket`;
    Deno.copyFileSync(`${DEPLOY}serve.socket`, socket);
    const words = ["verify", "--man=no", path, socket];
    const verified = await run("systemd-analyze", words);
    assertEquals(verified, { success: true, text: "" });
    const { success, text: report } = await run("systemd-analyze", [
      ...["security", "--no-pager", "--offline=yes"],
      ...[`--threshold=${MOST_EXPOSED}`, path],
    ]);
    assert(success, report);
  },
);

const FILTERED = [`${PROJECT}tests/support/system_call_filter.py`, UNIT];

test(
  "the filter of system calls refuses what the unit refuses",
  hasSeccomp,
  async () => {
    const refused = await run(PYTHON, [...FILTERED, "chroot", "/", "true"]);
    assert(
      !refused.success && /not permitted/.test(refused.text),
      refused.text,
    );
    const kept = await run(PYTHON, [
      ...FILTERED,
      "grep",
      "Seccomp:",
      "/proc/self/status",
    ]);
    assertEquals(kept.text, "Seccomp:\t2\n");
  },
);

for (const runtime of RUNTIMES) {
  test(
    `${runtime}: the program lives with the filter of the unit, and tells systemd so`,
    hasSeccomp,
    async () => {
      using directory = temporaryDirectory();
      Deno.writeTextFileSync(`${directory.path}/a.txt`, "text ".repeat(1000));
      Deno.writeFileSync(`${directory.path}/large.bin`, new Uint8Array(LARGE));
      const notify = `${directory.path}/notify`;
      await using systemd = await listenToNotifications(notify);
      const words = await command(runtime, SERVICE_PERMISSIONS);
      const all = [...words, "0", directory.path, "-b", "127.0.0.1"];
      await using program = await startCommand(
        runtime,
        [PYTHON, ...FILTERED, ...all],
        undefined,
        { NOTIFY_SOCKET: notify },
      );
      const { port } = program;
      const coded = { "Accept-Encoding": "gzip" };
      const text = await request(port, "/a.txt", coded);
      assertEquals(text.fields.get("content-encoding"), "gzip");
      await systemd.heard("READY=1");
      const large = await request(port, "/large.bin");
      assertEquals([large.status, large.content.length], [200, LARGE]);
      assertEquals(await program.stop("SIGTERM"), 0, program.errors());
    },
  );
}
