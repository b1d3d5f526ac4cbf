/**
 * Makes the executable for this system, or one file for each of several, with their digests and
 * the bill of materials:
 * `deno task compile [--target NAME|all]... [--backend auto|deno|bun] [--out DIR]`.
 * `--check` checks what is there instead of making it.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import { parseArgs } from "@std/cli/parse-args";
import config from "../deno.json" with { type: "json" };
import npm from "../package.json" with { type: "json" };
import {
  type Backend,
  type Built,
  BUN,
  DENO,
  PROJECT,
} from "./executables/backends.ts";
import { checkDist, materialsName, writeSums } from "./executables/dist.ts";
import { findIntruders, formatEmbedded } from "./executables/embedded.ts";
import { HEADER_BYTES, readHeader } from "./executables/header.ts";
import {
  billOfMaterials,
  listMaterials,
  type Lock,
  type Material,
} from "./executables/materials.ts";
import {
  executableName,
  hostTarget,
  type Target,
  TARGETS,
} from "./executables/targets.ts";

/** What the user has asked for. */
interface Order {
  readonly backend: "deno" | "bun" | "auto";
  readonly targets: readonly Target[] | "all";
  readonly directory: string;
  readonly check: boolean;
  /** Whether to tell what is embedded. */
  readonly list: boolean;
}

/** Ends the script with one line. */
class Refusal extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** A backend has no runtime to put into an executable; another one may. */
class NoRuntime extends Refusal {
  /** `advice` for those who want this backend. */
  constructor(readonly reason: string, advice = "") {
    super(`${reason}${advice}`, 1);
  }
}

const { version } = config;
/** Everything for users of executables that is said when denort is missing. */
const WITHOUT_DENORT =
  `denort ${Deno.version.deno} cannot be downloaded (dl.deno.land)`;

/** What there is to ask for. */
const usage = () =>
  `usage: deno task compile [--target NAME|all]... [--backend auto|deno|bun] [--out DIR] [--list] [--check]
Makes the executable for this system, its digest and the bill of materials in dist/.

  --target NAME   for another system; repeatable: ${listed()}, all
  --backend NAME  whose runtime it has: deno, bun, or auto: Deno's if it can be had
  --out DIR       make it in DIR
  --list          tell what is embedded
  --check         make nothing, check what is there`;

try {
  if (Deno.args.some((word) => word === "--help" || word === "-h")) {
    console.log(usage());
    Deno.exit();
  }
  const order = readOrder(Deno.args);
  await (order.check ? check(order) : compile(order));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`compile: ${error.message}`);
  Deno.exit(error.status);
}

