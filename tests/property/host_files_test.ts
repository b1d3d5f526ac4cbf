/** Rules of hosts, for any text and any path: nothing throws, each line counts or is told, and where it leads is safe. */
import { assert, assertEquals } from "@std/assert";
import { DIALECTS } from "../../lib/hosts/dialect.ts";
import { parseHeaders } from "../../lib/hosts/headers.ts";
import { createHostRules } from "../../lib/hosts/host_rules.ts";
import { compilePattern, matchPattern } from "../../lib/hosts/pattern.ts";
import { parseRedirects } from "../../lib/hosts/redirects.ts";
import { changeFields } from "../../lib/http/metadata.ts";
import { readTarget } from "../../main.ts";
import { forSeeds } from "../support/random.ts";
import { rawRequest } from "../support/site.ts";

const SEEDS = 3000;
const HOSTS = ["netlify", "cloudflare"] as const;

const RULE_PIECES = [
  ..."/ / /a /b * :x :splat :y-z x : . .. // \\ % %2F %zz ? #f & = é 😀".split(
    " ",
  ),
  ..."https://h.example/ http://h/ //h/ /\\h/ 200 301 302! 404 999 Country=us"
    .split(" "),
  ...[
    " ",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\r\n",
    "\0",
    "\x1b",
    "\ud800",
    "\ufeff",
    "! ",
    "X-A: ",
    "Set-Cookie: ",
  ],
];
const PATH_PIECES = [
  ..."/ / // a b x : . .. %2e %2f %5C %00 %0d%0a %3F %23 %25 @ ~ é %d0%bf"
    .split(" "),
];

Deno.test("property: _redirects: lines count or are told, once; a Location is ASCII and leads to this host or the rule's", () => {
  forSeeds(SEEDS, ({ join, pick }) => {
    const dialect = DIALECTS[pick(HOSTS)];
    const text = join(RULE_PIECES, 40);
    const { rules, problems } = parseRedirects(text, dialect);
    const lines = text.replace(/^\ufeff/, "").split("\n").flatMap((
      line,
      index,
    ) => line.trim() === "" || line.trim().startsWith("#") ? [] : [index + 1]);
    const told = [...rules, ...problems].map(({ line }) => line).sort((a, b) =>
      a - b
    );
    assertEquals(told, lines);
    for (const { message } of problems) {
      assert(/^\P{Cc}+$/u.test(message), message);
    }
    const target = readTarget(rawRequest(`/${join(PATH_PIECES, 10)}`));
    if (target.kind !== "path") return;
    const { segments, directory } = target;
    const decoded = directory ? [...segments, ""] : segments;
    const encoded = new URL(
      `http://h/${segments.map(encodeURIComponent).join("/")}`,
    ).pathname.slice(1).split("/");
    const match = createHostRules({ rules }, { blocks: [] }, dialect)
      .redirectOf({
        decoded,
        encoded,
        query: `?${join(PATH_PIECES, 5)}`,
        host: "h",
      });
    if (match === undefined) return;
    const { origin, path, query, fragment } = match.to;
    const location = `${origin ?? ""}${path}${query}${fragment}`;
    assert(/^[\x21-\x7e]+$/.test(location), location);
    assert(/^\/(?![/\\])/.test(path), path);
    const host = new URL(location, "http://this.example/").hostname;
    const own = match.rule.to.origin;
    assertEquals(
      host,
      own === undefined ? "this.example" : new URL(own).hostname,
    );
  });
});

Deno.test("property: _headers: no field of a guarded name, none with control characters, whatever is asked for", () => {
  const guarded =
    /^(?:content-length|transfer-encoding|connection|set-cookie|date|etag)$/i;
  forSeeds(SEEDS, ({ join, pick }) => {
    const dialect = DIALECTS[pick(HOSTS)];
    const text = `/${join(RULE_PIECES, 4)}\nX-A: :splat${
      join(RULE_PIECES, 4)
    }\n${join(RULE_PIECES, 20)}`;
    const { blocks, problems } = parseHeaders(text, dialect);
    for (const { message } of problems) {
      assert(/^\P{Cc}+$/u.test(message), message);
    }
    const names = join(PATH_PIECES, 8).split("/");
    const changes = createHostRules({ rules: [] }, { blocks }, dialect)
      .changesOf({ decoded: names, encoded: names, query: "", host: "h" });
    const own = [["ETag", '"1"'], ["Content-Length", "1"]] as const;
    for (const [name, value] of changeFields(own, changes).slice(own.length)) {
      assert(!guarded.test(name), name);
      assert(/^[\t\x20-\x7e]*$/.test(value), JSON.stringify(value));
    }
  });
});

