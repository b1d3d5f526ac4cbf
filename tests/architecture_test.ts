/** The rules of the house, checked by machine. They are explained in `lib/README.md`. */
import { assert, assertEquals } from "@std/assert";

const LIB = new URL("../lib/", import.meta.url);
const MEDIA_TYPE_TABLE = "http/media_type_table.ts";

/** Rooms by floor: a module imports from its own room, or from a lower floor. */
const FLOORS: readonly (readonly string[])[] = [
  ["ports"],
  ["http", "runtime"],
  ["pages", "log", "hosts"],
  ["site"],
  ["files"],
  ["cgi", "archive", "upload", "reload"],
  ["handler"],
  ["server"],
  ["program"],
];
/** Bounds of what a newcomer has to find the way in; who needs more says why. */
const MOST_MODULES = 287;
const MOST_LINES = 45_760;

/** Each module more costs some 0.3 ms at the start, on Deno and on Bun. */
const MOST_AT_START = 108;
/** A package is several modules more. */
const PACKAGES_AT_START: readonly string[] = [
  "@std/cli/parse-args",
  "@std/html/entities",
  "@std/http/status",
];
/** The first modules of what is loaded later. */
const NOT_AT_START: readonly string[] = [
  "archive/select_archive.ts",
  "cgi/run.ts",
  "files/host_files.ts",
  "files/list.ts",
  "files/markdown_page.ts",
  "files/near_names.ts",
  "program/certificate.ts",
  "program/help.ts",
  "program/reload_settings.ts",
  "program/share.ts",
  "program/threads.ts",
  "program/upload_checks.ts",
  "reload/live_reload.ts",
  "runtime/bun.ts",
  "runtime/deno.ts",
  "runtime/node.ts",
  "server/redirect.ts",
  "upload/receive.ts",
];

interface Module {
  readonly name: string;
  readonly source: string;
  readonly imports: readonly string[];
}

const modules = new Map(readModules("").map((module) => [module.name, module]));

function readModules(directory: string): Module[] {
  return [...Deno.readDirSync(new URL(directory, LIB))].flatMap((entry) => {
    const name = directory + entry.name;
    if (entry.isDirectory) return readModules(`${name}/`);
    if (!name.endsWith(".ts")) return [];
    const source = Deno.readTextFileSync(new URL(name, LIB));
    const imports = [
      ...source.matchAll(/^(?:import|export|\}).* from "(\.[^"]+)"/gm),
    ]
      .map(([, path = ""]) => new URL(path, new URL(name, LIB)).href)
      .filter((href) => href.startsWith(LIB.href))
      .map((href) => href.slice(LIB.href.length));
    return [{ name, source, imports }];
  });
}

function room(name: string): string {
  return name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
}

const floorOf = (name: string) =>
  name === "mod.ts"
    ? FLOORS.length // what can be imported from outside is above all
    : FLOORS.findIndex((rooms) => rooms.includes(room(name)));

Deno.test("a module has a room, and imports from its own room or a lower floor", () => {
  for (const { name, imports } of modules.values()) {
    assert(floorOf(name) >= 0, `${name} has no room`);
    for (const other of imports) {
      const isLower = floorOf(other) < floorOf(name);
      const isOwn = room(other) === room(name) && name !== "mod.ts";
      assert(isLower || isOwn, `${name} imports ${other}`);
    }
  }
});

Deno.test("the house stays small: modules, lines, floors", () => {
  const sources = [...modules.values()].map(({ source }) => source);
  const lines = sources.join("").split("\n").length - 1;
  const floors = new Set([...modules.keys()].map(floorOf));
  floors.delete(FLOORS.length);
  // deno-lint-ignore no-console -- so that the trend is seen
  console.info(
    `lib/: ${modules.size} modules, ${lines} lines, ${floors.size} floors`,
  );
  assert(modules.size <= MOST_MODULES);
  assert(lines <= MOST_LINES);
  assert(floors.size <= 9);
});

Deno.test("every room has a README for its engineers", () => {
  for (const name of FLOORS.flat()) {
    const readme = Deno.readTextFileSync(new URL(`${name}/README.md`, LIB));
    assert(readme.includes(`\`${name}\``), name);
  }
});

Deno.test("no two modules share a name, but for what stands once per runtime", () => {
  const names = [...modules.keys()].map((name) => name.split("/").at(-1));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  assertEquals(twice.filter((name) => name !== "mod.ts"), []);
});

