/**
 * Package managers install from static files: npm and Bun ask for `/@scope%2fname`, apt
 * sends ten requests before it reads an answer.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findBun } from "../../scripts/executables/bun.ts";
import { findProgram } from "../support/browser.ts";
import {
  RUNTIMES,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { noise } from "../support/slow.ts";
import { until } from "../support/wait.ts";

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

const APT = findProgram("apt-get");
const DPKG = findProgram("dpkg-deb");
const KIB = 1024;
/** Sizes of packages in KiB, from 0.4 to 4 MiB. */
const SIZES = [410, 900, 4096, 500, 2048, 650, 3000, 420, 1500, 800, 3500, 700];
const TIMES = 10;

async function run(name: string, args: readonly string[], cwd: string) {
  const { code, stdout, stderr } = await new Deno.Command(name, {
    args: [...args],
    cwd,
    env: { LC_ALL: "C", http_proxy: "" },
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assertEquals(code, 0, text);
  return text;
}

/** The SHA-256 of a file, and its size. */
async function describe(path: string): Promise<readonly [string, number]> {
  const bytes = Deno.readFileSync(path);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [new Uint8Array(digest).toHex(), bytes.length];
}

/** Makes a flat repository of packages that nothing can compress; returns their names. */
async function makeRepository(root: string): Promise<string[]> {
  using directory = temporaryDirectory();
  const names: string[] = [];
  const index: string[] = [];
  for (const [seed, kibibytes] of SIZES.entries()) {
    const name = `package-${seed}`;
    const tree = `${directory.path}/${name}`;
    Deno.mkdirSync(`${tree}/DEBIAN`, { recursive: true });
    Deno.writeFileSync(`${tree}/content`, noise(kibibytes * KIB, seed + 1));
    const control = `Package: ${name}\nVersion: 1\nArchitecture: all\n` +
      "Maintainer: Nobody <nobody@example.org>\nDescription: noise\n";
    Deno.writeTextFileSync(`${tree}/DEBIAN/control`, control);
    const file = `${name}_1_all.deb`;
    await run("dpkg-deb", ["-Znone", "-b", tree, `${root}/${file}`], root);
    const [digest, size] = await describe(`${root}/${file}`);
    index.push(
      `${control}Filename: ${file}\nSize: ${size}\nSHA256: ${digest}\n`,
    );
    names.push(name);
  }
  Deno.writeTextFileSync(`${root}/Packages`, index.join("\n"));
  // Without it apt tries the index in all compressions first.
  const described = await describe(`${root}/Packages`);
  Deno.writeTextFileSync(
    `${root}/Release`,
    `Date: ${new Date().toUTCString()}\nSHA256:\n ${
      described.join(" ")
    } Packages\n`,
  );
  return names;
}

/** apt with a state of its own, which trusts one repository. */
function aptOptions(state: string, url: string): string[] {
  for (const name of ["lists/partial", "cache/archives/partial", "empty"]) {
    Deno.mkdirSync(`${state}/${name}`, { recursive: true });
  }
  Deno.writeTextFileSync(`${state}/status`, "");
  Deno.writeTextFileSync(
    `${state}/sources.list`,
    `deb [trusted=yes] ${url}/ ./\n`,
  );
  return [
    "Dir::Etc::main=/dev/null",
    `Dir::Etc::parts=${state}/empty`,
    `Dir::Etc::sourcelist=${state}/sources.list`,
    `Dir::Etc::sourceparts=${state}/empty`,
    `Dir::Etc::preferencesparts=${state}/empty`,
    `Dir::State=${state}`,
    `Dir::State::status=${state}/status`,
    `Dir::Cache=${state}/cache`,
    "APT::Sandbox::User=root",
    "Acquire::Retries=0",
  ].flatMap((option) => ["-o", option]);
}

for (const subject of SUBJECTS) {
  Deno.test({
    name:
      `${subject}: apt downloads ${SIZES.length} packages with pipelining, ${TIMES} times without a retry`,
    ignore: APT === undefined || DPKG === undefined,
    fn: async () => {
      using repository = temporaryDirectory();
      const names = await makeRepository(repository.path);
      await using program = await start(subject, ["0", repository.path]);
      for (let time = 0; time < TIMES; time++) {
        using state = temporaryDirectory();
        const options = aptOptions(state.path, program.url);
        const from = program.errors().length;
        const update = await run(APT ?? "", [...options, "update"], state.path);
        const words = [...options, "download", ...names];
        const download = await run(APT ?? "", words, state.path);
        const text = update + download;
        assert(!/^(?:W:|E:|Err:|Ign:.* package-)/m.test(text), text);
        for (const name of names) {
          const file = `${name}_1_all.deb`;
          const { size } = Deno.statSync(`${state.path}/${file}`);
          const log = () => program.errors().slice(from);
          const line = `/${file} HTTP/1.1" 200 ${size}\n`;
          await until(() => log().includes(line), line);
          assertEquals(log().split(`/${file} `).length, 2, log());
        }
      }
    },
  });
}
