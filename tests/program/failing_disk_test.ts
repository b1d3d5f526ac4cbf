/** What the real program logs when a disk fails, or a file becomes shorter, while it is sent. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Program,
  PROJECT,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { writeAll } from "../support/raw.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
const PYTHON = "/usr/bin/python3";

async function hasFuse(): Promise<boolean> {
  try {
    Deno.statSync("/dev/fuse");
    const args = ["-c", "import fusepy"];
    const { success } = await new Deno.Command(PYTHON, { args, stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}

/** Of a directory, what a disk shows that fails from an offset on. */
async function failingDisk(
  source: string,
  offset: number,
): Promise<{ path: string } & AsyncDisposable> {
  const mount = temporaryDirectory();
  const { path } = mount;
  const disk = new Deno.Command(PYTHON, {
    args: [
      `${PROJECT}tests/support/failing_disk.py`,
      source,
      path,
      `${offset}`,
    ],
  }).spawn();
  await until(() => [...Deno.readDirSync(path)].length > 0);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      const args = ["-u", "-z", path];
      await new Deno.Command("fusermount3", { args }).output();
      await disk.status;
      mount[Symbol.dispose]();
    },
  };
}

/** The bytes that arrive before the end, or before the client has had enough. */
async function download(
  { port }: Program,
  target: string,
  enough = Infinity,
  meanwhile: () => void = () => {},
): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const message =
    `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  await writeAll(connection, new TextEncoder().encode(message));
  const buffer = new Uint8Array(65_536);
  let received = 0;
  while (received < enough) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    if (received === 0) meanwhile();
    received += count;
  }
  return received;
}

const WORDS = ["0", "-b", "127.0.0.1", "--log-format", "%r|%>s|%B|", "-d"];

for (const runtime of SUBJECTS) {
  Deno.test({
    name:
      `${runtime}: a disk that fails behind the first part of a file is no whole answer in the log (python3-fusepy)`,
    ignore: !await hasFuse(),
    fn: async () => {
      using source = temporaryDirectory();
      for (const name of ["bad", "good"]) {
        Deno.writeFileSync(`${source.path}/${name}`, new Uint8Array(4 * MIB));
      }
      await using disk = await failingDisk(source.path, 2 * MIB);
      await using program = await start(runtime, [...WORDS, disk.path]);
      assert(await download(program, "/bad") < 4 * MIB);
      const log = await program.log("GET /bad HTTP/1.1|200|");
      assertMatch(log, /EIO: i\/o error/);
      const [, bytes] = /GET \/bad HTTP\/1\.1\|200\|(\d+)\|/.exec(log) ?? [];
      assert(Number(bytes) < 4 * MIB, bytes);
      assert(await download(program, "/good") > 4 * MIB);
      const after = await program.log(`GET /good HTTP/1.1|200|${4 * MIB}|`);
      assertEquals(after.split("EIO").length, log.split("EIO").length);
    },
  });

  Deno.test(`${runtime}: a file that becomes shorter while it is sent is no whole answer in the log`, async () => {
    using directory = temporaryDirectory();
    const file = `${directory.path}/file`;
    Deno.writeFileSync(file, new Uint8Array(64 * MIB));
    await using program = await start(runtime, [...WORDS, directory.path]);
    const cut = () => Deno.truncateSync(file, MIB);
    // More than the sockets hold: the server has looked at the file again by then.
    const received = await download(program, "/file", 32 * MIB, cut);
    assert(received < 64 * MIB);
    const log = await program.log("GET /file HTTP/1.1|200|");
    assertMatch(log, /became shorter/);
    const [, bytes] = /GET \/file HTTP\/1\.1\|200\|(\d+)\|/.exec(log) ?? [];
    assert(Number(bytes) < 64 * MIB, bytes);
  });
}
