/** The executable for this system, made anew when anything that it is made of has changed. */
import { hostTarget } from "../../scripts/executables/targets.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;
const DIRECTORY = `${PROJECT}dist/test/`;
/** What it is made of. */
const SOURCES = [
  "deno.json",
  "deno.lock",
  "lib",
  "main.ts",
  "package.json",
  "scripts",
];

let path: Promise<string> | undefined;

/** The path of the executable. */
export function findExecutable(): Promise<string> {
  return path ??= buildOnce();
}

async function buildOnce(): Promise<string> {
  const made = find();
  if (made !== undefined && isNewest(made)) return made;
  await build();
  return find() ?? "";
}

function find(): string | undefined {
  const suffix = new RegExp(`-${hostTarget()?.name}(?:\\.exe)?$`);
  try {
    const name = [...Deno.readDirSync(DIRECTORY)]
      .find(({ name }) => suffix.test(name))?.name;
    return name === undefined ? undefined : DIRECTORY + name;
  } catch {
    return undefined;
  }
}

/** Every test module asks; it is made once after every change. */
function isNewest(file: string): boolean {
  const made = Deno.statSync(file).mtime ?? new Date(0);
  return SOURCES.every((name) => isOlder(PROJECT + name, made));
}

function isOlder(path: string, time: Date): boolean {
  const { mtime, isDirectory } = Deno.statSync(path);
  if (mtime === null || mtime >= time) return false;
  return !isDirectory ||
    [...Deno.readDirSync(path)]
      .every(({ name }) => isOlder(`${path}/${name}`, time));
}

async function build(): Promise<void> {
  // Not overwritten: one of an earlier run may still be running.
  await Deno.remove(DIRECTORY, { recursive: true }).catch(() => {});
  const target = hostTarget()?.name ?? "";
  const words = `--backend bun --target ${target} --out ${DIRECTORY}`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "scripts/compile.ts",
      ...words.split(" "),
    ],
    cwd: PROJECT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
