import { assert, assertEquals } from "@std/assert";
import { namesHtml, negotiateType } from "../../lib/http/accept.ts";
import { processorTime } from "../support/process_list.ts";
import { forSeeds } from "../support/random.ts";

const HTML = "text/html; charset=utf-8";
const JSON_ = "application/json";
const LINES = "application/jsonl";
const TEXT = "text/plain; charset=utf-8";
const OFFERS = [HTML, JSON_, LINES, TEXT] as const;

Deno.test("negotiateType() chooses by weights, and by the most precise range (RFC 9110 §12.5.1)", () => {
  const rows: [accept: string | null, expected: string | undefined][] = [
    [null, HTML],
    ["", HTML],
    ["*/*", HTML],
    // What clients send: browsers, axios, jQuery, HTTPie, httrack, Java, RestTemplate.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML],
    ["application/json, text/plain, */*", JSON_],
    ["application/json, text/javascript, */*; q=0.01", JSON_],
    ["application/json, */*;q=0.5", JSON_],
    ["text/html,image/png,image/gif;q=0.9,*/*;q=0.1", HTML],
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML],
    ["text/plain, application/json;charset=UTF-8", JSON_],
    // weights
    ["text/plain;q=0.3, application/json;q=0.4", JSON_],
    ["text/plain;q=0.001", TEXT],
    ["application/json ; Q=0.1 , TEXT/PLAIN", TEXT],
    ["text/html;q=0, */*", JSON_],
    ["*/*;q=0.5, text/html;q=0.4", JSON_],
    ["*/*;q=.2, text/plain;q=.3", TEXT],
    ["text/html;q=1.000, application/json;q=1", HTML],
    // The more precise range has the word, wherever it stands, and whatever its weight.
    ["text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", TEXT],
    ["*/*, text/*;q=0.1", JSON_],
    ["text/*", HTML],
    ["application/*", JSON_],
    ["*/*;q=0.1, application/*;q=0.1", JSON_],
    ["text/plain;charset=utf-8;q=0.2, application/json;q=0.1", TEXT],
    ["application/json;q=0.1, application/json, text/plain;q=0.5", TEXT],
    // not acceptable
    ["image/png", undefined],
    ["*/*;q=0", undefined],
    ["text/html;q=0, application/json;q=0.0", undefined],
    ["text/html;level=1", undefined],
    // malformed members count for nothing
    ["text/html;q=2, application/json", JSON_],
    ["text/html;q=-1, application/json;q=0.1", JSON_],
    ["text/html;q=, application/json;q=0.1", JSON_],
    ["text/html;q=1e3, application/json", JSON_],
    ["text/html;q=0.1, application/json;q=x", HTML],
    ["*/html, application/json;q=0.1", JSON_],
    ["html, , ;, /", HTML],
    // what is in quotes is in one piece
    ['text/html;a="x, text/plain", application/json;q=0.5', JSON_],
    ['text/html;a="\\", text/plain;q=1;", application/json;q=0.5', JSON_],
    ['text/html;a="unterminated, text/plain', undefined],
  ];
  for (const [accept, expected] of rows) {
    assertEquals(negotiateType(accept, OFFERS), expected, accept ?? "none");
  }
  assertEquals(negotiateType("*/*", [LINES, HTML]), LINES);
  assertEquals(negotiateType("*/*", []), undefined);
  assertEquals(
    negotiateType("a/b;x=1, a/b;q=0.5", ["a/b", "a/b;x=1"]),
    "a/b;x=1",
  );
  assertEquals(negotiateType("a/b;x=1", ["no type", "a/b; X=1"]), "a/b; X=1");
});

Deno.test("namesHtml() is true for who says text/html, by no wildcard and with a weight", () => {
  const rows: [accept: string | null, expected: boolean][] = [
    ["text/html", true],
    ["*/*, TEXT/HTML;charset=utf-8;q=0.1", true],
    ["text/html;level=1", true],
    [null, false],
    ["*/*", false],
    ["text/*", false],
    ["text/html;q=0", false],
    ["text/html;q=x", false],
    ["text/htmlx, x-text/html", false],
    ['a/b;c=", text/html,"', false],
  ];
  for (const [accept, expected] of rows) {
    assertEquals(namesHtml(accept), expected, accept ?? "none");
  }
});

/** The weight of a type, written anew: from the list of members, sorted by precision. */
function weightOf(type: string, members: readonly [string, number][]): number {
  const [top] = type.split("/");
  for (const name of [type, `${top}/*`, "*/*"]) {
    const member = members.find(([range]) => range === name);
    if (member !== undefined) return member[1];
  }
  return 0;
}

Deno.test("negotiateType() never offers what has a lower weight, for any list", () => {
  const types = ["a/b", "a/c", "b/b", "b/c"];
  forSeeds(3000, ({ below, pick }) => {
    const ranges = [...types, "a/*", "b/*", "*/*"];
    const members = Array.from(
      { length: 1 + below(6) },
      (): [string, number] => [pick(ranges), below(6) / 5],
    );
    const accept = members
      .map(([range, weight]) => `${range}${pick([";q=", " ; Q="])}${weight}`)
      .join(pick([",", " , ", ",,"]));
    const offers = types.filter(() => below(3) > 0);
    const most = Math.max(0, ...offers.map((type) => weightOf(type, members)));
    const chosen = negotiateType(accept, offers);
    assertEquals(chosen === undefined, most === 0, accept);
    if (chosen !== undefined) assertEquals(weightOf(chosen, members), most);
  });
});

Deno.test("negotiateType() and namesHtml() end soon, whatever is sent", () => {
  const pieces = [
    '"',
    "\\",
    ",",
    ";",
    "q=",
    "*/*",
    "text/html",
    " ",
    "a/b",
    "=",
  ];
  forSeeds(300, ({ join }) => {
    const accept = join(pieces, 40);
    const chosen = negotiateType(accept, OFFERS);
    assert(chosen === undefined || OFFERS.includes(chosen), accept);
    assertEquals(typeof namesHtml(accept), "boolean");
  });
  const before = processorTime(Deno.pid);
  for (const piece of [...pieces, '",', '"\\', "a/b;", "text/html,", ' "']) {
    negotiateType(piece.repeat(16_384), OFFERS);
    namesHtml(`text/html;q=0,${piece.repeat(16_384)}`);
  }
  assert(processorTime(Deno.pid) - before < 5000);
});
