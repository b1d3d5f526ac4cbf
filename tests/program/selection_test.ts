/** Folders, and selections of their entries, are taken along from the page: what is asked for, in Chromium. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findViolations } from "../support/axe.ts";
import {
  CHROMIUM,
  holds,
  openBrowser,
  type Page,
  watch,
} from "../support/browser.ts";
import { start, temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

const AND = "a&b=c.txt";
const QUOTED = `50% "q" +7.txt`;
const WIDE = "Ångström 日本.txt";
const IN_FOLDER = "sub/in it.txt";
const NAMES = ["1.txt", "2.txt", "3.txt", AND, QUOTED, WIDE];

function plant(directory: string): void {
  Deno.mkdirSync(`${directory}/sub`);
  Deno.writeTextFileSync(`${directory}/sub/in it.txt`, "x".repeat(3000));
  for (const name of NAMES) {
    Deno.writeTextFileSync(`${directory}/${name}`, "x".repeat(700));
  }
}

/** The names of the entries that are marked. */
const marked = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll("[name=name]:checked")].map(({ value }) => value)`,
  );
/** What is told of the selection. */
const told = (page: Page) =>
  page.evaluate<string>(
    `document.querySelector("#take output").textContent.replaceAll("\\xa0", " ")`,
  );
const box = (name: string) => `[name=name][value='${name}']`;

/** Presses a button of the form; tells the query that it asks for, and the names in that archive. */
async function take(
  page: Page,
  format = "zip",
): Promise<{ query: URLSearchParams; names: string[] }> {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  if (format !== "zip") await page.click("#take summary");
  await page.click(`#take [value="${format}"]`);
  await until(() => asked.length > 0, "a request");
  const url = asked[0] ?? "";
  // An archive without compression says its names as they are, but for what Windows cannot have.
  const text = await (await fetch(url)).text();
  const names = [...NAMES, IN_FOLDER].filter((name) =>
    text.includes(name.replaceAll('"', "_"))
  );
  return { query: new URL(url).searchParams, names };
}

Deno.test({
  name: "the page of a directory: what is marked is taken along",
  ignore: CHROMIUM === undefined,
  fn: async (test) => {
    using directory = temporaryDirectory();
    plant(directory.path);
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    const step = (
      name: string,
      options: Parameters<typeof browser.newPage>[0],
      run: (page: Page) => Promise<void>,
    ) =>
      test.step(name, async () => {
        await using page = await browser.newPage(options);
        const { faults } = watch(page);
        await page.goto(`${program.url}/`);
        await run(page);
        assertEquals(faults, []);
      });

    const still = { reducedMotion: "reduce" } as const;
    await step("boxes, ranges, all and none", still, async (page) => {
      assertEquals(await page.locator(".selecting").count(), 0);
      await page.click(box("1.txt"));
      assertEquals(await told(page), "1 file, 700 B selected");
      await page.evaluate(
        `document.querySelector("${
          box("3.txt")
        }").dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }))`,
      );
      assertEquals(await marked(page), ["1.txt", "2.txt", "3.txt"]);
      await page.click(box("sub"));
      assertEquals(await told(page), "1 folder, 3 files, 2.1 KB selected");
      await page.click("#take >> text=All");
      assertEquals((await marked(page)).length, NAMES.length + 1);
      await page.click("#take >> text=None");
      assertEquals(await told(page), "");
      await page.click(box("2.txt"));
      await page.click("#take summary");
      assertEquals(await findViolations(page), []);
      await page.click("#take >> text=Cancel");
      assertEquals(await marked(page), []);
    });

    await step(
      "what is marked is named, and nothing else",
      {},
      async (page) => {
        for (const name of [AND, WIDE, "sub"]) await page.click(box(name));
        await page.evaluate(
          `document.querySelector('[value^="50%"]').click()`,
        );
        const { query, names } = await take(page);
        assertEquals(query.get("archive"), "zip");
        const wanted = [AND, QUOTED, WIDE, "sub"];
        assertEquals(query.getAll("name").toSorted(), wanted.toSorted());
        assertEquals(
          names.filter((name) => !name.endsWith("/")).toSorted(),
          [AND, QUOTED, WIDE, "sub/in it.txt"].toSorted(),
        );
        assertEquals(page.url(), `${program.url}/`);
      },
    );

    await step(
      "all of it needs no names, nor does nothing",
      {},
      async (page) => {
        const all = await take(page);
        assertEquals(String(all.query), "archive=zip");
        assertEquals(all.names, [...NAMES, IN_FOLDER]);
        await page.click("#take >> text=Select");
        await page.click("#take >> text=All");
        const { query } = await take(page, "tar");
        assertEquals(query.getAll("name"), []);
      },
    );

    await step(
      "what the filter hides is not marked by All",
      {},
      async (page) => {
        await page.locator("[type=search]").fill(".txt");
        await page.click("#take >> text=Select");
        await page.click("#take >> text=All");
        assertEquals((await marked(page)).toSorted(), NAMES.toSorted());
      },
    );

    await step("x marks the row that has the focus", {}, async (page) => {
      for (const key of ["j", "x", "j", "x", "j", "x", "x"]) {
        await page.keyboard.press(key);
      }
      assertEquals(await marked(page), ["sub", "1.txt"]);
      await page.keyboard.press("?");
      assertStringIncludes(
        await page.locator(".help").textContent() ?? "",
        "Select",
      );
    });

    const phone = {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    };
    await step(
      "a finger: no boxes before Select, then a row marks",
      phone,
      async (page) => {
        const first = page.locator("[name=name]").first();
        assertEquals(await first.isVisible(), false);
        await page.click("#take >> text=Select");
        assert(await first.isVisible());
        await page.click('a[href="1.txt"]');
        assertEquals(await marked(page), ["1.txt"]);
        assertEquals(await page.locator("dialog[open]").count(), 0);
        await page.click("#take >> text=Cancel");
        await page.click('a[href="1.txt"]');
        await holds(page, `document.querySelector("dialog[open]")`);
      },
    );

    await step(
      "without JavaScript a box and a button are enough",
      { javaScriptEnabled: false },
      async (page) => {
        await page.click(box("2.txt"));
        const { query, names } = await take(page);
        assertEquals([...query], [["archive", "zip"], ["name", "2.txt"]]);
        assertEquals(names, ["2.txt"]);
      },
    );
  },
});

Deno.test({
  name: "more names than a URL can have are told, and not sent",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    for (let number = 0; number < 200; number++) {
      const name = `${"a long name ".repeat(8)}${number}`;
      Deno.writeTextFileSync(`${directory.path}/${name}`, "");
    }
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    await page.goto(`${program.url}/`);
    await page.click("#take >> text=Select");
    await page.click("#take >> text=All");
    await page.click("[name=name]");
    await page.click('#take [value="zip"]');
    assertStringIncludes(await told(page), "Too many names");
  },
});
