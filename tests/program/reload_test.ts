/** `--reload`: the real program on every runtime, and its pages in Chromium. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Browser,
  CHROMIUM,
  holds,
  openBrowser,
  type Page,
  watch,
} from "../support/browser.ts";
import {
  type Program,
  RUNTIMES,
  runToEnd,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { NAVIGATION } from "../support/reload.ts";
import { freePort, until } from "../support/wait.ts";

/** An address of this machine that a network has: to it browsers send no Sec-Fetch fields, and for it they give no locks. */
const ADDRESS: string | undefined = Deno.networkInterfaces()
  .find(({ family, address }) =>
    family === "IPv4" && !/^(?:127|169\.254)\./.test(address)
  )?.address;

/** Starts the program, and waits until it sees changes. */
async function startReload(
  root: string,
  subject: typeof SUBJECTS[number] = "Deno",
  port = 0,
): Promise<Program> {
  const program = await start(subject, [`${port}`, root, "--reload"]);
  await program.printed(`Reloads pages when files of ${root} change.`);
  return program;
}

/** Reads events until a text has come. */
async function untilTold(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  let told = "";
  while (!told.includes(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`"${text}" never came: ${told}`);
    told += new TextDecoder().decode(value);
  }
  return told;
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: --reload: the page has the script, events tell of a change, and the end does not wait for them`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/index.html`, "<p>one");
    Deno.writeTextFileSync(`${path}/a.css`, "p { color: red }");
    await using program = await startReload(path, subject);
    const page = await fetch(program.url, { headers: NAVIGATION });
    const text = await page.text();
    assertMatch(
      text,
      /^<p>one\n<script async src="\/\.serve\/reload\.js" data-id="\w+\.0"><\/script>\n$/,
    );
    assertEquals(page.headers.get("content-length"), `${text.length}`);
    const plain = await fetch(program.url);
    assertEquals(await plain.text(), "<p>one");
    const events = await fetch(`${program.url}/.serve/events`);
    assertEquals(events.headers.get("content-type"), "text/event-stream");
    const reader = events.body?.getReader();
    assert(reader !== undefined);
    await untilTold(reader, `.0","kind":"hello"}\n\n`);
    Deno.writeTextFileSync(`${path}/a.css`, "p { color: green }");
    await untilTold(reader, `"kind":"style","paths":["/a.css"]}\n\n`);
    Deno.writeTextFileSync(`${path}/index.html`, "<p>two!");
    await untilTold(reader, `"kind":"reload"}\n\n`);
    assertEquals(await program.stop("SIGTERM"), 0);
    assertEquals((await reader.read()).done, true);
    // Nothing was in flight that would have been waited for, or cut.
    assertEquals(program.output().split("exiting.")[1], "\n");
    assert(!program.errors().includes(".serve"));
  });
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: --reload is refused together with --share and --workers`, async () => {
    const rows: Array<[words: string[], message: RegExp]> = [
      [["--share"], /--reload and --share exclude each other/],
      [["--workers", "2"], /--reload needs one thread/],
    ];
    for (const [words, message] of rows) {
      const { code, errors } = await runToEnd(runtime, ["--reload", ...words]);
      assertEquals(code, 2);
      assertMatch(errors, message);
    }
  });
}

Deno.test("--reload: a policy that forbids the script is told once", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a b.html`, "<p>one");
  await using program = await start("Deno", [
    ...["0", directory.path, "--reload"],
    ...["-H", "Content-Security-Policy: script-src 'none'"],
  ]);
  for (const _ of [1, 2]) {
    const url = `${program.url}/a%20b.html`;
    const page = await fetch(url, { headers: NAVIGATION });
    assertEquals(await page.text(), "<p>one");
  }
  const line =
    "Content-Security-Policy of /a b.html forbids the script of --reload: the page does not reload\n";
  await program.log(line);
  await program.stop();
  assertEquals(program.errors().split(line).length, 2);
});

Deno.test("--reload: pages reload when SIGHUP has changed the settings", async () => {
  using directory = temporaryDirectory();
  using settings = temporaryDirectory();
  const config = `${settings.path}/serve.json`;
  const configure = (header: string) =>
    Deno.writeTextFileSync(config, JSON.stringify({ header: [header] }));
  Deno.writeTextFileSync(`${directory.path}/index.html`, "<p>one");
  configure("X-A: 1");
  await using program = await start("Deno", [
    ...["0", directory.path, "--reload", "--config", config],
  ]);
  const events = await fetch(`${program.url}/.serve/events`);
  const reader = events.body?.getReader();
  assert(reader !== undefined);
  await untilTold(reader, "hello");
  configure("X-A: 2");
  program.process.kill("SIGHUP");
  await untilTold(reader, `"kind":"reload"`);
  const page = await fetch(program.url, { headers: NAVIGATION });
  assertMatch(await page.text(), /data-id="\w+\.1"/);
  assertEquals(page.headers.get("x-a"), "2");
  await reader.cancel();
});

