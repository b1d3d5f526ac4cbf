/** Ranges and codings: a defined answer for any input, inside the size, in linear time. */

import { assert, assertEquals } from "@std/assert";
import {
  CODINGS,
  compileGlob,
  formatAttachment,
  formatContentRange,
  frameParts,
  negotiateCoding,
  parseAcceptEncoding,
  parseRange,
  selectRanges,
  spanLength,
  wantedDigest,
} from "../../main.ts";
import { forSeeds, type Random } from "../support/random.ts";
import { site } from "../support/site.ts";

const SEEDS = 3000;
const DIGITS = [..."0123456789", "99999999999999999999", "9007199254740993"];
const RANGE_PIECES = ["-", "-", ",", ", ", "bytes=", " ", "\t", "x", ...DIGITS];

Deno.test("property: selectRanges() never throws; every span is inside, none overlap or touch", () => {
  forSeeds(SEEDS, ({ join, below }: Random) => {
    const size = below(50);
    const value = `bytes=${join(RANGE_PIECES, 12)}`;
    const selection = selectRanges(value, size);
    if (selection.kind !== "spans") return;
    const spans = [...selection.spans];
    assert(spans.length >= 1 && spans.length <= 16, value);
    for (const [index, { start, end }] of spans.entries()) {
      assert(start >= 0 && start <= end && end < size, value);
      assert(Number.isInteger(start) && Number.isInteger(end), value);
      for (const other of spans.slice(index + 1)) {
        assert(other.start > end + 1 || other.end < start - 1, value);
      }
    }
    const sum = spans.reduce((total, span) => total + spanLength(span), 0);
    assert(sum <= size, value);
  });
});

Deno.test("property: a single range is what slice() says", () => {
  forSeeds(SEEDS, ({ below, pick }: Random) => {
    const size = 1 + below(30);
    const [first, last] = [below(40), below(40)];
    const value = pick([`${first}-${last}`, `${first}-`, `-${last}`]);
    const bytes = Array.from({ length: size }, (_, at) => at);
    const selection = selectRanges(`bytes=${value}`, size);
    const expected = value.startsWith("-")
      ? last === 0 ? [] : bytes.slice(-last)
      : value.endsWith("-")
      ? bytes.slice(first)
      : bytes.slice(first, last + 1);
    if (!value.startsWith("-") && !value.endsWith("-") && last < first) {
      assertEquals(selection.kind, "whole", value);
    } else if (expected.length === 0) {
      assertEquals(selection.kind, "unsatisfiable", value);
    } else {
      assert(selection.kind === "spans");
      const [span] = selection.spans;
      assertEquals(
        [span?.start, span?.end],
        [expected.at(0), expected.at(-1)],
        value,
      );
    }
  });
});

Deno.test("property: what is sent in parts covers exactly what was asked for", () => {
  forSeeds(SEEDS, ({ below }: Random) => {
    const size = 60;
    const asked = Array.from({ length: 1 + below(5) }, () => {
      const start = below(60);
      return { start, end: Math.min(start + below(6), 59) };
    });
    const value = `bytes=${asked.map(({ start, end }) => `${start}-${end}`)}`;
    const selection = selectRanges(value, size);
    assert(selection.kind === "spans", value);
    const cover = (spans: typeof asked) =>
      Array.from(
        { length: size },
        (_, at) => spans.some(({ start, end }) => start <= at && at <= end),
      );
    assertEquals(cover([...selection.spans]), cover(asked), value);
  });
});

Deno.test("property: a framed answer is as long as it says", () => {
  forSeeds(500, ({ below, join }: Random) => {
    const spans = Array.from({ length: 2 + below(10) }, () => {
      const start = below(1000);
      return { start, end: start + below(1000) };
    });
    const { length, pieces } = frameParts(
      spans,
      2000,
      "text/plain",
      join(["a", "-"], 20),
    );
    const sum = [...pieces].reduce(
      (total, piece) =>
        total +
        (piece instanceof Uint8Array ? piece.length : spanLength(piece)),
      0,
    );
    assertEquals(length, sum);
    for (const span of spans) {
      assert(formatContentRange(span, 2000).endsWith("/2000"));
    }
  });
});

