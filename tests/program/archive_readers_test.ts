/** Programs that unpack archives get what is in the directory: names, bytes, times and modes. */

import { assertEquals } from "@std/assert";
import {
  makeShowcase,
  readTree,
  type Tree,
} from "../support/archive_showcase.ts";
import {
  expected,
  type Format,
  isInstalled,
  type Reader,
  READERS,
  run,
  succeed,
  unpacked,
} from "../support/archive_readers.ts";
import {
  codingsOf,
  command,
  type Program,
  startCommand,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { PERMISSIONS } from "../support/scripts.ts";

const FORMATS: readonly Format[] = ["zip", "tar", "tar.gz", "tar.zst"];
/** What could be seen, but is not in an archive, is told in it. */
const NOTES = "NOT-INCLUDED.txt";
const NOT_INCLUDED = ["cgi-bin", "folder/circle/", "locked.txt"];
/** With them root reads everything. */
const WITHOUT_OVERRIDE = "--bounding-set=-dac_override,-dac_read_search";

/** Programs that look at an archive, `$1`. */
const CHECKS: Readonly<Record<Format, readonly string[]>> = {
  "zip": [
    'unzip -tqq "$1"',
    'zip -T "$1"',
    '7z t -bd "$1"',
    'bsdtar -tf "$1"',
    'funzip "$1"',
    'jar tf "$1"',
  ],
  "tar": ['tar -tf "$1"', '7z t -bd "$1"'],
  "tar.gz": ['gzip -t "$1"'],
  "tar.zst": ['zstd -qt "$1"'],
};

for (const subject of SUBJECTS) {
  Deno.test({
    name: `${subject}: programs unpack what is in the directory`,
    ignore: Deno.build.os !== "linux",
    fn: async (test) => {
      using served = temporaryDirectory();
      using work = temporaryDirectory();
      const showcase = makeShowcase(served.path);
      await using program = await startBound(subject, served.path);
      const hasZstd = codingsOf(program.runtime).includes("zstd");
      for (const format of FORMATS) {
        const archive = `${work.path}/a.${format}`;
        const response = await fetch(`${program.url}/?archive=${format}`);
        Deno.writeFileSync(archive, await response.bytes());
        const isThere = format !== "tar.zst" || hasZstd;
        assertEquals(response.status, isThere ? 200 : 501, format);
        if (!isThere) continue;
        const tree = format === "zip" ? showcase.zip : showcase.tar;
        // Elsewhere its bytes are the same, or compressed in another way.
        const most = subject === "Deno" ? READERS.length : 1;
        for (const reader of readersOf(format).slice(0, most)) {
          await test.step({
            name: `${format}: ${reader.name}`,
            ignore: !isInstalled(reader.isThere),
            fn: () => checkReader(reader, archive, tree),
          });
        }
        for (const check of CHECKS[format].slice(0, most)) {
          await test.step({
            name: check,
            ignore: !isInstalled(`command -v ${check.split(" ")[0]}`),
            fn: async () => void await succeed(check, archive, work.path),
          });
        }
      }
    },
  });
}

function readersOf(format: Format): readonly Reader[] {
  return READERS.filter(({ formats }) => formats.includes(format));
}

/** Starts the program as somebody who cannot read every file. */
async function startBound(
  subject: SubjectName,
  directory: string,
): Promise<Program> {
  const line = await command(subject, PERMISSIONS);
  const words = ["0", "-q", "--cgi", directory];
  return await startCommand(
    subject,
    Deno.uid() === 0
      ? ["setpriv", WITHOUT_OVERRIDE, ...line, ...words]
      : [...line, ...words],
  );
}

async function checkReader(
  reader: Reader,
  archive: string,
  tree: Tree,
): Promise<void> {
  using target = temporaryDirectory();
  const { code, errors } = await run(reader.unpack, archive, target.path);
  const there = new Map(readTree(target.path));
  const notes = there.get(NOTES)?.text ?? "";
  there.delete(NOTES);
  assertEquals(unpacked(reader, there), expected(reader, tree), errors);
  const told = [...notes.matchAll(/^(.+): /gm)].map(([, path]) => path);
  assertEquals(told, NOT_INCLUDED);
  assertEquals(code, 0, errors);
}
