/** Programs that unpack archives: what each keeps, and what it makes something else of. */

import { DECOMPOSED, type Tree, type Unpacked } from "./archive_showcase.ts";
import { type Finished, toFinished } from "./program.ts";

export type Format = "zip" | "tar" | "tar.gz" | "tar.zst";

/** A program that unpacks. */
export interface Reader {
  readonly name: string;
  readonly formats: readonly Format[];
  /** Unpacks the archive `$1` into the working directory. */
  readonly unpack: string;
  /** Succeeds where the program is installed. */
  readonly isThere: string;
  /** Which times it sets; those of DOS have even seconds, from 1980 on. */
  readonly times: "all" | "files" | "dos" | "none";
  /** Whether it sets the executable bit. */
  readonly modes: boolean;
  /** Where entries end that it puts elsewhere; nothing for one that it loses. */
  readonly elsewhere?: Readonly<Record<string, string | undefined>>;
  /** Times that it cannot tell, by path. */
  readonly otherTimes?: Readonly<Record<string, number>>;
}

const DOS_FIRST = Date.UTC(1980, 0, 1) / 1000;

const PYTHON = "/usr/bin/python3";
const PYTHON_ZIP = `${PYTHON} -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    archive.extractall(".")
' "$1"`;
const PYTHON_TAR = `${PYTHON} -c '
import sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    archive.extractall(".")
' "$1"`;
const PERL_ZIP = `perl -MArchive::Zip=:ERROR_CODES -e '
my $archive = Archive::Zip->new();
$archive->read($ARGV[0]) == AZ_OK or die;
$archive->extractTree("", "./") == AZ_OK or die;
' "$1"`;
/** libarchive composes names (NFC): of two that become one, the later entry is left. */
const COMPOSING = { [DECOMPOSED]: undefined };

const TARS = ["tar", "tar.gz", "tar.zst"] as const;

/** The readers, with the versions of Debian 12. */
export const READERS: readonly Reader[] = [
  {
    name: "unzip 6.00",
    formats: ["zip"],
    unpack: 'unzip -q "$1"',
    isThere: "command -v unzip",
    times: "all",
    modes: true,
    // It takes 2100 for a leap year.
    otherTimes: { "2110.txt": Date.UTC(2108, 0, 1, 23, 59, 58) / 1000 },
  },
  {
    name: "bsdtar 3.6, a file",
    formats: ["zip"],
    unpack: 'bsdtar -xpf "$1"',
    isThere: "command -v bsdtar",
    times: "all",
    modes: true,
    elsewhere: COMPOSING,
  },
  {
    name: "bsdtar 3.6, a pipe",
    formats: ["zip"],
    unpack: 'cat "$1" | bsdtar -xpf -',
    isThere: "command -v bsdtar",
    times: "all",
    modes: false,
    elsewhere: COMPOSING,
  },
  {
    name: "zipfile of Python 3.11",
    formats: ["zip"],
    unpack: PYTHON_ZIP,
    isThere: `test -x ${PYTHON}`,
    times: "none",
    modes: false,
  },
  {
    name: "7z",
    formats: ["zip", "tar"],
    unpack: '7z x -bd -y "$1"',
    isThere: "command -v 7z",
    times: "all",
    modes: true,
  },
  {
    name: "busybox unzip 1.35",
    formats: ["zip"],
    unpack: 'busybox unzip -q "$1"',
    isThere: "command -v busybox",
    times: "none",
    modes: true,
  },
  {
    name: "busybox unzip 1.35, a pipe",
    formats: ["zip"],
    unpack: 'cat "$1" | busybox unzip -q -',
    isThere: "command -v busybox",
    times: "none",
    modes: false,
  },
  {
    name: "Archive::Zip 1.68",
    formats: ["zip"],
    unpack: PERL_ZIP,
    isThere: "perl -MArchive::Zip -e 1",
    times: "dos",
    modes: true,
  },
  {
    name: "jar",
    formats: ["zip"],
    unpack: 'jar xf "$1"',
    isThere: "command -v jar",
    times: "files",
    modes: false,
  },
  {
    name: "jar, a pipe",
    formats: ["zip"],
    unpack: 'cat "$1" | jar x',
    isThere: "command -v jar",
    times: "files",
    modes: false,
  },
  {
    name: "GNU tar 1.34",
    formats: TARS,
    unpack: 'tar -xpf "$1"',
    isThere: "tar --version | grep GNU",
    times: "all",
    modes: true,
  },
  {
    name: "bsdtar 3.6",
    formats: TARS,
    unpack: 'cat "$1" | bsdtar -xpf -',
    isThere: "command -v bsdtar",
    times: "all",
    modes: true,
    // "Removing leading drive letter from member names"
    elsewhere: { ...COMPOSING, "c:olon.txt": "olon.txt" },
  },
  {
    name: "bsdcpio 3.6",
    formats: ["tar"],
    unpack: 'bsdcpio -idmu --quiet < "$1"',
    isThere: "command -v bsdcpio",
    times: "all",
    modes: true,
    elsewhere: COMPOSING,
  },
  {
    name: "tarfile of Python 3.11",
    formats: ["tar", "tar.gz"],
    unpack: PYTHON_TAR,
    isThere: `test -x ${PYTHON}`,
    times: "all",
    modes: true,
  },
  {
    name: "busybox tar 1.35",
    formats: ["tar"],
    unpack: 'busybox tar -xf "$1"',
    isThere: "command -v busybox",
    // Those of folders are set before what is in them comes.
    times: "files",
    modes: true,
  },
];