Deno.test("a placeholder matches as the regular expression of Cloudflare does", () => {
  const matching = DIALECTS.cloudflare.redirects;
  forSeeds(SEEDS, ({ join, below }) => {
    const name = () => join(["a", "b", "-", ".", ":x.", ":y-", ":z"], 5);
    const pattern = `/${name()}${below(2) === 0 ? "*" : ""}/${name()}`;
    const compiled = compilePattern(pattern, matching);
    if (compiled.kind === "invalid") return;
    const path = `/${join(["a", "b", "-", "."], 6)}/${
      join(["a", "b", "-", "/"], 6)
    }`;
    const source = pattern.replaceAll(/[-.]/g, "\\$&").replace(
      "*",
      "(?<splat>.*)",
    )
      .replaceAll(/:([A-Za-z]\w*)/g, "(?<$1>[^/]+)");
    const groups = new RegExp(`^${source}$`).exec(path);
    const captures = matchPattern(compiled, path.slice(1).split("/"));
    const found = captures &&
      Object.fromEntries(
        [...captures].map(([key, names]) => [key, names.join("/")]),
      );
    assertEquals(
      found,
      groups === null ? undefined : { ...groups.groups },
      `${pattern} ${path}`,
    );
  });
});

Deno.test("matching is linear: names are compared once, however many rules and placeholders there are", () => {
  const dialect = DIALECTS.cloudflare;
  const exact = Array.from({ length: 2000 }, (_, index) => `/a${index} /b`);
  const others = Array.from(
    { length: 100 },
    (_, index) => `/:x-${index}/${"a/".repeat(400)}*z /b`,
  );
  const { rules, problems } = parseRedirects(
    [...exact, ...others].join("\n"),
    dialect,
  );
  assertEquals([rules.length, problems], [2100, []]);
  const { names, count } = countedNames(4000);
  const asked = { decoded: names, encoded: names, query: "", host: "h" };
  assertEquals(
    createHostRules({ rules }, { blocks: [] }, dialect).redirectOf(asked),
    undefined,
  );
  // Of 2,100 rules 100 are compared, and those by their first name; the path itself is joined twice.
  assert(count() < 10 * names.length, `${count()}`);
});

Deno.test("matching is linear: a path that 2,000 rules and 2,000 blocks are compared with is read and copied as one", () => {
  const dialect = DIALECTS.netlify;
  const lines = (toLine: (index: number) => string) =>
    Array.from({ length: 2000 }, (_, index) => toLine(index)).join("\n");
  const redirects = parseRedirects(lines((at) => `/:a/*/z${at} /b`), dialect);
  const headers = parseHeaders(lines((at) => `/*/z${at}\n  X-A: 1`), dialect);
  const rules = createHostRules(redirects, headers, dialect);
  const { names, count } = countedNames(3000);
  const asked = { decoded: names, encoded: names, query: "", host: "h" };
  assertEquals(rules.redirectOf(asked), undefined);
  assertEquals(rules.changesOf(asked), []);
  // Of each rule and each block some names, and the path a few times.
  assert(count() < 5 * names.length, `${count()}`);
});

/** A path whose names are counted whenever they are read. */
function countedNames(
  length: number,
): { readonly names: readonly string[]; readonly count: () => number } {
  let count = 0;
  const names = new Proxy([...Array.from({ length }, () => "a"), ""], {
    get: (target, key, receiver) => {
      if (typeof key === "string" && /^\d+$/.test(key)) count++;
      return Reflect.get(target, key, receiver);
    },
  });
  return { names, count: () => count };
}
