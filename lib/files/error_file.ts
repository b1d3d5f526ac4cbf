/**
 * The pages that a site has for its errors: `404.html` of the nearest directory, `50x.html` of
 * the root. The policies hold for them as for every file.
 *
 * @module
 */

import { wholeBody } from "../http/body.ts";
import { belowMount, type Found, type PathTarget } from "../http/resource.ts";
import { readTarget, type TargetRequest } from "../http/target.ts";
import type { Bytes } from "../ports/content.ts";
import type { Awaitable } from "../ports/files.ts";
import type { Site } from "../site/site.ts";
import type { Context, SeenDirectory } from "./context.ts";
import { readAll } from "./encode.ts";
import { findNothing, locate } from "./locate.ts";
import { FRESH_MS, isDue, openPieces } from "./open.ts";

const NOT_FOUND_PAGE = "404.html";
const FAILURE_PAGE = "50x.html";
/** The names by status code. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [404, NOT_FOUND_PAGE],
  ...[500, 502, 503, 504].map((status) => [status, FAILURE_PAGE] as const),
]);
/** A larger page is not used. */
const LARGEST_PAGE = 1_048_576;
/** What a directory takes in the cache besides its path and its page, about. */
const DIRECTORY_BYTES = 256;

/**
 * The content of the site's page for an error. A user's own `resolve` says what is where, so there
 * is none then; nor beside a root that is a file.
 */
export function findErrorPage(
  status: number,
  target: PathTarget | undefined,
  context: Context,
): Awaitable<Bytes | undefined> {
  const { site } = context;
  const name = NAMES.get(status);
  const isAlone = site.fileName !== undefined || site.resolve !== undefined;
  if (name === undefined || isAlone) return undefined;
  if (name === FAILURE_PAGE) return findNearest([], name, context);
  return target && findNearest(directoryNames(target), name, context);
}

/** The path of a request below the mount, without names that are empty. */
export function targetBelow(
  request: TargetRequest,
  { mount }: Site,
): PathTarget | undefined {
  const target = readTarget(request);
  const below = target.kind === "path" ? belowMount(target, mount) : undefined;
  return below && withoutEmptyNames(below);
}

function withoutEmptyNames(target: PathTarget): PathTarget {
  const { segments } = target;
  return segments.includes("")
    ? { ...target, segments: segments.filter((name) => name !== "") }
    : target;
}

function directoryNames(target: PathTarget): readonly string[] {
  const { segments, directory } = withoutEmptyNames(target);
  return directory ? segments : segments.slice(0, -1);
}

/** From the root down, as far as directories are there: a URL can have any number of names. */
function findNearest(
  names: readonly string[],
  name: string,
  context: Context,
  from = 0,
  above?: Bytes,
): Awaitable<Bytes | undefined> {
  let nearest = above;
  for (let length = from; length <= names.length; length++) {
    const page = lookInto(names.slice(0, length), name, context);
    if (page instanceof Promise) {
      return page.then((page) =>
        page === "absent"
          ? nearest
          : findNearest(names, name, context, length + 1, page ?? nearest)
      );
    }
    if (page === "absent") break;
    nearest = page ?? nearest;
  }
  return nearest;
}

/** What a directory has, once a second: what is cached costs no call of the system, and no promise. */
function lookInto(
  directory: readonly string[],
  name: string,
  context: Context,
): SeenDirectory["page"] {
  const { site: { clock }, state: { errorPages } } = context;
  // A name that was asked for can have a slash in it, but no NUL.
  const key = directory.length === 0
    ? name
    : `${name}\0${directory.join("\0")}`;
  const now = clock.now();
  const seen = errorPages.get(key);
  if (seen !== undefined && !isDue(seen.due, now)) return seen.page;
  const due = now + FRESH_MS;
  const bytes = DIRECTORY_BYTES + 2 * key.length;
  // Most that are asked for at random are not there.
  if (directory.length > 0 && findNothing(directory, context) !== undefined) {
    errorPages.set(key, { page: "absent", due }, bytes);
    return "absent";
  }
  // An error must be answered, also where the disk is what has failed.
  const reading = readPage(directory, name, context).catch(() => undefined);
  const next = { page: reading, due };
  errorPages.set(key, next, bytes);
  reading.then((page) => {
    if (errorPages.get(key) !== next) return;
    const own = page instanceof Uint8Array ? page.length : 0;
    errorPages.set(key, { page, due }, bytes + own);
  });
  return reading;
}

async function readPage(
  directory: readonly string[],
  name: string,
  context: Context,
): Promise<Bytes | "absent" | undefined> {
  if (directory.length > 0 && !await isDirectory(directory, context)) {
    return "absent";
  }
  const found = await locate([...directory, name], context);
  const isPage = found.kind === "found" && found.stat.kind === "file" &&
    found.stat.size <= LARGEST_PAGE;
  return isPage ? await readFile(found, context) : undefined;
}

/** Whether names lead to a directory that may be seen, and is not one of scripts. */
export async function isDirectory(
  names: readonly string[],
  context: Context,
): Promise<boolean> {
  const found = await locate(names, context);
  return found.kind === "found" && found.stat.kind === "directory";
}

/** All bytes of a file, where it is still the one that was found. */
async function readFile(
  { path, stat }: Found,
  { files }: Context,
): Promise<Bytes | undefined> {
  const source = { kind: "file", path, stat } as const;
  const opened = await openPieces(
    source,
    wholeBody(source).pieces,
    files,
    true,
  );
  if (opened.kind === "changed") opened.file?.close();
  return opened.kind === "content" ? await readAll(opened.content) : undefined;
}
