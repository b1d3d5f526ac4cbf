import { assertEquals } from "@std/assert";
import {
  formatContentRange,
  parseRange,
  type RangeSelection,
  selectRanges,
} from "../../lib/http/byte_range.ts";

const int = (first: number, last?: number) => ({
  kind: "int" as const,
  first,
  last,
});
const suffix = (length: number) => ({ kind: "suffix" as const, length });

Deno.test("parseRange() reads what RFC 9110 §14.2 has, and ignores the rest", () => {
  const rows: Array<[string, ReturnType<typeof parseRange>]> = [
    ["bytes=0-9", [int(0, 9)]],
    ["bytes=5-", [int(5)]],
    ["bytes=-5", [suffix(5)]],
    ["bytes=-0", [suffix(0)]],
    ["BYTES=0-9", [int(0, 9)]],
    ["bytes=0-0,5-9, -1", [int(0, 0), int(5, 9), suffix(1)]],
    ["bytes=0-0 ,\t5-9", [int(0, 0), int(5, 9)]],
    ["bytes=,0-0,,", [int(0, 0)]],
    ["bytes=007-008", [int(7, 8)]],
    ["bytes=0-99999999999999999999", [int(0, 1e20)]],
    // malformed or unknown: ignored
    ["", undefined],
    ["bytes", undefined],
    ["bytes=", undefined],
    ["bytes=,", undefined],
    ["bytes=-", undefined],
    ["bytes=5", undefined],
    ["bytes=9-5", undefined],
    ["bytes=99999999999999999999-99999999999999999998", undefined],
    ["bytes=9007199254740993-9007199254740992", undefined],
    ["bytes=0-9,x", undefined],
    ["bytes=0-9,9-5", undefined],
    ["bytes=0--9", undefined],
    ["bytes=--9", undefined],
    ["bytes=+0-9", undefined],
    ["bytes=0x0-9", undefined],
    ["bytes=0-9;q=1", undefined],
    ["bytes=0 - 9", undefined],
    ["bytes = 0-9", undefined],
    [" bytes=0-9", undefined],
    ["lines=1-2", undefined],
    ["bytes 0-9", undefined],
  ];
  for (const [value, expected] of rows) {
    assertEquals(parseRange(value), expected, value);
  }
});

function spans(...pairs: Array<[number, number]>): RangeSelection {
  return {
    kind: "spans",
    spans: pairs.map(([start, end]) => ({ start, end })),
  };
}

