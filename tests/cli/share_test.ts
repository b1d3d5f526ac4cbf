/** --share: what is printed of it, and when it ends. */
import { assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import type { Settings } from "../../lib/program/settings.ts";
import {
  beginShare,
  shareNotices,
  withSecretMount,
} from "../../lib/program/share.ts";
import { createHandler, type LogRecord } from "../../main.ts";
import { createSite } from "../../lib/site/site.ts";
import { siteDefaults } from "../../lib/handler/defaults.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { filesOf } from "../support/site.ts";

function settingsOf(...words: readonly string[]): Settings {
  const line = parseCommandLine(words);
  if (line.kind !== "serve") throw new Error(JSON.stringify(line));
  return line.settings;
}

function took(target: string, more: Partial<LogRecord> = {}): LogRecord {
  return {
    peer: { address: "192.0.2.7" },
    time: new Date(2026, 10, 20, 16, 0, 0).getTime(),
    milliseconds: 5000,
    method: "GET",
    target,
    status: 200,
    bytes: 1000,
    download: () => ({ tag: '"1"', length: 1000 }),
    ...more,
  };
}

/** A share, what it prints, and whether it has ended. */
function shareOf(duration?: number, times?: number) {
  const state = { printed: "", ended: "", now: 0 };
  const share = beginShare(
    { duration, times },
    { print: (text) => void (state.printed += text) },
    () => state.now,
  );
  void share.ended.then((why) => state.ended = why);
  return { ...share, state };
}

Deno.test("withSecretMount(): a new path each time, below --url-root, with its QR code", () => {
  const plain = settingsOf();
  assertEquals(withSecretMount(plain), plain);
  const rows: Array<[words: string[], pattern: RegExp]> = [
    [[], /^\/[2-9a-z]{26}$/],
    [["--url-root", "/static"], /^\/static\/[2-9a-z]{26}$/],
    [["--url-root", "/static/"], /^\/static\/[2-9a-z]{26}$/],
    [["--url-root", "/"], /^\/[2-9a-z]{26}$/],
  ];
  for (const [words, pattern] of rows) {
    const settings = settingsOf("--share", ...words);
    const first = withSecretMount(settings);
    assertMatch(first.urlRoot ?? "", pattern);
    assertEquals(first.qr, true);
    assertEquals(withSecretMount(settings).urlRoot === first.urlRoot, false);
  }
});

Deno.test("shareNotices() says when it ends, and a path where no URL has it", () => {
  const tcp = { listeners: [{ port: 80 }] } as never;
  const unix = { listeners: [{ port: 0 }] } as never;
  const rows: Array<[words: string[], notices: string[]]> = [
    [[], []],
    [["--share"], ["The share ends with the program: Ctrl-C"]],
    [["--share-for=90m"], ["The share ends after 90m"]],
    [["--share-for=120m"], ["The share ends after 2h"]],
    [["--share-for=90s"], ["The share ends after 90s"]],
    [["--share-for=48h"], ["The share ends after 2d"]],
    [["--share-times=1"], ["The share ends after 1 download"]],
    [["--share-for=2h", "--share-times=10"], [
      "The share ends after 2h, or 10 downloads",
    ]],
  ];
  for (const [words, notices] of rows) {
    assertEquals(shareNotices(settingsOf(...words), "/x/", tcp), notices);
  }
  const [path] = shareNotices(settingsOf("--share"), "/x/", unix);
  assertEquals(path, "The path of the share is /x/");
});

Deno.test("a share tells of each who takes something, and passes all records on", async () => {
  const { watch, ended, stop, state } = shareOf(undefined, 3);
  const passed: LogRecord[] = [];
  const log = watch((record) => passed.push(record));
  const records = [
    took("/…/%C3%A4%20b.txt"),
    took("/…/", { download: undefined }),
    took("/…/a\x1b[2J?x"),
    took("/…/c", { aborted: true, bytes: 300 }),
    took("/…/?archive=zip&name=a", {
      peer: { address: "192.0.2.8", user: "a b" },
    }),
  ];
  for (const record of records) log(record);
  assertEquals(passed, records);
  assertEquals(state.printed.replaceAll("\xa0", " ").split("\n"), [
    "16:00:05 192.0.2.7 took /ä b.txt, 1000 B (1 of 3)",
    "16:00:05 192.0.2.7 took /a\\x1b[2J?x, 1000 B (2 of 3)",
    "16:00:05 192.0.2.7 left /c at 300 B of 1000 B",
    "16:00:05 a\\x20b (192.0.2.8) took /?archive=zip&name=a, 1000 B (3 of 3)",
    "",
  ]);
  assertEquals(await ended, "The share has ended after 3 downloads.");
  stop();
  // Without a log, and without a number.
  const quiet = shareOf();
  quiet.watch(false)(took("/…/a"));
  assertMatch(quiet.state.printed, / took \/a, 1000.B\n$/);
  quiet.stop();
});

Deno.test("a share ends by the clock, also while nobody asks; 30 days are no overflow", async () => {
  const { ended, stop, state } = shareOf(30 * 86_400_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertEquals(state.ended, "");
  state.now = 30 * 86_400_000;
  assertEquals(await ended, "The share has ended after 30d.");
  stop();
});

Deno.test("a share that has ended has nothing any more: 404, as for a wrong path", async () => {
  const urlRoot = "/k7m2v9xqy4c8n5hzt3w6bfr2dj";
  const files = filesOf({ "/a.txt": "a" });
  const options = { root: "/", urlRoot, secretRoot: true, files } as const;
  const site = createSite(
    { ...options, log: false },
    siteDefaults(currentRuntime()),
  );
  const { guard, stop, state } = shareOf(1000);
  const whole = createHandler({ ...options, log: false });
  const handler = guard(whole, site);
  const get = async (path: string) => {
    const response = await handler(new Request(`http://localhost${path}`));
    response.headers.delete("date");
    return [response.status, ...response.headers, await response.text()];
  };
  const wrong = await get("/x/a.txt");
  assertEquals((await get(`${urlRoot}/a.txt`))[0], 200);
  state.now = 1000;
  assertEquals(await get(`${urlRoot}/a.txt`), wrong);
  assertEquals(await get(`${urlRoot}/`), wrong);
  assertEquals(await get("/x/a.txt"), wrong);
  stop();
});
