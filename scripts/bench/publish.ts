/**
 * What is made from the figures: all of it from `results.json`, so that it agrees.
 *
 * @module
 */

import { fillMarks } from "../marks.ts";
import { picture } from "./picture.ts";
import { markdown } from "./report.ts";
import { encodeResults, type Results } from "./results.ts";
import { summary } from "./summary.ts";

/**
 * The texts of a run.
 *
 * @param results The run, as it was read from its JSON.
 * @param readme The README so far.
 * @returns By path in the project: the new text.
 */
export function texts(
  results: Results,
  readme: string,
): Readonly<Record<string, string>> {
  return {
    "scripts/bench/results.json": encodeResults(results),
    "scripts/bench/RESULTS.md": markdown(results),
    "scripts/bench/how-fast.svg": picture(results),
    "README.md": fillMarks(readme, "how fast", summary(results)),
  };
}

/**
 * Writes the texts of a run.
 *
 * @param results The run.
 * @param project The directory of the project, with a slash.
 */
export async function publish(results: Results, project: URL): Promise<void> {
  const readme = await Deno.readTextFile(new URL("README.md", project));
  for (const [path, text] of Object.entries(texts(results, readme))) {
    await Deno.writeTextFile(new URL(path, project), text);
  }
}
