/** The script of listings, in Chromium: what it does with keys, clicks and names. */
import { assert, assertEquals } from "@std/assert";
import {
  type Browser,
  CHROMIUM,
  holds,
  openBrowser,
  type Page,
  type PageOptions,
} from "../support/browser.ts";
import { PROJECT, start, temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

/** A GIF of one pixel. */
const PICTURE = Uint8Array.fromBase64(
  "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
);
/** A fifth of a second of silence. */
const SOUND = wave(1600);
const FILM = Deno.readFileSync(`${PROJECT}tests/fixtures/video.webm`);
const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" +
  "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
  "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n" +
  "trailer<</Root 1 0 R>>";

/** Samples of silence, 8,000 a second, as a WAVE file. */
function wave(samples: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples).fill(128);
  const view = new DataView(bytes.buffer);
  const head = "RIFF    WAVEfmt                     data    ";
  new TextEncoder().encodeInto(head, bytes);
  const numbers: ReadonlyArray<readonly [at: number, value: number]> = [
    [4, 36 + samples],
    [16, 16], // bytes of the format
    [20, 0x1_0001], // PCM, one channel
    [24, 8000],
    [28, 8000],
    [32, 0x8_0001], // a byte per sample, of 8 bits
    [40, samples],
  ];
  for (const [at, value] of numbers) view.setUint32(at, value, true);
  return bytes;
}

type Tree = Readonly<Record<string, string | Uint8Array>>;

/** One of each kind. */
const KINDS: Tree = {
  "1.gif": PICTURE,
  "2.gif": PICTURE,
  "3 sound.wav": SOUND,
  "4 sound.wav": SOUND,
  "5.webm": FILM,
  "6.pdf": PDF,
  "7.txt": "a\nb\n\nc <b>d</b>\n",
  "8.md": "# Head",
  "archive.zip": "x",
  "page.html": `<link rel="icon" href="data:,"><h1>A page</h1>`,
  "sub/Ångström résumé.txt": "x",
  "sub/folder/x.txt": "x",
};

function plant(directory: string, tree: Tree): void {
  for (const [name, content] of Object.entries(tree)) {
    const path = `${directory}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
  }
}

/** What a test is told. */
interface Bench {
  /** The URL of the directory with its files. */
  readonly url: string;
  readonly page: Page;
}

/** A test: its name, its files, and what a reader does. */
interface Row {
  readonly name: string;
  readonly tree: Tree;
  readonly run: (bench: Bench) => Promise<void>;
  readonly options: PageOptions;
}

const ROWS: Row[] = [];

function testScript(
  name: string,
  tree: Tree,
  run: (bench: Bench) => Promise<void>,
  options: PageOptions = {},
): void {
  ROWS.push({ name, tree, run, options });
}

/** Runs a test in a page of its own; nothing may run that is not ours, and nothing fail. */
async function runRow(browser: Browser, url: string, row: Row): Promise<void> {
  await using page = await browser.newPage(row.options);
  const noises: string[] = [];
  page.on("pageerror", ({ message }) => noises.push(message));
  page.on("console", (told) => {
    if (told.type() === "error") noises.push(told.text());
  });
  page.on("dialog", (dialog) => {
    noises.push(dialog.message());
    dialog.dismiss();
  });
  await row.run({ url, page });
  assertEquals(noises, []);
}

/** The row that has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    `document.activeElement.closest("tbody a")?.textContent ?? document.activeElement.localName`,
  );
}

/** The names of the rows that are to be seen. */
function names(page: Page): Promise<string[]> {
  return page.evaluate(
    `[...document.querySelectorAll("tbody tr:not([hidden]) a")].map((link) => link.textContent)`,
  );
}

/** What the viewer shows: its title and its element; nothing when it is closed. */
function shown(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const dialog = document.querySelector("dialog[open]");
    if (dialog === null) return "";
    const content = dialog.querySelector(".stage").firstElementChild;
    return dialog.querySelector("h2").textContent + ": " + content.localName;
  })()`).catch(() => "between two pages");
}

/** Waits until the viewer shows something. */
async function shows(page: Page, what: string): Promise<void> {
  await until(async () => await shown(page) === what, what);
}

