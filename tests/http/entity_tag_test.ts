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

Deno.test("deriveEntityTag() depends on size and time, and there is none before the time can tell", () => {
  const now = Date.parse("2026-01-02T03:04:05.678Z");
  const old = now - 60_000;
  const hour = 3_600_000;
  type Row = [
    size: number,
    mtime: number | undefined,
    changed: number | undefined,
    expected: string | undefined,
  ];
  const second = (time: number) => Math.floor(time / 1000) * 1000;
  const rows: Row[] = [
    [10, old, undefined, '"a-19b7ca8a4ce"'],
    [11, old, undefined, '"b-19b7ca8a4ce"'],
    [10, old + 1, undefined, '"a-19b7ca8a4cf"'],
    [10, undefined, undefined, undefined],
    // young
    [10, now - 1000, undefined, '"a-19b7ca98b46"'],
    [10, now - 999, undefined, undefined],
    [10, now, undefined, undefined],
    [10, now + 5000, undefined, undefined],
    // a system without milliseconds, or one whose clock is late
    [10, second(now), undefined, undefined],
    [10, second(now) - 1000, undefined, undefined],
    [10, second(now) - 2000, undefined, '"a-19b7ca984b8"'],
    // the time of change, as Deno has it and as Bun has it
    [10, old, second(old), '"a-19b7ca8a4ce"'],
    [10, old, old + 0.25, '"a-19b7ca8a4ce"'],
    [10, old, 0, '"a-19b7ca8a4ce"'],
    // somebody has set the time, or the file was changed in some other way
    [10, old, second(old) + 1000, undefined],
    [10, old, second(old) - 1000, undefined],
    [10, old, now - 5000, undefined],
    [10, now + hour, old, undefined],
    [10, now + hour, undefined, undefined],
    // build tools
    [10, 0, undefined, undefined],
    [10, 1000, undefined, undefined],
    [10, Date.parse("1980-01-01T00:00:00Z"), undefined, undefined],
    [10, Date.parse("1980-01-01T00:00:00+05:45"), undefined, undefined],
    [10, Date.parse("1980-01-01T00:00:00-08:00"), undefined, undefined],
    [10, Date.parse("1980-02-01T00:00:00Z"), undefined, undefined],
    [10, Date.parse("1985-10-26T08:15:00Z"), undefined, undefined],
    [10, Date.parse("2010-01-01T00:00:00Z"), undefined, undefined],
    [10, Date.parse("1980-01-01T00:00:01Z"), undefined, '"a-49773873e8"'],
  ];
  for (const [size, mtime, changed, expected] of rows) {
    const tag = deriveEntityTag({ size, mtime, changed }, now);
    const row = JSON.stringify([mtime, changed]);
    assertEquals(tag && formatEntityTag(tag), expected, row);
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
