/**
 * `_redirects` as Netlify and as Cloudflare Pages read it, row by row; the rows were measured with
 * netlify-redirector 0.5.0, netlify-redirect-parser 14.4.0 and wrangler 4.164.0.
 */
import { assertEquals } from "@std/assert";
import { DIALECTS, type Host } from "../../lib/hosts/dialect.ts";
import { createHostRules } from "../../lib/hosts/host_rules.ts";
import { parseRedirects } from "../../lib/hosts/redirects.ts";
import { reportLines } from "../../lib/hosts/report.ts";
import { toAsked } from "../support/hosts.ts";

/** Where rules lead, with the status; nothing where no rule is for the target. */
function lead(host: Host, text: string, target: string): string | undefined {
  const dialect = DIALECTS[host];
  const { rules } = parseRedirects(text, dialect);
  const match = createHostRules({ rules }, { blocks: [] }, dialect)
    .redirectOf(toAsked(target));
  if (match === undefined) return undefined;
  const { rule, to: { origin = "", path, query, fragment } } = match;
  const force = rule.isForced ? "!" : "";
  return `${rule.status}${force} ${origin}${path}${query}${fragment}`;
}

type Expected = string | undefined;

/** [row of the table, rules, target, at Netlify, at Cloudflare]. */
const ROWS: ReadonlyArray<
  readonly [row: string, rules: string, target: string, Expected, Expected]
> = [
  ["default status", "/a /b", "/a", "301 /b", "302 /b"],
  ["no rule", "/a /b", "/c", undefined, undefined],
  ["order: the first", "/a /b\n/a /c", "/a", "301 /b", "302 /b"],
  ["order: a splat in front", "/d/* /x\n/d/e /y", "/d/e", "301 /x", "302 /x"],
  ["order: a splat behind", "/d/e /y\n/d/* /x", "/d/e", "301 /y", "302 /y"],
  ["/a and /a/", "/a /b", "/a/", "301 /b", undefined],
  ["/a/ and /a", "/a/ /b", "/a", "301 /b", undefined],
  ["/a/* and /a", "/a/* /t/:splat", "/a", "301 /t/", undefined],
  ["/a/* and /a/", "/a/* /t/:splat", "/a/", "301 /t/", "302 /t/"],
  ["/a/* below", "/a/* /t/:splat", "/a/b/", "301 /t/b/", "302 /t/b/"],
  ["/a/* and /ab", "/a/* /t/:splat", "/ab", undefined, undefined],
  ["/*", "/* /t/:splat", "/", "301 /t/", "302 /t/"],
  ["/a*", "/a* /t/:splat", "/ab", "301 /t/b", "302 /t/b"],
  ["/a* alone", "/a* /t/:splat", "/a", "301 /t/", "302 /t/"],
  ["/a* below", "/a* /t:splat", "/a/b", "301 /tb", "302 /t/b"],
  ["/a/*/c", "/a/*/c /t/:splat", "/a/x/y/c", "301 /t/x/y", "302 /t/x/y"],
  ["/a/*/c and /a/c", "/a/*/c /t/:splat", "/a/c", "301 /t/", undefined],
  ["/a/*/c and more", "/a/*/c /t", "/a/x/c/d", undefined, undefined],
  ["*x", "/h/*x /t/:splat", "/h/ax", undefined, "302 /t/a"],
  ["two *", "/a/*/b/* /t", "/a/1/b/2", undefined, undefined],
  ["placeholder", "/n/:x /t/:x", "/n/1", "301 /t/1", "302 /t/1"],
  ["placeholder, slash", "/n/:x /t/:x", "/n/1/", "301 /t/1", undefined],
  ["placeholder, nothing", "/n/:x /t/:x", "/n/", undefined, undefined],
  ["placeholder, more", "/n/:x /t/:x", "/n/1/2", undefined, undefined],
  ["placeholder, part", "/n/x-:y /t/:y", "/n/x-1", undefined, "302 /t/1"],
  [
    "placeholders, greedy",
    "/n/:a-:b /:b/:a",
    "/n/1-2-3",
    "301 /:b/:a",
    "302 /3/1-2",
  ],
  ["placeholder, unknown", "/n/:x /t/:y", "/n/1", "301 /t/:y", "302 /t/:y"],
  ["placeholder, prefix", "/n/:x /t/:xy", "/n/1", "301 /t/1y", "302 /t/1y"],
  ["placeholders", "/:a/:b /:b/:a", "/1/2", "301 /2/1", "302 /2/1"],
  ["placeholder, twice", "/:a/:a /t/:a", "/1/2", "301 /t/1", undefined],
  [
    "placeholder and *",
    "/n/:x/* /t/:x/:splat",
    "/n/1/2/3",
    "301 /t/1/2/3",
    "302 /t/1/2/3",
  ],
  ["query, none on the target", "/a /b", "/a?x=1", "301 /b?x=1", "302 /b?x=1"],
  [
    "query, one on the target",
    "/a /b?y=2",
    "/a?x=1",
    "301 /b?y=2&x=1",
    "302 /b?y=2",
  ],
  [
    "query, other host",
    "/a https://h.example/b",
    "/a?x=1",
    "301 https://h.example/b?x=1",
    "302 https://h.example/b?x=1",
  ],
  ["query and fragment", "/a /b#c", "/a?x=1", "301 /b?x=1#c", "302 /b?x=1#c"],
  ["query match", "/q id=:id /t/:id", "/q?id=1", undefined, undefined],
  ["case", "/A /b", "/a", undefined, undefined],
  ["percent in the request", "/é /t", "/%C3%A9", "301 /t", "302 /t"],
  ["percent in lower case", "/é /t", "/%c3%a9", "301 /t", undefined],
  ["percent in the rule", "/%C3%A9 /t", "/%C3%A9", undefined, "302 /t"],
  ["comment behind", "/a /b # c", "/a", "301 /b", "302 /b"],
  ["comment behind the status", "/a /b 307 # c", "/a", "307 /b", "307 /b"],
  ["other words", "/a /b 301 junk", "/a", "301 /b", undefined],
  ["a path without /", "a /b", "/a", undefined, "302 /b"],
  ["absolute from", "https://localhost/a /b", "/a", undefined, undefined],
  ["conditions", "/a /b 302 Country=us", "/a", undefined, undefined],
  ["proxy", "/a https://h.example/ 200", "/a", undefined, undefined],
  [
    "http target",
    "/a http://h.example/b",
    "/a",
    "301 http://h.example/b",
    undefined,
  ],
  ["!", "/a /b 301!", "/a", "301! /b", undefined],
  ["404", "/a /b 404", "/a", "404 /b", undefined],
  ["410", "/a /b 410", "/a", "410 /b", undefined],
  ["200", "/a /b 200", "/a", "200 /b", "200 /b"],
  ["308", "/a /b 308", "/a", "308 /b", "308 /b"],
  ["999", "/a /b 999", "/a", undefined, undefined],
  [
    "an application",
    "/* /index.html 200",
    "/x/y",
    "200 /index.html",
    undefined,
  ],
  ["itself, found when read", "/a /a", "/a", undefined, undefined],
  ["itself, found when asked", "/* /b", "/b", undefined, undefined],
  ["itself, forced", "/a /a/ 301!", "/a/", undefined, undefined],
];

