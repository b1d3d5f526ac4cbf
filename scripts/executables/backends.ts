/**
 * The two ways to an executable: `deno compile` and `bun build --compile`.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { BUN_VERSION, findBun } from "./bun.ts";
import { readEmbeddedTree } from "./embedded.ts";
import type { Engine } from "./materials.ts";
import type { Target } from "./targets.ts";

/** What became of an executable. */
export type Built =
  /** It was made; paths of what is embedded, relative to the project. */
  | { readonly kind: "built"; readonly embedded: readonly string[] }
  /** The backend's runtime cannot be had here. */
  | { readonly kind: "no-runtime"; readonly message: string }
  /** The backend's own words. */
  | { readonly kind: "failed"; readonly message: string };

/** A way to an executable. */
export interface Backend {
  /** The name. */
  readonly name: "deno" | "bun";
  /** The runtime that it embeds. */
  readonly engine: Engine;
  /** What the backend calls a system; `undefined` when it has no runtime for it. */
  readonly nameOf: (target: Target) => string | undefined;
  /** Makes an executable. */
  readonly build: (target: Target, file: string) => Promise<Built>;
}

/** The root of the project. */
export const PROJECT: string = fromFileUrl(new URL("../../", import.meta.url));

/** The program, and the modules that it starts as threads. */
const ENTRIES: readonly string[] = [
  "lib/program/entry.ts",
  "lib/program/worker.ts",
];

/**
 * What every flag together needs. The program gives back at its start what its own flags
 * do not need (`lib/runtime/deno_permissions.ts`), because its user cannot choose.
 */
const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-sys=networkInterfaces,hostname,uid,statfs",
  "--allow-run",
  "--allow-env",
  "--no-prompt",
  // `--workers` shares ports by it.
  "--unstable-net",
];

/**
 * Half as much room for what is young: with more of it, files that were sent and are not kept stay
 * in memory for long. No flag that is part of the hash of V8's flags, such as
 * `--heap-growing-percent`: Deno keeps compiled code, its own modules' as well, under one name for all
 * programs, and V8 takes it only where the hash is the same.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=8";

/**
 * The permissions of an executable. Of a list of paths the program can keep some, of
 * `--allow-read` and `--allow-write` not; only on Windows no path contains all others.
 *
 * @param target The name of the system that it is for.
 * @returns Flags of Deno.
 */
export function permissionsFor(target: string): readonly string[] {
  const paths = target.startsWith("windows-") ? "" : "=/";
  return [`--allow-read${paths}`, `--allow-write${paths}`, ...PERMISSIONS];
}

/** `bun build --compile`: every system, from the npm registry alone. */
export const BUN: Backend = {
  name: "bun",
  engine: { name: "bun", version: BUN_VERSION, license: "MIT" },
  nameOf: ({ bun }) => bun,
  build: async (target, file) => {
    const metafile = await Deno.makeTempFile({ suffix: ".json" });
    try {
      const { success, text } = await run(await findBun(), [
        "build",
        "--compile",
        `--target=${target.bun}`,
        "--minify",
        "--bytecode",
        "--format=esm",
        // What is imported when it is needed stays out of the way until then.
        "--splitting",
        // Most of what runs until the first answer runs once: `compileLater` of `lib/runtime/bun.ts`.
        "--compile-jit-policy=16",
        // Else the served directory could say what is run: `preload` of a bunfig.toml.
        "--no-compile-autoload-bunfig",
        "--no-compile-autoload-dotenv",
        `--metafile=${metafile}`,
        `--outfile=${file}`,
        ...ENTRIES,
      ]);
      if (!success) return { kind: "failed", message: lastError(text) };
      const { inputs } = JSON.parse(await Deno.readTextFile(metafile));
      return { kind: "built", embedded: Object.keys(inputs) };
    } finally {
      await Deno.remove(metafile);
    }
  },
};

/** `deno compile`: needs `denort`, by download or by `DENORT_BIN`. */
export const DENO: Backend = {
  name: "deno",
  engine: { name: "deno", version: Deno.version.deno, license: "MIT" },
  nameOf: ({ deno }) => deno,
  build: async (target, file) => {
    const { success, text } = await run(Deno.execPath(), [
      "compile",
      "--no-check",
      // One file in place of whole packages: 0.3 MB for 10 MB.
      "--bundle",
      "--minify",
      ...permissionsFor(target.name),
      V8_FLAGS,
      `--target=${target.deno}`,
      `--output=${file}`,
      "lib/program/entry.ts",
    ]);
    if (!success && /^Download .*denort[^]*^error: /m.test(text)) {
      return { kind: "no-runtime", message: "denort cannot be downloaded" };
    }
    if (!success) return { kind: "failed", message: lastError(text) };
    const tree = readEmbeddedTree(text);
    return { kind: "built", embedded: [...tree, ...await readGraph()] };
  },
};

/** The modules that the bundle of Deno is made of: it does not say so itself. */
async function readGraph(): Promise<readonly string[]> {
  const graphs = await Promise.all(ENTRIES.map(async (entry) => {
    const { text } = await run(Deno.execPath(), ["info", "--json", entry]);
    const graph: { modules: ReadonlyArray<{ specifier: string }> } = JSON.parse(
      text,
    );
    return graph.modules.map(({ specifier }) => specifier);
  }));
  return [...new Set(graphs.flat())]
    .filter((specifier) => !specifier.startsWith("node:"))
    .map((specifier) => specifier.replace(`file://${PROJECT}`, ""));
}

/** The line that says what went wrong, of the many that a backend prints. */
function lastError(text: string): string {
  const lines = text.split("\n").filter((line) => line.startsWith("error: "));
  return lines.at(-1)?.slice("error: ".length) ?? text;
}

async function run(
  program: string,
  args: string[],
): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
