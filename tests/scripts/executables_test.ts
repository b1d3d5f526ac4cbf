/** What is checked of executables without running them, and what is embedded in them. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { bunTarget } from "../../lib/runtime/bun.ts";
import { denoTarget } from "../../lib/runtime/deno.ts";
import npm from "../../package.json" with { type: "json" };
import {
  checkDist,
  checkExecutable,
  materialsName,
  writeSums,
} from "../../scripts/executables/dist.ts";
import {
  embeddedPackage,
  findIntruders,
  formatEmbedded,
  readEmbeddedTree,
} from "../../scripts/executables/embedded.ts";
import {
  type Header,
  HEADER_BYTES,
  isSigned,
  readHeader,
} from "../../scripts/executables/header.ts";
import {
  billOfMaterials,
  listMaterials,
  type Lock,
} from "../../scripts/executables/materials.ts";
import {
  executableName,
  hostTarget,
  type Target,
  TARGETS,
} from "../../scripts/executables/targets.ts";
import { VERSIONS } from "../../scripts/packages.ts";
import { findExecutable } from "../support/executable.ts";
import { temporaryDirectory } from "../support/program.ts";

const GOOD_SIZE = 100_000_000;

function target(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  assert(found !== undefined);
  return found;
}

/** The beginning of an executable of 64 bits, as its format has it. */
function fake({ format, machine }: Header, signed = true): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  switch (format) {
    case "ELF":
      view.setUint32(0, 0x7f45_4c46);
      view.setUint8(4, 2);
      view.setUint16(18, machine === "x64" ? 0x3e : 0xb7, true);
      return bytes;
    case "Mach-O":
      view.setUint32(0, 0xfeed_facf, true);
      view.setUint32(4, machine === "x64" ? 0x0100_0007 : 0x0100_000c, true);
      view.setUint32(12, 2, true);
      view.setUint32(16, 2, true);
      view.setUint32(32, 0x19, true);
      view.setUint32(36, 72, true);
      view.setUint32(104, signed ? 0x1d : 0x2, true);
      view.setUint32(108, 16, true);
      return bytes;
    case "PE":
      view.setUint16(0, 0x4d5a);
      view.setUint32(60, 0x80, true);
      view.setUint32(0x80, 0x5045_0000);
      view.setUint16(0x84, machine === "x64" ? 0x8664 : 0xaa64, true);
      return bytes;
  }
}

Deno.test("readHeader() knows the formats of all systems by their first bytes", () => {
  for (const { header, name } of TARGETS) {
    assertEquals(readHeader(fake(header)), header, name);
  }
  for (const format of ["ELF", "Mach-O", "PE"] as const) {
    const bytes = fake({ format, machine: "x64" });
    assertEquals(readHeader(bytes.subarray(0, 63)), undefined);
    for (const at of [0, format === "ELF" ? 4 : 0]) {
      const broken = bytes.slice();
      broken[at] = 0;
      assertEquals(readHeader(broken), undefined, `${format} ${at}`);
    }
  }
  // The header of PE is said to be behind the end.
  const far = fake({ format: "PE", machine: "x64" });
  new DataView(far.buffer).setUint32(60, 0xffff_ffff, true);
  assertEquals(readHeader(far), undefined);
});

Deno.test("isSigned() finds the signature among the load commands", () => {
  const header: Header = { format: "Mach-O", machine: "arm64" };
  assertEquals(isSigned(fake(header)), true);
  assertEquals(isSigned(fake(header, false)), false);
  assertEquals(isSigned(fake(header).subarray(0, 100)), false);
  assertEquals(isSigned(fake({ format: "ELF", machine: "x64" })), false);
});

Deno.test("checkExecutable() says what an executable is not", () => {
  const arm = fake({ format: "ELF", machine: "arm64" });
  const linux = target("linux-arm64");
  assertEquals(checkExecutable(arm, GOOD_SIZE, linux), []);
  assertEquals(checkExecutable(arm, GOOD_SIZE, target("linux-x64")), [
    "it is ELF for arm64, not ELF for x64",
  ]);
  assertEquals(checkExecutable(arm, 1000, linux), [
    "it cannot be 1000 bytes long",
  ]);
  assertEquals(checkExecutable(new Uint8Array(256), GOOD_SIZE, linux), [
    "it is no executable",
  ]);
  const mac = target("macos-arm64");
  assertEquals(checkExecutable(fake(mac.header), GOOD_SIZE, mac), []);
  assertEquals(checkExecutable(fake(mac.header, false), GOOD_SIZE, mac), [
    "it has no signature, without which macOS runs nothing",
  ]);
});