async function press(page: Page, keys: string): Promise<void> {
  for (const key of keys.split(" ")) await page.keyboard.press(key);
}

testScript("the filter hides rows, tells how many match, and clears", {
  ...KINDS,
  "sub/RESULT.txt": "x",
}, async ({ url, page }) => {
  await page.goto(`${url}/sub/`);
  await press(page, "/");
  const summary = page.locator("#summary");
  const whole = await summary.textContent();
  const all = await names(page);
  const rows: ReadonlyArray<readonly [text: string, found: string[]]> = [
    ["RÉSUMÉ ang", ["../", "Ångström résumé.txt"]],
    ["result", ["../", "RESULT.txt"]],
    ["ſub none", ["../"]],
    ["", all],
  ];
  for (const [text, found] of rows) {
    await page.click("[type=search]");
    await press(page, "Escape");
    await page.keyboard.type(text);
    assertEquals(await names(page), found, text);
  }
  await page.keyboard.type("o");
  assertEquals(await summary.textContent(), "2 of 3 match.");
  await press(page, "Escape");
  assertEquals(await summary.textContent(), whole);
  assertEquals(await names(page), all);
});

testScript("what keys do to the list", KINDS, async ({ url, page }) => {
  await page.goto(`${url}/sub/`);
  const rows: ReadonlyArray<readonly [keys: string, focus: string]> = [
    ["j", "../"],
    ["j", "folder/"],
    ["ArrowDown", "Ångström résumé.txt"],
    ["ArrowDown", "Ångström résumé.txt"],
    ["k", "folder/"],
    ["End", "Ångström résumé.txt"],
    ["Home", "../"],
    ["Control+j", "../"],
    ["ArrowRight", "../"],
    ["/", "input"],
    ["j", "input"],
    ["Escape ArrowDown", "folder/"],
  ];
  for (const [keys, focus] of rows) {
    await press(page, keys);
    assertEquals(await focused(page), focus, keys);
  }
});

testScript(
  "Enter opens, Backspace goes up, and the focus is where one was",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    await press(page, "Home j Enter");
    await page.waitForURL(`${url}/sub/`);
    await press(page, "Home j Enter");
    await page.waitForURL(`${url}/sub/folder/`);
    await press(page, "Backspace");
    await page.waitForURL(`${url}/sub/`);
    await holds(page, `document.activeElement.textContent === "folder/"`);
    await press(page, "u");
    await page.waitForURL(`${url}/`);
    await holds(page, `document.activeElement.textContent === "sub/"`);
    await page.click(`a[href="page.html"]`);
    await page.waitForURL(`${url}/page.html`);
    await page.goBack();
    await holds(page, `document.activeElement.textContent === "page.html"`);
  },
);

testScript(
  "? tells the keys, and letters can be turned off",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    const help = page.locator("dialog.help");
    await press(page, "j j ?");
    assert(await help.isVisible());
    await press(page, "Escape");
    await until(async () => await help.count() === 0);
    assertEquals(await focused(page), "sub/");
    await page.click("button.keys");
    await page.click(".help input");
    await press(page, "Escape j j");
    assertEquals(await focused(page), "button");
    await press(page, "ArrowDown ?");
    assertEquals(await focused(page), "../");
    assertEquals(await help.count(), 0);
  },
);

testScript(
  "the viewer shows each kind in place, and goes on",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    const whole = await page.title();
    await page.click(`a[href="1.gif"]`);
    const rows: ReadonlyArray<readonly [key: string, shown: string]> = [
      ["ArrowLeft", "1.gif: img"],
      ["ArrowRight", "2.gif: img"],
      ["ArrowRight", "3 sound.wav: div"],
      ["ArrowRight", "4 sound.wav: div"],
      ["ArrowRight", "5.webm: video"],
      ["ArrowRight", "6.pdf: iframe"],
      ["ArrowRight", "7.txt: div"],
      ["ArrowLeft", "6.pdf: iframe"],
      ["End", "8.md: iframe"],
      ["ArrowRight", "8.md: iframe"],
      ["Home", "1.gif: img"],
      ["Control+ArrowRight", "1.gif: img"],
    ];
    for (const [key, what] of rows) {
      await press(page, key);
      await shows(page, what);
      const name = what.split(":")[0] ?? "";
      await holds(
        page,
        `document.title === ${JSON.stringify(`${name} – ${whole}`)} &&
          location.hash === "#view=${encodeURIComponent(name)}"`,
      );
    }
    await press(page, "ArrowRight Escape");
    await shows(page, "");
    await holds(page, `location.hash === ""`);
    assertEquals(await focused(page), "2.gif");
    assertEquals(await page.title(), whole);
  },
);

