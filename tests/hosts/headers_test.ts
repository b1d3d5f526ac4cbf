/**
 * `_headers` as Netlify and as Cloudflare Pages read it, row by row; the rows were measured with
 * netlify-headers-parser 7.1.4 and wrangler 4.164.0.
 */
import { assertEquals } from "@std/assert";
import { DIALECTS, type Host } from "../../lib/hosts/dialect.ts";
import { parseHeaders } from "../../lib/hosts/headers.ts";
import { createHostRules } from "../../lib/hosts/host_rules.ts";
import { changeFields } from "../../lib/http/metadata.ts";
import { toAsked } from "../support/hosts.ts";

/** The fields of an answer that has one of its own. */
function fieldsFor(
  host: Host,
  text: string,
  target: string,
  asked = "localhost",
): string[] {
  const dialect = DIALECTS[host];
  const { blocks } = parseHeaders(text, dialect);
  const changes = createHostRules({ rules: [] }, { blocks }, dialect)
    .changesOf({ ...toAsked(target), host: asked });
  return changeFields([["Cache-Control", "no-cache"]], changes)
    .map(([name, value]) => `${name}: ${value}`)
    .filter((field) => field !== "Cache-Control: no-cache");
}

type Expected = readonly string[];

const NONE: Expected = [];

/** [row of the table, file, target, at Netlify, at Cloudflare]. */
const ROWS: ReadonlyArray<
  readonly [row: string, text: string, target: string, Expected, Expected]
> = [
  ["a field", "/a\n  X-A: 1", "/a", ["X-A: 1"], ["X-A: 1"]],
  ["another path", "/a\n  X-A: 1", "/b", NONE, NONE],
  ["without indentation", "/a\nX-A: 1", "/a", ["X-A: 1"], ["X-A: 1"]],
  ["twice in a block", "/a\n X-A: 1\n x-a: 2", "/a", ["x-a: 1, 2"], [
    "x-a: 1, 2",
  ]],
  ["in two blocks", "/*\n X-A: all\n/c\n X-A: c", "/c", ["X-A: all, c"], [
    "X-A: all, c",
  ]],
  ["two blocks for a path", "/a\n X-A: 1\n X-B: 1\n/a\n X-A: 2", "/a", [
    "X-B: 1",
    "X-A: 1, 2",
  ], ["X-A: 2"]],
  ["the place of the first", "/a\n X-A: 1\n/*\n X-A: all\n/a\n X-A: 2", "/a", [
    "X-A: 1, all, 2",
  ], ["X-A: 2, all"]],
  ["in place of ours", "/*\n Cache-Control: max-age=9", "/a", [
    "Cache-Control: max-age=9",
  ], ["Cache-Control: max-age=9"]],
  ["removed", "/*\n X-A: 1\n/a\n ! X-A", "/a", ["X-A: 1"], NONE],
  [
    "removed, then set",
    "/*\n X-A: 1\n/a\n X-A: 2\n ! X-A",
    "/a",
    ["X-A: 1, 2"],
    ["X-A: 2"],
  ],
  ["# in a value", "/a\n X-A: b # c", "/a", ["X-A: b # c"], ["X-A: b # c"]],
  ["a colon in a value", "/a\n X-A: b:c", "/a", ["X-A: b:c"], ["X-A: b:c"]],
  ["a comment", "# c\n/a\n # d\n X-A: 1", "/a", ["X-A: 1"], ["X-A: 1"]],
  ["case of paths", "/A\n X-A: 1", "/a", ["X-A: 1"], NONE],
  ["/a and /a/", "/a\n X-A: 1", "/a/", ["X-A: 1"], NONE],
  ["/a/* and /a", "/a/*\n X-A: 1", "/a", ["X-A: 1"], NONE],
  ["/a/* and /a/", "/a/*\n X-A: 1", "/a/", ["X-A: 1"], ["X-A: 1"]],
  ["/a/* and /ab", "/a/*\n X-A: 1", "/ab", ["X-A: 1"], NONE],
  ["/a/* and below", "/a/*\n X-A: 1", "/a/b/c", ["X-A: 1"], ["X-A: 1"]],
  ["/*.js", "/*.css\n X-A: 1", "/d/e.css", NONE, ["X-A: 1"]],
  ["a placeholder", "/n/:x/c\n X-A: 1", "/n/1/c", ["X-A: 1"], ["X-A: 1"]],
  [
    "a placeholder in a value",
    "/n/:x\n X-A: <:x>;:y",
    "/n/1",
    ["X-A: <:x>;:y"],
    ["X-A: <1>;:y"],
  ],
  [":splat in a value", "/n/*\n X-A: </:splat>", "/n/1/2", ["X-A: </:splat>"], [
    "X-A: </1/2>",
  ]],
  ["Vary is added to", "/a\n Vary: Cookie\n/*\n Vary: Accept", "/a", [
    "Vary: Cookie",
    "Vary: Accept",
  ], ["Vary: Cookie", "Vary: Accept"]],
];

