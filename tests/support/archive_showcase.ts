/** A directory whose archive is hard to read: names, paths, times, modes, links and odd kinds. */

/** What an entry of an archive must become where it is unpacked. */
export interface Unpacked {
  readonly kind: "file" | "directory";
  readonly text: string;
  readonly executable: boolean;
  /** Seconds since 1970; of a directory where it is told. */
  readonly time: number;
}

/** Entries by path. */
export type Tree = ReadonlyMap<string, Unpacked>;

/** An odd second, which the time of DOS cannot tell. */
const ODD = Date.UTC(2021, 2, 4, 5, 6, 7) / 1000;

/** The last time that ZIP can tell. */
const DOS_LAST = Date.UTC(2107, 11, 31, 23, 59, 58) / 1000;

/** Letters that can be one code point, and two. */
export const COMPOSED = "\u00e4.txt";
export const DECOMPOSED = "a\u0308.txt";

/** Names that some program treats in a way of its own; not every system can have all of them. */
const NAMES: ReadonlyArray<readonly [name: string, portable?: string]> = [
  ["plain.txt"],
  [COMPOSED],
  [DECOMPOSED],
  ["русский.txt"],
  ["日本語.txt"],
  ["العربية.txt"],
  ["ไทย.txt"],
  ["한국어.txt"],
  ["-dash.txt"],
  ["--help"],
  ["@list"],
  ["it's.txt"],
  ["$(x) `y` $HOME.txt"],
  [" before"],
  ["%41+&amp;.txt"],
  [`${"n".repeat(246)}.txt`],
  [`${"漢".repeat(82)}.txt`],
  [`${`${"d".repeat(99)}/`.repeat(4)}deep.txt`],
  ["star*?[a].txt", "star__[a].txt"],
  ['quote".txt', "quote_.txt"],
  ["back\\slash.txt", "back_slash.txt"],
  ["c_olon.txt"],
  ["c:olon.txt", "c_olon (2).txt"],
  ["new\nline.txt", "new_line.txt"],
  ["tab\t.txt", "tab_.txt"],
  ["dot.", "dot_"],
  ["space ", "space_"],
  ["<b>.txt", "_b_.txt"],
  ["CON.txt", "_CON.txt"],
];

/** Years that one of the fields for times cannot tell. */
const YEARS: readonly number[] = [1970, 1985, 2050, 2110];

/** A file, and what ZIP makes of its name and of its time. */
interface Showpiece {
  readonly text: string;
  readonly time: number;
  readonly executable: boolean;
  readonly portable: string;
  readonly told: number;
}

/** What archives of the directory must hold. */
export interface Showcase {
  readonly zip: Tree;
  readonly tar: Tree;
}

/** Makes the directory. */
export function makeShowcase(root: string): Showcase {
  const [zip, tar] = [new Map<string, Unpacked>(), new Map<string, Unpacked>()];
  const folder = (path: string) => {
    Deno.mkdirSync(`${root}/${path}`);
    const entry = { text: "", executable: false, time: ODD };
    for (const tree of [zip, tar]) {
      tree.set(path, { kind: "directory", ...entry });
    }
  };
  const file = (path: string, more: Partial<Showpiece> = {}) => {
    const { text = path, time = ODD, executable = false } = more;
    const { portable = path, told = time } = more;
    path.split("/").slice(0, -1).forEach((_, at, names) => {
      const above = names.slice(0, at + 1).join("/");
      if (!tar.has(above)) folder(above);
    });
    Deno.writeTextFileSync(`${root}/${path}`, text);
    Deno.chmodSync(`${root}/${path}`, executable ? 0o755 : 0o644);
    Deno.utimeSync(`${root}/${path}`, time, time);
    zip.set(portable, { kind: "file", text, executable, time: told });
    tar.set(path, { kind: "file", text, executable, time });
  };
  for (const [name, portable = name] of NAMES) file(name, { portable });
  for (const year of YEARS) {
    const time = Date.UTC(year, 0, 1) / 1000;
    file(`${year}.txt`, { time, told: Math.min(time, DOS_LAST) });
  }
  file("empty.txt", { text: "" });
  file("run.sh", { executable: true });
  file("folder/inside.txt");
  folder("empty folder");
  // In an archive it is the file that it leads to.
  Deno.symlinkSync("plain.txt", `${root}/link.txt`);
  for (const tree of [zip, tar]) {
    tree.set("link.txt", {
      kind: "file",
      text: "plain.txt",
      executable: false,
      time: ODD,
    });
  }
  makeAbsent(root);
  for (const path of [...folders(tar), ""]) {
    Deno.utimeSync(`${root}/${path}`, ODD, ODD);
  }
  return { zip, tar };
}

function folders(tree: Tree): string[] {
  return [...tree].flatMap(([path, { kind }]) =>
    kind === "directory" ? [path] : []
  );
}

/** What no visitor sees. */
function makeAbsent(root: string): void {
  Deno.symlinkSync("/etc/hostname", `${root}/outside.txt`);
  Deno.symlinkSync("/etc", `${root}/outside`);
  Deno.symlinkSync("nothing", `${root}/dangling`);
  Deno.symlinkSync("..", `${root}/folder/circle`);
  Deno.writeTextFileSync(`${root}/.hidden`, "secret");
  Deno.mkdirSync(`${root}/.git`);
  Deno.writeTextFileSync(`${root}/.git/config`, "secret");
  new Deno.Command("mkfifo", { args: [`${root}/fifo`] }).outputSync();
  Deno.mkdirSync(`${root}/cgi-bin`);
  Deno.writeTextFileSync(`${root}/cgi-bin/hello`, "#!/bin/sh\necho secret\n");
  Deno.chmodSync(`${root}/cgi-bin/hello`, 0o755);
  Deno.writeTextFileSync(`${root}/locked.txt`, "secret");
  Deno.chmodSync(`${root}/locked.txt`, 0);
}

/** What was unpacked into a directory. */
export function readTree(root: string, below = ""): Tree {
  const tree = new Map<string, Unpacked>();
  for (const { name } of Deno.readDirSync(`${root}/${below}`)) {
    const path = below + name;
    const entry = readEntry(`${root}/${path}`);
    tree.set(path, entry);
    if (entry.kind === "file") continue;
    readTree(root, `${path}/`).forEach((entry, path) => tree.set(path, entry));
  }
  return tree;
}

function readEntry(path: string): Unpacked {
  const { isDirectory, isFile, mode, mtime } = Deno.lstatSync(path);
  const time = (mtime?.getTime() ?? NaN) / 1000;
  if (isDirectory) {
    return { kind: "directory", text: "", executable: false, time };
  }
  const text = isFile ? Deno.readTextFileSync(path) : "no file";
  const executable = ((mode ?? 0) & 0o100) !== 0;
  return { kind: "file", text, executable, time };
}
