/** Package managers install a scoped package from static files: they ask for `/@scope%2fname`. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { findBun } from "../../scripts/executables/bun.ts";
import { findProgram } from "../support/browser.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";

const NPM = findProgram("npm");
const TAR = findProgram("tar");
const PACKAGE = { name: "@scope/name", version: "1.0.0", main: "index.js" };

/** A registry of one package: its metadata is a file without an extension, its archive another file. */
async function furnish(root: string, url: string): Promise<void> {
  using directory = temporaryDirectory();
  Deno.mkdirSync(`${directory.path}/package`);
  const manifest = `${directory.path}/package/package.json`;
  Deno.writeTextFileSync(manifest, JSON.stringify(PACKAGE));
  Deno.writeTextFileSync(
    `${directory.path}/package/index.js`,
    "module.exports = 42;\n",
  );
  Deno.mkdirSync(`${root}/@scope`);
  const archive = `${root}/name-1.0.0.tgz`;
  const args = ["-czf", archive, "-C", directory.path, "package"];
  assertEquals((await new Deno.Command("tar", { args }).output()).code, 0);
  const bytes = Deno.readFileSync(archive);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
  const dist = {
    tarball: `${url}/name-1.0.0.tgz`,
    integrity: `sha512-${digest.toBase64()}`,
  };
  const { name, version } = PACKAGE;
  const metadata = {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...PACKAGE, dist } },
  };
  Deno.writeTextFileSync(`${root}/@scope/name`, JSON.stringify(metadata));
}

/** The command lines that install what a manifest asks for into the current directory. */
const INSTALLERS = {
  npm: ["npm", "install", "--no-audit", "--no-fund", "--cache", "cache"],
  bun: [await findBun(), "install", "--cache-dir", "cache"],
} as const;

for (const runtime of RUNTIMES) {
  for (const [client, words] of Object.entries(INSTALLERS)) {
    Deno.test({
      name: `${runtime}: ${client} installs a scoped package from static files`,
      ignore: NPM === undefined || TAR === undefined,
      fn: async () => {
        using directory = temporaryDirectory();
        using target = temporaryDirectory();
        const type = ["--content-type", "application/json"];
        await using program = await start(runtime, [
          ...["0", directory.path, ...type],
        ]);
        await furnish(directory.path, program.url);
        const manifest = { dependencies: { [PACKAGE.name]: PACKAGE.version } };
        Deno.writeTextFileSync(
          `${target.path}/package.json`,
          JSON.stringify(manifest),
        );
        Deno.writeTextFileSync(
          `${target.path}/.npmrc`,
          `registry=${program.url}/\n`,
        );
        const [name = "", ...args] = words;
        const { code, stderr } = await new Deno.Command(name, {
          args,
          cwd: target.path,
        }).output();
        assertEquals(code, 0, new TextDecoder().decode(stderr));
        const installed = `${target.path}/node_modules/@scope/name/index.js`;
        assertEquals(
          Deno.readTextFileSync(installed),
          "module.exports = 42;\n",
        );
        await program.stop(); // a line may come a moment after its answer
        const log = program.errors();
        assertStringIncludes(log, '"GET /@scope/name HTTP/1.1" 200');
        assertStringIncludes(log, '"GET /name-1.0.0.tgz HTTP/1.1" 200');
      },
    });
  }
}
