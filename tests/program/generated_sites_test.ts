/** What Vite and Eleventy build, served as a host would: an application in Chromium, and every URL of two sitemaps. */

import { assert, assertEquals } from "@std/assert";
import { CHROMIUM, holds, openBrowser } from "../support/browser.ts";
import { generateSites, PAGES } from "../support/generators.ts";
import { descendants, parseHtml } from "../support/html.ts";
import { RUNTIMES, start } from "../support/program.ts";

type Sites = Awaited<ReturnType<typeof generateSites>>;

Deno.test("what Vite and Eleventy build", async (test) => {
  await using generated = await generateSites();
  for (const [index, runtime] of RUNTIMES.entries()) {
    for (const [name, root] of Object.entries(generated.sites)) {
      // Each of the three once for each site, and on each runtime.
      const modes = ["keep", "always", "never"] as const;
      const mode = modes[(index + (name === "Vite" ? 0 : 1)) % 3] ?? "keep";
      await test.step(
        `${runtime}: ${name} with --clean-urls --trailing-slash=${mode}: every URL of the sitemap is 200 with its title, and so is every link and asset`,
        () => checkSite(runtime, root, mode),
      );
    }
  }
  await test.step({
    name:
      "an application in Chromium: a reload of a route is 200, a missing chunk is 404 and an error of import()",
    ignore: CHROMIUM === undefined,
    fn: () => checkApplication(generated),
  });
});

/** Follows one redirect at most, and tells how many there were. */
async function follow(url: string): Promise<{
  readonly url: string;
  readonly text: string;
  readonly redirects: number;
  readonly isHtml: boolean;
}> {
  const first = await fetch(url, { redirect: "manual" });
  const location = first.headers.get("location");
  const isMoved = first.status === 301 && location !== null;
  if (isMoved) await first.body?.cancel();
  const at = isMoved ? new URL(location, url).href : url;
  const response = isMoved ? await fetch(at, { redirect: "manual" }) : first;
  const text = await response.text();
  assertEquals(response.status, 200, `${url} ${at}`);
  const type = response.headers.get("content-type") ?? "";
  const isHtml = type.startsWith("text/html");
  return { url: at, text, isHtml, redirects: isMoved ? 1 : 0 };
}

async function checkSite(
  runtime: typeof RUNTIMES[number],
  root: string,
  mode: "keep" | "always" | "never",
): Promise<void> {
  const words = ["0", root, "--clean-urls", `--trailing-slash=${mode}`];
  await using program = await start(runtime, words);
  const sitemap = await (await fetch(`${program.url}/sitemap.xml`)).text();
  const listed = [...sitemap.matchAll(/<loc>https:\/\/example\.com([^<]*)/g)]
    .map(([, path = ""]) => path);
  assertEquals(listed.length, PAGES.length);
  const titles = new Map<string, string>(PAGES);
  const queue = listed.map((path) => program.url + path);
  const seen = new Set<string>(queue);
  const pages = new Map<string, string>();
  for (const asked of queue) {
    const page = await follow(asked);
    const { pathname } = new URL(page.url);
    if (mode === "keep" && listed.includes(new URL(asked).pathname)) {
      assertEquals(page.redirects, 0, asked);
    }
    if (!page.isHtml) continue;
    assert(mode !== "always" || pathname.endsWith("/"), pathname);
    assert(mode !== "never" || !/.\/$/.test(pathname), pathname);
    const elements = descendants(parseHtml(page.text));
    const title = elements.find(({ name }) => name === "title")?.text ?? "";
    assertEquals(title, titles.get(pathname.replace(/^\/|\/$/g, "")), pathname);
    pages.set(title, pathname);
    for (const { attributes: { href, src } } of elements) {
      const { href: link } = new URL(href ?? src ?? "", page.url);
      if (seen.has(link)) continue;
      seen.add(link);
      queue.push(link);
    }
  }
  assertEquals(pages.size, PAGES.length);
  assert(
    queue.some((url) => url.endsWith("/dot.svg")),
    "assets were looked at",
  );
  // The names of the files lead to the same URLs.
  for (const name of ["about.html", "about/index.html", "docs/index.html"]) {
    if (!await isFile(`${root}/${name}`)) continue;
    const page = await follow(`${program.url}/${name}?a=1`);
    const title = name.startsWith("about") ? "About" : "Docs";
    assertEquals(page.redirects, 1);
    assertEquals(page.url, `${program.url}${pages.get(title)}?a=1`);
  }
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isFile }) => isFile, () => false);
}

async function checkApplication({ application }: Sites): Promise<void> {
  await using browser = await openBrowser();
  const chunk = await findChunk(application, "settings");
  for (const runtime of RUNTIMES) {
    const hidden = `${application}/../settings.js.away`;
    await using program = await start(runtime, ["0", application, "--spa"]);
    await using page = await browser.newPage();
    const shows = (text: string) =>
      holds(page, `document.querySelector("main").textContent === "${text}"`);
    const opened = await page.goto(`${program.url}/users/5?tab=1`);
    assertEquals(opened?.status(), 200);
    await shows("user 5");
    await page.click("text=settings");
    await shows("settings");
    await page.reload();
    await shows("settings");
    await page.goBack();
    await shows("user 5");
    // A new build has taken the chunk away while the application runs.
    await Deno.rename(chunk, hidden);
    try {
      await page.reload();
      await shows("user 5");
      await page.click("text=settings");
      await shows("failed: TypeError");
      await program.log(`${chunk.slice(application.length)} HTTP/1.1" 404 `);
    } finally {
      await Deno.rename(hidden, chunk);
    }
    const asked = `fetch("/api/none").then(({ status }) => status)`;
    assertEquals(await page.evaluate(asked), 404);
    const read = `fetch("/users/5").then(({ status }) => status)`;
    assertEquals(await page.evaluate(read), 404, "fetch() is no navigation");
  }
}

async function findChunk(application: string, name: string): Promise<string> {
  const directory = `${application}/assets`;
  for await (const entry of Deno.readDir(directory)) {
    if (entry.name.startsWith(name)) return `${directory}/${entry.name}`;
  }
  throw new Error(`Vite has made no chunk "${name}"`);
}
