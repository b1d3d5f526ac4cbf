/** The rules of the house, checked by machine. They are explained in `lib/README.md`. */
import { assert, assertEquals } from "@std/assert";

const LIB = new URL("../lib/", import.meta.url);
const EXTENSIONS = "http/media_type_table.ts";

/** Rooms by floor: a module imports from its own room, or from a lower floor. */
const FLOORS: readonly (readonly string[])[] = [
  ["ports"],
  ["http", "runtime"],
  ["pages", "log"],
  ["site"],
  ["files"],
  ["cgi"],
  ["handler"],
  ["server"],
  ["program"],
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

function floorOf(name: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room(name)));
  return name === "mod.ts" ? FLOORS.length : floor;
}

Deno.test("lib/ has one module beside its rooms", () => {
  const homeless = [...modules.keys()].filter((name) => floorOf(name) < 0);
  assertEquals(homeless, []);
});

Deno.test("a module imports from its own room, or from a lower floor", () => {
  const up = [...modules.values()].flatMap(({ name, imports }) =>
    imports
      .filter((other) =>
        room(other) !== room(name) && floorOf(other) >= floorOf(name)
      )
      .map((other) => `${name} imports ${other}`)
  );
  assertEquals(up, []);
});

Deno.test("no module imports itself by way of others", () => {
  const visit = (name: string, way: readonly string[]): void => {
    assert(!way.includes(name), [...way, name].join(" → "));
    modules.get(name)?.imports.forEach((other) => visit(other, [...way, name]));
  };
  for (const name of modules.keys()) visit(name, []);
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
    if (name !== EXTENSIONS) { // which have the names that others gave them
      assert(!/\b(?:req|res|opts|utils|helpers|manager)\b/.test(source), name);
    }
    assert(/^\/\*\*[^]*?@module/.test(source), `${name} has no module doc`);
  }
});

Deno.test("functions are short: none over 60 lines, the median 12 or less", () => {
  const lengths = [...modules.values()].flatMap(({ name, source }) =>
    [...source.matchAll(/^(?:export )?(?:async )?function\*? [^]*?\n\}$/gm)]
      .map(([text]) => {
        const body = text.slice(text.search(/\{\n/)).split("\n").length;
        assert(text.split("\n").length <= 60, `${name}: ${text.split("(")[0]}`);
        return body;
      })
  ).toSorted((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  assert(median <= 12, `the median is ${median}`);
});

Deno.test("main.ts has no default export, because Bun would serve it a second time", async () => {
  assertEquals("default" in await import("../main.ts"), false);
});
