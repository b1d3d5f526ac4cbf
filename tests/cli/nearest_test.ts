import { assertEquals } from "@std/assert";
import { nearestWords } from "../../lib/program/command_line.ts";

const KNOWN = ["--bind", "--compress", "--completions", "--cors", "--qr", "-q"];

Deno.test("nearestWords() has what begins with a word, or is near to it", () => {
  const rows: Array<[string, string[]]> = [
    ["--bin", ["--bind"]],
    ["--comp", ["--compress", "--completions"]],
    ["--compres", ["--compress"]],
    ["--compresss", ["--compress"]],
    ["--cmopress", ["--compress"]],
    ["--Cors", ["--cors"]],
    ["--qt", ["--qr"]],
    // What begins like five of them, or like none, tells nothing.
    ["--", []],
    ["-x", []],
    ["--nope", []],
    ["--nothing-like-it", []],
  ];
  for (const [word, words] of rows) {
    assertEquals(nearestWords(word, KNOWN), words, word);
  }
  assertEquals(nearestWords("--bind", []), []);
});
