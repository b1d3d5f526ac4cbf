/** The npm package, packed and installed as its users do. */
import { findBun } from "../../scripts/executables/bun.ts";
import { type PackageName, pinned } from "../../scripts/packages.ts";
import { isNewest, PROJECT, runScript } from "./build.ts";

/** Below the project, so that Node.js finds the dependencies. */
const DIRECTORY = "dist/node";
/** What tests of Node.js load of the program, which is bundled in the package. */
const MODULES = ["lib/reload/watch_site.ts"];

let path: Promise<string> | undefined;

/** The directory of the package as Node.js runs it here; it is made anew after every change. */
export function findPackage(): Promise<string> {
  return path ??= makeOnce();
}

async function makeOnce(): Promise<string> {
  const last = `${PROJECT}${DIRECTORY}/package.json`;
  const isMade = await Deno.stat(last).then(() => isNewest(last), () => false);
  if (!isMade) await runScript("scripts/npm.ts", DIRECTORY, ...MODULES);
  return `${PROJECT}${DIRECTORY}/`;
}

/** A directory in which the package is installed; it is removed afterwards. */
export interface Installed extends AsyncDisposable {
  /** The directory. */
  readonly path: string;
  /** What is in the tarball. */
  readonly files: readonly string[];
}

/** Makes, packs and installs the package, and others next to it. */
export async function installPackage(
  ...others: readonly PackageName[]
): Promise<Installed> {
  const path = await Deno.makeTempDir({ prefix: "serve_package_" });
  await runScript("scripts/npm.ts");
  const packed = await run("npm", [
    ...["pack", "--json", "--pack-destination", path],
    `${PROJECT}dist/npm`,
  ]);
  const [{ filename, files }]: [
    { filename: string; files: Array<{ path: string }> },
  ] = JSON.parse(packed);
  await Deno.writeTextFile(`${path}/package.json`, '{ "private": true }');
  const names = [`./${filename}`, ...others.map(pinned)];
  await run(await findBun(), ["add", ...names], path);
  return {
    path,
    files: files.map((file) => file.path),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

const nodes = new Map<string, Promise<string>>();

/** The path of Node.js in another version than that in PATH; the npm registry has it, and is asked once. */
export async function findNode(version: string): Promise<string> {
  const words = ["-y", `node@${version}`, "-p", "process.execPath"];
  const found = nodes.get(version) ?? run("npx", words, "/");
  nodes.set(version, found);
  return (await found).trim();
}

/** Runs a program to its end and gives what it has printed. */
export async function run(
  program: string,
  args: readonly string[],
  cwd = PROJECT,
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(
    `${program} ${args.join(" ")}: ${decoder.decode(stdout)}${
      decoder.decode(stderr)
    }`,
  );
}
