/**
 * What failed in a run of `deno test`, in a few lines: of a long log people see the end.
 *
 * @module
 */

/** How many lines are shown of an error, and of how many errors. */
const MOST_LINES = 8;
const MOST_ERRORS = 3;

/** The failed tests, each with the beginning of its error and its place in the tests; the first of many. */
export function failuresOf(output: string): string {
  const [, errors = "", list = ""] =
    /\n ERRORS \n\n([^]*)\n FAILURES \n\n([^]*?)\n\n/.exec(output) ?? [];
  // A heading is what `deno test` repeats below the errors.
  const headings = list.split("\n").filter((line) => line !== "");
  const starts = headings.map((heading) => errors.indexOf(`${heading}\n`));
  const texts = starts.map((start, index) =>
    shorten(errors.slice(start, starts[index + 1]))
  );
  const more = texts.length - MOST_ERRORS;
  return texts.slice(0, MOST_ERRORS).join("") +
    (more > 0 ? `... and ${more} more\n` : "");
}

/** The first lines of an error, and the first lines of its stack that are ours. */
function shorten(error: string): string {
  const lines = error.split("\n").filter((line) => line.trim() !== "");
  const isPlace = (line: string) => /^ {4}at /.test(line);
  const words = lines.filter((line) => !isPlace(line)).slice(0, MOST_LINES);
  const places = lines.filter((line) =>
    isPlace(line) && line.includes("/tests/")
  ).slice(0, 2);
  return [...words, ...places, ""].join("\n");
}
