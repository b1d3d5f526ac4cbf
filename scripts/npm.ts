/**
 * Makes the package for the npm registry in `dist/npm`, or in the directory that is named: for Node.js, Bun and Deno.
 * What can be imported are the same modules as JavaScript, and their types; the program is bundled, because
 * its start takes as long as it has files. Nothing is minified: a stack trace has the names of the sources.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import { fromFileUrl } from "@std/path/from-file-url";
import { pathToFileURL } from "node:url";
import config from "../deno.json" with { type: "json" };
import npm from "../package.json" with { type: "json" };
import { loadPackage, pinned } from "./packages.ts";

/** The part of the compiler that is used here. */
interface Compiler {
  readonly ModuleKind: { readonly ESNext: number };
  readonly ScriptTarget: { readonly ES2022: number };
  readonly transpileModule: Transpile;
  readonly transpileDeclaration: Transpile;
}

/** From a module to another text, and what is wrong with it. */
type Transpile = (
  source: string,
  options: { readonly compilerOptions: unknown; readonly fileName: string },
) => {
  readonly outputText: string;
  readonly diagnostics?: ReadonlyArray<{ readonly messageText: unknown }>;
};

const PROJECT = new URL("../", import.meta.url);
/** More modules, such as one of the program for a test of it, are made as they are. */
const [OUT = "dist/npm", ...MORE] = Deno.args;
const DIST = new URL(`${OUT}/`, PROJECT);
/** What users and programs read. */
const TEXTS: readonly string[] = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "lib/pages/listing.schema.json",
  ...[...Deno.readDirSync(new URL("lib", PROJECT))]
    .map(({ name }) => `lib/${name}/docs.md`).filter(isFile),
];
/** Pages of a registry find pictures by an absolute URL alone, and there is none as long as nothing is published. */
const PICTURE_REGEXP = /^!\[.*\n\n?/gm;
/** Where modules of `@std` lie in the package: they are typed here, and made by `deno-std`. */
const STD = await readPaths();
/** The first version with `process.getBuiltinModule`. */
const NODE = "20.16.0";
/** Some versions of Node.js 20 and 22 warn of JSON modules. */
const CONFIG_REGEXP =
  /^import config from "(?:\.\.\/)+deno\.json" with \{ type: "json" \};$/m;
const SPECIFIER_REGEXP =
  /(\b(?:from|import|import\()\s*|new URL\(\s*)"([^"\n]+)"/g;
const ts = await loadPackage("typescript") as Compiler;
const OPTIONS = {
  module: ts.ModuleKind.ESNext,
  // Node.js 20 does not parse `using`.
  target: ts.ScriptTarget.ES2022,
  isolatedDeclarations: true,
  declaration: true,
  strict: true,
};

/** What is started: the program, and its threads. */
const PROGRAM: readonly string[] = [
  "lib/program/entry.ts",
  "lib/program/worker.ts",
];

/**
 * What may be imported from outside. A module that starts the program where it is the main one would start
 * it in whatever a bundler makes of a program that imports it; here `bin` names the program.
 */
const EXPORTS = { ...config.exports, ".": config.exports["./handler"] };
const ENTRIES: readonly string[] = Object.values(EXPORTS)
  .map((path) => path.slice(2));

await Deno.remove(DIST, { recursive: true }).catch(() => {});
const modules = await follow(
  [...ENTRIES, ...MORE],
  (name) => writeCode(name, DIST),
);
await follow(ENTRIES, writeTypes);
const bundled = await bundleProgram();
for (const name of TEXTS) {
  const text = await Deno.readTextFile(new URL(name, PROJECT));
  await write(name, text.replace(PICTURE_REGEXP, ""));
}
await write("package.json", `${JSON.stringify(manifest(), null, 2)}\n`);
await Deno.chmod(new URL("lib/program/entry.js", DIST), 0o755);
console.log(
  `${modules.size} modules, ${bundled.size} in the program, in ${
    fromFileUrl(DIST)
  }`,
);

async function readPaths(): Promise<ReadonlyMap<string, string>> {
  const text = await Deno.readTextFile(new URL("tsconfig.json", PROJECT));
  const { compilerOptions }: {
    compilerOptions: { paths: Record<string, string[]> };
  } = JSON.parse(text);
  return new Map(
    Object.entries(compilerOptions.paths)
      .filter(([name]) => name.startsWith("@std/"))
      .map(([name, [path = ""]]) => [name, path]),
  );
}

/** Converts modules, and those that are named in what became of them; the program is not part of another. */
async function follow(
  names: readonly string[],
  convert: (name: string) => Promise<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set(names);
  // A set can grow while it is walked.
  for (const name of found) {
    for (
      const [, , specifier = ""] of (await convert(name)).matchAll(
        SPECIFIER_REGEXP,
      )
    ) {
      const path = moduleOf(specifier, name);
      if (path === undefined || PROGRAM.includes(path)) continue;
      if (isFile(path)) found.add(path);
    }
  }
  return found;
}

/** The path of a module of ours; `undefined` for packages and for what is no module. */
function moduleOf(specifier: string, from: string): string | undefined {
  const std = STD.get(specifier);
  if (std !== undefined) return std.slice(2);
  if (!/^\.{1,2}\/.*\.ts$/.test(specifier)) return undefined;
  const { href } = new URL(specifier, new URL(from, PROJECT));
  return href.slice(PROJECT.href.length);
}

/** Examples in comments name modules, too. */
function isFile(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, PROJECT)).isFile;
  } catch {
    return false;
  }
}

