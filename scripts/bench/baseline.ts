/**
 * Another commit of this repository, to be measured beside this one.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { run } from "./processes.ts";

/** A commit that is here. */
export interface Baseline {
  /** What it is called: seven digits, or more where these are not enough. */
  readonly commit: string;
  /** Where its files are, with a slash; it has what the runtimes need. */
  readonly project: string;
}

const PROJECT = fromFileUrl(new URL("../../", import.meta.url));

/**
 * Looks for a commit, here and at the origin.
 *
 * @param name A hash, its beginning, a branch or a tag.
 * @param repository Where to look.
 * @returns The short hash; `undefined` where nobody knows it.
 */
export async function findCommit(
  name: string,
  repository: string = PROJECT,
): Promise<string | undefined> {
  const here = await resolve(name, repository);
  if (here !== undefined) return here;
  // Servers tell a commit by its whole hash; for a beginning, all that they have is needed.
  for (const words of [["origin"], ["origin", name]]) {
    await run(["git", "-C", repository, "fetch", "--quiet", ...words])
      .catch(() => "");
    const fetched = await resolve(name, repository) ??
      await resolve(`origin/${name}`, repository);
    if (fetched !== undefined) return fetched;
  }
  return undefined;
}

async function resolve(
  name: string,
  repository: string,
): Promise<string | undefined> {
  const words = ["rev-parse", "--verify", "--quiet", "--short=7"] as const;
  const end = ["--end-of-options", `${name}^{commit}`] as const;
  const text = await run(["git", "-C", repository, ...words, ...end])
    .catch(() => "");
  return /^[\da-f]{7,}$/m.exec(text)?.[0];
}

/**
 * Unpacks a commit, and installs its dependencies as Deno does for who starts it.
 *
 * @param commit A commit that is here.
 * @param directory A directory that does not exist.
 * @returns The commit and its files.
 * @throws {Error} When something of it cannot be had.
 */
export async function unpack(
  commit: string,
  directory: string,
): Promise<Baseline> {
  const archive = `${directory}.tar`;
  await Deno.mkdir(directory);
  const words = ["archive", `--output=${archive}`, commit] as const;
  await run(["git", "-C", PROJECT, ...words]);
  await run(["tar", "-x", "-C", directory, "-f", archive]);
  await Deno.remove(archive);
  await run([Deno.execPath(), "install", "--quiet"], directory);
  return { commit, project: `${directory}/` };
}
