/**
 * The files that are served. Each kind of work has a directory of its own, because some
 * peers look at everything in their directory before they begin.
 *
 * @module
 */

import { noise } from "./noise.ts";
import { prose } from "./prose.ts";

/** The directories of works. */
export type Place =
  | "small"
  | "many"
  | "texts"
  | "modules"
  | "list-1000"
  | "list-100000"
  | "cgi";

/** Bytes of the files of the directory `small`. */
export const SIZES = {
  "1k.bin": 2 ** 10,
  "100k.bin": 100 * 2 ** 10,
  "1m.bin": 2 ** 20,
  "100m.bin": 100 * 2 ** 20,
  "20k.bin": 20_000,
  "empty.bin": 0,
} as const;

/** Folders of the directory `many`. */
export const FOLDERS = 100;
/** Files in each. */
export const FILES = 100;
/** Texts of the directory `texts`: `0.txt` and up, 100 KiB each. */
export const TEXTS = 200;
/** Modules of the directory `modules`; each imports the next ten that nobody imports yet. */
export const MODULES = 1000;
/** What the script writes. */
export const HELLO = "Hello\n";
/** The page whose sidecar is `page.html.br`: 64 KiB of text. */
export const PAGE_BYTES = 2 ** 16;

const SMALL_BYTES = 2 ** 12;
const TEXT_BYTES = 100 * 2 ** 10;
const MODULE_BYTES = 2 ** 11;
const BRANCHES = 10;
const SCRIPT = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\nHello\\n'
`;

/**
 * Makes a directory, when it is not there.
 *
 * @param base The directory for all of them.
 * @param place Which one.
 * @returns Its path.
 */
export async function makePlace(base: string, place: Place): Promise<string> {
  const root = `${base}/${place}`;
  const there = await Deno.stat(root).then(() => true, () => false);
  if (there) return root;
  await Deno.mkdir(root);
  switch (place) {
    case "small":
      await makeSmall(root);
      break;
    case "many":
      await makeMany(root);
      break;
    case "texts":
      for (let text = 0; text < TEXTS; text++) {
        Deno.writeTextFileSync(`${root}/${text}.txt`, prose(TEXT_BYTES, text));
      }
      break;
    case "modules":
      makeModules(root);
      break;
    case "list-1000":
      makeEmpty(root, 1000);
      break;
    case "list-100000":
      makeEmpty(root, 100_000);
      break;
    case "cgi":
      await Deno.mkdir(`${root}/cgi-bin`);
      await Deno.writeTextFile(`${root}/cgi-bin/hello`, SCRIPT);
      await Deno.chmod(`${root}/cgi-bin/hello`, 0o755);
      break;
  }
  return root;
}

function makeModules(root: string): void {
  const page = "<!doctype html><title>Modules</title>" +
    '<script type="module" src="0.js"></script>';
  Deno.writeTextFileSync(`${root}/index.html`, page);
  for (let number = 0; number < MODULES; number++) {
    Deno.writeTextFileSync(`${root}/${number}.js`, moduleText(number));
  }
}

/** What `parseVisit` reads. */
const TELL =
  'const [{ nextHopProtocol }] = performance.getEntriesByType("navigation");' +
  "document.title = `${x} modules, ${performance.now()} ms, ${nextHopProtocol}`;";

/** The first one is evaluated last, and tells of it. */
function moduleText(number: number): string {
  const first = number * BRANCHES + 1;
  const others = Array.from({ length: BRANCHES }, (_, index) => first + index)
    .filter((other) => other < MODULES);
  const lines = [
    ...others.map((other) => `import { x as x${other} } from "./${other}.js";`),
    `export const x = ${
      ["1", ...others.map((other) => `x${other}`)].join("+")
    };`,
    ...number === 0 ? [TELL] : [],
  ].join("\n");
  return `${lines}\n// ${prose(MODULE_BYTES, number).replaceAll("\n", " ")}\n`;
}

async function makeSmall(root: string): Promise<void> {
  for (const [name, length] of Object.entries(SIZES)) {
    await Deno.writeFile(`${root}/${name}`, noise(length));
  }
  const text = "<p>Hello, world, this is a page. "
    .repeat(PAGE_BYTES).slice(0, PAGE_BYTES);
  await Deno.writeTextFile(`${root}/page.html`, text);
  const coded = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("brotli" as CompressionFormat));
  await Deno.writeFile(`${root}/page.html.br`, coded);
}

async function makeMany(root: string): Promise<void> {
  for (let folder = 0; folder < FOLDERS; folder++) {
    await Deno.mkdir(`${root}/${folder}`);
    for (let file = 0; file < FILES; file++) {
      const bytes = noise(SMALL_BYTES, 1 + folder * FILES + file);
      Deno.writeFileSync(`${root}/${folder}/${file}.bin`, bytes);
    }
  }
}

function makeEmpty(root: string, count: number): void {
  const nothing = new Uint8Array();
  for (let number = 0; number < count; number++) {
    Deno.writeFileSync(
      `${root}/file-${String(number).padStart(6, "0")}.txt`,
      nothing,
    );
  }
}
