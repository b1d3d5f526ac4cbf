/** Listings for programs: JSON and its schema, JSON lines, names. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadPackage } from "../../scripts/packages.ts";
import type {
  Listing,
  ListingEntry,
  ListingForm,
} from "../../lib/pages/listing.ts";
import {
  jsonForm,
  ndjsonForm,
  textForm,
} from "../../lib/pages/listing_data.ts";
import { PLAIN_QUERY } from "../../lib/pages/listing_query.ts";
import schema from "../../lib/pages/listing.schema.json" with { type: "json" };
import { forSeeds, type Random } from "../support/random.ts";

interface Validator {
  (value: unknown): boolean;
  readonly errors?: unknown;
}
interface Ajv {
  readonly addSchema: (schema: unknown) => Ajv;
  readonly getSchema: (id: string) => Validator | undefined;
}
const { default: Ajv2020 } = await loadPackage("ajv", "dist/2020.js") as {
  // Formats are a package of its own: the patterns say the same.
  default: new (options: { strict: true; validateFormats: false }) => Ajv;
};
const ajv = new Ajv2020({ strict: true, validateFormats: false })
  .addSchema(schema);

/** Fails unless a value is as the schema says. */
function assertValid(value: unknown, definition = ""): void {
  const validate = ajv.getSchema(`${schema.$id}${definition}`);
  assert(validate !== undefined, `no ${definition}`);
  assert(validate(value), JSON.stringify([value, validate.errors]));
}

const LINE = "#/$defs/line";
const FILE: ListingEntry = {
  name: "a b.txt",
  kind: "file",
  size: 1234,
  modified: 1_795_874_585_678,
  mediaType: "text/plain; charset=utf-8",
  entityTag: '"x"',
  readable: true,
};
const ENTRIES: readonly ListingEntry[] = [
  { name: "sub", kind: "directory", modified: 0, readable: true },
  { name: "cgi-bin", kind: "scripts", readable: false },
  FILE,
  { name: "run.sh", kind: "script", size: 0, readable: true },
];

function listing(
  entries: readonly ListingEntry[],
  more: Partial<Listing> = {},
): Listing {
  return {
    path: "/d/",
    parent: true,
    query: PLAIN_QUERY,
    directories: 0,
    files: entries.length,
    size: 1234,
    pages: 1,
    cut: undefined,
    ...more,
    entries,
  };
}

function textOf({ head, rows, tail }: ListingForm, listing: Listing): string {
  return head(listing) + rows(listing.entries, 0, listing) + tail(listing);
}