function readOrder(words: readonly string[]): Order {
  const unknown = (word: string) => {
    throw new Refusal(`unknown argument "${word}"`, 2);
  };
  const flags = parseArgs([...words], {
    string: ["backend", "target", "out"],
    boolean: ["check", "list"],
    collect: ["target"],
    default: { backend: "auto", out: `${PROJECT}dist` },
    unknown,
  }) as unknown as {
    backend: string;
    target: string[];
    out: string;
    check: boolean;
    list: boolean;
  };
  const { backend, target: names, out, check, list } = flags;
  if (backend !== "deno" && backend !== "bun" && backend !== "auto") {
    throw new Refusal(`--backend is auto, deno or bun, not "${backend}"`, 2);
  }
  const targets = names.includes("all") ? "all" : readTargets(names);
  const directory = out.replace(/\/*$/, "/");
  return { backend, targets, check, list, directory };
}

function readTargets(names: readonly string[]): readonly Target[] {
  if (names.length > 0) return names.map(readTarget);
  const host = hostTarget();
  if (host !== undefined) return [host];
  throw new Refusal(`--target is to name one of ${listed()} or all`, 2);
}

function readTarget(name: string): Target {
  const target = TARGETS.find((target) => target.name === name);
  if (target !== undefined) return target;
  throw new Refusal(`unknown target "${name}"; there are ${listed()}, all`, 2);
}

function listed(): string {
  return TARGETS.map(({ name }) => name).join(", ");
}

async function check({ directory }: Order): Promise<void> {
  const problems = await checkDist(directory, version);
  problems.forEach((problem) => console.error(problem));
  if (problems.length > 0) throw new Refusal(`${directory} is not good`, 1);
  console.log(`${directory} is good`);
}

async function compile(order: Order): Promise<void> {
  await Deno.mkdir(order.directory, { recursive: true });
  if (order.backend === "bun") return await compileWith(BUN, order);
  try {
    await compileWith(DENO, order);
  } catch (error) {
    if (!(error instanceof NoRuntime) || order.backend === "deno") throw error;
    console.log(`${error.reason}: Bun is used in its place`);
    await compileWith(BUN, order);
  }
}

async function compileWith(backend: Backend, order: Order): Promise<void> {
  const { directory } = order;
  const materials = await readMaterials();
  const embedded = new Set<string>();
  const targets = await chooseTargets(backend, order);
  for (const target of targets) {
    const file = directory + executableName(version, target);
    const built = await backend.build(target, file);
    orRefuse(built).forEach((path) => embedded.add(path));
    const { size } = await Deno.stat(file);
    console.log(`${file}  ${(size / 1_048_576).toFixed(1)} MiB`);
  }
  const paths = [...embedded];
  if (order.list) {
    console.log(`Embedded besides ${backend.name}:`);
    formatEmbedded(paths).forEach((line) => console.log(`  ${line}`));
  }
  const intruders = findIntruders(paths, materials);
  if (intruders.length > 0) {
    throw new Refusal(`nothing needs ${intruders.join(", ")}`, 1);
  }
  const host = targets.find((target) => target === hostTarget());
  if (host !== undefined) await greet(backend, host, directory);
  const bill = billOfMaterials(version, backend.engine, materials);
  await Deno.writeTextFile(
    directory + materialsName(version),
    `${JSON.stringify(bill, null, 2)}\n`,
  );
  await writeSums(directory, version);
}

/** The executable says who it is, or it is not one: a `DENORT_BIN` may be anything. */
async function greet(
  backend: Backend,
  target: Target,
  directory: string,
): Promise<void> {
  const file = directory + executableName(version, target);
  const { stdout } = await new Deno.Command(file, { args: ["--version"] })
    .output();
  const line = new TextDecoder().decode(stdout);
  const { name, version: engine } = backend.engine;
  const runtime = `${name.charAt(0).toUpperCase()}${name.slice(1)}/${engine}`;
  if (line !== `serve ${version} (${runtime}, ${target.name})\n`) {
    const hint = backend === DENO ? "; is DENORT_BIN a denort?" : "";
    throw new Refusal(`${file} does not say its version${hint}`, 1);
  }
}

function orRefuse(built: Built): readonly string[] {
  switch (built.kind) {
    case "built":
      return built.embedded;
    case "failed":
      throw new Refusal(built.message, 1);
    case "no-runtime":
      throw new NoRuntime(
        WITHOUT_DENORT,
        ": set DENORT_BIN to one, or use --backend bun",
      );
  }
}

async function chooseTargets(
  backend: Backend,
  { targets }: Order,
): Promise<readonly Target[]> {
  const chosen = targets === "all"
    ? TARGETS.filter((target) => backend.nameOf(target) !== undefined)
    : targets;
  const without = chosen.find((target) => backend.nameOf(target) === undefined);
  if (without !== undefined) {
    throw new NoRuntime(`${backend.name} has no runtime for ${without.name}`);
  }
  const denort = backend === DENO ? Deno.env.get("DENORT_BIN") : undefined;
  return denort === undefined
    ? chosen
    : await narrow(chosen, denort, targets !== "all");
}

/** One `DENORT_BIN` is for one system. */
async function narrow(
  chosen: readonly Target[],
  denort: string,
  strict: boolean,
): Promise<readonly Target[]> {
  const bytes = new Uint8Array(HEADER_BYTES);
  using file = await Deno.open(denort).catch(() => {
    throw new Refusal(`DENORT_BIN "${denort}" cannot be read`, 1);
  });
  const length = await file.read(bytes) ?? 0;
  const header = readHeader(bytes.subarray(0, length));
  const fits = (target: Target) =>
    header?.format === target.header.format &&
    header.machine === target.header.machine;
  const other = chosen.find((target) => !fits(target));
  if (strict && other !== undefined || !chosen.some(fits)) {
    const name = other?.name ?? "any system";
    throw new Refusal(`DENORT_BIN "${denort}" is not for ${name}`, 1);
  }
  return chosen.filter(fits);
}

async function readMaterials(): Promise<readonly Material[]> {
  const lock: Lock = JSON.parse(
    await Deno.readTextFile(`${PROJECT}deno.lock`),
  );
  const materials = listMaterials(lock, npm.dependencies);
  return await Promise.all(materials.map(async (material) => {
    const { name, version } = material;
    const folder = `${name.replace("/", "+")}@${version}/node_modules/${name}`;
    const text = await Deno.readTextFile(
      `${PROJECT}node_modules/.deno/${folder}/package.json`,
    );
    const { license, licenses } = JSON.parse(text);
    // Old packages, such as busboy, have a list.
    return { ...material, license: license ?? licenses?.[0]?.type };
  }));
}