Deno.test("property: negotiateCoding() never throws, and never gives what was refused", () => {
  const pieces = [
    ..."gzip br zstd identity * deflate x-gzip".split(" "),
    ",",
    ",",
    ";q=0",
    ";q=0.5",
    ";q=1",
    ";q=x",
    " ",
    ";",
    "=",
    "\x00",
    "é",
  ];
  forSeeds(SEEDS, ({ join, below }: Random) => {
    const value = join(pieces, 12);
    const available = CODINGS.filter(() => below(2) === 1);
    const coding = negotiateCoding(value, available);
    const weights = parseAcceptEncoding(value);
    for (const weight of weights.values()) assert(weight >= 0 && weight <= 1);
    if (coding === undefined) {
      assert((weights.get("identity") ?? weights.get("*")) === 0, value);
      return;
    }
    assert(coding === "identity" || available.includes(coding), value);
    assert(weights.get(coding) !== 0, value);
  });
});

Deno.test("property: 64 KiB of anything is answered in linear time", () => {
  const pieces = [
    "0-0,",
    "-",
    ",",
    "0-,",
    "9",
    "gzip,",
    "gzip;q=0.5,",
    ";",
    " ",
    "\t",
    "*",
    "a=1,",
    "=",
    "q",
    "W/",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(65_536 / piece.length);
    parseRange(`bytes=${text}`);
    selectRanges(`bytes=${text}`, 1000);
    negotiateCoding(text, CODINGS);
    wantedDigest(text);
  }
  compileGlob("/**/*a*b*c*/**")(`/${"abc/".repeat(5000)}`);
});

Deno.test("property: formatAttachment() is one field of visible ASCII for any name", () => {
  forSeeds(SEEDS, ({ join }: Random) => {
    const name = join([
      '"',
      "\\",
      "\r\n",
      "é",
      "🎉",
      "\ud800",
      "%",
      "'",
      "*",
      "a",
      ";",
      "\0",
    ], 8);
    assert(/^[\x20-\x7e]+$/.test(formatAttachment(name)), name);
  });
});

Deno.test("property: the handler answers any mix of such fields, and the content has its length", async () => {
  const tree = { "/a.txt": "0123456789".repeat(200), "/a.txt.gz": "gzip" };
  const fetch = site(tree, { compress: true });
  const values: Record<string, string[]> = {
    range: [
      "bytes=0-0",
      "bytes=0-0,5-9",
      "bytes=-0",
      "bytes=5000-",
      "x",
      "bytes=0-,0-",
    ],
    "if-range": ['"x"', 'W/"x"', "Sat, 05 Nov 1994 08:49:37 GMT", ""],
    "accept-encoding": [
      "gzip",
      "br",
      "*;q=0",
      "identity;q=0",
      "identity",
      ";;;",
    ],
    "if-none-match": ["*", '"x"', ""],
    "if-match": ["*", '"x"'],
    "want-repr-digest": ["sha-256=1", "x"],
  };
  const requests: Array<Promise<void>> = [];
  forSeeds(600, ({ below, pick }: Random) => {
    const headers = Object.fromEntries(
      Object.entries(values).filter(() => below(2) === 1).map((
        [name, all],
      ) => [name, pick(all)]),
    );
    const method = pick(["GET", "HEAD"]);
    requests.push((async () => {
      const response = await fetch("/a.txt", { method, headers });
      const what = JSON.stringify({ method, ...headers });
      assert([200, 206, 304, 406, 412, 416].includes(response.status), what);
      const length = (await response.arrayBuffer()).byteLength;
      const told = response.headers.get("content-length");
      if (method === "GET" && told !== null) {
        assertEquals(length, Number(told), what);
      }
      if (response.status === 206) assertEquals(method, "GET", what);
    })());
  });
  await Promise.all(requests);
});
