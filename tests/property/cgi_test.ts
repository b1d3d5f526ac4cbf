/** What holds for everything that a client or a script may send. */

import { assert, assertEquals } from "@std/assert";
import {
  headerBlockEnd,
  metaVariables,
  parseHeaderBlock,
  searchWords,
} from "../../main.ts";
import { forSeeds } from "../support/random.ts";

const LINES = [
  ..."Content-Type: a/b|Status: 200|Status: 404 Not Found|status:299".split(
    "|",
  ),
  ..."Location: /local|Location: http://a/|Set-Cookie: é|X-A: \xff".split("|"),
  ..."Content-Length: 5|Transfer-Encoding: x|HTTP/1.1 200 OK|Connection: x"
    .split("|"),
];
const NOISE = [..."\0 \r \n \t : é \xff 99".split(" "), "", "", "", "", "", ""];

Deno.test("parseHeaderBlock() never throws, and what it accepts can be sent", () => {
  let accepted = 0;
  forSeeds(4000, ({ below, pick }) => {
    const lines = Array.from(
      { length: below(4) },
      () => pick(LINES) + pick(NOISE) + pick(["\n", "\r\n"]),
    );
    const text = `${lines.join("")}\n`;
    const response = parseHeaderBlock(text, below(2) === 0);
    if (response.kind !== "document") return;
    accepted++;
    const { status, fields } = response;
    new Response(null, {
      status,
      headers: fields.map(([name, value]) => [name, value]),
    });
  });
  assert(accepted > 200, `${accepted}`);
});

Deno.test("headerBlockEnd() finds the first blank line, wherever the output is cut", () => {
  const encoder = new TextEncoder();
  forSeeds(2000, ({ join, below }) => {
    const text = join(["a", "\n", "\r", "\r\n", ":", "\n\n"], 14);
    const match = /^\r?\n|\n\r?\n/.exec(text);
    const expected = match ? match.index + match[0].length : undefined;
    const bytes = encoder.encode(text);
    assertEquals(headerBlockEnd(bytes), expected, JSON.stringify(text));
    // Read in two parts, as `readHeaderBlock` does.
    const cut = below(bytes.length + 1);
    const first = headerBlockEnd(bytes.subarray(0, cut));
    const found = first ?? headerBlockEnd(bytes, cut);
    assertEquals(found, expected, JSON.stringify([text, cut]));
  });
});

Deno.test("metaVariables() never leaves the root, and has no variable that was not asked for", () => {
  const names =
    "Accept Proxy X_A X-A Cookie Host Connection TE Authorization X.B Content-Type"
      .split(" ");
  forSeeds(2000, ({ join, pick, below }) => {
    const headers = new Headers();
    for (let count = below(5); count > 0; count--) {
      headers.append(
        pick(names),
        join(["a", ",", ";", " ", "é", "\xff", "x-a"], 4),
      );
    }
    const pathInfo = join(["/", "..", ".", "a", "\\", "%2e", "b c"], 8);
    const variables = metaVariables({
      method: "GET",
      url: "http://h/",
      headers,
    }, {
      target: "/x",
      query: join(["?", "a", "=", "%", "+"], 5),
      script: { name: "/x", path: "/srv/www/x", pathInfo },
      contentLength: below(2) === 0 ? undefined : below(100),
      peer: { address: join(["1", ".", ":", "x"], 6) },
      root: "/srv/www",
      software: "serve",
      authorization: false,
    });
    const translated = variables.PATH_TRANSLATED;
    assertEquals(translated === undefined, pathInfo === "");
    if (translated !== undefined) {
      assert(translated.startsWith("/srv/www/"), translated);
      assert(!translated.split("/").includes(".."), translated);
    }
    for (const name of Object.keys(variables)) {
      assert(/^[A-Z][A-Z_]*$/.test(name), name);
      assert(
        !["HTTP_PROXY", "HTTP_CONNECTION", "HTTP_TE", "HTTP_AUTHORIZATION"]
          .includes(name),
        name,
      );
    }
    assert(!Object.values(variables).some((value) => value.includes("\0")));
  });
});

Deno.test("searchWords() never throws, and gives nothing that cannot be an argument", () => {
  forSeeds(2000, ({ join }) => {
    const query = join(
      ["?", "a", "=", "%", "%00", "%e9", "%41", "+", "\ud800"],
      8,
    );
    for (const word of searchWords("GET", query)) assert(!word.includes("\0"));
  });
});