for (const [row, rules, target, netlify, cloudflare] of ROWS) {
  Deno.test(`_redirects: ${row}: ${JSON.stringify(rules)} for ${target}`, () => {
    assertEquals(lead("netlify", rules, target), netlify, "Netlify");
    assertEquals(lead("cloudflare", rules, target), cloudflare, "Cloudflare");
  });
}

Deno.test("Location: whatever a placeholder stands for, a path begins with one slash and a host is the rule's", () => {
  const rows = [
    ["/old/* /:splat", "/old//evil.example", "/evil.example"],
    ["/old/* /:splat", "/old///evil.example/x", "/evil.example/x"],
    ["/old/* /:splat", "/old/%5Cevil.example", "/%5Cevil.example"],
    ["/old/* /:splat", "/old/%2Fevil.example", "/%2Fevil.example"],
    [
      "/old/* /:splat",
      "/old/a%0D%0ASet-Cookie:%20b",
      "/a%0D%0ASet-Cookie:%20b",
    ],
    ["/old/* /:splat", "/old/%3Fq%23f", "/%3Fq%23f"],
    ["/old/* /:splat", "/old/%C3%A9%25", "/%C3%A9%25"],
    [
      "/old/:x https://h.example/:x",
      "/old/@evil.example",
      "https://h.example/@evil.example",
    ],
    ["/old/* https://h.example:splat", "/old/.evil.example", undefined],
    ["/old/:x https://:x.example/", "/old/evil", undefined],
    ["/old/:x https://h.example:x/", "/old/1", undefined],
    ["/old/* //h.example/:splat", "/old/a", undefined],
    ["/old/* /\\h.example/:splat", "/old/a", undefined],
  ] as const;
  for (const host of ["netlify", "cloudflare"] as const) {
    for (const [rule, target, expected] of rows) {
      const led = lead(host, rule, target);
      const location = led?.replace(/^\d+ /, "");
      assertEquals(location, expected, `${host} ${rule} ${target}`);
    }
  }
  assertEquals(
    lead("netlify", "/n/:x /t?q=:x", "/n/a&b=c"),
    "301 /t?q=a%26b%3Dc",
  );
});