Deno.test("no module keeps anything: state is what createHandler makes, and the runtime", () => {
  const STATE_REGEXP =
    /^(?:export )?(?:let |var |const \w+(?:: [^=\n]*)? =\s*(?:new (?:Weak)?(?:Map|Set|Ref)(?:<[^>]*>+)?\(\)|(?:lazy|memoizeLast|memoizeSecond|create(?:\w*Cache|\w*Queue|Semaphore))\())/m;
  for (const { name, source } of modules.values()) {
    assertEquals(STATE_REGEXP.exec(source)?.[0], undefined, name);
  }
});

Deno.test("no module imports itself by way of others", () => {
  // Each once: the ways to it are more than a million.
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    assert(!way.includes(name), [...way, name].join(" → "));
    if (done.has(name)) return;
    modules.get(name)?.imports.forEach((other) => visit(other, [...way, name]));
    done.add(name);
  };
  for (const name of modules.keys()) visit(name, []);
});

/** What is loaded with a module: what it imports as more than a type, and so on. */
function loadedWith(file: string): ReadonlySet<string> {
  const found = new Set([new URL(file, LIB).href]);
  // A set can grow while it is walked.
  for (const href of found) {
    const source = Deno.readTextFileSync(new URL(href));
    const imports =
      /^(?:import|export)(?! type\b)(?: [^;"]+ from)? "(\.[^"]+)";$/gm;
    for (const [, path = ""] of source.matchAll(imports)) {
      found.add(new URL(path, href).href);
    }
  }
  return found;
}

Deno.test("the start stays small: what no first answer needs is imported when it is needed", () => {
  const program = loadedWith("program/entry.ts");
  assert(program.size <= MOST_AT_START, `${program.size} modules`);
  for (const name of NOT_AT_START) {
    assert(modules.has(name), name);
    assertEquals(program.has(new URL(name, LIB).href), false, name);
  }
  const packages = [...program].flatMap((href) =>
    [
      ...Deno.readTextFileSync(new URL(href))
        .matchAll(
          /^(?:import|export)(?! type\b) [^;"]+ from "([^".][^":]*)";$/gm,
        ),
    ].map(([, specifier = ""]) => specifier)
  );
  assertEquals([...new Set(packages)].sort(), PACKAGES_AT_START);
  // Who embeds the handler has no use for the program.
  const embedded = [...loadedWith("../main.ts")]
    .filter((href) => href.startsWith(`${LIB.href}program/`));
  assertEquals(embedded, []);
});

Deno.test("only lib/runtime/ and main.ts say Deno or Bun in code", () => {
  for (const { name, source } of modules.values()) {
    if (name.startsWith("runtime/")) continue;
    const code = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert(!/\b(?:Deno|Bun|process)\.|"Bun"|"Deno"/.test(code), name);
    assert(!/from "node:/.test(code), name);
  }
});

Deno.test("files have 400 lines at most, and names are the field's", () => {
  for (const { name, source } of modules.values()) {
    assert(source.split("\n").length <= 400, `${name} is long`);
    if (name !== MEDIA_TYPE_TABLE) { // which have the names that others gave them
      assert(!/\b(?:req|res|opts|utils|helpers|manager)\b/.test(source), name);
    }
    assert(/^\/\*\*[^]*?@module/.test(source), `${name} has no module doc`);
  }
});

Deno.test("functions are short: the median 12 lines, nine of ten 30, none over 60", () => {
  const lengths = [...modules.values()].flatMap(({ name, source }) =>
    [...source.matchAll(/^(?:export )?(?:async )?function\*? [^]*?\n\}$/gm)]
      .map(([text]) => {
        const body = text.slice(text.search(/\{\n/)).split("\n").length;
        assert(text.split("\n").length <= 60, `${name}: ${text.split("(")[0]}`);
        return body;
      })
  ).toSorted((a, b) => a - b);
  const at = (part: number) => lengths[Math.floor(lengths.length * part)] ?? 0;
  assert(at(0.5) <= 12, `the median is ${at(0.5)}`);
  assert(at(0.9) <= 30, `one of ten has ${at(0.9)} or more`);
});

Deno.test("main.ts has no default export, because Bun would serve it a second time", async () => {
  assertEquals("default" in await import("../main.ts"), false);
});
