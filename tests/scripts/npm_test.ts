/** The npm package: packed, installed by Bun, run, imported, type-checked. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { CONTRACT, CONTRACT_FLAGS, furnish } from "../program/contract.ts";
import { findBun } from "../../scripts/executables/bun.ts";
import { installPackage, run } from "../support/package.ts";
import { request } from "../support/raw.ts";
import { startCommand, temporaryDirectory } from "../support/program.ts";

/** A program of somebody who embeds the handler. */
const EMBEDDING = `
import { createHandler, type Handler, type LogRecord } from "@x/serve";
import { selectRanges } from "@x/serve/byte-range";
import type { SiteOptions } from "@x/serve/handler";

const lines: LogRecord[] = [];
const options: SiteOptions = { root: ".", log: (line) => lines.push(line) };
const handler: Handler = createHandler(options);
const response: Response = await handler(new Request("http://localhost/package.json"));
await response.text();
console.log(response.status, lines.length, selectRanges("bytes=0-0", 9).kind);
`;

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
  await using installed = await installPackage("typescript");
  const { path, files } = installed;
  const bun = await findBun();

  await t.step(
    "has modules, their types and three texts, and no tools or tests",
    () => {
      const others = files.filter((file) =>
        !/^lib\/\w+\/docs\.md$/.test(file) &&
        !/^(?:main|lib\/[\w/]+|scripts\/std\/\w+\/\w+)\.(?:js|d\.ts)$/.test(
          file,
        )
      );
      assertEquals(others.sort(), [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "package.json",
      ]);
      assert(files.includes("lib/program/serve.js"));
      for (const exported of Object.values(config.exports)) {
        const name = exported.slice(2, -3);
        assert(files.includes(`${name}.js`), name);
        assert(files.includes(`${name}.d.ts`), name);
      }
    },
  );

  await t.step("has a program, also for bunx", async () => {
    const pattern = new RegExp(
      `^serve ${RegExp.escape(config.version)} \\(Bun/.+\\)\n$`,
    );
    const bin = `${path}/node_modules/.bin/serve`;
    assertMatch(await run(bun, [bin, "--version"], path), pattern);
    const words = ["x", "--bun", "serve", "--version"];
    assertMatch(await run(bun, words, path), pattern);
  });

  await t.step("passes the program contract", async (t) => {
    using directory = temporaryDirectory();
    await furnish(directory.path);
    const serving = ["0", directory.path, ...CONTRACT_FLAGS];
    const words = [`${path}/node_modules/.bin/serve`, ...serving];
    await using program = await startCommand("Bun", [bun, ...words]);
    const subject = { program, root: directory.path };
    for (const { name, except, check } of CONTRACT) {
      await t.step({
        name,
        ignore: except?.Bun !== undefined,
        fn: () => check(subject),
      });
    }
    assertEquals(await program.stop("SIGTERM"), 0);
  });

  await t.step("has threads", async () => {
    const words = [`${path}/node_modules/.bin/serve`, "0", path, "--workers=2"];
    await using program = await startCommand("Bun", [bun, ...words]);
    assertEquals((await request(program.port, "/package.json")).status, 200);
    assertEquals(await program.stop(), 0);
  });

  await t.step("can be embedded, also on Deno", async () => {
    await Deno.writeTextFile(`${path}/main.ts`, EMBEDDING);
    assertEquals(await run(bun, ["main.ts"], path), "200 1 spans\n");
    const onDeno = ["run", "-A", "--no-check", "main.ts"];
    const printed = await run(Deno.execPath(), onDeno, path);
    assertEquals(printed, "200 1 spans\n");
  });

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
