/** Pages for everybody: axe-core, what a screen reader is told, small and large windows, print. */

import { assert, assertEquals } from "@std/assert";
import { findViolations } from "../support/axe.ts";
import {
  CHROMIUM,
  openBrowser,
  type Page,
  type PageOptions,
  watch,
} from "../support/browser.ts";
import { makeShare, serveShare } from "../support/showcase.ts";

/** Pages of every kind: of lists, of grids, of answers to a search, of errors, of Markdown. */
const PAGES: ReadonlyArray<readonly [name: string, target: string]> = [
  ["the root", "/"],
  ["a list", "/norway/"],
  ["a sorted list", "/norway/?sort=size&order=desc"],
  ["a grid", "/norway/photos/?view=grid"],
  ["an empty directory", "/empty/"],
  ["what a search has found", "/?q=file"],
  ["what a deep search has found", "/?q=e&recursive"],
  ["a search without success", "/norway/?q=nothing"],
  ["404", "/norway/fots"],
  ["a page of Markdown", "/norway/README.md?view"],
];
/** What is opened in a list by a click on something. */
const OPENED: ReadonlyArray<
  readonly [name: string, target: string, selector: string]
> = [
  ["a picture in the viewer", "/norway/photos/", 'a[href="IMG_4212.jpg"]'],
  ["source in the viewer", "/norway/", 'a[href="convert.py"]'],
];
/** Fingers have no keys, and no button for them. */
const KEYS = ["the keys", "/norway/", "footer button"] as const;

const WIDE: PageOptions = { viewport: { width: 1280, height: 800 } };
const PHONE: PageOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

let share: Awaited<ReturnType<typeof makeShare>>;

Deno.test.beforeAll(async () => {
  if (CHROMIUM !== undefined) share = await makeShare();
});
Deno.test.afterAll(() => share?.[Symbol.dispose]());

const PLACES = [
  ["on a desk", WIDE, [...OPENED, KEYS]],
  ["on a phone", PHONE, OPENED],
] as const;

for (const [where, options, opened] of PLACES) {
  Deno.test({
    name: `axe-core finds nothing ${where}, by day and by night`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      await using program = await serveShare(share.path);
      await using browser = await openBrowser();
      const settled = { ...options, reducedMotion: "reduce" } as const;
      await using page = await browser.newPage(settled);
      const found: Record<string, readonly string[]> = {};
      const look = async (name: string) => {
        const violations = await findViolations(page);
        if (violations.length > 0) found[name] = violations;
      };
      for (const [name, target] of PAGES) {
        await page.goto(program.url + target);
        await look(name);
      }
      for (const [name, target, selector] of opened) {
        await page.goto(program.url + target);
        await page.click(selector);
        await page.locator("dialog[open]").waitFor();
        await look(name);
      }
      assertEquals(found, {});
    },
  });
}

/** The roles that Chromium tells a screen reader, and how often. */
async function countRoles(page: Page): Promise<Map<string, number>> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree") as {
    nodes: ReadonlyArray<
      { readonly ignored: boolean; readonly role?: { readonly value: string } }
    >;
  };
  await session.detach();
  const counts = new Map<string, number>();
  for (const { ignored, role } of nodes) {
    if (ignored || role === undefined) continue;
    counts.set(role.value, (counts.get(role.value) ?? 0) + 1);
  }
  return counts;
}

Deno.test({
  name:
    "a list, on a desk and on a phone, and a grid are tables with rows, heads of columns and of rows",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    for (const options of [WIDE, PHONE]) {
      await using page = await browser.newPage(options);
      for (const target of ["/norway/photos/", "/norway/photos/?view=grid"]) {
        await page.goto(program.url + target);
        const rows = await page.locator("tbody tr").count();
        const roles = await countRoles(page);
        const counts = ["table", "columnheader", "rowheader", "row"]
          .map((role) => roles.get(role));
        assertEquals(counts, [1, 3, rows, rows + 1], target);
        for (const landmark of ["banner", "main", "search", "contentinfo"]) {
          assertEquals(roles.get(landmark), 1, `${target}: ${landmark}`);
        }
      }
    }
  },
});

