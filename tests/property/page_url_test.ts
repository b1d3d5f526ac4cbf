/** `cleanUrls` and `trailingSlash` over random trees: one URL for each file, one redirect at most, nothing stale. */

import { assert, assertEquals } from "@std/assert";
import {
  createHandler,
  type Handler,
  type MemoryFile,
  type TrailingSlash,
} from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { type Random, random } from "../support/random.ts";
import { filesOf } from "../support/site.ts";

const MODES: readonly TrailingSlash[] = ["keep", "always", "never"];
const DIRECTORIES = ["", "/a", "/b", "/a/a", "/a/index", "/a.html"];
const NAMES = [
  ..."a b a.html b.html index index.html index.htm index.html.html a.htm"
    .split(" "),
  ..."a.html.html .html é.html".split(" "),
];

/** A name is a file or a directory, never both. */
function randomTree(chance: Random): Record<string, MemoryFile> {
  const tree: Record<string, MemoryFile> = {};
  for (let count = chance.below(9); count >= 0; count--) {
    const path = `${chance.pick(DIRECTORIES)}/${chance.pick(NAMES)}`;
    const paths = Object.keys(tree);
    const isTaken = paths.some((other) =>
      other.startsWith(`${path}/`) || path.startsWith(`${other}/`)
    );
    if (!isTaken) tree[path] = `file ${path}`;
  }
  return tree;
}

/** All that could be asked for. */
function spellings(): readonly string[] {
  const urls = DIRECTORIES.flatMap((directory) =>
    ["", "é", ...NAMES].map((name) => `${directory}/${encodeURI(name)}`)
  );
  const slashed = urls.filter((url) => !url.endsWith("/"))
    .map((url) => `${url}/`);
  return [...new Set([...urls, ...slashed])];
}

function existing(path: string): "file" | "directory" | undefined {
  try {
    return Deno.statSync(path).isDirectory ? "directory" : "file";
  } catch {
    return undefined;
  }
}

async function ask(handler: Handler, path: string): Promise<string> {
  const response = await handler(new Request(`http://x${path}`));
  const text = await response.text();
  switch (response.status) {
    case 200:
      return text.startsWith("file ") ? text : "list";
    case 301:
      return response.headers.get("location") ?? "";
    default:
      return String(response.status);
  }
}

Deno.test("property: with cleanUrls each file has exactly one URL, and a redirect leads to it at once, with the query", async () => {
  const chance = random(19);
  const urls = spellings();
  let redirects = 0;
  for (let round = 0; round < 40; round++) {
    const tree = randomTree(chance);
    const trailingSlash = chance.pick(MODES);
    const files = filesOf(tree);
    const handler = createHandler({
      ...{ root: "/", files, log: false, trailingSlash },
      cleanUrls: true,
    });
    const found: string[] = [];
    for (const url of urls) {
      const what = `${trailingSlash} ${url} ${Object.keys(tree)}`;
      const answer = await ask(handler, url);
      if (answer.startsWith("file ")) found.push(answer);
      if (!answer.startsWith("/")) continue;
      redirects++;
      assert(!answer.startsWith("//"), what);
      const reached = await ask(handler, answer);
      assert(/^(?:file |list)/.test(reached), `${what}: ${answer} ${reached}`);
      assertEquals(await ask(handler, `${url}?q=/a/..`), `${answer}?q=/a/..`);
      assertEquals(await ask(handler, `/${url}`), answer, what);
    }
    const seen = Object.keys(tree).filter((path) => !path.includes("/.html"))
      .map((path) => `file ${path}`);
    const what = `${trailingSlash} ${Object.keys(tree)}`;
    assertEquals(found.sort(), seen.sort(), what);
  }
  assert(redirects > 200, `only ${redirects} redirects`);
});

Deno.test("property: what comes, goes and changes beside a page is seen at once, whatever is kept in memory", async () => {
  using directory = temporaryDirectory();
  const { path: root } = directory;
  for (const name of DIRECTORIES.slice(1, 4)) {
    Deno.mkdirSync(`${root}${name}`, { recursive: true });
  }
  const names = "a a.html b.html index.html index.htm".split(" ");
  const places = DIRECTORIES.slice(0, 4);
  const urls = places.flatMap((place) =>
    ["", "a", "a/", "a.html", "b", "b/", "index"].map((name) =>
      `${place}/${name}`
    )
  );
  // Old enough for the cache, though a test has just written it.
  const clock = { now: () => Date.now() + 10_000 };
  const chance = random(20);
  const handlers = MODES.map((trailingSlash) => {
    const options = {
      root,
      clock,
      trailingSlash,
      cleanUrls: true,
      log: false as const,
    };
    return { options, handler: createHandler(options) };
  });
  let tick = 0;
  for (let step = 0; step < 40; step++) {
    const path = `${root}${chance.pick(places)}/${chance.pick(names)}`;
    const isThere = existing(path);
    if (isThere === "directory") continue;
    if (isThere === "file" && chance.below(2) === 0) Deno.removeSync(path);
    else {
      Deno.writeTextFileSync(path, `file ${step} ${path}`);
      Deno.utimeSync(path, ++tick, tick);
    }
    for (const { options, handler } of handlers) {
      const fresh = createHandler(options);
      for (let count = 0; count < 10; count++) {
        const url = chance.pick(urls);
        const what = `${options.trailingSlash} ${url} after ${step} ${path}`;
        assertEquals(await ask(handler, url), await ask(fresh, url), what);
      }
    }
  }
});