Deno.test("checkDist() finds what is missing, foreign, too much, or another one", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/`;
  const version = "9.9.9";
  assertEquals(await checkDist(path, version), ["SHA256SUMS: it is not there"]);
  const name = executableName(version, target("linux-x64"));
  assertEquals(name, "serve-9.9.9-linux-x64");
  // A file with a hole is as large as an executable, and takes no room.
  Deno.writeFileSync(path + name, fake(target("linux-x64").header));
  Deno.truncateSync(path + name, 25_000_000);
  Deno.writeTextFileSync(path + materialsName(version), "{}");
  await writeSums(path, version);
  assertEquals(await checkDist(path, version), []);
  Deno.writeTextFileSync(`${path}serve-9.9.9-plan9`, "");
  assertEquals(await checkDist(path, version), [
    "serve-9.9.9-plan9: it is not in SHA256SUMS",
  ]);
  await writeSums(path, version);
  assertEquals(await checkDist(path, version), [
    "serve-9.9.9-plan9: it is for no known system",
  ]);
  Deno.removeSync(`${path}serve-9.9.9-plan9`);
  Deno.truncateSync(path + name, 24_000_000);
  assertEquals(await checkDist(path, version), [
    `${name}: its digest is another one`,
    "serve-9.9.9-plan9: it is not there",
  ]);
  assert((await checkDist(path, "1.0.0")).includes(
    "serve-1.0.0.cdx.json: it is not in SHA256SUMS",
  ));
});

Deno.test("the executable for this system is what its name says", async () => {
  const file = await findExecutable();
  const bytes = Deno.readFileSync(file);
  const host = hostTarget();
  assert(host !== undefined);
  const beginning = bytes.subarray(0, HEADER_BYTES);
  assertEquals(checkExecutable(beginning, bytes.length, host), []);
  const directory = file.replace(/[^/]*$/, "");
  const { version } = JSON.parse(Deno.readTextFileSync("deno.json"));
  assertEquals(await checkDist(directory, version), []);
  const sums = await new Deno.Command("sha256sum", {
    args: ["--check", "--strict", "SHA256SUMS"],
    cwd: directory,
  }).output();
  assertEquals(sums.code, 0);
});

const LOCK: Lock = {
  specifiers: {},
  npm: {
    "@a/b@1.0.0": { integrity: "sha512-AAEC", dependencies: ["c", "d@1.0.0"] },
    "c@2.0.0": { integrity: "sha512-AAEC", dependencies: ["@a/b"] },
    "d@1.0.0": { integrity: "sha512-AAEC" },
    "d@2.0.0": { integrity: "sha512-AAEC" },
    "tool@1.0.0": { integrity: "sha512-AAEC" },
  },
};

Deno.test("listMaterials() follows the lock file, in circles, too, and leaves out tools", () => {
  const materials = listMaterials(LOCK, { "@a/b": "1.0.0" });
  const sha512 = "000102";
  assertEquals(materials, [
    { name: "@a/b", version: "1.0.0", sha512 },
    { name: "c", version: "2.0.0", sha512 },
    { name: "d", version: "1.0.0", sha512 },
  ]);
  assertThrows(() => listMaterials(LOCK, { none: "1.0.0" }), TypeError, "none");
});

Deno.test("billOfMaterials() is CycloneDX 1.6 with the runtime and every package", () => {
  const engine = { name: "bun", version: "1.4.5", license: "MIT" };
  const materials = listMaterials(LOCK, { "@a/b": "1.0.0" }).slice(0, 1)
    .map((material) => ({ ...material, license: "ISC" }));
  const bill = billOfMaterials("9.9.9", engine, materials) as unknown as {
    bomFormat: string;
    specVersion: string;
    components: Array<Record<string, unknown>>;
    dependencies: unknown;
  };
  assertEquals([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.6"]);
  assertEquals(bill.components[1], {
    type: "library",
    "bom-ref": "pkg:npm/%40a/b@1.0.0",
    name: "@a/b",
    version: "1.0.0",
    purl: "pkg:npm/%40a/b@1.0.0",
    licenses: [{ expression: "ISC" }],
    hashes: [{ alg: "SHA-512", content: "000102" }],
  });
  assertEquals(bill.dependencies, [{
    ref: "pkg:npm/serve@9.9.9",
    dependsOn: ["pkg:npm/bun@1.4.5", "pkg:npm/%40a/b@1.0.0"],
  }]);
});

Deno.test("the bill of materials of the executable has every dependency with its licence, and no tool", async () => {
  const directory = (await findExecutable()).replace(/[^/]*$/, "");
  const { version } = JSON.parse(Deno.readTextFileSync("deno.json"));
  const bill: { components: Array<Record<string, unknown>> } = JSON.parse(
    Deno.readTextFileSync(directory + materialsName(version)),
  );
  const names = bill.components.map(({ name }) => name);
  for (const name of Object.keys(npm.dependencies)) {
    assert(names.includes(name), name);
  }
  for (const name of Object.keys(VERSIONS)) {
    assertEquals(names.includes(name), false, name);
  }
  for (const { name, licenses } of bill.components) {
    assert(JSON.stringify(licenses ?? "").length > 20, String(name));
  }
});

Deno.test("findIntruders() lets in the program and its packages only", () => {
  const materials = listMaterials(LOCK, { "@a/b": "1.0.0" });
  const rows: Array<[string, boolean]> = [
    ["lib/program/entry.ts", true],
    ["deno.json", true],
    ["lib/handler/walk.ts", true],
    ["lib/program/flags.ts", true],
    ["scripts/std/html/entities.ts", true],
    ["node_modules/c/index.js", true],
    ["node_modules/.deno/@a+b@1.0.0/node_modules/@a/b/x.js", true],
    ["npm:/@a/b@1.0.0/x.js", true],
    [".deno_compile_bundle_0123abcd.mjs", true],
    [".deno_compile_worker_0123abcd.mjs", true],
    ["scripts/compile.ts", false],
    ["scripts/test.ts", false],
    ["tests/architecture_test.ts", false],
    ["lib/README.md", false],
    ["main.ts", false],
    ["../secret", false],
    ["node_modules/bun/bin/bun.exe", false],
    ["node_modules/.deno/deno@2.9.6/node_modules/deno/deno", false],
    ["npm:/tool@1.0.0/x.js", false],
    [".env", false],
  ];
  for (const [path, good] of rows) {
    assertEquals(findIntruders([path], materials), good ? [] : [path]);
  }
});

Deno.test("formatEmbedded() names files of ours, and counts those of packages", () => {
  const paths = [
    "lib/program/entry.ts",
    "node_modules/c/a.js",
    "node_modules/c/b.js",
  ];
  assertEquals(formatEmbedded(paths), [
    "lib/program/entry.ts",
    "npm:c (2 files)",
  ]);
  assertEquals(embeddedPackage("lib/handler/walk.ts"), undefined);
});

Deno.test("readEmbeddedTree() reads what deno compile prints", () => {
  const output = `Compile main.ts to x

Embedded Files

x
├── deno.json (3.41KB)
├─┬ lib (806.44KB)
│ ├─┬ cgi (165.68KB)
│ │ └── answer.ts (12.75KB)
│ └── http/* (156.83KB)
├── node_modules/* (11.27MB - 9.36MB unique)
└─┬ scripts (6.54KB)
  └── a b.ts (10B)

Files: 10.44MB
`;
  assertEquals(readEmbeddedTree(output), [
    "deno.json",
    "lib/cgi/answer.ts",
    "lib/http/*",
    "node_modules/*",
    "scripts/a b.ts",
  ]);
});

Deno.test("a runtime knows its target by what it says of itself", () => {
  const rows: Array<[string, string, string, string]> = [
    ["linux", "x64", "bun-linux-x64.zip", "linux-x64"],
    ["linux", "x64", "bun-linux-x64-musl.zip", "linux-x64-musl"],
    ["linux", "arm64", "bun-linux-aarch64-musl.zip", "linux-arm64-musl"],
    ["darwin", "arm64", "bun-darwin-aarch64.zip", "macos-arm64"],
    ["win32", "x64", "bun-windows-x64.zip", "windows-x64"],
    ["win32", "x64", "", "windows-x64"],
  ];
  for (const [platform, arch, file, expected] of rows) {
    const release = { sourceUrl: `https://example.com/bun-v1/${file}` };
    assertEquals(bunTarget({ platform, arch, release }), expected);
    assert(TARGETS.some(({ name }) => name === expected), expected);
  }
  for (const { deno, name } of TARGETS) {
    if (deno === undefined) continue;
    const [arch = "", vendor] = deno.split("-");
    const os = vendor === "apple"
      ? "darwin"
      : vendor === "pc"
      ? "windows"
      : "linux";
    assertEquals(denoTarget({ os, arch }), name);
  }
});