testScript(
  "in the viewer, the page of a Markdown file is without its head",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/#view=8.md`);
    await shows(page, "8.md: iframe");
    const frame = "document.querySelector('dialog iframe').src";
    const source = await page.evaluate<string>(frame);
    assertEquals(source, `${url}/8.md?view#text`);
    await page.goto(source);
    assertEquals(await page.locator("header").isVisible(), false);
    await page.goto(`${url}/8.md?view`);
    assertEquals(await page.locator("header").isVisible(), true);
  },
);

testScript(
  "what the viewer does not show stays a link, and so does a click with a key",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    const isPrevented = (name: string, init: string) =>
      page.evaluate<boolean>(`(() => {
      const event = new MouseEvent("click", { bubbles: true, cancelable: true, ${init} });
      let prevented;
      addEventListener("click", (event) => {
        prevented = event.defaultPrevented;
        event.preventDefault();
      }, { once: true });
      document.querySelector('a[href="${name}"]').dispatchEvent(event);
      return prevented;
    })()`);
    const rows: ReadonlyArray<
      readonly [name: string, init: string, viewed: boolean]
    > = [
      ["archive.zip", "", false],
      ["page.html", "", false],
      ["sub/", "", false],
      ["1.gif", "ctrlKey: true", false],
      ["1.gif", "metaKey: true", false],
      ["1.gif", "shiftKey: true", false],
      ["1.gif", "button: 1", false],
      ["1.gif", "", true],
    ];
    for (const [name, init, viewed] of rows) {
      assertEquals(await isPrevented(name, init), viewed, `${name} ${init}`);
    }
  },
);

testScript(
  "Back closes the viewer, a link to it opens it, and a broken one nothing",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    await press(page, "End k k Enter");
    await shows(page, "8.md: iframe");
    await press(page, "ArrowLeft");
    await page.goBack();
    await shows(page, "");
    assertEquals(page.url(), `${url}/`);
    await holds(page, `document.activeElement.textContent === "7.txt"`);
    await page.goto("about:blank");
    await page.goto(`${url}/#view=2.gif`);
    await shows(page, "2.gif: img");
    await press(page, "Escape");
    await holds(page, `location.hash === ""`);
    await shows(page, "");
    await page.goto(`${url}/#view=none.gif`);
    await shows(page, "");
    await page.goto(`${url}/#view=javascript:alert(1)`);
    await shows(page, "");
  },
);

const LONG = "0123456789abcde\n".repeat(2 ** 16) + "end\n";
testScript("text has lines with numbers, and is cut after a MiB", {
  "a.txt": "a\r\nb\n\n<b>c</b>",
  "b.txt": "",
  "c.txt": new Uint8Array([0x63, 0xe9, 0x0a]),
  "d.txt": LONG,
  "e.txt": `${"x".repeat(99)}é`.repeat(2 ** 14),
}, async ({ url, page }) => {
  const told = `document.querySelector(".note").textContent`;
  const text = `document.querySelector(".source pre")?.textContent`;
  const lines = `document.querySelectorAll(".source pre > span > span").length`;
  const rows: ReadonlyArray<
    readonly [name: string, lines: number, note: string]
  > = [
    ["a.txt", 4, ""],
    ["b.txt", 0, "It is empty."],
    ["c.txt", 1, ""],
    ["d.txt", 20_000, "The first 20,000 lines. Download it for the rest."],
    ["e.txt", 1, "The first MiB. Download it for the rest."],
  ];
  await page.goto(`${url}/`);
  await page.click(`a[href="a.txt"]`);
  for (const [name, count, note] of rows) {
    await holds(
      page,
      `document.querySelector("dialog h2").textContent === "${name}" &&
        document.querySelector("pre") !== null`,
    );
    assertEquals(await page.evaluate(lines), count, name);
    assertEquals(await page.evaluate(told), note, name);
    if (name === "a.txt") {
      assertEquals(await page.evaluate(text), "a\nb\n\n<b>c</b>\n");
    }
    if (name === "c.txt") assertEquals(await page.evaluate(text), "c\ufffd\n");
    await press(page, "ArrowRight");
  }
});

