/** Sizes, counts and times as people and programs read them. */
import { assertEquals } from "@std/assert";
import { formatTimestamp } from "../../lib/http/date.ts";
import {
  formatCount,
  formatSize,
  pluralize,
} from "../../lib/pages/quantity.ts";

Deno.test("quantity: sizes are those of ls -lh, with a unit that people know", () => {
  // `truncate -s N f; ls -lh f`, coreutils 9.1
  const rows: Array<[bytes: number, ls: string]> = [
    [0, "0"],
    [1023, "1023"],
    [1024, "1.0K"],
    [1025, "1.1K"],
    [1536, "1.5K"],
    [10_137, "9.9K"],
    [10_138, "10K"],
    [10_241, "11K"],
    [1_047_552, "1023K"],
    [1_047_553, "1.0M"],
    [1_500_000, "1.5M"],
    [734_003_200, "700M"],
    [8_345_234_567, "7.8G"],
  ];
  for (const [bytes, ls] of rows) {
    const size = formatSize(bytes);
    assertEquals(size.replace("\xa0", "").replace(/B$/, ""), ls);
    assertEquals(size.split("\xa0").length, 2);
  }
  assertEquals(formatSize(2 ** 53 - 1), "8.0\xa0PB");
  assertEquals(formatSize(2 ** 60), "1024\xa0PB");
});

Deno.test("quantity: counts have their thousands apart", () => {
  const rows: Array<[count: number, text: string]> = [
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [123_456, "123,456"],
    [1_234_567_890, "1,234,567,890"],
  ];
  for (const [count, text] of rows) assertEquals(formatCount(count), text);
  assertEquals(pluralize(1, "file"), "1 file");
  assertEquals(pluralize(0, "file"), "0 files");
});

Deno.test("RFC 3339: formatTimestamp() writes what toISOString() does, without the fraction", () => {
  const times = [
    0,
    -1,
    951_782_400_000,
    4_107_542_399_999,
    -62_167_219_200_000,
    253_402_300_799_999,
  ];
  for (
    let time = -62_167_219_200_000;
    time < 253_402_300_799_999;
    time += 98_765_432_109
  ) {
    times.push(time);
  }
  for (const time of times) {
    assertEquals(
      formatTimestamp(time),
      `${new Date(time).toISOString().slice(0, 19)}Z`,
    );
  }
  for (
    const time of [
      NaN,
      Infinity,
      9e15,
      -62_167_219_200_001,
      253_402_300_800_000,
    ]
  ) {
    assertEquals(formatTimestamp(time), undefined);
  }
});
