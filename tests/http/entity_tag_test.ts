import { assertEquals } from "@std/assert";
import {
  deriveEntityTag,
  formatEntityTag,
  matchesStrongly,
  matchesWeakly,
  scanEntityTags,
} from "../../lib/http/entity_tag.ts";

const strong = (opaque: string) => ({ weak: false, opaque });
const weak = (opaque: string) => ({ weak: true, opaque });

Deno.test("deriveEntityTag() depends on size and time, and is weak in the first second", () => {
  const now = 1_000_000;
  const rows: Array<[number, number | undefined, string | undefined]> = [
    [10, 0, '"a-0"'],
    [11, 0, '"b-0"'],
    [10, 1, '"a-1"'],
    [10, now - 1000, '"a-f3e58"'],
    [10, now - 999, 'W/"a-f3e59"'],
    [10, now, 'W/"a-f4240"'],
    [10, now + 5000, 'W/"a-f55c8"'],
    [10, undefined, undefined],
  ];
  for (const [size, mtime, expected] of rows) {
    const tag = deriveEntityTag({ size, mtime }, now);
    assertEquals(tag && formatEntityTag(tag), expected);
  }
});

Deno.test("scanEntityTags() scans, and does not split at commas", () => {
  const rows: Array<[string, ReturnType<typeof scanEntityTags>]> = [
    ["*", "*"],
    [" * ", "*"],
    ['"a"', [strong("a")]],
    ['W/"a"', [weak("a")]],
    ['"a,b"', [strong("a,b")]],
    ['"a", W/"b" ,"c"', [strong("a"), weak("b"), strong("c")]],
    [',, "a",,"b",', [strong("a"), strong("b")]],
    ['""', [strong("")]],
    ['"\xe9"', [strong("\xe9")]],
    // what was read before the first mistake counts
    ['"a", b, "c"', [strong("a")]],
    ['"a" "b"', [strong("a"), strong("b")]],
    ['"a""b"', [strong("a")]],
    ['"a', []],
    ["a", []],
    ['w/"a"', []],
    ['W/ "a"', []],
    ['"a b"', []],
    ['*, "a"', []],
    ["", []],
  ];
  for (const [text, expected] of rows) {
    assertEquals(scanEntityTags(text), expected, text);
  }
});

Deno.test("matchesStrongly() and matchesWeakly() follow the table of RFC 9110 §8.8.3.2", () => {
  const rows = [
    [weak("1"), weak("1"), false, true],
    [weak("1"), weak("2"), false, false],
    [weak("1"), strong("1"), false, true],
    [strong("1"), strong("1"), true, true],
  ] as const;
  for (const [a, b, strongly, weakly] of rows) {
    assertEquals(matchesStrongly(a, b), strongly);
    assertEquals(matchesWeakly(a, b), weakly);
  }
});
