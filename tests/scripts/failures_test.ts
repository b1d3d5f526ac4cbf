/** What the end of a run of tests says of those that failed. */
import { assertEquals } from "@std/assert";
import { failuresOf } from "../../scripts/failures.ts";

const STACK =
  `    at assertEquals (file:///p/node_modules/assert/equals.js:60:9)
    at file:///p/tests/a_test.ts:7:35
    at innerWrapped (ext:cli/40_test.js:300:11)`;
const LONG = Array.from({ length: 60 }, (_, at) => `+     "${at}",`).join("\n");

/** What `deno test` prints of failed tests. */
function run(errors: Readonly<Record<string, string>>): string {
  const blocks = Object.entries(errors)
    .map(([heading, error]) => `${heading}\n${error}\n${STACK}\n\n`);
  const list = Object.keys(errors).join("\n");
  return `running 9 tests from ./tests/a_test.ts
one ... ok (1ms)

 ERRORS 

${blocks.join("")} FAILURES 

${list}

FAILED | 5 passed (1 step) | 4 failed (102ms)

`;
}

Deno.test("failuresOf(): nothing of a run in which nothing failed", () => {
  assertEquals(
    failuresOf("one ... ok\n\nok | 1 passed | 0 failed (1ms)\n"),
    "",
  );
});

Deno.test("failuresOf(): each test with the beginning of its error, and its place", () => {
  const output = run({
    "one ... inner => ./tests/a_test.ts:4:13": "error: Error: It\nnever came",
    "./tests/b_test.ts (uncaught error)": `error: ${LONG}`,
  });
  const expected = `one ... inner => ./tests/a_test.ts:4:13
error: Error: It
never came
    at file:///p/tests/a_test.ts:7:35
./tests/b_test.ts (uncaught error)
error: ${LONG.split("\n").slice(0, 7).join("\n")}
    at file:///p/tests/a_test.ts:7:35
`;
  assertEquals(failuresOf(output), expected);
});

Deno.test("failuresOf(): of many the first", () => {
  const names = ["a", "b", "c", "d", "e"].map((name) => [name, "error: x"]);
  const lines = failuresOf(run(Object.fromEntries(names))).split("\n");
  assertEquals(lines.filter((line) => /^[a-e]$/.test(line)), ["a", "b", "c"]);
  assertEquals(lines.slice(-2), ["... and 2 more", ""]);
});
