/**
 * The program itself: on Deno, on Bun, as an executable; this one, and the one of another
 * commit.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { hostTarget } from "../../executables/targets.ts";
import { bunVersion, run, type Words } from "../processes.ts";
import { ownCache } from "./deno_cache.ts";
import type { Found, Job, Subject, Tools } from "./subject.ts";

/** Whose files are started. */
interface Build {
  readonly project: string;
  /** What it is called, such as `serve`. */
  readonly title: string;
}

type FindBuild = (tools: Tools) => Promise<Build>;

const PROJECT = fromFileUrl(new URL("../../../", import.meta.url));

/** It is Bun with the same modules: it differs in how it starts. */
const EXECUTABLE: readonly string[] = ["hot", "cold", "start", "memory"];

/** The program in its three forms. */
export const OURS: readonly Subject[] = forms(
  { prefix: "serve", title: "serve", kind: "ours" },
  () => Promise.resolve({ project: PROJECT, title: "serve" }),
);

/** The same of another commit. */
export const BASELINES: readonly Subject[] = forms(
  { prefix: "baseline", title: "serve at --baseline", kind: "baseline" },
  async ({ baseline }) => {
    const { project, commit } = await baseline();
    return { project, title: `serve at ${commit}` };
  },
);

function forms(
  { prefix, title, kind }: {
    readonly prefix: string;
    readonly title: string;
    readonly kind: "ours" | "baseline";
  },
  build: FindBuild,
): readonly Subject[] {
  const form = (
    name: string,
    ending: string,
    find: (build: Build, tools: Tools) => Promise<Found>,
  ): Subject => ({
    name: `${prefix}-${name}`,
    title: title + ending,
    setup: "one JavaScript thread; no log",
    kind,
    find: async (tools) => {
      const from = await build(tools);
      const found = await find(from, tools);
      return { ...found, title: from.title + ending };
    },
  });
  return [
    form("deno", " on Deno", onDeno),
    form("bun", " on Bun", onBun),
    { ...form("executable", ", executable", compile), works: EXECUTABLE },
  ];
}

/** As users start it: by the flags and the module of its own task. */
async function readTask(
  project: string,
): Promise<{ readonly flags: readonly string[]; readonly module: string }> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${project}deno.json`));
  const { command } = tasks.serve;
  const [, flags = ""] = /deno run (.*) "\$MAIN"/.exec(command) ?? [];
  const [, module = "main.ts"] = /^MAIN="\$PWD\/([^"]+)"/.exec(command) ?? [];
  return { flags: flags.split(" "), module: project + module };
}

async function onDeno({ project }: Build, tools: Tools): Promise<Found> {
  const { flags, module } = await readTask(project);
  return starting(
    [Deno.execPath(), "run", ...flags, module],
    `Deno ${Deno.version.deno}`,
    await ownCache(tools),
  );
}

async function onBun({ project }: Build, { bun }: Tools): Promise<Found> {
  const path = await bun();
  const version = await bunVersion(path);
  const { module } = await readTask(project);
  return starting([path, "run", module], `Bun ${version}`);
}

async function compile(
  { project }: Build,
  { bun, temporary }: Tools,
): Promise<Found> {
  const target = hostTarget()?.name ?? "";
  const out = await Deno.makeTempDir({ dir: temporary });
  await run([
    Deno.execPath(),
    "run",
    "--allow-all",
    "scripts/compile.ts",
    "--backend=bun",
    `--target=${target}`,
    `--out=${out}/`,
  ], project);
  const version = await bunVersion(await bun());
  const file = (await Array.fromAsync(Deno.readDir(out)))
    .find(({ name }) => name.startsWith("serve-") && name.endsWith(target));
  return starting([`${out}/${file?.name}`], `Bun ${version}`);
}

function starting(
  start: Words,
  version: string,
  env: Readonly<Record<string, string>> = {},
): Found {
  return {
    version,
    command: (job) => ({ words: [...start, ...words(job)], env }),
  };
}

function words(job: Job): readonly string[] {
  const { root, port } = job;
  return [`${port}`, "-b", "127.0.0.1", "-d", root, ...more(job)];
}

function more({ feature, keys, scratch }: Job): readonly string[] {
  switch (feature) {
    case "log":
      return ["--log-file", `${scratch}/access.log`];
    case "cgi":
      return ["-q", "--cgi"];
    case "tls":
      return ["-q", "--tls-cert", `${keys?.cert}`, "--tls-key", `${keys?.key}`];
    case undefined:
      return ["-q"];
  }
}
