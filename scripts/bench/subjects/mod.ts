/**
 * Everything that is measured, in the order of the tables.
 *
 * @module
 */

import config from "../../../package.json" with { type: "json" };
import { type Baseline, unpack } from "../baseline.ts";
import { bunVersion, findProgram, run } from "../processes.ts";
import { CEILINGS } from "./ceiling.ts";
import { CLASSICS } from "./classics.ts";
import { JAVASCRIPT, PACKAGES } from "./javascript.ts";
import { LEAST } from "./least.ts";
import { BASELINES, OURS } from "./ours.ts";
import type { Subject, Tools } from "./subject.ts";

/** All subjects. */
export const SUBJECTS: readonly Subject[] = [
  ...OURS,
  ...BASELINES,
  ...CEILINGS,
  ...LEAST,
  ...CLASSICS,
  ...JAVASCRIPT,
];

/**
 * What subjects have in common, made when the first one asks.
 *
 * @param temporary A directory for this run.
 * @param commit The commit that ours is compared with.
 * @returns The tools.
 */
export function createTools(
  temporary: string,
  commit: string | undefined,
): Tools {
  let baseline: Promise<Baseline> | undefined;
  let bun: Promise<string> | undefined;
  let npm: Promise<string> | undefined;
  return {
    temporary,
    baseline: () => {
      if (commit === undefined) throw new Error("no --baseline was given");
      return baseline ??= unpack(commit, `${temporary}/baseline`);
    },
    bun: () => bun ??= findBun(),
    npm: () => npm ??= install(temporary),
  };
}

/** Bun of the version that `package.json` names: the one on PATH, or that of npm. */
async function findBun(): Promise<string> {
  const version = config.engines.bun;
  const path = await findProgram("bun");
  if (path !== undefined && await bunVersion(path) === version) {
    return path;
  }
  const words = ["-y", `bun@${version}`, "-p", "process.execPath"] as const;
  return (await run(["npx", ...words], "/")).trim().split("\n")
    .findLast((line) => line.startsWith("/")) ?? "bun";
}

async function install(temporary: string): Promise<string> {
  const directory = `${temporary}/peers`;
  await Deno.mkdir(directory);
  const description = { private: true, dependencies: PACKAGES };
  await Deno.writeTextFile(
    `${directory}/package.json`,
    JSON.stringify(description),
  );
  const words = ["install", "--no-audit", "--no-fund", "--silent"] as const;
  await run(["npm", ...words, "--ignore-scripts"], directory);
  return directory;
}
