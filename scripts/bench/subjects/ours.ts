/**
 * The program itself: on Deno, on Bun, as an executable.
 *
 * @module
 */

import config from "../../../deno.json" with { type: "json" };
import { executableName, hostTarget } from "../../executables/targets.ts";
import { run } from "../processes.ts";
import type { Found, Job, Subject, Tools } from "./subject.ts";

const PROJECT = new URL("../../../", import.meta.url).pathname;
const MAIN = `${PROJECT}main.ts`;
const PERMISSIONS = [
  "--allow-net",
  "--allow-read=/",
  "--allow-sys=hostname,networkInterfaces",
];

/** The program in its three forms. */
export const OURS: readonly Subject[] = [
  {
    name: "serve-deno",
    title: "serve on Deno",
    setup: "one JavaScript thread; no log",
    kind: "ours",
    find: () => Promise.resolve(onDeno()),
  },
  {
    name: "serve-bun",
    title: "serve on Bun",
    setup: "one JavaScript thread; no log",
    kind: "ours",
    find: async ({ bun }) => {
      const path = await bun();
      return ours(
        [path, "run", MAIN],
        `Bun ${(await run([path, "-v"])).trim()}`,
      );
    },
  },
  {
    name: "serve-executable",
    title: "serve, executable",
    setup: "one JavaScript thread; no log",
    kind: "ours",
    find: findExecutable,
  },
];

function onDeno(): Found {
  const version = `Deno ${Deno.version.deno}`;
  const start = [Deno.execPath(), "run", "--no-prompt", "--no-check"] as const;
  return {
    version,
    command: (job) => ({
      words: [...start, ...job.cgi ? ["-A"] : PERMISSIONS, MAIN, ...words(job)],
    }),
  };
}

function ours(
  start: readonly [string, ...string[]],
  version: string,
): Found {
  return { version, command: (job) => ({ words: [...start, ...words(job)] }) };
}

function words({ root, port, cgi }: Job): string[] {
  const more = cgi ? ["--cgi"] : [];
  return [`${port}`, "-q", "-b", "127.0.0.1", "-d", root, ...more];
}

/** What was made by `deno task compile`; else it is made now, by Bun. */
async function findExecutable({ bun, temporary }: Tools): Promise<Found> {
  const target = hostTarget();
  const made = target === undefined
    ? ""
    : `${PROJECT}dist/${executableName(config.version, target)}`;
  const there = await Deno.stat(made).then(() => true, () => false);
  if (there) return ours([made], "from dist/");
  const path = `${temporary}/serve`;
  await run(
    [await bun(), "build", "--compile", "--minify", MAIN, `--outfile=${path}`],
    PROJECT,
  );
  return ours([path], "bun build --compile");
}
