/** What somebody may have meant: for flags, and for names of files. */
import { assert, assertEquals } from "@std/assert";
import { nearestNames, nearestWords } from "../../lib/pages/nearest.ts";
import { processorTime } from "../support/process_list.ts";

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

const NAMES = [
  "About.html",
  "about",
  "index.html",
  "photo.jpeg",
  "photo.png",
  "README.md",
  "café.txt",
  "x",
  "report-2026-final.pdf",
];

Deno.test("nearestNames(): other case, then another extension, then slips, the nearest first", () => {
  const rows: Array<[name: string, near: string[]]> = [
    ["ABOUT", ["about", "About.html"]],
    ["about.htm", ["About.html", "about"]],
    ["photo.jpg", ["photo.jpeg", "photo.png"]],
    ["phtoo.png", ["photo.png"]],
    ["abuot", ["about"]],
    ["readme", ["README.md"]],
    ["readme.md", ["README.md"]],
    ["indx.html", ["index.html"]],
    ["cafe\u0301.txt", ["café.txt"]],
    ["X", ["x"]],
    ["y", []],
    ["report-2025-final.pdf", ["report-2026-final.pdf"]],
    ["report-1999-first.pdf", []],
    ["nothing-of-the-kind", []],
    ["", []],
  ];
  for (const [name, near] of rows) {
    assertEquals(nearestNames(name, NAMES), near, name);
  }
});

Deno.test("nearestNames(): the bound changes no distance below it, and keeps long names cheap", () => {
  const plain = (word: string, other: string): number => {
    const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
    for (let at = 1; at <= word.length; at++) {
      const next = [at];
      for (let index = 1; index <= other.length; index++) {
        const change = other[index - 1] === word[at - 1] ? 0 : 1;
        const isSwapped = at > 1 && index > 1 &&
          word[at - 1] === other[index - 2] &&
          word[at - 2] === other[index - 1];
        next[index] = Math.min(
          (rows[at - 1]?.[index - 1] ?? 0) + change,
          (rows[at - 1]?.[index] ?? 0) + 1,
          (next[index - 1] ?? 0) + 1,
          isSwapped ? (rows[at - 2]?.[index - 2] ?? 0) + 1 : Infinity,
        );
      }
      rows.push(next);
    }
    return rows.at(-1)?.at(-1) ?? 0;
  };
  let seed = 17;
  const letter = () =>
    "abc"[(seed = (seed * 1103515245 + 12345) % 2 ** 31) % 3];
  const word = () => Array.from({ length: 9 + seed % 5 }, letter).join("");
  for (let count = 0; count < 2000; count++) {
    const [one, other] = [word(), word()];
    const isNear =
      plain(one, other) <= Math.min(3, Math.ceil((one.length - 1) / 4));
    assertEquals(
      nearestNames(one, [other]).length === 1,
      isNear,
      `${one} ${other}`,
    );
  }
  const long = Array.from(
    { length: 2000 },
    (_, index) => `${"x".repeat(250)}${index}`,
  );
  const before = processorTime(Deno.pid);
  nearestNames(`${"x".repeat(250)}yyyy`, long);
  assert(processorTime(Deno.pid) - before < 2000);
});
