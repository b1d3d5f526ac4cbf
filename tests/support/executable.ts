/** The executable for this system, made anew when anything that it is made of has changed. */
import { hostTarget } from "../../scripts/executables/targets.ts";
import { isNewest, PROJECT, runScript } from "./build.ts";

const DIRECTORY = `${PROJECT}dist/test/`;

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

async function build(): Promise<void> {
  // Not overwritten: one of an earlier run may still be running.
  await Deno.remove(DIRECTORY, { recursive: true }).catch(() => {});
  const target = hostTarget()?.name ?? "";
  const words = ["--backend", "bun", "--target", target, "--out", DIRECTORY];
  await runScript("scripts/compile.ts", ...words);
}
