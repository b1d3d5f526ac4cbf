/** What pages weigh, and directories of 10,000 and 100,000 entries. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { CHROMIUM, openBrowser, watch } from "../support/browser.ts";
import {
  type Program,
  RUNTIMES,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { addMany, serveShare } from "../support/showcase.ts";

/** What a server may send before it has heard from the client: ten packets of 1,460 bytes (RFC 6928). */
const MOST_BYTES = 14 * 1024;
/** As browsers ask. */
const BROWSER = {
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-encoding": "gzip, deflate, br, zstd",
};

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: a page without entries is coded, and with its fields 14 KiB at most`, async () => {
    using directory = temporaryDirectory();
    Deno.mkdirSync(`${directory.path}/empty`);
    await using program = await start(runtime, ["0", directory.path]);
    for (const target of ["/", "/empty/", "/empty/?view=grid", "/empty/?q=a"]) {
      for (const coding of ["br", "gzip"]) {
        const fields = { ...BROWSER, "accept-encoding": coding };
        const { wire, fields: answered } = await request(
          program.port,
          target,
          fields,
        );
        assertEquals(answered.get("content-encoding"), coding);
        assert(
          wire.length <= MOST_BYTES,
          `${target}, ${coding}: ${wire.length}`,
        );
      }
    }
  });
}

Deno.test({
  name: "a page asks for nothing beside itself, not even for an icon",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    for (const name of ["README.md", "a.jpg", "a.webm", "a.pdf", "a.ts"]) {
      Deno.writeTextFileSync(`${directory.path}/${name}`, "# x");
    }
    // With the line of every request: an icon is asked for behind the back of the page.
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    const { requests, faults } = watch(page);
    for (const target of ["/", "/?q=a", "/README.md?view", "/none"]) {
      await page.goto(program.url + target);
      await page.waitForLoadState("networkidle");
    }
    await page.goto(`${program.url}/?q=end`);
    await program.log("q=end");
    assertEquals(requests.length, 5, requests.join("\n"));
    assertEquals(program.errors().match(/"[A-Z]+ \S+ HTTP/g)?.length, 5);
    assertEquals(faults.length, 1, faults.join("\n")); // of the 404
  },
});

/** What a program takes of memory, or has taken at most. */
function residentMiB(
  { process }: Program,
  name: "VmRSS" | "VmHWM" = "VmRSS",
): number {
  const status = Deno.readTextFileSync(`/proc/${process.pid}/status`);
  return Number(RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

/** What a directory takes of memory, and when it begins to come: seconds are told, and not judged. */
async function readAll(
  program: Program,
  fields: Record<string, string>,
): Promise<{ text: string; milliseconds: number }> {
  const before = performance.now();
  const response = await fetch(`${program.url}/many/`, { headers: fields });
  const reader = response.body?.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const first = await reader?.read();
  const milliseconds = Math.round(performance.now() - before);
  if (first?.value !== undefined) chunks.push(first.value);
  for (;;) {
    const { done, value } = await reader?.read() ?? { done: true };
    if (done || value === undefined) break;
    chunks.push(value);
  }
  return { text: await new Blob(chunks).text(), milliseconds };
}

/** How much memory may be taken for a directory of 100,000 entries by several who read it. */
const MOST_MIB = 256;

for (const count of [10_000, 100_000]) {
  Deno.test({
    name:
      `${count} entries: a browser gets a page of them, and a search of all; programs get all`,
    ignore: CHROMIUM === undefined || Deno.build.os !== "linux",
    fn: async () => {
      using directory = temporaryDirectory();
      addMany(`${directory.path}/many`, count);
      await using program = await serveShare(directory.path);
      const before = residentMiB(program);
      const { milliseconds: cold } = await readAll(program, BROWSER);
      const { text, milliseconds } = await readAll(program, { accept: "*/*" });
      assertEquals(text.match(/href="reading-\d+\.csv"/g)?.length, count);
      await Promise.all([1, 2, 3].map(() => readAll(program, {})));
      const more = Math.round(residentMiB(program, "VmHWM") - before);
      // deno-lint-ignore no-console -- so that the trend is seen
      console.info(
        `${count} entries: first byte of a page after ${cold} ms, of all after ${milliseconds} ms, ${more} MiB more`,
      );
      assert(more <= MOST_MIB, `${more} MiB`);
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      const { faults } = watch(page);
      await page.goto(`${program.url}/many/`);
      const rows = await page.locator("tbody tr:not(.up)").count();
      assert(rows >= 500 && rows <= 2000, `${rows} rows`);
      assertEquals(
        await page.locator("tbody tr:not(.up) a").first().textContent(),
        "reading-1.csv",
      );
      const pages = await page.locator("main nav").textContent() ?? "";
      assertMatch(pages, /Page 1 of \d+/);
      await page.locator("[type=search]").fill("reading-77.");
      assertEquals(
        await page.locator("tbody tr:not(.up):not([hidden])").count(),
        1,
      );
      await page.locator("[type=search]").fill(`reading-${count}`);
      await page.locator("[type=search]").press("Enter");
      await page.waitForURL(/q=reading/);
      assertEquals(
        await page.locator("tbody tr:not(.up) a").first().textContent(),
        `reading-${count}.csv`,
      );
      await page.goto(`${program.url}/many/`);
      await page.locator("main nav a[rel~=next]").click();
      await page.waitForURL(/page=2/);
      assertMatch(
        await page.locator("tbody tr:not(.up) a").first().textContent() ?? "",
        /^reading-\d{3,4}\.csv$/,
      );
      assertEquals(faults, []);
    },
  });
}
