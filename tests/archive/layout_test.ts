/** Layouts: lengths are known before a byte is read, and any piece of an archive is that of the whole. */
import { assert, assertEquals } from "@std/assert";
import type { ArchiveEntry } from "../../lib/archive/archive_entry.ts";
import { dataSize, type Layout, partAt } from "../../lib/archive/layout.ts";
import { sendArchive } from "../../lib/archive/send_archive.ts";
import { tarLayout } from "../../lib/archive/tar.ts";
import { zipLayout } from "../../lib/archive/zip.ts";
import { createCache } from "../../lib/http/cache.ts";
import type { Pieces } from "../../lib/ports/content.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { readTar, readZip } from "../support/archives.ts";
import { random as createRandom } from "../support/random.ts";

const { files, coder } = currentRuntime();

/** The bytes of pieces of an archive. */
async function bytesOf(layout: Layout, pieces: Pieces): Promise<Uint8Array> {
  const parts = {
    files,
    coder,
    clock: { now: Date.now },
    checksums: createCache<number>(100_000),
  };
  const { body } = sendArchive(layout, pieces, parts, () => {});
  assert(body instanceof ReadableStream);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

const wholeOf = (layout: Layout) =>
  bytesOf(layout, [{ start: 0, end: layout.size - 1 }]);

function entry(
  name: string,
  bytes?: Uint8Array<ArrayBuffer>,
  seconds = 1_700_000_000,
): ArchiveEntry {
  const source = bytes && { kind: "bytes", bytes } as const;
  return { name, seconds, isExecutable: false, source };
}

/** An entry of a size, whose bytes are nowhere. */
function large(name: string, size: number): ArchiveEntry {
  const stat = { kind: "file", size, mtime: 0 } as const;
  const source = { kind: "file", path: `/${name}`, stat } as const;
  return { name, seconds: 0, isExecutable: false, source };
}

const { below } = createRandom(18);
const LETTERS = ["a", "B", "é", "ẞ", "🎉", " ", "-", "日", "."];

function randomEntries(): ArchiveEntry[] {
  return Array.from({ length: below(12) }, (_, index) => {
    const length = 1 + below(below(10) === 0 ? 300 : 30);
    const letters = Array.from({ length }, () => LETTERS[below(9)]).join("");
    const name = `${index}/${letters}`;
    return below(4) === 0
      ? entry(`${name}/`)
      : entry(name, new Uint8Array(below(3000)).map(() => below(256)));
  });
}

for (
  const [format, layOut, read] of [
    ["zip", zipLayout, readZip],
    ["tar", tarLayout, readTar],
  ] as const
) {
  Deno.test(`${format}: of random trees the length is known, and every piece is that of the whole`, async () => {
    for (let round = 0; round < 40; round++) {
      const entries = randomEntries();
      const layout = layOut(entries);
      const whole = await wholeOf(layout);
      assertEquals(whole.length, layout.size);
      assertEquals(
        read(whole).map(({ name, seconds, bytes }) => [name, seconds, bytes]),
        entries.map(({ name, seconds, source }) => [
          name,
          seconds,
          source?.kind === "bytes" ? source.bytes : new Uint8Array(),
        ]),
      );
      for (let tries = 0; tries < 10; tries++) {
        const start = below(layout.size);
        const end = start + below(layout.size - start);
        const piece = await bytesOf(layout, [{ start, end }]);
        assertEquals(piece, whole.slice(start, end + 1));
      }
    }
  });
}

Deno.test("pieces in a row, with bytes in between, as multipart ranges have them", async () => {
  const layout = zipLayout([entry("a", new Uint8Array(100).fill(7))]);
  const whole = await wholeOf(layout);
  const between = Uint8Array.of(1, 2, 3);
  const pieces = [{ start: 1, end: 50 }, between, { start: 90, end: 99 }];
  assertEquals([...await bytesOf(layout, pieces)], [
    ...whole.slice(1, 51),
    ...between,
    ...whole.slice(90, 100),
  ]);
});

Deno.test("the part of a byte: parts without bytes have none", () => {
  const layout = zipLayout([entry("a/"), entry("b", new Uint8Array(5))]);
  for (let at = 0; at < layout.size; at++) {
    const index = partAt(layout, at);
    assert(layout.startOf(index) <= at && at < layout.startOf(index + 1));
  }
});

Deno.test("zip: ZIP64 exactly where numbers need it (APPNOTE 4.4.8, 4.4.16, 4.4.22)", () => {
  const LARGE = 0xffff_ffff;
  /** Without ZIP64: 30 + 1 + 9 and 46 + 1 + 9 for an entry with a name of one letter, 22 for the end. */
  const plain = (entries: readonly ArchiveEntry[]) =>
    entries.reduce((sum, one) => sum + 96 + dataSize(one), 22);
  const many = (count: number) =>
    Array.from({ length: count }, () => entry("a", new Uint8Array()));
  const rows: Array<[what: string, ArchiveEntry[], more: number]> = [
    ["nothing", [], 0],
    ["the largest size without", [large("a", LARGE - 1)], 76],
    ["a directory that begins below the border", [large("a", LARGE - 41)], 0],
    ["a directory that begins at the border", [large("a", LARGE - 40)], 76],
    ["the smallest size with", [large("a", LARGE)], 40 + 76],
    ["an entry at the border", [
      large("a", LARGE - 40),
      entry("b", new Uint8Array()),
    ], 12 + 76],
    ["an entry before it", [
      large("a", LARGE - 41),
      entry("b", new Uint8Array()),
    ], 76],
    [
      "large entries behind the border",
      [large("a", LARGE), large("b", LARGE)],
      40 + 48 + 76,
    ],
    ["65,534 entries", many(65_534), 0],
    ["65,535 entries", many(65_535), 76],
  ];
  for (const [what, entries, more] of rows) {
    assertEquals(zipLayout(entries).size - plain(entries), more, what);
  }
});

Deno.test("zip: times before 1970 and after 2038 are those of DOS, clamped to 1980 and 2107, whatever the zone", async () => {
  const rows: Array<[seconds: number, time: string]> = [
    [-1, "1980-1-1 0:0:0"],
    [0, "1980-1-1 0:0:0"],
    [1_700_000_001, "2023-11-14 22:13:20"],
    [4_354_819_199, "2107-12-31 23:59:58"],
    [9e12, "2107-12-31 23:59:58"],
  ];
  for (const [seconds, time] of rows) {
    const layout = zipLayout([entry("a", new Uint8Array(), seconds)]);
    const whole = await wholeOf(layout);
    const view = new DataView(whole.buffer);
    const [clock, date] = [view.getUint16(10, true), view.getUint16(12, true)];
    const day = [1980 + (date >> 9), date >> 5 & 15, date & 31].join("-");
    const at = [clock >> 11, clock >> 5 & 63, 2 * (clock & 31)].join(":");
    assertEquals(`${day} ${at}`, time);
    const [told] = readZip(whole);
    const isTold = seconds >= 0 && seconds < 2 ** 31;
    assertEquals(told?.seconds, isTold ? seconds : -1);
  }
});

Deno.test("tar: sizes from 8 GiB on are binary, times before 1970 are 1970", () => {
  const layout = tarLayout([large("a", 8 ** 11 - 1), large("b", 8 ** 11)]);
  const headerOf = (index: number) => {
    const part = layout.part(index);
    assert(part.kind === "record");
    return part.make(0).slice(-512);
  };
  const size = (header: Uint8Array) => header.slice(124, 136);
  assertEquals(new TextDecoder().decode(size(headerOf(0))), "77777777777\0");
  assertEquals([...size(headerOf(2))], [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
});
