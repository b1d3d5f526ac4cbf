import { assertEquals } from "@std/assert";
import {
  formatHttpDate,
  formatTimestamp,
  parseHttpDate,
  parseLooseDate,
} from "../../lib/http/date.ts";

const NOW = Date.UTC(2026, 10, 21);

Deno.test("formatTimestamp() writes RFC 3339 in whole seconds, where the year has four digits", () => {
  const rows: [time: number, expected: string | undefined][] = [
    [0, "1970-01-01T00:00:00Z"],
    [784_111_777_999, "1994-11-06T08:49:37Z"],
    [-1, "1969-12-31T23:59:59Z"],
    [253_402_300_799_999, "9999-12-31T23:59:59Z"],
    [253_402_300_800_000, undefined],
    [-62_167_219_200_000, "0000-01-01T00:00:00Z"],
    [-62_167_219_200_001, undefined],
    [9e15, undefined],
    [NaN, undefined],
  ];
  for (const [time, expected] of rows) {
    assertEquals(formatTimestamp(time), expected, String(time));
  }
});

Deno.test("formatHttpDate() writes an IMF-fixdate in whole seconds", () => {
  assertEquals(formatHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  assertEquals(
    formatHttpDate(784_111_777_999),
    "Sun, 06 Nov 1994 08:49:37 GMT",
  );
});

Deno.test("parseHttpDate() reads the three formats and nothing else", () => {
  const rows: Array<[string, number | undefined]> = [
    ["Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777_000],
    ["Sun Nov  6 08:49:37 1994", 784_111_777_000],
    ["Sun Nov 16 08:49:37 1994", 784_975_777_000],
    // a leap second is the last second of its minute
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2016, 11, 31, 23, 59, 59)],
    // two-digit years: at most 50 years ahead
    ["Saturday, 21-Nov-76 00:00:00 GMT", Date.UTC(2076, 10, 21)],
    ["Monday, 21-Nov-77 00:00:00 GMT", Date.UTC(1977, 10, 21)],
    // no HTTP-dates
    ["", undefined],
    ["0", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["Sun, 06 Nov 1994 08:49:37 UTC", undefined],
    ["Sun, 06 Nov 1994 08:49:37 +0100", undefined],
    ["Sun, 6 Nov 1994 08:49:37 GMT", undefined],
    ["sun, 06 nov 1994 08:49:37 gmt", undefined],
    ["Sun, 06 Nov 1994 24:00:00 GMT", undefined],
    ["Sun, 06 Nov 1994 08:60:37 GMT", undefined],
    ["Sun, 06 Nov 1994 08:49:61 GMT", undefined],
    ["Sun, 31 Feb 1994 08:49:37 GMT", undefined],
    ["Sun, 00 Feb 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Foo 1994 08:49:37 GMT", undefined],
    ["Sun, 06 anF 1994 08:49:37 GMT", undefined],
    ["Sun, 06 Nov 0001 08:49:37 GMT", undefined],
    [" Sun, 06 Nov 1994 08:49:37 GMT", undefined],
    [
      "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
      undefined,
    ],
  ];
  for (const [text, expected] of rows) {
    assertEquals(parseHttpDate(text, NOW), expected, text);
  }
});

Deno.test("parseLooseDate() reads what programs write: asctime with a zone, numeric zones", () => {
  const time = 784_111_777_000;
  const rows: Array<[string, number | undefined]> = [
    ["Sun Nov  6 08:49:37 1994", time],
    ["Sun Nov  6 08:49:37 1994 GMT", time],
    ["Sun Nov 6 08:49:37 1994 UTC", time],
    ["Sun Nov  6 08:49:37 UTC 1994", time],
    ["Sun Nov  6 09:49:37 1994 +0100", time],
    ["Sun, 06 Nov 1994 08:49:37 +0000", time],
    ["Sun, 06 Nov 1994 08:49:37 -0000", time],
    ["Sun, 6 Nov 1994 10:49:37 +0200", time],
    ["Sun, 06 Nov 1994 03:19:37 -0530", time],
    ["Sun, 06 Nov 1994 08:49:37 UTC", time],
    ["Sun, 06 Nov 1994 08:49:37", time],
    ["06 Nov 1994 08:49:37 GMT", time],
    ["Sun, 06-Nov-1994 08:49:37 GMT", time],
    ["Sun, 06-Nov-94 08:49:37 GMT", time],
    // a zone whose offset nobody knows, and what is no date
    ["Sun, 06 Nov 1994 08:49:37 EST", undefined],
    ["Sun Nov  6 08:49:37 CET 1994", undefined],
    ["Sun, 31 Feb 1994 08:49:37 +0000", undefined],
    ["Sun, 06 Nov 1994 24:49:37 +0000", undefined],
    // no zone, and a year that no HTTP-date has
    ["Sun, 06 Nov 1994 08:49:37 +9999", undefined],
    ["Sun, 06 Nov 1994 08:49:37 +0060", undefined],
    ["Fri, 31 Dec 9999 23:59:59 -0100", undefined],
    ["Fri, 01 Jan 0100 00:00:00 +0100", undefined],
    ["0", undefined],
    ["-1", undefined],
    ["", undefined],
  ];
  for (const [text, time] of rows) {
    assertEquals(parseLooseDate(text, NOW), time, text);
  }
});