function linesOf(text: string): unknown[] {
  assert(text === "" || text.endsWith("\n"));
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

const FILE_VALUE = {
  name: "a b.txt",
  url: "a%20b.txt",
  kind: "file",
  size: 1234,
  modified: "2026-11-28T14:03:05Z",
  mediaType: "text/plain; charset=utf-8",
  etag: '"x"',
  readable: true,
};
const VALUES = [
  {
    name: "sub",
    url: "sub/",
    kind: "directory",
    modified: "1970-01-01T00:00:00Z",
    readable: true,
  },
  { name: "cgi-bin", url: "cgi-bin/", kind: "scripts", readable: false },
  FILE_VALUE,
  { name: "run.sh", url: "run.sh", kind: "script", size: 0, readable: true },
];

Deno.test("JSON has what is known of the directory and of each entry, and nothing else", () => {
  const query = { ...PLAIN_QUERY, q: 'é"', recursive: true, page: 2 };
  const more = { query, pages: 3, cut: "time", size: undefined } as const;
  const rows: [Listing, unknown][] = [
    [listing(ENTRIES), {
      path: "/d/",
      query: { sort: "name", order: "asc", q: "", recursive: false },
      entries: VALUES,
      directories: 0,
      files: 4,
      size: 1234,
      pages: 1,
    }],
    [listing([], more), {
      path: "/d/",
      query: { sort: "name", order: "asc", q: 'é"', recursive: true },
      page: 2,
      entries: [],
      directories: 0,
      files: 0,
      pages: 3,
      cut: "time",
    }],
  ];
  for (const [listing, expected] of rows) {
    const value = JSON.parse(textOf(jsonForm, listing));
    assertEquals(value, expected);
    assertValid(value);
  }
});

Deno.test("JSON lines are the entries of JSON; only a search that was cut has another line", () => {
  assertEquals(linesOf(textOf(ndjsonForm, listing(ENTRIES))), VALUES);
  assertEquals(textOf(ndjsonForm, listing([])), "");
  const lines = linesOf(textOf(ndjsonForm, listing([FILE], { cut: "time" })));
  assertEquals(lines, [FILE_VALUE, { cut: "time" }]);
  lines.forEach((line) => assertValid(line, LINE));
});

Deno.test("text is a name a line, directories with a slash", () => {
  const text = textOf(textForm, listing(ENTRIES, { cut: "time" }));
  assertEquals(text, "sub/\ncgi-bin/\na b.txt\nrun.sh\n");
});

Deno.test("the schema refuses what a listing never is", () => {
  const good = JSON.parse(textOf(jsonForm, listing(ENTRIES)));
  const rows: [object, string?][] = [
    [{ ...good, entries: undefined }],
    [{ ...good, path: "d/" }],
    [{ ...good, cut: null }],
    [{ ...good, size: -1 }],
    [{ ...good, pages: 0 }],
    [{ ...good, entries: [{ ...FILE_VALUE, kind: "link" }] }],
    [{ ...FILE_VALUE, modified: "2026-11-28T14:03:05.678Z" }, LINE],
    [{ ...FILE_VALUE, url: "a b.txt" }, LINE],
    [{ ...FILE_VALUE, url: "/a" }, LINE],
    [{ ...FILE_VALUE, size: 1.5 }, LINE],
    [{ ...FILE_VALUE, name: "" }, LINE],
    [{ ...FILE_VALUE, etag: "x" }, LINE],
    [{ cut: "never" }, LINE],
  ];
  for (const [value, definition] of rows) {
    const plain = JSON.parse(JSON.stringify(value));
    assertThrows(() => assertValid(plain, definition), Error, "instancePath");
  }
});

/** Half surrogates, line ends of everybody, quotes, controls, bidi, and names of members. */
const PIECES = [
  ..."\ud800 \udc00 🎉 \u2028 \u2029 \x85 \x9b \x7f \u202e é \ufeff".split(" "),
  ..."\x01|\t|\n|\r|\x0b|\x1b[2J|'|\"|\\|\\n|%|%0A|+|;|:|&|<script>|a|Z|.a|-|#|?"
    .split("|"),
  ..."__proto__ constructor toString ${x} {} }, null".split(" "),
];

function randomEntry({ below, pick, join }: Random): ListingEntry {
  const some = <T>(value: T) => below(3) === 0 ? undefined : value;
  return {
    name: pick(PIECES) + join(PIECES, 5),
    kind: pick(["directory", "file", "script", "scripts"]),
    size: some(below(2) ? below(1000) : Number.MAX_SAFE_INTEGER),
    // Disks have times that ECMAScript and RFC 3339 have not.
    modified: some(pick([0, -1, 1e12, 253_402_300_800_000, 9e15, -1e14, NaN])),
    mediaType: some("a/b"),
    entityTag: some(pick(['"x"', 'W/"y"', '"\xff"'])),
    readable: below(2) === 0,
  };
}

Deno.test("any names come out as they are, in valid forms, however the entries are cut into slices", () => {
  forSeeds(400, (random) => {
    const { below, join } = random;
    const entries = Array.from(
      { length: below(12) },
      () => randomEntry(random),
    );
    const path = `/${join(PIECES, 3)}/`;
    const query = { ...PLAIN_QUERY, q: join(PIECES, 3) };
    const whole = listing(entries, { path, query });
    for (const form of [jsonForm, ndjsonForm, textForm]) {
      let text = form.head(whole);
      for (let at = 0; at < entries.length;) {
        const slice = entries.slice(at, at + below(4));
        text += form.rows(slice, at, whole);
        at += slice.length;
      }
      assertEquals(text + form.tail(whole), textOf(form, whole));
      // A line for whoever splits lines, and nothing that commands a terminal.
      // deno-lint-ignore no-control-regex
      assert(!/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/.test(text), text);
    }
    const value = JSON.parse(textOf(jsonForm, whole));
    assertValid(value);
    assertEquals([value.path, value.query.q], [path, query.q]);
    const lines = linesOf(textOf(ndjsonForm, whole));
    assertEquals(lines, value.entries);
    lines.forEach((line) => assertValid(line, LINE));
    const names = value.entries.map(({ name }: { name: string }) => name);
    assertEquals(names, entries.map(({ name }) => name));
    for (const [index, { url }] of value.entries.entries()) {
      const { pathname, search, hash } = new URL(url, "http://h/d/");
      const name = entries[index]?.name ?? "";
      const found = decodeURIComponent(pathname).replace(/\/$/, "");
      assertEquals(found, `/d/${name.toWellFormed()}`);
      assertEquals(search + hash, "");
    }
  });
});

Deno.test("`printf %b` makes names of the lines of text", async () => {
  const names = PIECES.flatMap((piece) => [piece, `${piece}x`, `\\${piece}`])
    .filter((name) => name.isWellFormed());
  const entries = names.map((name) =>
    ({ name, kind: "file", readable: true }) as const
  );
  const text = textOf(textForm, listing(entries));
  assertEquals(text.split("\n").length, names.length + 1);
  const script = `while IFS= read -r line; do printf '%b\\0' "$line"; done`;
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout } = await child.output();
  const found = new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout);
  assertEquals(found.split("\0").slice(0, -1), names);
});
