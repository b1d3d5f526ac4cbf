/** The npm package: packed, installed by Bun, run by every runtime, imported, type-checked. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { CONTRACT, CONTRACT_FLAGS, furnish } from "../program/contract.ts";
import { findBun } from "../../scripts/executables/bun.ts";
import { findNode, installPackage, run } from "../support/package.ts";
import { request } from "../support/raw.ts";
import { startCommand, temporaryDirectory } from "../support/program.ts";

/** Besides that in PATH: the first one that `engines` allows, and the long-term ones of today. */
const NODE_VERSIONS = ["20.16.0", "22", "24"];

/** A program of somebody who embeds the handler. */
const EMBEDDING = `
import { createHandler, type Handler, type LogRecord, toNodeListener } from "@x/serve";
import { selectRanges } from "@x/serve/byte-range";
import type { SiteOptions } from "@x/serve/handler";

const lines: LogRecord[] = [];
const options: SiteOptions = { root: ".", log: (line) => lines.push(line) };
const handler: Handler = createHandler(options);
const response: Response = await handler(new Request("http://localhost/package.json"));
await response.text();
console.log(response.status, lines.length, selectRanges("bytes=0-0", 9).kind);
toNodeListener(handler); // has types where those of Node.js are missing
`;

const IMPORT_REGEXP = /^(?:import|export) (?:[^"\n]* from )?"\.\/([^"]+)";$/gm;

const LINK_REGEXP = /!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)/g;

/** The files that are loaded before the first of them runs. */
async function staticImports(
  directory: string,
  entry: string,
): Promise<readonly string[]> {
  const found = new Set([entry]);
  // A set can grow while it is walked.
  for (const name of found) {
    const text = await Deno.readTextFile(`${directory}/${name}`);
    for (const [, imported = ""] of text.matchAll(IMPORT_REGEXP)) {
      found.add(imported);
    }
  }
  return [...found];
}

/** Mistakes that the types must find. */
const MISTAKES = `
import { createHandler } from "@x/serve";
createHandler({ root: 1 });
createHandler({ root: ".", nope: true });
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ module: "esnext", moduleResolution: "bundler", target: "esnext" },
    ...{ lib: ["esnext", "dom", "dom.iterable"], types: [], strict: true },
    // The types of the package are checked, too.
    ...{ noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
  },
};

Deno.test("the npm package", async (t) => {
  await using installed = await installPackage("esbuild", "typescript");
  const { path, files } = installed;
  const bun = await findBun();

  await t.step(
    "has modules, their types, three texts and a schema, and no tools or tests",
    () => {
      const others = files.filter((file) =>
        !/^lib\/\w+\/docs\.md$/.test(file) &&
        !/^lib\/program\/\w+\.chunk\.js$/.test(file) &&
        !/^(?:lib\/[\w/]+|scripts\/std\/[\w/]+)\.(?:js|d\.ts)$/
          .test(
            file,
          )
      );
      assertEquals(others.sort(), [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "lib/pages/listing.schema.json",
        "package.json",
      ]);
      // What starts the program is `bin`.
      const { ".": _program, ...exports } = config.exports;
      for (const exported of Object.values(exports)) {
        const name = exported.slice(2, -3);
        assert(files.includes(`${name}.js`), name);
        assert(files.includes(`${name}.d.ts`), name);
      }
    },
  );

  await t.step(
    "has the pages for users that its texts link to, and shows no picture that is not there",
    async () => {
      for (const name of files.filter((file) => file.endsWith(".md"))) {
        const url = `file://${path}/node_modules/@x/serve/${name}`;
        const text = await Deno.readTextFile(new URL(url));
        for (const [link, target = ""] of text.matchAll(LINK_REGEXP)) {
          const isOurs = link.startsWith("!") || target.endsWith("docs.md");
          if (isOurs) {
            assert((await Deno.stat(new URL(target, url))).isFile, link);
          }
        }
      }
    },
  );

  await t.step("has a program that starts from few files", async () => {
    const started = await staticImports(
      `${path}/node_modules/@x/serve/lib/program`,
      "entry.js",
    );
    assertEquals(started, ["entry.js", "start.chunk.js"]);
    assert(
      !files.includes("lib/program/serve.js"),
      "only the program needs it",
    );
  });

  await t.step("has a program, for npx, bunx, Deno and a shell", async () => {
    const bin = `${path}/node_modules/.bin/serve`;
    const rows: Array<[name: string, program: string, words: string[]]> = [
      ["Node.js", bin, []],
      ["Node.js", "node", [bin]],
      ["Node.js", "npx", ["serve"]],
      ["Node.js", bun, ["x", "serve"]],
      ["Bun", bun, ["x", "--bun", "serve"]],
      ["Bun", bun, [bin]],
      ["Deno", Deno.execPath(), ["run", "-A", "npm:@x/serve"]],
    ];
    for (const [name, program, words] of rows) {
      const line = await run(program, [...words, "--version"], path);
      assert(line.startsWith(`serve ${config.version} (${name}/`), line);
    }
  });

  for (const version of NODE_VERSIONS) {
    await t.step(
      `answers on Node.js ${version}, without a warning`,
      async () => {
        const node = await findNode(version);
        const bin = `${path}/node_modules/.bin/serve`;
        const line = await run(node, [bin, "--version"], path);
        assert(line.startsWith(`serve ${config.version} (Node.js/${version}`));
        // What is deprecated in the documentation only is told, too.
        const words = ["--pending-deprecation", bin, "0", path];
        await using program = await startCommand("Node", [node, ...words]);
        const { text } = await request(program.port, "/package.json");
        assertEquals(text, await Deno.readTextFile(`${path}/package.json`));
        await program.log('"GET /package.json HTTP/1.1" 200');
        assertEquals(await program.stop("SIGTERM"), 0);
        assertMatch(program.errors(), /^\S+ - - \[[^\n]+" 200 \d+\n$/);
      },
    );
  }

  await t.step("passes the program contract", async (t) => {
    using directory = temporaryDirectory();
    await furnish(directory.path);
    const serving = ["0", directory.path, ...CONTRACT_FLAGS];
    const words = [`${path}/node_modules/.bin/serve`, ...serving];
    await using program = await startCommand("Bun", [bun, ...words]);
    const subject = { program, root: directory.path };
    for (const { name, check } of CONTRACT) {
      await t.step(name, () => check(subject));
    }
    assertEquals(await program.stop("SIGTERM"), 0);
  });

  await t.step("has threads, on Bun and Node.js", async () => {
    const words = [`${path}/node_modules/.bin/serve`, "0", path, "--workers=2"];
    for (const program of [bun, await findNode("24")]) {
      await using serving = await startCommand("Bun", [program, ...words]);
      assertEquals((await request(serving.port, "/package.json")).status, 200);
      assertEquals(await serving.stop(), 0);
    }
  });

  await t.step("can be embedded, also on Deno and Node.js", async () => {
    await Deno.writeTextFile(`${path}/main.ts`, EMBEDDING);
    assertEquals(await run(bun, ["main.ts"], path), "200 1 spans\n");
    // It takes types out by itself, and warns of nothing.
    const node = await findNode("24");
    assertEquals(await run(node, ["main.ts"], path), "200 1 spans\n");
    const onDeno = ["run", "-A", "--no-check", "main.ts"];
    const printed = await run(Deno.execPath(), onDeno, path);
    assertEquals(printed, "200 1 spans\n");
  });

  await t.step(
    "starts nothing where it is bundled with a program",
    async () => {
      const bundle = ["x", "esbuild", "main.ts", "--bundle", "--format=esm"];
      const target = ["--platform=node", "--outfile=bundled.mjs"];
      await run(bun, [...bundle, ...target], path);
      for (const program of [bun, await findNode("20.16.0"), "node"]) {
        // The program would say its version, and end.
        const printed = await run(program, ["bundled.mjs", "--version"], path);
        assertEquals(printed, "200 1 spans\n");
      }
    },
  );

  await t.step("has types that hold, and find mistakes", async () => {
    const tsc = `${path}/node_modules/typescript/bin/tsc`;
    await Deno.writeTextFile(
      `${path}/tsconfig.json`,
      JSON.stringify({ ...TSCONFIG, files: ["main.ts"] }),
    );
    const check = ["run", "-A", tsc, "--project", path, "--pretty", "false"];
    assertEquals(await run(Deno.execPath(), check, path), "");
    await Deno.writeTextFile(`${path}/main.ts`, MISTAKES);
    const text = await run(Deno.execPath(), check, path).catch(String);
    assertMatch(text, /main\.ts\(3,17\): error TS2769/);
    assertMatch(text, /main\.ts\(4,28\): error TS2769/);
  });
});
