/**
 * The variable PATH on Bun.
 *
 * @module
 */

/** Where `bun run` puts a `node` of its own when there is none, or with `--bun`. */
const BUN_NODE_REGEXP = /\/bun-node-[^/]*$/;
const BIN = "/node_modules/.bin";

/**
 * The PATH of the user: without what `bun run` and `bunx` put in front (measured with 1.4.5). That
 * is, after the directory of its own `node`: the directory of the package, where that is not the
 * working directory; `node_modules/.bin` of the working directory, mostly twice; and that of each
 * directory above it. A script of the package that runs `bun run` has all of it twice. Of npm
 * there is no such first directory: what it adds stays, as with every other program.
 */
export function userPath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let directories = path.split(":");
  for (;;) {
    const count = addedByBun(directories);
    if (count === 0) return directories.join(":") || undefined;
    directories = directories.slice(count);
  }
}

/** How many directories `bun run` has put in front. */
function addedByBun(directories: readonly string[]): number {
  const [first = ""] = directories;
  if (BUN_NODE_REGEXP.test(first)) return 1;
  const from = first.endsWith(BIN) ? 0 : 1;
  const [bin = "", next] = directories.slice(from);
  if (!bin.endsWith(BIN)) return 0;
  const directory = bin.slice(0, -BIN.length);
  const isTwice = bin === next;
  if (from === 0 ? !isTwice : !isWithin(directory, first)) return 0;
  const added = [...isTwice ? [bin] : [], ...binsAbove(directory)];
  const isThere = added.every((bin, at) => directories[from + at] === bin);
  return isThere ? from + added.length : 0;
}

function isWithin(directory: string, other: string): boolean {
  return other !== "" && `${directory}/`.startsWith(`${other}/`);
}

/** `node_modules/.bin` of a directory and of all above it. */
function binsAbove(directory: string): readonly string[] {
  const names = directory.split("/");
  return names.map((_, index) =>
    names.slice(0, names.length - index).join("/") + BIN
  );
}
