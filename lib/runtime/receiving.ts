/**
 * Receives files on the disk: beside their place, in the very directory that was found.
 *
 * @module
 */

import * as fs from "node:fs";
import { isExhausted } from "../ports/content.ts";
import {
  type Files,
  type FoundBelow,
  INCOMING_PREFIX,
  type IncomingFile,
  type OperatingSystem,
  type Receiving,
} from "../ports/files.ts";
import { type Finder, NODE_CALLS } from "./find.ts";
import {
  createIncoming,
  createInPlace,
  type IncomingParts,
  type InPlace,
  type Place,
  removeDirectoryElsewhere,
  removeElsewhere,
} from "./incoming_file.ts";
import { codeOf, orAbsent, orUndefined } from "./system.ts";

export interface ReceivingParts {
  readonly os: OperatingSystem;
  readonly finder: Finder;
  readonly list: Files["list"];
  /** See `Coder.nextTurn`. */
  readonly nextTurn: () => Promise<void>;
  /** Whether the system may be asked for free space; left out where it always may. */
  readonly mayAskSpace?: () => boolean;
}

/** Bits to read and write for everybody: the system takes those of the umask away. */
const READ_WRITE = 0o666;
/** While it is incoming only the user of the server may read it. */
const PRIVATE = 0o600;
/** How many entries are looked at in one turn of the event loop. */
const SLICE_ENTRIES = 256;

export function createReceiving(parts: ReceivingParts): Receiving {
  const { finder, mayAskSpace = () => true } = parts;
  const inPlace = createInPlace(finder);
  const incomingParts = { ...parts, inPlace };
  return {
    open: (directory, name, mode) =>
      orAbsent(() => openIncoming(directory, name, mode, incomingParts)),
    state: (directory, name) =>
      orAbsent(() =>
        inPlace(directory, ({ path }) => {
          const stat = fs.lstatSync(`${path}/${name}`);
          return isIncoming(stat)
            ? { size: stat.size, mtime: Math.floor(stat.mtimeMs) }
            : undefined;
        })
      ),
    makeDirectory: (directory, name) =>
      orAbsent(() => inPlace(directory, (place) => makeDirectory(place, name))),
    removeOlder: (directory, time) =>
      removeOlder(directory, time, incomingParts),
    space: async (path) => {
      if (!mayAskSpace()) return undefined;
      const stat = await fs.promises.statfs(path).catch(() => undefined);
      return stat && stat.bavail * stat.bsize;
    },
  };
}

/** One with a second name was published before the program ended: it must not be written to again. */
function isIncoming(stat: fs.Stats): boolean {
  return stat.isFile() && stat.nlink === 1;
}

function openIncoming(
  directory: FoundBelow,
  name: string,
  mode: "create" | "resume",
  parts: IncomingParts,
): IncomingFile | undefined {
  const opened = parts.inPlace(
    directory,
    (place) =>
      mode === "create"
        ? createAnew(place, name, parts.os)
        : openAgain(place, name, parts.os),
  );
  return opened && createIncoming({ ...opened, directory, name }, parts);
}

interface Opened {
  readonly descriptor: number;
  readonly size: number;
  /** The mode that it is published with. */
  readonly mode: number;
}

function createAnew(
  place: Place,
  name: string,
  os: OperatingSystem,
): Opened | undefined {
  const path = `${place.path}/${name}`;
  const older = orUndefined(() => fs.lstatSync(path));
  if (older?.isDirectory() === true) return undefined;
  if (older !== undefined) fs.unlinkSync(path);
  return createFile(place, name, os);
}

/**
 * Its mode tells what the umask, or the directory, leaves of the permissions: the umask cannot be
 * read without being set, for all threads. Nothing is in it yet.
 */
function createFile(
  place: Place,
  name: string,
  os: OperatingSystem,
): Opened | undefined {
  const path = `${place.path}/${name}`;
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = fs.constants;
  const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  const descriptor = fs.openSync(path, flags, READ_WRITE);
  const mode = fs.fstatSync(descriptor).mode & READ_WRITE;
  if (os !== "windows") fs.fchmodSync(descriptor, PRIVATE);
  if (place.holds(name, NODE_CALLS.fstat(descriptor))) {
    return { descriptor, size: 0, mode };
  }
  removeElsewhere(path, descriptor, 0);
  fs.closeSync(descriptor);
  return undefined;
}

/** Without O_NONBLOCK a FIFO would block the whole program. */
function openAgain(
  place: Place,
  name: string,
  os: OperatingSystem,
): Opened | undefined {
  const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  const flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
  const descriptor = fs.openSync(`${place.path}/${name}`, flags);
  const stat = fs.fstatSync(descriptor);
  const isIt = isIncoming(stat) &&
    place.holds(name, NODE_CALLS.fstat(descriptor));
  const mode = isIt ? probeMode(place, os) : undefined;
  if (mode !== undefined) return { descriptor, size: stat.size, mode };
  fs.closeSync(descriptor);
  return undefined;
}

function probeMode(place: Place, os: OperatingSystem): number | undefined {
  const name = `${INCOMING_PREFIX}${crypto.randomUUID()}`;
  const probe = createFile(place, name, os);
  if (probe === undefined) return undefined;
  orUndefined(() => fs.unlinkSync(`${place.path}/${name}`));
  fs.closeSync(probe.descriptor);
  return probe.mode;
}

function makeDirectory(
  place: Place,
  name: string,
): "made" | "taken" | undefined {
  const path = `${place.path}/${name}`;
  try {
    fs.mkdirSync(path);
  } catch (error) {
    if (error instanceof Error && codeOf(error) === "EEXIST") return "taken";
    throw error;
  }
  const made = orUndefined(() => NODE_CALLS.lstat(path));
  if (made !== undefined && place.holds(name, made)) return "made";
  removeDirectoryElsewhere(path);
  return undefined;
}

/** Below a directory, and not through links. What cannot be read does not end it. */
async function removeOlder(
  top: FoundBelow,
  time: number,
  { inPlace, list, nextTurn }: IncomingParts & Pick<ReceivingParts, "list">,
): Promise<number> {
  const waiting = [top];
  let removed = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { root, path } = at;
    const entries = await listOrNothing(at, list);
    for (const [index, { name, kind }] of entries.entries()) {
      if (index % SLICE_ENTRIES === 0) await nextTurn();
      if (kind === "directory") {
        const below = `${path}/${name}`;
        const stat = orUndefined(() => NODE_CALLS.lstat(below));
        if (stat?.kind === "directory") {
          waiting.push({ root, path: below, stat });
        }
      } else if (kind === "file" && name.startsWith(INCOMING_PREFIX)) {
        if (removeIfOlder(at, name, time, inPlace)) removed++;
      }
    }
  }
  return removed;
}

async function listOrNothing(
  { root, path }: FoundBelow,
  list: Files["list"],
): Promise<ReadonlyArray<{ name: string; kind: string }>> {
  try {
    return await list(path, root) ?? [];
  } catch (error) {
    if (isExhausted(error)) throw error;
    return [];
  }
}

function removeIfOlder(
  directory: FoundBelow,
  name: string,
  time: number,
  inPlace: InPlace,
): boolean {
  const isRemoved = orUndefined(() =>
    inPlace(directory, ({ path }) => {
      const stat = fs.lstatSync(`${path}/${name}`);
      if (!stat.isFile() || stat.mtimeMs >= time) return false;
      fs.unlinkSync(`${path}/${name}`);
      return true;
    })
  );
  return isRemoved === true;
}
