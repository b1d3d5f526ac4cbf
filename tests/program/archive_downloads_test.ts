/** Archives whose download is interrupted, divided, or cut because a file has changed meanwhile. */

import { assert, assertEquals } from "@std/assert";
import { isInstalled, run, succeed } from "../support/archive_readers.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";
import { noise } from "../support/slow.ts";
import { tagOf } from "../support/tagged.ts";
import { until } from "../support/wait.ts";

const MIB = 2 ** 20;
const NAMES = Array.from({ length: 8 }, (_, index) => `${index}`);
const BEFORE = 1_600_000_000;

/** Clients that go on with `a.zip` in the working directory, from the URL `$1`. */
const RESUMING: readonly string[] = [
  'curl -sS -C - -o a.zip "$1"',
  'wget -q -c -O a.zip "$1"',
  'aria2c -q -c --allow-overwrite=true -o a.zip "$1"',
];
/** Begins, and loses its reader in the middle. */
const STOPPED =
  'curl -s "$1" | head -c 1000000 > a.zip; test ${PIPESTATUS[0]} = 23';
/** The statuses of curl for a transfer that is not whole. */
const CURL_PARTIAL = 18;
const CURL_RECEIVE = 56;
/** unzip would not see it: it compares with the checksum in front of the data alone. */
const PYTHON_TEST = `/usr/bin/python3 -c '
import sys, zipfile
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
' "$1"`;
const DIVIDING =
  'aria2c -q -x 4 -s 4 -k 1M --file-allocation=none -o a.zip "$1"';

for (const runtime of RUNTIMES) {
  Deno.test({
    name: `${runtime}: an archive that was interrupted becomes the same bytes`,
    ignore: !isInstalled("command -v curl && command -v wget"),
    fn: async (test) => {
      using served = temporaryDirectory();
      using work = temporaryDirectory();
      makeFiles(served.path, NAMES, MIB / 2);
      await using program = await start(runtime, ["0", "-q", served.path]);
      const url = `${program.url}/?archive=zip`;
      const path = `${work.path}/a.zip`;
      const whole = await (await fetch(url)).bytes();
      const expected = await digest(whole);
      for (const client of RESUMING) {
        await test.step({
          name: client,
          ignore: !isInstalled(`command -v ${client.split(" ")[0]}`),
          fn: async () => {
            Deno.writeFileSync(path, whole.subarray(0, MIB + 17));
            await succeed(client, url, work.path);
            assertEquals(await digest(Deno.readFileSync(path)), expected);
          },
        });
      }
      await test.step("curl that was stopped goes on", async () => {
        Deno.removeSync(path);
        await succeed(STOPPED, url, work.path);
        await succeed(RESUMING[0] ?? "", url, work.path);
        assertEquals(await digest(Deno.readFileSync(path)), expected);
      });
      await test.step({
        name: "aria2c fetches four parts at a time",
        ignore: !isInstalled("command -v aria2c"),
        fn: async () => {
          Deno.removeSync(path);
          await succeed(DIVIDING, url, work.path);
          assertEquals(await digest(Deno.readFileSync(path)), expected);
        },
      });
    },
  });

  Deno.test({
    name:
      `${runtime}: an archive of which a file has changed comes anew (RFC 9110 §13.1.5)`,
    ignore: !isInstalled("command -v curl && command -v unzip"),
    fn: async () => {
      using served = temporaryDirectory();
      using work = temporaryDirectory();
      makeFiles(served.path, NAMES, MIB / 2);
      await using program = await start(runtime, ["0", "-q", served.path]);
      const url = `${program.url}/?archive=zip`;
      const tag = await tagOf(program.port, "/?archive=zip");
      const whole = await (await fetch(url)).bytes();
      const path = `${work.path}/a.zip`;
      const resume = (have: number, more: string) => {
        Deno.writeFileSync(path, whole.subarray(0, have));
        return run(`curl -sS -r ${have}- ${more} "$1"`, url, work.path);
      };
      const withTag = `-H 'If-Range: ${tag}' -D fields -o b.zip`;
      const status = () =>
        Deno.readTextFileSync(`${work.path}/fields`).split(" ")[1];
      assertEquals((await resume(MIB, withTag)).code, 0);
      assertEquals(status(), "206");
      Deno.writeFileSync(`${served.path}/0.bin`, noise(MIB / 2, 99));
      Deno.utimeSync(`${served.path}/0.bin`, BEFORE, BEFORE);
      assertEquals((await resume(MIB, withTag)).code, 0);
      assertEquals(status(), "200");
      await succeed(PYTHON_TEST, "b.zip", work.path);
      // Who asks for the rest without a tag gets what does not fit, and can see that.
      assertEquals((await resume(MIB, ">> a.zip")).code, 0);
      assert((await run(PYTHON_TEST, "a.zip", work.path)).code !== 0);
    },
  });
}

