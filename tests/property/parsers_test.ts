/** Parsers that face the network never throw, and keep what they promise, for any input. */
import { assert, assertEquals } from "@std/assert";
import { resolve } from "node:path/posix";
import { isFileName } from "../../lib/files/locate.ts";
import { readableTarget } from "../../lib/log/readable.ts";
import {
  escapeLog,
  evaluatePreconditions,
  formatEntityTag,
  formatHttpDate,
  isHost,
  parseHttpDate,
  readTarget,
  scanEntityTags,
} from "../../main.ts";
import { forSeeds, type Random } from "../support/random.ts";
import { rawRequest } from "../support/site.ts";

const SEEDS = 3000;
const PATH_PIECES = [
  ..."/ / / \\ . .. % %2 %2e %2E %2f %5c %00 %zz %c0%ae %ff %d0%bf ? # a b é ~1 :"
    .split(" "),
  " ",
  "\0",
  "\ud800",
];

Deno.test("property: readTarget() never throws, and what it finds stays below the root", () => {
  forSeeds(SEEDS, ({ join }: Random) => {
    const target = readTarget(rawRequest(`/${join(PATH_PIECES, 12)}`));
    if (target.kind !== "path") return;
    for (const os of ["posix", "windows"] as const) {
      if (!target.segments.every((name) => isFileName(name, os))) continue;
      const path = resolve("/srv/www", target.segments.join("/"));
      assert(path === "/srv/www" || path.startsWith("/srv/www/"), path);
      assertEquals(target.segments.some((name) => /[/\0]/.test(name)), false);
    }
  });
});

