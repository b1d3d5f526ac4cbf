/** `deno task release`: what stands in its way, and what it would do. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import {
  changesOf,
  notReady,
  type State,
} from "../../scripts/release/ready.ts";
import { PROJECT, temporaryDirectory } from "../support/program.ts";
import { run } from "../support/package.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-21

### Added

- A thing.

## [1.1.0] - 2026-01-01

- Another.

[1.2.0]: https://example.com
`;

const READY: State = {
  version: "1.2.0",
  changelog: CHANGELOG,
  status: "",
  tags: ["v1.1.0"],
};

Deno.test("notReady() says what to do first", () => {
  assertEquals(notReady(READY), []);
  const rows: Array<[Partial<State>, RegExp]> = [
    [{ status: " M main.ts" }, /^the tree is not clean/],
    [{ tags: ["v1.2.0"] }, /^v1\.2\.0 is tagged/],
    [
      { version: "1.3.0" },
      /^the newest version in CHANGELOG\.md is 1\.2\.0, not 1\.3\.0/,
    ],
    [
      { changelog: CHANGELOG.replace(" - 2026-11-21", "") },
      /^CHANGELOG\.md has no date/,
    ],
    [
      { changelog: CHANGELOG.replace("### Added\n\n- A thing.\n", "") },
      /^CHANGELOG\.md says nothing of 1\.2\.0/,
    ],
    [
      { changelog: CHANGELOG.replace("ased]\n", "ased]\n\n- Late.\n") },
      /^CHANGELOG\.md has changes that are in no version/,
    ],
    [{ changelog: "" }, /is none, not 1\.2\.0/],
  ];
  for (const [change, pattern] of rows) {
    const problems = notReady({ ...READY, ...change });
    assertEquals(problems.length, 1, problems.join("\n"));
    assertMatch(problems[0] ?? "", pattern);
  }
  assertMatch(
    notReady({ ...READY, version: "1.2" }).join("\n"),
    /"1\.2" in deno\.json is no version/,
  );
});

Deno.test("changesOf() is the text of one version", () => {
  assertEquals(changesOf("1.2.0", CHANGELOG), "### Added\n\n- A thing.");
  assertEquals(changesOf("1.1.0", CHANGELOG), "- Another.");
  assertEquals(changesOf("1.2", CHANGELOG), "");
});

Deno.test("the changelog has the form of Keep a Changelog", () => {
  const text = Deno.readTextFileSync(`${PROJECT}CHANGELOG.md`);
  const kinds = [...text.matchAll(/^### (.*)$/gm)].map(([, kind = ""]) => kind);
  const allowed = /^(?:Added|Changed|Deprecated|Removed|Fixed|Security)$/;
  assertEquals(kinds.filter((kind) => !allowed.test(kind)), []);
  assertMatch(text, /^## \[Unreleased\]$/m);
});

/** A clone of the scripts as a project of its own, with a history of one commit. */
async function project(
  path: string,
): Promise<(words: string[]) => Promise<string>> {
  for (const name of ["scripts/release.ts", "scripts/release/ready.ts"]) {
    await Deno.mkdir(`${path}/scripts/release`, { recursive: true });
    await Deno.copyFile(PROJECT + name, `${path}/${name}`);
  }
  const { version } = config;
  await Deno.writeTextFile(`${path}/deno.json`, JSON.stringify({ version }));
  await Deno.writeTextFile(
    `${path}/CHANGELOG.md`,
    `## [Unreleased]\n\n## [${version}] - 2026-11-21\n\n- All.\n`,
  );
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  for (
    const words of [
      ["init", "--quiet"],
      ["add", "--all"],
      [...author, "commit", "--quiet", "--message", "all"],
    ]
  ) await run("git", words, path);
  return (words) =>
    run(
      Deno.execPath(),
      ["run", "-A", "--no-check", "--no-lock", "scripts/release.ts", ...words],
      path,
    );
}

Deno.test("release --dry-run says all that it would run, and changes nothing", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const release = await project(path);
  const output = await release(["--dry-run"]);
  const runs = [...output.matchAll(/^would run: (.*)$/gm)].map(([, r]) => r);
  const { version } = config;
  assertEquals(runs, [
    "deno task ok",
    "deno task compile --target all",
    "deno task compile --check",
    "deno task npm",
    "npm pack --pack-destination dist ./dist/npm",
    `git tag --annotate v${version} --message serve ${version}`,
  ]);
  assert(!/would run: .*(push|publish)/.test(output));
  assertMatch(output, /\n- All\.\n/);
  assertEquals(await run("git", ["tag", "--list"], path), "");
  assertEquals(await run("git", ["status", "--porcelain"], path), "");
});

Deno.test("release refuses a tree that is not clean, and what it does not know", async () => {
  using directory = temporaryDirectory();
  const release = await project(directory.path);
  assertMatch(
    await release(["--push"]).catch(String),
    /release: unknown argument "--push"/,
  );
  await Deno.writeTextFile(`${directory.path}/more`, "");
  assertMatch(
    await release(["--dry-run"]).catch(String),
    /release: the tree is not clean: commit first/,
  );
});
