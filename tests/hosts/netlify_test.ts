/** `_redirects` beside Netlify's own matcher, for random rules and paths. */
import { assert, assertEquals } from "@std/assert";
import { DIALECTS } from "../../lib/hosts/dialect.ts";
import { createHostRules } from "../../lib/hosts/host_rules.ts";
import { parseRedirects } from "../../lib/hosts/redirects.ts";
import { loadPackage } from "../../scripts/packages.ts";
import { random } from "../support/random.ts";
import { toAsked } from "../support/hosts.ts";

interface Redirector {
  parsePlain(rules: string, options: unknown): Promise<{
    match(
      request: Record<string, unknown>,
    ): { status: number; to: string; force: boolean } | null;
    delete?(): void;
  }>;
}

const NAMES = ["a", "b", "*", ":x", ":y", "x-"];
const TARGETS = ["/t/:splat", "/t/:x", "/t", "/:x/:y"];
const STATUSES = ["", " 301", " 200", " 302!", " 404"];
const SEEDS = 1500;

Deno.test("netlify-redirector 0.5.0 leads where we do", async () => {
  const redirector = await loadPackage("netlify-redirector") as Redirector;
  const dialect = DIALECTS.netlify;
  let matched = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { below, pick } = random(seed);
    const path = (names: readonly string[]) =>
      `/${Array.from({ length: below(4) }, () => pick(names)).join("/")}`;
    const from = () =>
      `${path(NAMES)}${pick(["", "", "*"])}${pick(["", "", "/"])}`;
    const rules = Array.from(
      { length: 1 + below(3) },
      () => `${from()} ${pick(TARGETS)}${pick(STATUSES)}`,
    ).join("\n");
    const parsed = parseRedirects(rules, dialect);
    if (parsed.problems.length > 0) continue;
    const asked = path(["a", "b", "x-", "x-1", "c"]) + pick(["", "/"]);
    const target = asked.replace(/^\/+/, "/");
    const theirs = (await redirector.parsePlain(rules, {})).match({
      scheme: "http",
      host: "h",
      path: target,
      query: "",
      country: "",
      language: "",
      headers: {},
    });
    const ours = createHostRules(parsed, { blocks: [] }, dialect)
      .redirectOf(toAsked(target));
    // What leads to itself does not count here.
    if (theirs?.to === target) continue;
    if (theirs) matched++;
    assertEquals(
      ours && [ours.rule.status, ours.rule.isForced, ours.to.path],
      theirs ? [theirs.status, theirs.force, theirs.to] : undefined,
      `${JSON.stringify(rules)} ${target}`,
    );
  }
  assert(matched > 100, `${matched}`);
});
