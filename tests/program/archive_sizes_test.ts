/** Archives at the borders of zip64 and of tar: what programs see of large files, and of many. */

import { assert, assertEquals } from "@std/assert";
import { isInstalled, succeed } from "../support/archive_readers.ts";
import { type Program, start, temporaryDirectory } from "../support/program.ts";
import { settle } from "../support/tagged.ts";

/** As a size or an offset: it stands in 64 bits elsewhere (APPNOTE 4.4.1.4). */
const SENTINEL = 2 ** 32 - 1;
/** As a count: likewise. */
const SENTINEL_COUNT = 2 ** 16 - 1;
/** The largest size in the octal digits of a tar header. */
const OCTAL = 2 ** 33 - 1;
/** What of an archive is fetched at either end: the rest is zeros. */
const END_BYTES = 65_536;
/** A file behind a large one. */
const SMALL = "z.txt";
/** The header of a file before its name, and the time behind it. */
const HEADER_BYTES = 30 + 9;

const IS_THERE = isInstalled(
  "command -v unzip && command -v bsdtar && command -v 7z && command -v busybox",
);

/** Programs that print the small file. */
const ZIP_PRINTERS: readonly string[] = [
  `unzip -p "$1" ${SMALL}`,
  `bsdtar -xOf "$1" ${SMALL}`,
  `7z e -so "$1" ${SMALL}`,
  `/usr/bin/python3 -c '
import sys, zipfile
print(zipfile.ZipFile(sys.argv[1]).read("${SMALL}").decode(), end="")
' "$1"`,
];
const TAR_PRINTERS: readonly string[] = [
  `busybox tar -xOf "$1" ${SMALL}`,
  `tar -xOf "$1" ${SMALL}`,
  `bsdtar -xOf "$1" ${SMALL}`,
  `7z e -so "$1" ${SMALL}`,
  `/usr/bin/python3 -c '
import sys, tarfile
print(tarfile.open(sys.argv[1]).extractfile("${SMALL}").read().decode(), end="")
' "$1"`,
];
/** Prints where entries begin, how large they are, and where the central directory begins. */
const LIST = `/usr/bin/python3 -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for info in archive.infolist():
        print(info.filename, info.header_offset, info.file_size, "%08x" % info.CRC)
    print("end", archive.start_dir)
' "$1"`;
/** Programs that print how many entries there are. */
const COUNTERS: readonly string[] = [
  `busybox unzip -l "$1" | sed -n '$s/[^0-9]*0 *\\([0-9]*\\) files/\\1/p'`,
  `unzip -Z1 "$1" | wc -l`,
  `bsdtar -tf "$1" | wc -l`,
  `7z l -ba "$1" | wc -l`,
  `/usr/bin/python3 -c '
import sys, zipfile
print(len(zipfile.ZipFile(sys.argv[1]).infolist()))
' "$1"`,
];

/** unzip 6.00 then looks for the size of the next entry in its ZIP64 field, which has none. */
const REFUSED_BY_UNZIP = "a size of 4 GiB - 1";

/** A large file of zeros, and the checksum that Python has of it. */
const BORDERS: ReadonlyArray<
  readonly [what: string, size: number, checksum: string]
> = [
  [REFUSED_BY_UNZIP, SENTINEL, "00000000"],
  ["a size of 4 GiB", SENTINEL + 1, "d202ef8d"],
  ["what begins at 4 GiB - 2", SENTINEL - HEADER_BYTES - 2, "97ec177a"],
  ["what begins at 4 GiB - 1", SENTINEL - HEADER_BYTES - 1, "62459bb8"],
];
const SMALL_CHECKSUM = "7545ea13";

