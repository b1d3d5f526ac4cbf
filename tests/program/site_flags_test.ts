/** `--spa`, `--clean-urls` and `--trailing-slash` on the wire of every subject, and what the program refuses. */

import { assertEquals, assertMatch } from "@std/assert";
import {
  runToEnd,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";

const APP = "<!doctype html><title>app</title>";
const NAVIGATION = {
  Accept: "text/html,*/*;q=0.8",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Dest": "document",
};
const SCRIPT = {
  Accept: "*/*",
  "Sec-Fetch-Mode": "no-cors",
  "Sec-Fetch-Dest": "script",
};
const HTML = { Accept: "text/html" };

function plant(root: string): void {
  Deno.mkdirSync(`${root}/d`);
  Deno.writeTextFileSync(`${root}/app.html`, APP);
  Deno.writeTextFileSync(`${root}/grüße.html`, "GREETINGS");
  Deno.writeTextFileSync(`${root}/d/index.html`, "D");
  Deno.writeTextFileSync(`${root}/.env`, "SECRET");
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: --spa=FILE, --clean-urls, --trailing-slash: 200, 301 and 404`, async () => {
    using directory = temporaryDirectory();
    plant(directory.path);
    const words = ["0", directory.path, "--spa=app.html", "--no-listing"];
    await using program = await start(subject, [
      ...[...words, "--clean-urls", "--trailing-slash=never"],
    ]);
    const rows: ReadonlyArray<
      [path: string, headers: Record<string, string>, answer: string]
    > = [
      ["/users/5?tab=1", NAVIGATION, `200 ${APP}`],
      ["/users/john.doe", NAVIGATION, `200 ${APP}`],
      ["/", NAVIGATION, `200 ${APP}`],
      ["/users/5", HTML, `200 ${APP}`],
      ["/.env", NAVIGATION, `200 ${APP}`],
      ["/.env", HTML, `200 ${APP}`],
      ["/.env", {}, "404"],
      ["/chunk.js", HTML, "404"],
      ["/chunk.js", SCRIPT, "404"],
      ["/users/5", SCRIPT, "404"],
      ["/api/users", { Accept: "application/json" }, "404"],
      ["/%ff", NAVIGATION, "400"],
      ["/gr%C3%BC%C3%9Fe", {}, "200 GREETINGS"],
      ["/gr%C3%BC%C3%9Fe.html?a=1", {}, "301 /gr%C3%BC%C3%9Fe?a=1"],
      ["//gr%C3%BC%C3%9Fe/", {}, "301 /gr%C3%BC%C3%9Fe"],
      ["/d", {}, "200 D"],
      ["/d/index.html", {}, "301 /d"],
    ];
    for (const [path, headers, answer] of rows) {
      const { status, text, fields } = await request(
        program.port,
        path,
        headers,
      );
      const more = status === 200 ? text : fields.get("location");
      assertEquals([status, more].join(" ").trim(), answer, path);
      const isChosen = status === 404 || text === APP;
      assertEquals(
        /Sec-Fetch-Mode/.test(fields.get("vary") ?? ""),
        isChosen,
        path,
      );
    }
    const tag = (await request(program.port, "/a", NAVIGATION)).fields
      .get("etag") ?? "";
    const parts = [
      [{ Range: "bytes=0-8" }, 206],
      [{ "If-None-Match": tag }, tag === "" ? 200 : 304],
      [{ "If-None-Match": "*" }, 304],
    ] as const;
    for (const [headers, status] of parts) {
      const all = { ...NAVIGATION, ...headers };
      const response = await request(program.port, "/a", all);
      assertEquals(response.status, status, JSON.stringify(headers));
    }
  });
}

Deno.test("--spa without its page, and another --trailing-slash, are refused at the start", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/app.html`, "app");
  const rows: ReadonlyArray<
    [place: string, word: string, code: number, message: RegExp]
  > = [
    [path, "--spa", 1, /--spa "index.html": there is no such file in "/],
    [
      `${path}/app.html`,
      "--spa",
      1,
      /--spa "index.html": only "app.html" is served: type --spa=app.html$/m,
    ],
    [
      path,
      "--trailing-slash=often",
      2,
      /--trailing-slash needs always, never or keep, not "often"/,
    ],
  ];
  for (const [place, word, code, message] of rows) {
    const ended = await runToEnd("Deno", ["0", place, word]);
    assertMatch(ended.errors, message);
    assertEquals(ended.code, code, word);
  }
});
