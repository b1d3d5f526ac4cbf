/**
 * What is embedded in an executable, and whether the program needs it.
 *
 * @module
 */

import type { Material } from "./materials.ts";

/** Files of the project that a program is made of. */
const OURS_REGEXP =
  /^(?:program\.ts|deno\.json|package\.json|lib\/[\w/]+\.ts|scripts\/std\/[\w/]+\.ts)$/;
/** What `deno compile --bundle` calls what it has put together. */
const BUNDLE_REGEXP = /^\.deno_compile_(?:bundle|worker)_[0-9a-f]+\.mjs$/;
const PACKAGE_REGEXP = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/[^]*$/;

/**
 * Finds what does not belong in an executable: tools, tests, other packages than those of
 * the bill of materials, and with them a second runtime.
 *
 * @param paths Paths relative to the project.
 * @param materials The packages that belong in it.
 * @returns The paths that do not.
 */
export function findIntruders(
  paths: readonly string[],
  materials: readonly Material[],
): readonly string[] {
  const names = new Set(materials.map(({ name }) => name));
  return paths.filter((path) => {
    const name = embeddedPackage(path);
    if (name !== undefined) return !names.has(name);
    return !OURS_REGEXP.test(path) && !BUNDLE_REGEXP.test(path);
  });
}

/**
 * The package that a file belongs to.
 *
 * @param path A path relative to the project, or `npm:/name@version/path`.
 * @returns The name of the package; `undefined` for files of the project.
 */
export function embeddedPackage(path: string): string | undefined {
  const specifier = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)@/.exec(path)?.[1];
  return specifier ?? PACKAGE_REGEXP.exec(path)?.[1];
}

/**
 * The list as it is printed: each file of the project, and each package with the number of
 * its files.
 *
 * @param paths Paths relative to the project.
 * @returns Lines.
 */
export function formatEmbedded(paths: readonly string[]): readonly string[] {
  const lines = new Map<string, number>();
  for (const path of paths) {
    const name = embeddedPackage(path);
    const line = name === undefined ? path : `npm:${name}`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  return [...lines].sort(([a], [b]) => a < b ? -1 : 1).map(([line, count]) =>
    line.startsWith("npm:") ? `${line} (${count} files)` : line
  );
}

/**
 * Reads the tree that `deno compile` prints.
 *
 * @param output What it has printed.
 * @returns The names in the tree; those of directories that it has not opened end in `/*`.
 */
export function readEmbeddedTree(output: string): readonly string[] {
  const way: string[] = [];
  return output.split("\n").flatMap((line) => {
    const match = /^((?:[│ ] )*)[├└]─([┬─]) (.+?)(?: \([\d.]+[KMG]?B.*\))?$/
      .exec(line);
    if (match === null) return [];
    const [, indent = "", fork, name = ""] = match;
    way.length = indent.length / 2;
    way.push(name);
    return fork === "┬" ? [] : [way.join("/")];
  });
}