testScript(
  "a record goes on with its next track, and a film stops when it is left",
  KINDS,
  async ({ url, page }) => {
    await page.goto(`${url}/#view=3%20sound.wav`);
    await press(page, "Space");
    await holds(page, `location.hash === "#view=4%20sound.wav"`);
    await holds(page, `document.querySelector("audio").played.length > 0`);
    await press(page, "ArrowRight Space");
    await page.evaluate(`film = document.querySelector("video"), 0`);
    await holds(page, `film.currentTime > 0`);
    await press(page, "Escape");
    await holds(page, `film.paused && !film.hasAttribute("src")`);
  },
);

const HOSTILE = [
  "<img src=x onerror=alert(1)>.gif",
  `"><svg onload=alert(2)>.txt`,
  "&lt;b&gt;'+alert(3)+'.flac",
  "${alert(4)}`<b>.webm",
  "#view=x?y&z%2e%.txt",
  "\u202egnp.txt",
  "a\nb.txt",
];
testScript("a name can hold anything, and is text everywhere", {
  ...Object.fromEntries(HOSTILE.map((name) => [name, PICTURE])),
  "<script>alert(5)</script>/x": "x",
}, async ({ url, page }) => {
  await page.goto(`${url}/`);
  const whole = await page.title();
  await page.click(`a[href*="onerror"]`);
  await press(page, "Home");
  const seen = new Set<string>();
  for (const _ of HOSTILE) {
    const title = await page.evaluate<string>(
      `document.querySelector("dialog h2").textContent`,
    );
    seen.add(title);
    assertEquals(await page.title(), `${title.replace("\n", " ")} – ${whole}`);
    assertEquals(
      await page.evaluate(
        `document.querySelectorAll("[onerror], [onload], dialog b, dialog script").length`,
      ),
      0,
    );
    await press(page, "ArrowRight");
  }
  assertEquals(seen.size, HOSTILE.length);
  assert(seen.has("<img src=x onerror=alert(1)>.gif"));
});

const GALLERY: Tree = Object.fromEntries([
  ...Array.from({ length: 60 }, (_, at) => [`${at}.gif`, PICTURE]),
  ["sub/60.gif", PICTURE],
  ["sub/film.webm", FILM],
]);

testScript(
  "a grid is remembered, and its folders are grids",
  GALLERY,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    await press(page, "g");
    await page.waitForURL(/view=grid$/);
    await press(page, "Home ArrowRight Enter");
    await page.waitForURL(`${url}/sub/?view=grid`);
    await holds(page, `document.querySelector("canvas") !== null`);
    assertEquals(await page.locator("canvas + svg").count(), 1);
    await page.goto(`${url}/sub/?sort=size#view=60.gif`);
    await page.waitForURL(`${url}/sub/?sort=size&view=grid#view=60.gif`);
    await shows(page, "60.gif: img");
    await press(page, "Escape g");
    await page.waitForURL(/view=list/);
    await page.goto(`${url}/`);
    assertEquals(page.url(), `${url}/`);
  },
);

testScript(
  "in a grid arrows move in two dimensions",
  GALLERY,
  async ({ url, page }) => {
    await page.goto(`${url}/?view=grid`);
    const columns = await page.evaluate<number>(
      `getComputedStyle(document.querySelector("tbody")).gridTemplateColumns.split(" ").length`,
    );
    assert(columns > 3, String(columns));
    const all = await names(page);
    const rows: ReadonlyArray<readonly [key: string, at: number]> = [
      ["ArrowRight", 0],
      ["ArrowRight", 1],
      ["ArrowDown", columns + 1],
      ["ArrowLeft", columns],
      ["j", 2 * columns],
      ["ArrowUp", columns],
      ["End", all.length - 1],
      ["ArrowRight", all.length - 1],
      ["Home", 0],
    ];
    for (const [key, at] of rows) {
      await press(page, key);
      assertEquals(await focused(page), all[at], key);
    }
  },
);

