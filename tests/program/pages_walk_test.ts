/** Walks through the pages: with the keyboard alone, without JavaScript, elsewhere on the globe, among hostile names. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  CHROMIUM,
  follow,
  holds,
  openBrowser,
  type Page,
  watch,
} from "../support/browser.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";
import { makeShare, PHOTOS, serveShare } from "../support/showcase.ts";

let share: Awaited<ReturnType<typeof makeShare>>;

Deno.test.beforeAll(async () => {
  if (CHROMIUM !== undefined) share = await makeShare();
});
Deno.test.afterAll(() => share?.[Symbol.dispose]());

/** The names that are shown, without the way up. */
function shownNames(page: Page): Promise<readonly string[]> {
  return page.evaluate(
    `[...document.querySelectorAll("main > table > tbody > tr:not(.up)")]
      .filter((row) => row.checkVisibility())
      .map((row) => row.querySelector("th :is(a, span) bdi, th :is(a, span)").textContent)`,
  );
}

/** The reference or the label of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    `(({ activeElement: element }) =>
      element.getAttribute("href") ?? element.getAttribute("name") ?? element.className)(document)`,
  );
}

/** Presses keys, one after the other. */
async function press(page: Page, keys: string): Promise<void> {
  for (const key of keys.split(" ")) await page.keyboard.press(key);
}

