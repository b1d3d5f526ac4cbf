/**
 * Whether a release can be made, from plain values.
 *
 * @module
 */

/** What is known of the project. */
export interface State {
  /** The version in `deno.json`. */
  readonly version: string;
  /** The text of the changelog. */
  readonly changelog: string;
  /** What `git status --porcelain` prints. */
  readonly status: string;
  /** The tags there are. */
  readonly tags: readonly string[];
}

/** https://semver.org/#spec-item-2 and 9, without build metadata. */
const VERSION_REGEXP =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\da-z.-]+)?$/i;
const HEADING_REGEXP = /^## \[([^\]]+)\](?: - (.*))?$/gm;
const DATE_REGEXP = /^\d{4}-\d{2}-\d{2}$/;

/**
 * What stands in the way of a release.
 *
 * @param state What is known of the project.
 * @returns What to do first, a line each; nothing when all is well.
 */
export function notReady(
  { version, changelog, status, tags }: State,
): readonly string[] {
  const problems: string[] = [];
  if (!VERSION_REGEXP.test(version)) {
    problems.push(`"${version}" in deno.json is no version`);
  }
  if (status !== "") problems.push("the tree is not clean: commit first");
  if (tags.includes(`v${version}`)) {
    problems.push(`v${version} is tagged: set another version in deno.json`);
  }
  const headings = [...changelog.matchAll(HEADING_REGEXP)]
    .map(([, name, date = ""]) => ({ name, date }));
  const first = headings.find(({ name }) => name !== "Unreleased");
  if (first?.name !== version) {
    problems.push(
      `the newest version in CHANGELOG.md is ${
        first?.name ?? "none"
      }, not ${version}: add "## [${version}] - YYYY-MM-DD"`,
    );
  } else if (!DATE_REGEXP.test(first.date)) {
    problems.push(`CHANGELOG.md has no date for ${version}`);
  } else if (changesOf(version, changelog) === "") {
    problems.push(`CHANGELOG.md says nothing of ${version}`);
  }
  if (changesOf("Unreleased", changelog) !== "") {
    problems.push("CHANGELOG.md has changes that are in no version");
  }
  return problems;
}

/**
 * What the changelog says of a version.
 *
 * @param version The version, or `Unreleased`.
 * @param changelog Its text.
 * @returns The text between its heading and the next.
 */
export function changesOf(version: string, changelog: string): string {
  const heading = `^## \\[${RegExp.escape(version)}\\].*\\n`;
  const pattern = new RegExp(`${heading}([^]*?)(?=^## |^\\[|(?![^]))`, "m");
  return pattern.exec(changelog)?.[1]?.trim() ?? "";
}
