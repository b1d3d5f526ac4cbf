/** Values within options: a program without types is told which option it is, in our words. */

import { assertEquals, assertThrows } from "@std/assert";
import { createHandler, type SiteOptions } from "../../main.ts";
import { site } from "../support/site.ts";

/** Makes a handler with an option of any type. */
function make(name: string, value: unknown): unknown {
  const options: SiteOptions = { root: "/", log: false };
  return createHandler({ ...options, [name]: value });
}

const PAIRS = "expected pairs of a name, or a glob, and a value";

const ROWS: ReadonlyArray<
  readonly [name: string, value: unknown, message: string]
> = [
  ["headers", [1], `Cannot use headers: ${PAIRS}`],
  ["headers", ["X-A: secret"], `Cannot use headers: ${PAIRS}`],
  ["headers", [["X-A"]], `Cannot use headers: ${PAIRS}`],
  ["headers", [[1, "b"]], `Cannot use headers: ${PAIRS}`],
  ["headersByPath", ["*.js"], `Cannot use headersByPath: ${PAIRS}`],
  ["headersByPath", [["*.js"]], `Cannot use headersByPath: ${PAIRS}`],
  ["headersByPath", [["*.js", "X-A: b"]], `Cannot use headersByPath: ${PAIRS}`],
  ["headersByPath", [["*.js", 1]], `Cannot use headersByPath: ${PAIRS}`],
  ["cacheControl", ["no-store"], `Cannot use cacheControl: ${PAIRS}`],
  ["cacheControl", [["*.js", 60]], "Cannot use 60 as Cache-Control"],
  ["cacheControl", [["*.js", null]], "Cannot use null as Cache-Control"],
  ["cors", [1], "Cannot allow origin 1"],
  ["immutable", [1], "Cannot use 1 as immutable: expected a directory"],
  ["index", [1n], "Cannot use bigint as index: expected the name of a file"],
  ["index", [Symbol("a")], "Cannot use symbol as index"],
  ["mediaTypes", { "": 1 }, 'Cannot use 1 as media type: expected "type/sub'],
  ["mediaTypes", { ".a": [] }, "Cannot use [] as media type"],
  ["mediaTypes", { ".a": ["a/b"] }, `Cannot use ["a/b"] as media type`],
];

Deno.test("values of a wrong type are TypeErrors that tell the option, and what is wanted", () => {
  for (const [name, value, message] of ROWS) {
    assertThrows(() => make(name, value), TypeError, message);
  }
});

Deno.test("headers: those of another implementation of Headers count", async () => {
  // It is iterable, and no object of the global class.
  const headers = new Map([["X-A", "b"]]) as unknown as Headers;
  const fetch = site({ "/a.txt": "a" }, { headers });
  assertEquals((await fetch("/a.txt")).headers.get("x-a"), "b");
});