/** What has the focus is in the window, and there is something to be seen around it. */
async function assertFocusIsSeen(page: Page): Promise<void> {
  const seen = await page.evaluate<boolean>(`(() => {
    const { activeElement: element } = document;
    const { top, bottom } = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return element !== document.body && top >= 0 && bottom <= innerHeight &&
      outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  })()`);
  assert(seen, `the focus on ${await focused(page)}`);
}

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: the keyboard alone filters, moves, opens and goes back up`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      await using program = await serveShare(share.path, runtime);
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      const { faults } = watch(page);
      await page.goto(`${program.url}/norway/`);
      await press(page, "/");
      assertEquals(await focused(page), "q");
      await page.keyboard.type("day");
      assertEquals(await shownNames(page), ["day 2.txt", "day 10.txt"]);
      assertMatch(
        await page.locator("#summary").textContent() ?? "",
        /^2 of 1\d/,
      );
      await press(page, "ArrowDown");
      assertEquals(await focused(page), "day%202.txt");
      await assertFocusIsSeen(page);
      await press(page, "j");
      assertEquals(await focused(page), "day%2010.txt");
      await press(page, "k /");
      await press(page, "Escape");
      assertEquals((await shownNames(page)).length, 13);
      await page.keyboard.type("photos");
      await press(page, "ArrowDown");
      await Promise.all([page.waitForURL(/\/photos\/$/), press(page, "Enter")]);
      await page.locator("#summary").waitFor();
      await Promise.all([
        page.waitForURL(/\/norway\/$/),
        press(page, "Backspace"),
      ]);
      assertEquals(faults, []);
    },
  });
}

Deno.test({
  name:
    "the keyboard alone: a long list, the focus is always seen; the keys tell themselves",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage({
      viewport: { width: 800, height: 500 },
    });
    const { faults } = watch(page);
    await page.goto(`${program.url}/norway/photos/`);
    for (let presses = 0; presses < PHOTOS + 5; presses++) {
      await press(page, presses % 2 === 0 ? "j" : "ArrowDown");
      await assertFocusIsSeen(page);
    }
    await press(page, "Home");
    await assertFocusIsSeen(page);
    await press(page, "End");
    await assertFocusIsSeen(page);
    const last = await focused(page);
    await press(page, "?");
    const dialog = page.locator("dialog[open]");
    assertMatch(await dialog.textContent() ?? "", /Backspace/);
    await assertFocusIsSeen(page);
    await press(page, "Escape");
    assertEquals(await dialog.count(), 0);
    assertEquals(await focused(page), last);
    await press(page, "Home g");
    await page.waitForURL(/view=grid/);
    await page.locator("#summary").waitFor();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"]) {
      await press(page, key);
      await assertFocusIsSeen(page);
    }
    assertEquals(faults, []);
  },
});

/** What the viewer shows of a file, and where. */
const VIEWED: ReadonlyArray<
  readonly [directory: string, href: string, expression: string, value: unknown]
> = [
  [
    "/norway/photos/",
    "IMG_4212.jpg",
    "document.querySelector('dialog img').naturalWidth",
    900,
  ],
  [
    "/norway/videos/",
    "ferry.webm",
    "document.querySelector('dialog video').duration > 1",
    true,
  ],
  [
    "/norway/recordings/",
    "silence.flac",
    "document.querySelector('dialog audio').duration",
    0.5,
  ],
  [
    "/norway/",
    "itinerary.pdf",
    "document.querySelector('dialog iframe').src.endsWith('/norway/itinerary.pdf')",
    true,
  ],
  [
    "/projects/",
    "page.txt",
    "document.querySelector('dialog pre').textContent.trim()",
    "<script>alert(1)</script>",
  ],
];

Deno.test({
  name:
    "the viewer shows pictures, video, sound, PDF and text in place, by the keyboard alone",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    const { faults } = watch(page);
    for (const [directory, href, expression, value] of VIEWED) {
      await page.goto(program.url + directory);
      await page.locator(`tbody a[href="${href}"]`).press("Enter");
      await page.locator("dialog[open]").waitFor();
      await holds(
        page,
        `(() => {
        try { return (${expression}) === ${
          JSON.stringify(value)
        }; } catch { return false; }
      })()`,
      );
      await press(page, "Escape");
      await page.locator("dialog[open]").waitFor({ state: "hidden" });
      // It goes back in the history, which is done later: else it would undo the next step.
      await holds(page, "location.hash === ''");
      assertEquals(await focused(page), href);
      await assertFocusIsSeen(page);
    }
    assertEquals(faults, []);
  },
});

Deno.test({
  name:
    "the viewer goes on and back with the arrow keys; Esc and Back close it",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    const { faults } = watch(page);
    await page.goto(`${program.url}/norway/photos/`);
    const names = await shownNames(page);
    const heading = page.locator("dialog h2");
    await press(page, "j j Enter");
    const first = await heading.textContent() ?? "";
    const at = names.indexOf(first);
    assert(at >= 0, first);
    await press(page, "ArrowRight");
    assertEquals(await heading.textContent(), names[at + 1]);
    await press(page, "ArrowRight ArrowRight ArrowLeft");
    assertEquals(await heading.textContent(), names[at + 2]);
    await press(page, "Escape");
    await page.locator("dialog[open]").waitFor({ state: "hidden" });
    await holds(page, "location.hash === ''");
    assertEquals(await focused(page), names[at + 2]);
    await press(page, "Enter");
    await page.locator("dialog[open]").waitFor();
    await page.evaluate("history.back()");
    await page.locator("dialog[open]").waitFor({ state: "hidden" });
    assertMatch(page.url(), /\/norway\/photos\/$/);
    assertEquals(faults, []);
  },
});

Deno.test({
  name:
    "without JavaScript: sorting, search, deep search, the grid and every link work",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage({ javaScriptEnabled: false });
    const { faults } = watch(page);
    await page.goto(`${program.url}/norway/`);
    assertMatch(
      await page.locator("main article").textContent() ?? "",
      /by rail and ferry/,
    );
    await follow(page, "tbody a[href='photos/']");
    const byName = await shownNames(page);
    assertEquals(byName.length, PHOTOS + 1);
    await follow(page, "button[value=size]");
    assertMatch(page.url(), /\?order=desc&sort=size$/);
    const bySize = await shownNames(page);
    assertEquals([...bySize].sort(), [...byName].sort());
    assertEquals(bySize.at(-1), "ferry.webm");
    await follow(page, "button[value=size]");
    assertMatch(page.url(), /\?sort=size$/);
    assertEquals(await shownNames(page), [...bySize].reverse());
    await follow(page, "#view button");
    assertMatch(page.url(), /view=grid/);
    assertMatch(page.url(), /sort=size/);
    const pictures = await page.evaluate<number>(
      "document.querySelectorAll('tbody img[loading=lazy]').length",
    );
    assertEquals(pictures, PHOTOS);
    await page.goto(program.url);
    await page.locator("[type=search]").fill("FILE");
    await Promise.all([
      page.waitForURL(/q=FILE/),
      page.locator("[type=search]").press("Enter"),
    ]);
    assertEquals(await shownNames(page), ["file2.txt", "file10.txt"]);
    await page.locator("[type=search]").fill("day");
    await page.locator("[name=recursive]").check();
    await Promise.all([
      page.waitForURL(/recursive/),
      page.locator("[type=search]").press("Enter"),
    ]);
    assertEquals(await shownNames(page), [
      "norway/day 2.txt",
      "norway/day 10.txt",
    ]);
    await page.goto(`${program.url}/norway/photos/`);
    await follow(page, "header nav li:nth-child(2) a");
    assertEquals(new URL(page.url()).pathname, "/norway/");
    assertEquals(faults, []);
    // A text has no head: now the browser asks for an icon.
    await follow(page, "tbody a[href='day%202.txt']");
    assertEquals(page.url(), `${program.url}/norway/day%202.txt`);
  },
});

/** A time of an entry as visitors read it. */
const TIMES: ReadonlyArray<
  readonly [locale: string, timezoneId: string, text: RegExp]
> = [
  ["de-DE", "Europe/Berlin", /^28\.11\.2026, 15:03$/],
  ["en-US", "America/New_York", /^Nov 28, 2026, 9:03\sAM$/],
  ["ja-JP", "Asia/Tokyo", /^2026\/11\/28 23:03$/],
  ["ar-EG", "Africa/Cairo", /٢٨.*٢٠٢٦.*٤:٠٣/],
];

Deno.test({
  name: "times are those of the visitor's zone, in the visitor's language",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const time = Date.UTC(2026, 10, 28, 14, 3) / 1000;
    Deno.utimeSync(`${directory.path}/a.txt`, time, time);
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    for (const [locale, timezoneId, text] of TIMES) {
      await using page = await browser.newPage({ locale, timezoneId });
      await page.goto(program.url);
      const cell = page.locator("tbody time");
      await holds(
        page,
        "document.querySelector('tbody time').textContent !== '2026-11-28 14:03'",
      );
      assertMatch(await cell.textContent() ?? "", text);
      assertEquals(await cell.getAttribute("datetime"), "2026-11-28T14:03:00Z");
    }
  },
});
