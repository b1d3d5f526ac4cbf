/**
 * The directory with everything that is to be downloaded, and checks of it that need not
 * run what is in it.
 *
 * @module
 */

import { HEADER_BYTES, isSigned, readHeader } from "./header.ts";
import { executableName, type Target, TARGETS } from "./targets.ts";

/** The name of the file with the digests, in the format of `sha256sum`. */
export const SUMS = "SHA256SUMS";
/** No runtime is smaller, none is larger. */
const MIN_BYTES = 20_000_000;
const MAX_BYTES = 250_000_000;

/**
 * The name of the bill of materials.
 *
 * @param version The version of the program.
 * @returns The name of the file.
 */
export function materialsName(version: string): string {
  return `serve-${version}.cdx.json`;
}

/**
 * Writes the digests of everything of one version.
 *
 * @param directory The directory, with a `/` at its end.
 * @param version The version of the program.
 */
export async function writeSums(
  directory: string,
  version: string,
): Promise<void> {
  const lines = [];
  for (const name of listFiles(directory, version)) {
    lines.push(`${await sha256(directory + name)}  ${name}\n`);
  }
  await Deno.writeTextFile(directory + SUMS, lines.join(""));
}

/**
 * Checks everything that can be checked without running it: digests, formats, processors,
 * sizes, signatures, and that nothing is there without a digest.
 *
 * @param directory The directory, with a `/` at its end.
 * @param version The version of the program.
 * @returns What is wrong, a line each.
 */
export async function checkDist(
  directory: string,
  version: string,
): Promise<readonly string[]> {
  const sums = await readSums(directory).catch(() => undefined);
  if (sums === undefined) return [`${SUMS}: it is not there`];
  const problems: string[] = [];
  for (const name of listFiles(directory, version)) {
    if (!sums.has(name)) problems.push(`${name}: it is not in ${SUMS}`);
  }
  if (!sums.has(materialsName(version))) {
    problems.push(`${materialsName(version)}: it is not in ${SUMS}`);
  }
  for (const [name, sum] of sums) {
    problems.push(...await checkFile(directory, name, sum, version));
  }
  return problems;
}

async function checkFile(
  directory: string,
  name: string,
  sum: string,
  version: string,
): Promise<readonly string[]> {
  const actual = await sha256(directory + name).catch(() => undefined);
  if (actual === undefined) return [`${name}: it is not there`];
  if (actual !== sum) return [`${name}: its digest is another one`];
  if (name === materialsName(version)) return [];
  const target = TARGETS.find((t) => executableName(version, t) === name);
  if (target === undefined) return [`${name}: it is for no known system`];
  using file = await Deno.open(directory + name);
  const bytes = new Uint8Array(HEADER_BYTES);
  const length = await file.read(bytes) ?? 0;
  const { size } = await file.stat();
  return checkExecutable(bytes.subarray(0, length), size, target)
    .map((problem) => `${name}: ${problem}`);
}

/**
 * Checks an executable without running it.
 *
 * @param beginning Its first bytes.
 * @param size Its size in bytes.
 * @param target The system it is for.
 * @returns What is wrong.
 */
export function checkExecutable(
  beginning: Uint8Array,
  size: number,
  { header }: Target,
): readonly string[] {
  const found = readHeader(beginning);
  if (found === undefined) return ["it is no executable"];
  const problems: string[] = [];
  if (found.format !== header.format || found.machine !== header.machine) {
    problems.push(
      `it is ${found.format} for ${found.machine}, not ${header.format} for ${header.machine}`,
    );
  }
  if (size < MIN_BYTES || size > MAX_BYTES) {
    problems.push(`it cannot be ${size} bytes long`);
  }
  if (header.format === "Mach-O" && !isSigned(beginning)) {
    problems.push("it has no signature, without which macOS runs nothing");
  }
  return problems;
}

function listFiles(directory: string, version: string): readonly string[] {
  return [...Deno.readDirSync(directory)]
    .filter(({ name, isFile }) =>
      isFile &&
      (name.startsWith(`serve-${version}-`) || name === materialsName(version))
    )
    .map(({ name }) => name)
    .sort();
}

async function readSums(directory: string): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(directory + SUMS);
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) {2}([^/\n]+)$/gm)]
      .map(([, sum = "", name = ""]) => [name, sum]),
  );
}

async function sha256(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
