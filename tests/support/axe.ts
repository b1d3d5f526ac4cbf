/** Whether pages are for everybody: axe-core, all its rules, also those that are only good practice. */

import { loadPackage } from "../../scripts/packages.ts";
import type { Page } from "./browser.ts";

interface Violation {
  readonly id: string;
  readonly nodes: ReadonlyArray<
    { readonly target: readonly string[]; readonly failureSummary: string }
  >;
}

/**
 * What is wrong with a page, by day and by night. A colour on its way from light to dark would be
 * measured: the page is one of `reducedMotion`.
 */
export async function findViolations(page: Page): Promise<readonly string[]> {
  const { source } = await loadPackage("axe-core") as { source: string };
  await page.evaluate(source);
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<{ violations: Violation[] }>(
      "axe.run({ resultTypes: ['violations'] })",
    );
    found.push(
      ...violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) =>
          `${colorScheme}: ${id}: ${target.join(" ")}: ${failureSummary}`
        )
      ),
    );
  }
  return found;
}