/** The modules of the program become few files; the library keeps its own, and is not loaded by the program. */
async function bundleProgram(): Promise<ReadonlySet<string>> {
  const directory = await Deno.makeTempDir({ prefix: "serve_npm_" });
  try {
    const staged = pathToFileURL(`${directory}/`);
    const modules = await follow(PROGRAM, (name) => writeCode(name, staged));
    const { success, stderr } = await new Deno.Command("npx", {
      args: [
        ...["-y", pinned("rolldown")],
        ...["--config", fromFileUrl(new URL("scripts/rolldown.js", PROJECT))],
        ...["--configLoader", "native", "--logLevel", "warn"],
        ...["--cwd", directory],
        ...["--dir", fromFileUrl(new URL("lib/program", DIST))],
      ],
      // Elsewhere npx would take the one that is installed there.
      cwd: "/",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return modules;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeCode(name: string, directory: URL): Promise<string> {
  const source = await Deno.readTextFile(new URL(name, PROJECT));
  const { version } = config;
  const inlined = source.replace(
    CONFIG_REGEXP,
    `const config = ${JSON.stringify({ version })};`,
  );
  const code = ts.transpileModule(inlined, {
    compilerOptions: OPTIONS,
    fileName: name,
  }).outputText;
  const shebang = name === PROGRAM[0] ? "#!/usr/bin/env node\n" : "";
  const text = shebang + rename(code, name);
  await write(name.replace(/\.ts$/, ".js"), text, directory);
  return code;
}

/** Types are written of what can be imported; those of the program are inferred. */
async function writeTypes(name: string): Promise<string> {
  const source = await Deno.readTextFile(new URL(name, PROJECT));
  const { outputText: types, diagnostics } = ts.transpileDeclaration(source, {
    compilerOptions: OPTIONS,
    fileName: name,
  });
  for (const { messageText } of diagnostics ?? []) {
    throw new TypeError(`${name}: ${JSON.stringify(messageText)}`);
  }
  await write(name.replace(/\.ts$/, ".d.ts"), rename(types, name));
  return types;
}

/** Names modules as they are called in the package. */
function rename(text: string, from: string): string {
  return text.replaceAll(SPECIFIER_REGEXP, (whole, before, specifier) => {
    const path = moduleOf(specifier, from);
    return path === undefined
      ? whole
      : `${before}"${relative(path, from).replace(/\.ts$/, ".js")}"`;
  });
}

function relative(path: string, from: string): string {
  const up = "../".repeat(from.split("/").length - 1);
  return up === "" ? `./${path}` : up + path;
}

function manifest(): Record<string, unknown> {
  const exports = Object.entries(EXPORTS).map(([name, path]) => {
    const file = path.replace(/\.ts$/, "");
    return [name, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  return {
    name: config.name,
    version: config.version,
    description:
      "A web server for folders: the successor of Python's http.server",
    license: config.license,
    type: "module",
    bin: { serve: "lib/program/entry.js" },
    exports: {
      ...Object.fromEntries(exports),
      "./package.json": "./package.json",
    },
    engines: {
      node: `>=${NODE}`,
      bun: `>=${npm.engines.bun}`,
      deno: `>=${npm.engines.deno}`,
    },
    dependencies: npm.dependencies,
  };
}

async function write(
  name: string,
  text: string,
  directory = DIST,
): Promise<void> {
  const url = new URL(name, directory);
  await Deno.mkdir(new URL("./", url), { recursive: true });
  await Deno.writeTextFile(url, text);
}