/** What sticks out of the window, as far as it makes the page scroll sideways. */
const OVERFLOW = `(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map(({ outerHTML }) => outerHTML.slice(0, 80));
})()`;

Deno.test({
  name:
    "no page scrolls sideways: windows of 320 to 2560 pixels, and text of twice the size",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    for (const [name, target] of PAGES) {
      await page.goto(program.url + target);
      for (const width of [320, 390, 768, 1280, 2560]) {
        await page.setViewportSize({ width, height: 800 });
        assertEquals(await page.evaluate(OVERFLOW), [], `${name}, ${width}`);
      }
      await page.setViewportSize({ width: 640, height: 800 });
      await page.evaluate("document.documentElement.style.fontSize = '200%'");
      assertEquals(await page.evaluate(OVERFLOW), [], `${name}, 200 %`);
    }
  },
});

Deno.test({
  name:
    "rows and controls are 44 pixels high at least where fingers touch them",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage(PHONE);
    for (const [name, target] of PAGES) {
      if (target.endsWith("?view")) continue;
      await page.goto(program.url + target);
      const small = await page.evaluate<string[]>(`
        [...document.querySelectorAll("main > table > tbody > tr, main > table a, button, label, header input[type=search], header a")]
          .filter((element) => element.checkVisibility())
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map(({ outerHTML }) => outerHTML.slice(0, 80))`);
      assertEquals(small, [], name);
    }
  },
});

/** How light a colour of CSS is, from 0 to 255. */
const LIGHTNESS = `(color) => {
  const [red, green, blue] = color.match(/[\\d.]+/g).map(Number);
  return (red + green + blue) / 3;
}`;

Deno.test({
  name:
    "print is dark on white, also by night, without what can only be clicked",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage({ ...WIDE, colorScheme: "dark" });
    await page.goto(`${program.url}/norway/`);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const lightness = await page.evaluate<number[]>(
      `[...document.querySelectorAll("body, tbody a, td, h1")]
        .map((element) => (${LIGHTNESS})(getComputedStyle(element).color))`,
    );
    assert(Math.max(...lightness) < 128, String(lightness));
    const shown = await page.evaluate<string[]>(
      `[...document.querySelectorAll("header form, footer button")]
        .filter((element) => element.checkVisibility())
        .map(({ outerHTML }) => outerHTML.slice(0, 80))`,
    );
    assertEquals(shown, []);
    assert(await page.locator("tbody tr").first().isVisible());
  },
});

Deno.test({
  name: "nothing moves for those who want it so (prefers-reduced-motion)",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage({ reducedMotion: "reduce" });
    for (const [name, target] of PAGES) {
      await page.goto(program.url + target);
      const moving = await page.evaluate<string[]>(
        `[...document.querySelectorAll("*")].filter((element) => {
          const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(element);
          return /[1-9]/.test(transitionDuration + animationDuration) || scrollBehavior === "smooth";
        }).map(({ outerHTML }) => outerHTML.slice(0, 80))`,
      );
      assertEquals(moving, [], name);
    }
  },
});

Deno.test({
  name:
    "with the colours of the reader (forced-colors) icons are seen, and so is the focus",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    await using page = await browser.newPage({ forcedColors: "active" });
    const { faults } = watch(page);
    await page.goto(`${program.url}/norway/`);
    for (let presses = 0; presses < 12; presses++) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate<string>(
        "getComputedStyle(document.activeElement).outlineStyle",
      );
      assert(
        outline !== "none",
        await page.evaluate(
          "document.activeElement.outerHTML.slice(0, 80)",
        ),
      );
    }
    const strokes = await page.evaluate<string[]>(
      `[...document.querySelectorAll("tbody svg")].map((svg) => {
        const { stroke, color } = getComputedStyle(svg);
        const back = getComputedStyle(document.documentElement).backgroundColor;
        return stroke === back ? svg.outerHTML : "";
      }).filter((text) => text !== "")`,
    );
    assertEquals(strokes, []);
    assertEquals(faults, []);
  },
});