testScript(
  "times are those of the browser, in its language",
  { "a.txt": "x" },
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    await holds(
      page,
      `/^\\d\\d\\.\\d\\d\\.\\d{4}, \\d\\d:\\d\\d$/.test(document.querySelector("time").textContent)`,
    );
    const [iso, text, title] = await page.evaluate<string[]>(
      `(({ dateTime, textContent, title }) => [dateTime, textContent, title])(document.querySelector("time"))`,
    );
    const hours = new Date(iso ?? "").toLocaleTimeString("de", {
      timeZone: "Asia/Kolkata",
      timeStyle: "short",
    });
    assert(text?.endsWith(hours), `${text} ${hours}`);
    assert(title?.includes("GMT+5:30"), title);
    assertEquals(
      await page.locator("#zone").textContent(),
      "Times are in Asia/Calcutta.",
    );
  },
  { locale: "de-DE", timezoneId: "Asia/Kolkata" },
);

const MANY: Tree = Object.fromEntries(
  Array.from({ length: 900 }, (_, at) => [`file ${at}.txt`, ""]),
);
testScript(
  "a long list: keys, the filter and times do not wait",
  MANY,
  async ({ url, page }) => {
    await page.goto(`${url}/`);
    await press(page, "End");
    assertEquals(await focused(page), "file 899.txt");
    await holds(
      page,
      `document.activeElement.closest("tr").querySelector("time").title !== ""`,
    );
    // What nobody looks at is not written.
    assertEquals(
      await page.evaluate(`document.querySelectorAll("time")[450].title`),
      "",
    );
    await press(page, "/");
    await page.keyboard.type("89");
    assertEquals((await names(page)).length, 20);
  },
);

/** A front that answers for pictures only when it is told to. */
function holdPictures(upstream: string) {
  const held: Array<{ path: string; release: () => void }> = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname.endsWith(".gif")) {
        const path = pathname.slice(pathname.lastIndexOf("/") + 1);
        await new Promise<void>((release) => held.push({ path, release }));
      }
      return await fetch(new URL(pathname + search, upstream), {
        headers: request.headers,
      });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const release = () =>
    held.splice(0).map(({ path, release }) => (release(), path));
  return { url, held, release, server };
}

testScript(
  "a grid asks for six originals at a time, and for what is looked at first",
  GALLERY,
  async ({ url, page }) => {
    const { pathname, origin } = new URL(url);
    const front = holdPictures(origin);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith(".gif")) asked.push(request.url());
    });
    await page.goto(`${front.url}${pathname}/?view=grid`).catch(() => {});
    await until(() => front.held.length === 6);
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 300))");
    assertEquals(asked.length, 6);
    await press(page, "End");
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 300))");
    assertEquals(asked.length, 6);
    front.release();
    await until(() => front.held.length === 6);
    const paths = front.release();
    assert(paths.every((path) => parseInt(path) > 20), paths.join());
    const timer = setInterval(() => front.release(), 10);
    await holds(
      page,
      `[...document.querySelectorAll("img")].at(-1).naturalWidth === 1`,
    );
    clearInterval(timer);
    await page.goto("about:blank");
    await front.server.shutdown();
  },
);

Deno.test({
  name: "the script of listings",
  ignore: CHROMIUM === undefined,
  fn: async (test) => {
    using directory = temporaryDirectory();
    ROWS.forEach(({ tree }, at) => plant(`${directory.path}/${at}`, tree));
    await using program = await start("Deno", ["0", directory.path]);
    await using browser = await openBrowser();
    for (const [at, row] of ROWS.entries()) {
      await test.step(
        row.name,
        () => runRow(browser, `${program.url}/${at}`, row),
      );
    }
  },
});