for (const [row, text, target, netlify, cloudflare] of ROWS) {
  Deno.test(`_headers: ${row}: ${JSON.stringify(text)} for ${target}`, () => {
    assertEquals(fieldsFor("netlify", text, target), netlify, "Netlify");
    assertEquals(
      fieldsFor("cloudflare", text, target),
      cloudflare,
      "Cloudflare",
    );
  });
}

Deno.test("_headers: Cloudflare's blocks for a host", () => {
  const text = "https://:project.example/*\n X-A: :project";
  assertEquals(fieldsFor("cloudflare", text, "/a", "p.example"), ["X-A: p"]);
  assertEquals(fieldsFor("cloudflare", text, "/a", "q.p.example"), []);
  assertEquals(fieldsFor("cloudflare", text, "/a", "localhost"), []);
});

/** [file, line, at Netlify, at Cloudflare]. */
const IGNORED: ReadonlyArray<
  readonly [text: string, line: number, string | undefined, string | undefined]
> = [
  [
    "X-A: 1",
    1,
    "a path must come before the first field",
    "a path must come before the first field",
  ],
  ["/a\n/b\n X-A: 1", 1, "a block without fields", "a block without fields"],
  [
    "/a\n X-A: 1\n words",
    3,
    'expected a field such as "Name: value"',
    'expected a field such as "Name: value"',
  ],
  [
    "/a\n X-A: 1\n X-B:",
    3,
    'the field "X-B" has no value',
    'the field "X-B" has no value',
  ],
  [
    "/a\n X-A: 1\n X B: 1",
    3,
    'Cannot add header "X B": not a field name',
    'Cannot add header "X B": not a field name',
  ],
  [
    "/a\n X-A: 1\n X-B: é",
    3,
    'Cannot add header "X-B": its value has a character other than visible ASCII, space and tab',
    'Cannot add header "X-B": its value has a character other than visible ASCII, space and tab',
  ],
  ["/a\n X-A: 1\n ! X-A", 3, "Netlify does not remove fields", undefined],
  [
    "http://h/*\n X-A: 1",
    1,
    undefined,
    "a block begins with / or https://, without a port",
  ],
  [
    "/a/*/b/*\n X-A: 1",
    1,
    "more than one * is not supported",
    "more than one * is not supported",
  ],
];

for (const [text, line, netlify, cloudflare] of IGNORED) {
  Deno.test(`_headers: told of ${JSON.stringify(text)}`, () => {
    for (
      const [host, message] of [["netlify", netlify], [
        "cloudflare",
        cloudflare,
      ]] as const
    ) {
      const [problem] = parseHeaders(text, DIALECTS[host]).problems;
      if (message !== undefined) assertEquals(problem, { line, message }, host);
      else if (host === "cloudflare") assertEquals(problem, undefined);
    }
  });
}

Deno.test("_headers: fields that frame a message, say what it is, or protect somebody are the server's", () => {
  const set = [
    ..."Content-Length Transfer-Encoding Content-Encoding Content-Range".split(
      " ",
    ),
    ..."Connection Keep-Alive Upgrade TE Trailer Date ETag Last-Modified".split(
      " ",
    ),
    ..."Accept-Ranges Location Server Set-Cookie WWW-Authenticate".split(" "),
    ..."Digest Content-Digest Repr-Digest".split(" "),
  ];
  const kept = [
    ..."Vary Content-Type X-Content-Type-Options Content-Length ETag Date"
      .split(" "),
  ];
  for (const name of set) {
    for (const host of ["netlify", "cloudflare"] as const) {
      const text = `/*\n  ${name}: x\n  X-A: 1`;
      const { blocks, problems } = parseHeaders(text, DIALECTS[host]);
      assertEquals(problems.map(({ line }) => line), [2], name);
      assertEquals(blocks[0]?.fields, [["X-A", "1"]], name);
    }
  }
  for (const name of kept) {
    const text = `/*\n  ! ${name}\n  X-A: 1`;
    const { blocks, problems } = parseHeaders(text, DIALECTS.cloudflare);
    assertEquals(problems.map(({ line }) => line), [2], name);
    assertEquals(blocks[0]?.removed, [], name);
  }
  const sniff =
    "/*\n X-Content-Type-Options: nosniff\n/a\n X-Content-Type-Options: none";
  assertEquals(parseHeaders(sniff, DIALECTS.netlify).problems[0], {
    line: 4,
    message: "x-content-type-options can only be nosniff",
  });
});

Deno.test("_headers: Cloudflare has 100 blocks", () => {
  const text = Array.from({ length: 102 }, (_, index) => `/a${index}\n X-A: 1`)
    .join("\n");
  const { blocks, problems } = parseHeaders(text, DIALECTS.cloudflare);
  assertEquals(blocks.length, 100);
  assertEquals(problems.map(({ line }) => line), [201, 203]);
});