/** [line, at Netlify, at Cloudflare]. */
const IGNORED: ReadonlyArray<readonly [string, Expected, Expected]> = [
  [
    "/a",
    "a rule needs a path and a target",
    "a rule needs a path and a target",
  ],
  [
    "/a b",
    'a target begins with /, http:// or https://: "b"',
    'a target begins with / or https://: "b"',
  ],
  [
    "/a /b abc",
    'Netlify rules have the status 200, 301, 302, 303, 307, 308, 404, 410: "abc"',
    'Cloudflare Pages rules have the status 200, 301, 302, 303, 307, 308: "abc"',
  ],
  [
    "/a /b 301!",
    undefined,
    'Cloudflare Pages rules have the status 200, 301, 302, 303, 307, 308: "301!"',
  ],
  [
    "/a /b 302 Country=us,gb Role=admin",
    'conditions are not supported: "Country=us,gb Role=admin"',
    'a rule has a path, a target and a status, and no more: "Country=us,gb"',
  ],
  [
    "/a /b Language=en",
    'conditions are not supported: "Language=en"',
    'Cloudflare Pages rules have the status 200, 301, 302, 303, 307, 308: "Language=en"',
  ],
  [
    "/q id=:id /t/:id",
    'matching queries is not supported: "id=:id"',
    'a target begins with / or https://: "id=:id"',
  ],
  [
    "/a https://h.example/ 200",
    'other hosts are not asked (no proxying): "https://h.example/"',
    'other hosts are not asked (no proxying): "https://h.example/"',
  ],
  [
    "https://h.example/a /b",
    'rules for one host are not supported: "https://h.example/a"',
    'rules for one host are not supported: "https://h.example/a"',
  ],
  [
    "/a/*/b/* /t",
    "more than one * is not supported",
    "more than one * is not supported",
  ],
  ["/a/*x /t", "nothing may stand behind * in a name", undefined],
  [
    "/a/:x* /t",
    "a placeholder and * in one name are not supported",
    "a placeholder and * in one name are not supported",
  ],
  ["/:splat/* /t", "* and :splat are the same", "* and :splat are the same"],
  [
    "/:a/:a /t",
    undefined,
    "no placeholder may begin with the name of one in front of it",
  ],
  ["/a /a", 'this leads to itself: "/a"', 'this leads to itself: "/a"'],
  [
    "/* /index.html 200",
    undefined,
    'this is an endless loop: the index of a directory is its URL: "/index.html"',
  ],
  [
    "/.netlify/x /t",
    'Netlify has no rules for /.netlify: "/.netlify/x"',
    undefined,
  ],
  [
    "/a /%zz",
    'its percent-encoding is broken: "/%zz"',
    'its percent-encoding is broken: "/%zz"',
  ],
  [
    "/a ftp://h.example/",
    'a target begins with /, http:// or https://: "ftp://h.example/"',
    'a target begins with / or https://: "ftp://h.example/"',
  ],
  [
    "/a \u001b[2J",
    'a target begins with /, http:// or https://: "\\u001b[2J"',
    'a target begins with / or https://: "\\u001b[2J"',
  ],
  [
    `/${"a".repeat(3000)} /b`,
    undefined,
    "the line is longer than 2000 characters",
  ],
];

for (const [line, netlify, cloudflare] of IGNORED) {
  Deno.test(`_redirects: told of ${JSON.stringify(line.slice(0, 40))}`, () => {
    const text = `# comment\n\n  ${line}  \r\n/z /y`;
    for (
      const [host, message] of [["netlify", netlify], [
        "cloudflare",
        cloudflare,
      ]] as const
    ) {
      const { rules, problems } = parseRedirects(text, DIALECTS[host]);
      const expected = message === undefined ? [] : [{ line: 3, message }];
      assertEquals(problems, expected, host);
      assertEquals(rules.length, 2 - problems.length, host);
    }
  });
}

Deno.test("_redirects: Cloudflare tells of the second rule for a path, and has 2,000 rules and 100 others", () => {
  const read = (text: string) => parseRedirects(text, DIALECTS.cloudflare);
  assertEquals(read("/a /b\n/a /c").problems, [{
    line: 2,
    message: "there is a rule for this path already",
  }]);
  const many = (count: number, rule: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => rule(index));
  const exact = many(2002, (index) => `/a${index} /b`);
  const others = many(102, (index) => `/s${index}/* /b`);
  const { rules, problems } = read([...exact, ...others].join("\n"));
  assertEquals(rules.length, 2100);
  assertEquals(problems.map(({ line }) => line), [2001, 2002, 2103, 2104]);
  // A rule without * behind the first of the others counts as one of them.
  assertEquals(
    read(["/s/* /b", ...many(100, (index) => `/a${index} /b`)].join("\n"))
      .problems.length,
    1,
  );
});

Deno.test("the report: the first twenty lines, how many more, and what counts", () => {
  const dialect = DIALECTS.netlify;
  const redirects = parseRedirects(`/a /b\n${"/c\n".repeat(30)}`, dialect);
  const lines = reportLines(redirects, { blocks: [], problems: [] }, dialect);
  assertEquals(lines.length, 22);
  assertEquals(lines[0], "_redirects:2: a rule needs a path and a target");
  assertEquals(lines.slice(-2), [
    "and 10 more",
    "_redirects: 1 rule, _headers: 0 blocks, as Netlify reads them; 30 ignored",
  ]);
});