/** Downloads `$1`, and reads nothing behind the first bytes until the file `go` is there. */
const HELD = `curl -sS "$1" | {
  head -c 65536; touch begun
  until test -e go; do sleep 0.01; done
  cat
} > out; exit \${PIPESTATUS[0]}`;
/** What happens to the directory meanwhile. */
const HAPPENINGS = {
  "is cut short while it is sent": "truncate -s 100 a.bin",
  "is cut short": "truncate -s 100 z.bin",
  "vanishes": "rm z.bin",
  "is replaced": "cp --preserve=timestamps a.bin other; mv other z.bin",
  "grows": "echo more >> z.bin",
} as const;
/** Fails for an archive, `out`, that is not whole. */
const CHECKS = {
  "zip": "unzip -tqq out",
  "tar": "tar -tf out",
  "tar.gz": "gzip -t out",
} as const;
/** The first rows depend on the runtime. */
const CUTS: ReadonlyArray<
  readonly [format: keyof typeof CHECKS, what: keyof typeof HAPPENINGS]
> = [
  ["zip", "is cut short while it is sent"],
  ["zip", "vanishes"],
  ["tar", "is cut short"],
  ["tar.gz", "is cut short"],
  ["zip", "is cut short"],
  ["zip", "is replaced"],
  ["zip", "grows"],
  ["tar", "vanishes"],
  ["tar.gz", "is cut short while it is sent"],
];
const CUTS_OF_ALL = 4;

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: an archive is cut where a file is not what it was: it never ends well`,
    ignore: !isInstalled("command -v curl && command -v unzip"),
    fn: async (test) => {
      using served = temporaryDirectory();
      await using program = await start(runtime, ["0", served.path]);
      const rows = runtime === "Deno" ? CUTS : CUTS.slice(0, CUTS_OF_ALL);
      for (const [format, what] of rows) {
        await test.step(`${format}: a file ${what}`, async () => {
          makeFiles(served.path, ["a"], 16 * MIB);
          makeFiles(served.path, ["z"], MIB);
          using work = temporaryDirectory();
          const url = `${program.url}/?archive=${format}`;
          const download = run(HELD, url, work.path);
          await until(() => exists(`${work.path}/begun`));
          await succeed(HAPPENINGS[what], "", served.path);
          Deno.writeTextFileSync(`${work.path}/go`, "");
          const { code } = await download;
          assert(code === CURL_PARTIAL || code === CURL_RECEIVE, `${code}`);
          const check = await run(CHECKS[format], "", work.path);
          assert(check.code !== 0, check.output);
        });
      }
    },
  });
}

/** Files that do not compress, old enough for a strong tag. */
function makeFiles(
  root: string,
  names: readonly string[],
  bytes: number,
): void {
  names.forEach((name, seed) => {
    Deno.writeFileSync(`${root}/${name}.bin`, noise(bytes, seed));
    Deno.utimeSync(`${root}/${name}.bin`, BEFORE, BEFORE);
  });
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