Deno.test("--reload: pages reload with the new rules when _redirects or _headers change", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/index.html`, "<p>one");
  await using program = await start("Deno", [
    ...["0", path, "--reload", "--host-files", "netlify"],
  ]);
  await program.printed(`Reloads pages when files of ${path} change.`);
  const events = await fetch(`${program.url}/.serve/events`);
  const reader = events.body?.getReader();
  assert(reader !== undefined);
  await untilTold(reader, "hello");
  const ask = async (path: string) => {
    const page = await fetch(`${program.url}${path}`, { redirect: "manual" });
    await page.body?.cancel();
    return `${page.status} ${page.headers.get("x-a")}`;
  };
  assertEquals(await ask("/"), "200 null");
  Deno.writeTextFileSync(`${path}/_headers`, "/*\n  X-A: 1\n");
  // The rules have just been looked at: without the event they would hold on.
  for (const _ of Array(4)) await ask("/");
  // A file that is made and then written may be two changes.
  const becomes = async (path: string, expected: string) => {
    do await untilTold(reader, `"kind":"reload"`); while (
      await ask(path) !== expected
    );
  };
  await becomes("/", "200 1");
  Deno.writeTextFileSync(`${path}/_redirects`, "/a /b 302");
  await becomes("/a", "302 null");
  await reader.cancel();
});

/** Without it browsers ask for another. */
const ICON = `<link rel="icon" href="data:,">`;

/** A page that says what it is, with a sheet, and one that this imports. */
function write(root: string, text: string): void {
  const files = {
    "index.html":
      `<!doctype html><title>${text}</title>${ICON}<link rel="stylesheet" href="a.css"><a href="b.html">b</a>`,
    "b.html": `<!doctype html><title>b ${text}</title>${ICON}`,
    "a.css": `@import "c.css"; body { color: rgb(1, 1, 1) }`,
    "c.css": `body { background: rgb(1, 1, 1) }`,
  };
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(`${root}/${name}`, content);
  }
}

/** A page that is loading has no context to evaluate in. */
const shows = (page: Page, title: string) =>
  until(
    () => page.title().then((shown) => shown === title, () => false),
    title,
  );

/**
 * Opens a page that hears of changes: what changes before that reloads it, whatever it is. One of
 * the pages of a browser asks for events.
 */
async function openListening(page: Page, url: string): Promise<void> {
  let isListening = false;
  page.on("response", (response) => {
    isListening ||= response.url().endsWith("/.serve/events");
  });
  await page.goto(url);
  await until(() => isListening, "events");
}

interface Bench {
  readonly browser: Browser;
  readonly program: Program;
  readonly root: string;
  readonly url: string;
}

function chromium(
  name: string,
  use: (bench: Bench) => Promise<void>,
  options: { keepsPages?: boolean; port?: () => number; ignore?: boolean } = {},
): void {
  Deno.test({
    name: `Chromium: --reload: ${name}`,
    ignore: CHROMIUM === undefined || options.ignore === true,
    fn: async () => {
      using directory = temporaryDirectory();
      const root = directory.path;
      write(root, "0");
      await using program = await startReload(root, "Deno", options.port?.());
      await using browser = await openBrowser(options);
      await use({ browser, program, root, url: `${program.url}/` });
    },
  });
}

chromium(
  "eight tabs of a browser share one stream, another browser has its own, and all reload",
  async ({ browser, root, url }) => {
    const one = await browser.newContext();
    const other = await browser.newContext();
    let streams = 0;
    const pages: Page[] = [];
    for (const context of [...Array(8).fill(one), other]) {
      const page = await context.newPage();
      page.on("request", (request: { url: () => string }) => {
        if (request.url().endsWith("/events")) streams++;
      });
      pages.push(page);
      await page.goto(url);
      await shows(page, "0");
    }
    await until(() => streams === 2);
    write(root, "1");
    for (const page of pages) await shows(page, "1");
  },
);

chromium(
  "two tabs show the last state of an output that is written anew 100 times, and never an error",
  async ({ browser, root, url }) => {
    const pages = [await browser.newPage(), await browser.newPage()];
    const statuses = new Set<string>();
    for (const page of pages) {
      page.on("response", (response) => {
        if (response.url() === url) statuses.add(`${response.status()}`);
      });
      await page.goto(url);
    }
    for (let count = 1; count <= 100; count++) {
      for (const { name } of Deno.readDirSync(root)) {
        Deno.removeSync(`${root}/${name}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
      write(root, `${count}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const page of pages) await shows(page, "100");
    statuses.delete("304");
    assertEquals([...statuses], ["200"]);
  },
);

chromium(
  "a style sheet is exchanged without a reload, also one that is imported; one that is gone, or not used, reloads",
  async ({ browser, root, url }) => {
    const page = await browser.newPage();
    const { faults } = watch(page);
    await openListening(page, url);
    const style = (name: string) => `getComputedStyle(document.body).${name}`;
    await holds(page, `${style("color")} === "rgb(1, 1, 1)"`);
    await page.evaluate("window.mark = 1");
    Deno.writeTextFileSync(
      `${root}/a.css`,
      `@import "c.css"; body { color: rgb(2, 2, 2) }`,
    );
    await holds(page, `${style("color")} === "rgb(2, 2, 2)"`);
    Deno.writeTextFileSync(
      `${root}/c.css`,
      `body { background-color: rgb(2, 2, 2) }`,
    );
    await holds(page, `${style("backgroundColor")} === "rgb(2, 2, 2)"`);
    Deno.writeTextFileSync(`${root}/a.new`, `body { color: rgb(3, 3, 3) }`);
    Deno.renameSync(`${root}/a.new`, `${root}/a.css`);
    await holds(page, `${style("color")} === "rgb(3, 3, 3)"`);
    assertEquals(await page.evaluate("window.mark"), 1);
    assertEquals(await page.evaluate("document.styleSheets.length"), 1);
    Deno.writeTextFileSync(`${root}/unused.css`, `p {}`);
    await until(
      () =>
        page.evaluate("window.mark").then((mark) => mark !== 1, () => false),
    );
    assertEquals(faults, []);
  },
);

chromium(
  "a page that is kept is there again with its state, and reloads when something has changed meanwhile",
  async ({ browser, root, url }) => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.evaluate("window.mark = 1");
    await page.click("a");
    await shows(page, "b 0");
    await page.evaluate("history.back()");
    await shows(page, "0");
    assertEquals(await page.evaluate("window.mark"), 1);
    await page.click("a");
    await shows(page, "b 0");
    write(root, "1");
    await shows(page, "b 1");
    await page.evaluate("history.back()");
    await shows(page, "1");
    // It hears of changes as before.
    write(root, "2");
    await shows(page, "2");
  },
  { keepsPages: true },
);

chromium(
  "a page reloads when the server is back, and one that is not there when its file comes",
  async ({ browser, program, root, url }) => {
    const page = await browser.newPage();
    const absent = await browser.newPage();
    await page.goto(url);
    await absent.goto(`${url}later.html`);
    await holds(absent, `document.title.includes("404")`);
    Deno.writeTextFileSync(`${root}/later.html`, "<title>later</title>");
    await shows(absent, "later");
    await program.stop();
    write(root, "1");
    await using _again = await startReload(root, "Deno", program.port);
    await shows(page, "1");
  },
  { port: freePort },
);

chromium(
  "403: a page of another origin gets no events, and takes no place",
  async ({ browser, program, url }) => {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${program.port}/`);
    const state = await page.evaluate(`new Promise((resolve) => {
      const events = new EventSource("${url}.serve/events");
      events.onerror = events.onopen = () => resolve(events.readyState);
    })`);
    assertEquals(state, 2, "closed, and not asked again");
    await program.log(`"GET /.serve/events HTTP/1.1" 403`);
  },
);

chromium(
  "at an address of a network pages reload, too, and exchange sheets",
  async ({ browser, program, root }) => {
    assert(ADDRESS !== undefined);
    const page = await browser.newPage();
    await openListening(page, `http://${ADDRESS}:${program.port}/`);
    assertEquals(await page.evaluate("isSecureContext"), false);
    await page.evaluate("window.mark = 1");
    Deno.writeTextFileSync(`${root}/a.css`, "body { color: rgb(2, 2, 2) }");
    await holds(
      page,
      `getComputedStyle(document.body).color === "rgb(2, 2, 2)"`,
    );
    assertEquals(await page.evaluate("window.mark"), 1);
    write(root, "1");
    await shows(page, "1");
  },
  { ignore: ADDRESS === undefined },
);
