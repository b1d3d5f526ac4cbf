/**
 * What people have chosen: files and folders that they drop, paste, or take from a dialog.
 *
 * @module
 */

/** A file, a folder that has nothing in it, or what the browser may not read. */
export interface Chosen {
  /** The names of the folders that were chosen with it, and its own. */
  readonly path: string;
  readonly content: File | "folder" | "unreadable";
}

/** Whether a name on a path is hidden: such files are left out. */
export function isHidden(path: string): boolean {
  return path.split("/").some((name) => name.startsWith("."));
}

/** The files of a dialog; those of a folder have its name before theirs. */
export function fromInput(files: Iterable<File>): readonly Chosen[] {
  return [...files].map((file) => ({
    path: file.webkitRelativePath || file.name,
    content: file,
  }));
}

/**
 * What is dropped, or pasted, entry by entry: in `files` a folder would be a file that nobody can
 * read. The entries are there only while the event is handled, hence they are taken at once.
 */
export function fromTransfer(data: DataTransfer): AsyncIterable<Chosen> {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry());
  const isWalked = entries.length > 0 && entries.every((entry) => entry);
  const files = fromInput(data.files);
  return isWalked
    ? walkAll(entries.filter((entry) => entry !== null))
    : iterate(files);
}

async function* iterate(files: readonly Chosen[]): AsyncGenerator<Chosen> {
  yield* files;
}

async function* walkAll(
  entries: readonly FileSystemEntry[],
): AsyncGenerator<Chosen> {
  for (const entry of entries) yield* walk(entry);
}

async function* walk(entry: FileSystemEntry): AsyncGenerator<Chosen> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    return yield { path, content: await fileOf(entry as FileSystemFileEntry) };
  }
  const entries = isHidden(path)
    ? []
    : await entriesOf(entry as FileSystemDirectoryEntry);
  if (entries.length === 0) yield { path, content: "folder" };
  yield* walkAll(entries);
}

function fileOf(entry: FileSystemFileEntry): Promise<Chosen["content"]> {
  return new Promise((resolve) =>
    entry.file(resolve, () => resolve("unreadable"))
  );
}

/** All entries: a reader gives them by the hundred, until there are none, or no more may be read. */
async function entriesOf(
  directory: FileSystemDirectoryEntry,
): Promise<readonly FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([]))
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