Deno.test("property: readTarget() gives the same with and without the URL parser's help", () => {
  forSeeds(SEEDS, ({ join }: Random) => {
    // The parser drops what no request line can hold; `?` and `#` end a path.
    const pieces = PATH_PIECES.filter((piece) =>
      !/[\s\0#?]|\ud800/.test(piece)
    );
    const raw = rawRequest(`/${join(pieces, 12)}`);
    const { href } = new URL(raw.url);
    assertEquals(readTarget({ ...raw, url: href }), readTarget(raw), raw.url);
  });
});

Deno.test("property: readTarget() of a written path is that path", () => {
  forSeeds(SEEDS, ({ join, below }: Random) => {
    const segments = Array.from(
      { length: 1 + below(4) },
      () => `a${join([..."%#?&+;:@\\/'\"<> é🎉.-"], 8)}`,
    );
    const target = segments.map((name) => `/${encodeURIComponent(name)}`).join(
      "",
    );
    const read = readTarget(rawRequest(target));
    assertEquals(read, { kind: "path", segments, directory: false, query: "" });
  });
});

Deno.test("property: isHost() lets nothing pass that could end an authority", () => {
  forSeeds(SEEDS, ({ join }: Random) => {
    const host = join([..."ab1.:[]%/?#@\\ ,-_", "%41", "\t", "é"], 10);
    if (isHost(host)) assert(!/[/?#@\\\s]|[^\x21-\x7e]/.test(host), host);
  });
});

Deno.test("property: scanEntityTags() never throws, and reads what was written", () => {
  forSeeds(SEEDS, ({ join }: Random) => {
    const text = join([
      '"',
      "W/",
      "w/",
      ",",
      " ",
      "\t",
      "a",
      "*",
      "\\",
      "é",
      "\x7f",
    ], 20);
    const tags = scanEntityTags(text);
    if (tags === "*") return;
    const written = tags.map(formatEntityTag).join(", ");
    assertEquals(scanEntityTags(written), tags, text);
  });
});

Deno.test("property: scanEntityTags() is linear in 64 KiB of anything", () => {
  for (const piece of ['"', "W/", '"a",', ", ", '"a" ', "W/W/", '""']) {
    scanEntityTags(piece.repeat(65_536 / piece.length)); // a quadratic scan would not end
  }
});

Deno.test("property: parseHttpDate() reads what formatHttpDate() wrote", () => {
  forSeeds(SEEDS, ({ below }: Random) => {
    const time = below(4_000_000_000) * 1000;
    assertEquals(parseHttpDate(formatHttpDate(time), 0), time);
  });
});

Deno.test("property: parseHttpDate() never throws, and gives whole seconds or nothing", () => {
  const pieces = "Sun Sunday , - : 06 6 94 1994 Nov Feb 08:49:37 99 GMT".split(
    " ",
  );
  forSeeds(SEEDS, ({ join }: Random) => {
    const time = parseHttpDate(join([...pieces, " ", " ", " "], 14), 0);
    assert(time === undefined || Number.isInteger(time / 1000));
  });
});

Deno.test("property: evaluatePreconditions() never throws; 304 is for GET and HEAD", () => {
  const names = [
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
  ];
  const values = [
    "*",
    '"1"',
    'W/"1"',
    '"1',
    "",
    ",",
    formatHttpDate(0),
    formatHttpDate(9e12),
  ];
  forSeeds(SEEDS, ({ pick, below }: Random) => {
    const headers = new Headers();
    for (let count = below(5); count > 0; count--) {
      headers.append(pick(names), pick(values));
    }
    const method = pick(["GET", "HEAD", "PUT"]);
    const validators = {
      entityTag: pick([undefined, { weak: false, opaque: "1" }, {
        weak: true,
        opaque: "1",
      }]),
      lastModified: pick([undefined, 0, 5_000_000_000]),
    };
    const result = evaluatePreconditions({ method, headers }, validators, 0);
    if (result === "not-modified") assert(method !== "PUT");
  });
});

Deno.test("property: escapeLog() leaves one line of visible characters, and loses nothing", () => {
  forSeeds(SEEDS, ({ below, join }: Random) => {
    const text = join(["\\", "x0a", "a"], 5) +
      String.fromCharCode(...Array.from({ length: 10 }, () => below(256)));
    const escaped = escapeLog(text);
    assert(!/\p{Cc}/u.test(escaped));
    const back = escaped.replace(
      /\\(?:x([0-9a-f]{2})|\\)/g,
      (_, hex) => hex ? String.fromCharCode(parseInt(hex, 16)) : "\\",
    );
    assertEquals(back, text);
  });
});

const NAME_PIECES = [
  ..."/ / / / / / / / / / %41 %c3%a4 %D7%A9 %E6%97%A5 b c d e f ? # % a Z 1 é ä - _ ~ + ' ( : & % %41 %2f %2F %3f %23 %25 %22 %5C %20 %20 %c3%a4 %C3%9C"
    .split(" "),
  // Invalid, controls, CR LF, CSI as a C1 control, NUL, DEL, and an ESC.
  ..."%ff %c3 %zz %0d%0a %c2%9b %00 %7f %1b[2J".split(" "),
  // Bidi controls, zero width, line separators, spaces, fillers, marks, tags, unassigned.
  ...[
    ..."\u202e\u2066\u061c\u200b\u200d\ufeff\u00ad\u2028\u2029\u00a0\u3000\u2800",
    ..."\u3164\u034f\u0301\u0308\ufe0f\u{e0041}\u0378\ue000שلя日🎉",
  ].map(encodeURIComponent),
];

Deno.test("property: readableTarget() shows nothing that hides, and each name as itself", () => {
  let decoded = 0;
  forSeeds(SEEDS, ({ join }: Random) => {
    const target = `/${join(NAME_PIECES, 12)}`;
    const shown = readableTarget(target);
    if (shown !== target) decoded++;
    assertEquals(/[\p{C}\p{Zl}\p{Zp}\p{DI}"\\]/u.test(shown), false, target);
    assertEquals(/[^\S ]|\u2800/u.test(shown), false, target);
    assertEquals(readableTarget(shown), shown);
    const [path = "", query] = target.split(/\?(.*)/s);
    const [shownPath = "", shownQuery] = shown.split(/\?(.*)/s);
    assertEquals(shownQuery, query);
    const names = path.split("/");
    const shownNames = shownPath.split("/");
    assertEquals(shownNames.length, names.length);
    for (const [index, name] of shownNames.entries()) {
      const sent = names[index] ?? "";
      if (name === sent) continue;
      // What was decoded has no `%` left: nobody takes it for what was sent, or the other way round.
      assertEquals(name, decodeURIComponent(sent));
      assert(!name.includes("%") && !/^ | $| {2}|[/?#]/.test(name), name);
      assertEquals(name, name.normalize("NFC"));
    }
  });
  assert(decoded > SEEDS / 20, String(decoded));
});