/** Runs a line of shell in a directory, with an archive as `$1`. */
export async function run(
  line: string,
  archive: string,
  directory: string,
): Promise<Finished> {
  const command = new Deno.Command("bash", {
    args: ["-c", `umask 022; set -o pipefail; ${line}`, "bash", archive],
    cwd: directory,
    env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
    stdin: "null",
  });
  return toFinished(await command.output());
}

/** Runs a line of shell that must succeed, and returns what it prints. */
export async function succeed(
  line: string,
  archive: string,
  directory: string,
): Promise<string> {
  const { code, output, errors } = await run(line, archive, directory);
  if (code !== 0) throw new Error(`${line} ends with ${code}: ${errors}`);
  return output;
}

/** Whether a line of shell succeeds that looks for a program. */
export function isInstalled(isThere: string): boolean {
  return new Deno.Command("bash", {
    args: ["-c", isThere],
    stdout: "null",
    stderr: "null",
  }).outputSync().success;
}

/** What a reader makes of an archive, as text to compare. */
export function expected(reader: Reader, tree: Tree): string[] {
  const { elsewhere = {}, otherTimes = {} } = reader;
  return [...tree].flatMap(([path, entry]) => {
    if (path in elsewhere && elsewhere[path] === undefined) return [];
    const time = otherTimes[path] ?? timeIn(reader, entry);
    return [line(reader, elsewhere[path] ?? path, { ...entry, time })];
  }).sort();
}

function timeIn({ times }: Reader, { time }: Unpacked): number {
  return times === "dos" ? Math.max(time - time % 2, DOS_FIRST) : time;
}

/** What was unpacked, as text to compare. */
export function unpacked(reader: Reader, tree: Tree): string[] {
  return [...tree].map(([path, entry]) => line(reader, path, entry)).sort();
}

function line(
  { times, modes }: Reader,
  path: string,
  { kind, text, executable, time }: Unpacked,
): string {
  const isTold = times === "all" || times !== "none" && kind === "file";
  return [
    JSON.stringify(path),
    kind,
    ...kind === "file" ? [JSON.stringify(text)] : [],
    ...modes && executable ? ["executable"] : [],
    ...isTold ? [toDate(time)] : [],
  ].join(" ");
}

function toDate(seconds: number): string {
  return Number.isFinite(seconds)
    ? new Date(seconds * 1000).toISOString()
    : "no time";
}
