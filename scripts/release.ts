/**
 * Makes a release, everything but the push: `deno task release [--dry-run]`. It checks
 * that the tree is clean, that the version is new and in the changelog, that all checks
 * pass; it makes the executables and the package; then it tags.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- it is a script
import config from "../deno.json" with { type: "json" };
import { changesOf, notReady } from "./release/ready.ts";

const PROJECT = new URL("../", import.meta.url);
const { version } = config;
const tag = `v${version}`;
/** What is run, in this order; each ends with exit status 0, or the release does. */
const STEPS: ReadonlyArray<readonly [string, ...string[]]> = [
  [Deno.execPath(), "task", "ok"],
  [Deno.execPath(), "task", "compile", "--target", "all"],
  [Deno.execPath(), "task", "compile", "--check"],
  [Deno.execPath(), "task", "npm"],
  ["npm", "pack", "--pack-destination", "dist", "./dist/npm"],
  ["git", "tag", "--annotate", tag, "--message", `serve ${version}`],
];

if (Deno.args.some((word) => word !== "--dry-run")) {
  refuse(`unknown argument "${Deno.args.join(" ")}"`, 2);
}
const dry = Deno.args.includes("--dry-run");
const changelog = await Deno.readTextFile(
  new URL("CHANGELOG.md", PROJECT),
);
const problems = notReady({
  version,
  changelog,
  status: await git("status", "--porcelain"),
  tags: (await git("tag", "--list")).split("\n"),
});
problems.forEach((problem) => console.error(`release: ${problem}`));
if (problems.length > 0) Deno.exit(1);
for (const [program, ...args] of STEPS) {
  const name = program === Deno.execPath() ? "deno" : program;
  console.log(`${dry ? "would run" : "runs"}: ${[name, ...args].join(" ")}`);
  if (dry) continue;
  const command = new Deno.Command(program, { args, cwd: PROJECT });
  const { code } = await command.spawn().status;
  if (code !== 0) refuse(`${name} ${args.join(" ")} ended with ${code}`, 1);
}
console.log(`\nNotes of ${tag}:\n\n${changesOf(version, changelog)}`);
console.log(
  `Left to do: git push --follow-tags; deno publish; npm publish ./dist/npm; upload dist/serve-${version}*, dist/SHA256SUMS`,
);

async function git(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args,
    cwd: PROJECT,
  }).output();
  const decoder = new TextDecoder();
  if (!success) refuse(decoder.decode(stderr).trim(), 1);
  return decoder.decode(stdout).trimEnd();
}

function refuse(message: string, status: number): never {
  console.error(`release: ${message}`);
  Deno.exit(status);
}