Deno.test("selectRanges() clamps, coalesces and caps", () => {
  const whole: RangeSelection = { kind: "whole" };
  const unsatisfiable: RangeSelection = { kind: "unsatisfiable" };
  const rows: Array<[string, number, RangeSelection]> = [
    ["bytes=0-0", 100, spans([0, 0])],
    ["bytes=99-99", 100, spans([99, 99])],
    ["bytes=0-", 100, spans([0, 99])],
    ["bytes=90-200", 100, spans([90, 99])],
    ["bytes=0-99999999999999999999", 100, spans([0, 99])],
    ["bytes=-1", 100, spans([99, 99])],
    ["bytes=-100", 100, spans([0, 99])],
    ["bytes=-200", 100, spans([0, 99])],
    // nothing lies inside
    ["bytes=100-", 100, unsatisfiable],
    ["bytes=100-200", 100, unsatisfiable],
    ["bytes=-0", 100, unsatisfiable],
    ["bytes=99999999999999999999-", 100, unsatisfiable],
    ["bytes=100-,-0", 100, unsatisfiable],
    // no Content-Range can say "none", and caches that ask in slices ask so for any file
    ["bytes=0-0", 0, whole],
    ["bytes=0-", 0, whole],
    ["bytes=5-9", 0, whole],
    ["bytes=-0", 0, whole],
    ["bytes=-5", 0, whole],
    // several: what is not inside counts for nothing
    ["bytes=0-9,200-", 100, spans([0, 9])],
    ["bytes=0-9,20-29", 100, spans([0, 9], [20, 29])],
    ["bytes=20-29,0-9", 100, spans([20, 29], [0, 9])],
    // what overlaps or touches becomes one, where the first of them stood
    ["bytes=0-9,10-19", 100, spans([0, 19])],
    ["bytes=0-9,5-14", 100, spans([0, 14])],
    ["bytes=0-9,11-19", 100, spans([0, 9], [11, 19])],
    ["bytes=50-59,0-9,55-69", 100, spans([50, 69], [0, 9])],
    ["bytes=0-9,20-29,8-22", 100, spans([0, 29])],
    ["bytes=-10,0-9", 100, spans([90, 99], [0, 9])],
    // more than the whole in sum, or more than sixteen
    ["bytes=0-,0-", 100, whole],
    ["bytes=0-59,40-99", 100, whole],
    ["bytes=0-49,50-99", 100, spans([0, 99])],
    [
      `bytes=${Array.from({ length: 16 }, (_, at) => `${at * 4}-${at * 4}`)}`,
      100,
      {
        kind: "spans",
        spans: Array.from(
          { length: 16 },
          (_, at) => ({ start: at * 4, end: at * 4 }),
        ),
      },
    ],
    [
      `bytes=${Array.from({ length: 17 }, (_, at) => `${at * 4}-${at * 4}`)}`,
      100,
      whole,
    ],
    ["bytes=x", 100, whole],
  ];
  for (const [value, size, expected] of rows) {
    assertEquals(selectRanges(value, size), expected, `${value} of ${size}`);
  }
});

/** `count` ranges of `length` bytes, each `step` bytes behind the one before. */
function many(count: number, length: number, step: number): string {
  const starts = Array.from({ length: count }, (_, at) => at * step);
  return `bytes=${starts.map((start) => `${start}-${start + length - 1}`)}`;
}

Deno.test("selectRanges(): more than 16 spans ascend, do not overlap, and outweigh their heads (RFC 9110 §17.15)", () => {
  const size = 10_000_000;
  const rows: Array<[string, string, number]> = [
    ["16 of one byte", many(16, 1, 4), 16],
    ["17 of one byte", many(17, 1, 4), 0],
    ["20 of 2 KiB, as zsync asks", many(20, 2048, 4096), 20],
    ["255 of 500 bytes, as zckdl asks", many(255, 500, 20_000), 255],
    ["1,000 of 1 KiB", many(1000, 1024, 2048), 1000],
    ["17 that touch", many(17, 512, 512), 17],
    ["17 of as many bytes as their heads", many(17, 128, 200), 17],
    ["17 of one byte less", many(17, 127, 200), 0],
    ["17 that overlap by a byte", many(17, 512, 511), 0],
    ["17 that descend", `${many(16, 512, 1000)},0-511`, 0],
    ["17 equal ones", many(17, 512, 0), 0],
    ["the last bytes behind 16 others", `${many(16, 512, 1000)},-512`, 17],
    [
      "what lies outside counts for nothing",
      `${many(17, 512, 1000)},${size}-`,
      17,
    ],
  ];
  for (const [what, value, count] of rows) {
    const selection = selectRanges(value, size);
    if (selection.kind !== "spans") {
      assertEquals([selection.kind, count], ["whole", 0], what);
      continue;
    }
    assertEquals(selection.spans.length, count, what);
    // Twice: for the length, and for sending.
    const [first, second] = [[...selection.spans], [...selection.spans]];
    assertEquals(first, second, what);
    assertEquals(first.length, count, what);
  }
});

Deno.test("formatContentRange() has the length, and a star where nothing is sent", () => {
  assertEquals(formatContentRange({ start: 0, end: 9 }, 100), "bytes 0-9/100");
  assertEquals(formatContentRange(undefined, 100), "bytes */100");
});
