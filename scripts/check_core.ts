/**
 * Type-checks the core, and what runs in browsers, against a library in which neither Deno, Bun nor
 * Node.js exists, and nothing of the language that Node.js 20 does not have: a stray global is a
 * type error.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import config from "../deno.json" with { type: "json" };
import npm from "../package.json" with { type: "json" };

const PROJECT = new URL("../", import.meta.url);
/** The modules that are made to know the runtime. */
const OUTSIDE: readonly string[] = [
  "lib/handler/create_handler.ts",
  "lib/handler/methods.ts",
  "lib/mod.ts",
  "lib/program/fetch.ts",
  "lib/program/entry.ts",
  "lib/program/worker.ts",
  "lib/server/listen.ts",
  "lib/server/node_listener.ts",
  "lib/server/responder.ts",
];

function coreModules(directory: string): string[] {
  return [...Deno.readDirSync(new URL(directory, PROJECT))].flatMap((entry) => {
    const name = `${directory}${entry.name}`;
    if (entry.isDirectory) {
      return entry.name === "runtime" ? [] : coreModules(`${name}/`);
    }
    return name.endsWith(".ts") && !OUTSIDE.includes(name) ? [name] : [];
  });
}

// The file lies in the root, because paths in it are relative to it.
const file = new URL(".core.json", PROJECT);
const lib = [
  "es2023",
  "es2024.string",
  "esnext.disposable",
  "dom",
  "dom.iterable",
  "dom.asynciterable",
];
const compilerOptions = { ...config.compilerOptions, lib };
// Another file than deno.json is not read together with package.json.
const packages = Object.entries(npm.dependencies).map(([name, version]) => [
  `${name}/`,
  `npm:/${name}@${version}/`,
]);
const imports = { ...config.imports, ...Object.fromEntries(packages) };
const core = { ...config, name: "@x/core", imports, compilerOptions };
await Deno.writeTextFile(file, JSON.stringify(core));
try {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--quiet",
      "--config",
      fromFileUrl(file),
      ...coreModules("lib/"),
      ...coreModules("scripts/page/"),
    ],
    cwd: PROJECT,
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(file);
}
