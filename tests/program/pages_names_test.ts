/** Hostile names in a browser: nothing runs, nothing else is asked for, and each opens its file. */

import { assert, assertEquals } from "@std/assert";
import { CHROMIUM, openBrowser, watch } from "../support/browser.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";

/** Markup, references, queries, fragments, escapes, signs that turn or hide text, and what is as long as can be. */
const HOSTILE: readonly string[] = [
  "<img src=x onerror=alert(1)>.txt",
  '"><script>alert(1)<!-- .txt',
  "' onfocus='alert(1)' autofocus='.txt",
  "<base href=https:\\\\example.com>.txt",
  "<!--.txt",
  "]]>.txt",
  "javascript:alert(1)",
  "data:text.html,<script>alert(1)",
  "https:example.com.txt",
  "\\\\example.com\\a.txt",
  "&amp;&lt;b&gt;.txt",
  "%2e%2e%2f.txt",
  "%2e",
  "%00.txt",
  "?#.txt",
  "?view=grid.txt",
  "#view=a.txt",
  "${alert(1)}.txt",
  "`${alert(1)}`.txt",
  "{{alert(1)}}.txt",
  " spaces  before and after .txt ",
  "line\nfeed\r.txt",
  "tab\t.txt",
  "escape\x1b[31m.txt",
  "\u202egpj.exe.txt",
  "\u2067isolated\u2066.txt",
  "zero\u200bwidth.txt",
  "a ... .txt",
  "-rf.txt",
  "constructor",
  "__proto__",
  `${"x".repeat(251)}.txt`,
  "я".repeat(127),
  "🏳️‍🌈.txt",
];

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: hostile names run nothing, ask for nothing, and each opens its file`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      const files = new Map(
        HOSTILE.map((name, index) => [name, `no ${index}`]),
      );
      for (const [name, text] of files) {
        Deno.writeTextFileSync(`${directory.path}/${name}`, text);
        Deno.mkdirSync(`${directory.path}/in/${name}`, { recursive: true });
        Deno.writeTextFileSync(`${directory.path}/in/${name}/a.txt`, text);
      }
      await using program = await start(runtime, ["0", directory.path]);
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      const { faults, requests } = watch(page);
      const targets = [
        "/",
        "/?view=grid",
        "/?q=<script>alert(1)</script>",
        "/?q=a&recursive",
        "/in/",
        ...HOSTILE.map((name) => `/in/${encodeURIComponent(name)}/`),
        ...HOSTILE.map((name) => `/?q=${encodeURIComponent(name)}`),
      ];
      for (const target of targets) {
        await page.goto(program.url + target);
        assertEquals(page.url(), new URL(target, program.url).href);
      }
      assertEquals(requests.length, targets.length, requests.join("\n"));
      assertEquals(faults, []);
      await page.goto(`${program.url}/`);
      const links = await page.evaluate<string[]>(
        `[...document.querySelectorAll("tbody tr a")].map(({ href }) => href)`,
      );
      const texts = await Promise.all(
        links.filter((href) => !href.endsWith("/")).map(async (href) => {
          assert(href.startsWith(`${program.url}/`), href);
          const response = await fetch(href);
          assertEquals(response.status, 200, href);
          return await response.text();
        }),
      );
      assertEquals(texts.sort(), [...files.values()].sort());
    },
  });
}

Deno.test({
  name: "hostile names of missing files, on the page of 404, run nothing",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    for (const name of HOSTILE) {
      Deno.writeTextFileSync(`${directory.path}/${name}`, "x");
    }
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    const { faults, requests } = watch(page);
    for (const name of HOSTILE) {
      // What is near in name is proposed.
      const target = `/${encodeURIComponent(`${name.slice(0, -1)}~`)}`;
      const response = await page.goto(program.url + target);
      assertEquals(response?.status(), 404, target);
    }
    assertEquals(requests.length, HOSTILE.length, requests.join("\n"));
    // The console tells of every 404.
    assertEquals(
      faults.filter((text) =>
        !text.includes("the server responded with a status of 404")
      ),
      [],
    );
  },
});

Deno.test({
  name: "hostile names in the filter, the viewer and the title run nothing",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    const names = HOSTILE.filter((name) => name.endsWith(".txt"));
    for (const name of names) {
      Deno.writeTextFileSync(
        `${directory.path}/${name}`,
        "<img src=x onerror=alert(1)>",
      );
    }
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    const { faults, requests } = watch(page);
    await page.goto(`${program.url}/`);
    await page.locator("[type=search]").fill("<img src=x onerror=alert(1)>");
    await page.locator("[type=search]").fill("");
    await page.locator("tbody tr:not(.up) a").first().press("Enter");
    await page.locator("dialog[open]").waitFor();
    const seen = new Set<string>();
    for (let index = 0; index < names.length; index++) {
      await page.locator("dialog pre").waitFor();
      assertEquals(
        await page.locator("dialog pre").textContent(),
        "<img src=x onerror=alert(1)>\n",
      );
      seen.add(await page.title());
      await page.keyboard.press("ArrowRight");
    }
    assertEquals(seen.size, names.length);
    const files = names.map((name) => `/${encodeURIComponent(name)}`);
    const asked = new Set(
      requests.map((url) =>
        `/${
          encodeURIComponent(decodeURIComponent(new URL(url).pathname.slice(1)))
        }`
      ),
    );
    assertEquals([...asked].sort(), ["/", ...files].sort());
    assert(requests.every((url) => url.startsWith(program.url)));
    assertEquals(faults, []);
  },
});