Deno.test({
  name: "?archive=zip: programs read what lies at the borders of zip64",
  ignore: !IS_THERE,
  fn: async () => {
    using served = temporaryDirectory();
    using work = temporaryDirectory();
    BORDERS.forEach(([, size], at) => makeFiles(`${served.path}/${at}`, size));
    await settle(); // checksums are kept for what is old enough
    await using program = await start("Bun", ["0", "-q", served.path]);
    for (const [at, [what, size, checksum]] of BORDERS.entries()) {
      const path = `${work.path}/${at}.zip`;
      await fetchEnds(program, `/${at}/?archive=zip`, path);
      const printers = ZIP_PRINTERS.filter((printer) =>
        what !== REFUSED_BY_UNZIP || !printer.startsWith("unzip")
      );
      for (const printer of printers) {
        const printed = await succeed(printer, path, work.path);
        assertEquals(printed, "small", `${what}: ${printer}`);
      }
      const local = size < SENTINEL ? HEADER_BYTES : HEADER_BYTES + 20;
      const behind = local + 1 + size;
      const end = behind + HEADER_BYTES + SMALL.length + 5;
      const large = `a 0 ${size} ${checksum}\n`;
      assertEquals(
        await succeed(LIST, path, work.path),
        `${large}z.txt ${behind} 5 ${SMALL_CHECKSUM}\nend ${end}\n`,
      );
      // The directory of the archive lies at the border, too.
      await fetchEnds(program, `/${at}/?archive=zip&name=a`, path);
      assertEquals(
        await succeed(LIST, path, work.path),
        `${large}end ${behind}\n`,
      );
    }
  },
});

Deno.test({
  name: "?archive=zip: programs count what lies at the borders of zip64",
  ignore: !IS_THERE,
  fn: async () => {
    using served = temporaryDirectory();
    using work = temporaryDirectory();
    const most = SENTINEL_COUNT;
    await succeed(`seq -w ${most} | xargs touch`, "", served.path);
    await using program = await start("Bun", ["0", "-q", served.path]);
    for (const count of [most, most - 1]) {
      const response = await fetch(`${program.url}/?archive=zip`);
      const path = `${work.path}/a.zip`;
      Deno.writeFileSync(path, await response.bytes());
      for (const counter of COUNTERS) {
        const counted = await succeed(counter, path, work.path);
        assertEquals(counted.trim(), `${count}`, counter);
      }
      Deno.removeSync(`${served.path}/${count}`);
    }
  },
});

Deno.test({
  name: "?archive=tar: programs read what lies behind a file of 8 GiB",
  ignore: !IS_THERE,
  fn: async () => {
    using served = temporaryDirectory();
    using work = temporaryDirectory();
    const sizes = [OCTAL, OCTAL + 1];
    sizes.forEach((size) => makeFiles(`${served.path}/${size}`, size));
    await using program = await start("Bun", ["0", "-q", served.path]);
    for (const size of sizes) {
      const path = `${work.path}/a.tar`;
      await fetchEnds(program, `/${size}/?archive=tar`, path);
      for (const printer of TAR_PRINTERS) {
        const printed = await succeed(printer, path, work.path);
        assertEquals(printed, "small", printer);
      }
    }
  },
});

/** A large file, which takes no place, and a small one behind it. */
function makeFiles(root: string, size: number): void {
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/a`, "");
  Deno.truncateSync(`${root}/a`, size);
  Deno.writeTextFileSync(`${root}/${SMALL}`, "small");
}

/** Fetches an archive but for the zeros in it. */
async function fetchEnds(
  { url }: Program,
  target: string,
  path: string,
): Promise<void> {
  const head = await fetch(`${url}${target}`, { method: "HEAD" });
  const size = Number(head.headers.get("Content-Length"));
  assert(size > END_BYTES * 2, `${size}`);
  Deno.writeTextFileSync(path, "");
  Deno.truncateSync(path, size);
  using file = Deno.openSync(path, { write: true });
  for (const first of [0, size - END_BYTES]) {
    const last = first + END_BYTES - 1;
    const response = await fetch(`${url}${target}`, {
      headers: { Range: `bytes=${first}-${last}` },
    });
    assertEquals(response.status, 206);
    const bytes = await response.bytes();
    assertEquals(bytes.length, END_BYTES);
    file.seekSync(first, Deno.SeekMode.Start);
    assertEquals(file.writeSync(bytes), END_BYTES);
  }
}
