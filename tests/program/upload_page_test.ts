/** Files are sent from the page, in Chromium: what arrives, and what people are told. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findViolations } from "../support/axe.ts";
import {
  CHROMIUM,
  drop,
  follow,
  holds,
  openBrowser,
  type Page,
  type PageOptions,
  type Profile,
  watch,
} from "../support/browser.ts";
import { INCOMING_PREFIX } from "../../lib/ports/files.ts";
import { type CutFront, startCutFront } from "../support/cut_front.ts";
import { type Program, start, temporaryDirectory } from "../support/program.ts";
import { noise } from "../support/slow.ts";
import { until } from "../support/wait.ts";

const MIB = 2 ** 20;
/** More than a part. */
const LARGE = 20 * MIB;
const PHONE: PageOptions = {
  reducedMotion: "reduce",
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** What a test is told. */
interface Bench {
  readonly page: Page;
  /** Where other pages of the same profile can be opened. */
  readonly context: Profile;
  readonly program: Program;
  readonly front: CutFront;
  /** The directory that is served. */
  readonly root: string;
  /** A directory with files that can be sent. */
  readonly own: string;
  /** The requests that write, each with its Content-Range. */
  readonly written: string[];
}

/** Serves an empty directory that receives files, and opens its page. */
async function withPage(
  words: readonly string[],
  use: (bench: Bench) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  using served = temporaryDirectory();
  using own = temporaryDirectory();
  await using program = await start(
    "Deno",
    ["0", served.path, ...words],
    undefined,
    ["--allow-net", "--allow-read", `--allow-write=${served.path}`],
  );
  await using front = startCutFront(program.port);
  await using browser = await openBrowser();
  const context = await browser.newContext(options);
  await using page = await context.newPage();
  const { faults } = watch(page);
  const written: string[] = [];
  record(page, written);
  await page.goto(`${front.url}/`);
  const bench = { page, context, program, front, written };
  await use({ ...bench, root: served.path, own: own.path });
  // That something is refused, or cut, the console says as well.
  assertEquals(faults.filter((fault) => !fault.includes("Failed to load")), []);
}

/** Takes down the requests of a page that write. */
function record(page: Page, written: string[]): void {
  page.on("request", (request) => {
    const method = request.method();
    if (method !== "PUT" && method !== "MKCOL") return;
    const range = request.headers()["content-range"] ?? "";
    written.push(`${method} ${new URL(request.url()).pathname} ${range}`);
  });
}

/** A file to send. */
function add(own: string, name: string, content: string | Uint8Array): string {
  const path = `${own}/${name}`;
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
  return path;
}

/** Paths below a directory, as visitors see them; those of folders have a slash. */
function tree(directory: string, above = ""): string[] {
  return [...Deno.readDirSync(`${directory}/${above}`)].flatMap((entry) => {
    if (entry.name.startsWith(INCOMING_PREFIX)) return [];
    const path = `${above}${entry.name}`;
    return entry.isDirectory ? [`${path}/`, ...tree(directory, `${path}/`)] : [
      path,
    ];
  }).toSorted();
}

const choose = (page: Page, files: string | readonly string[]) =>
  page.locator(".controls input").first().setInputFiles(files);
/** Waits until the tray tells that nothing more is to be sent. */
const ends = (page: Page, text: string) =>
  holds(
    page,
    `document.querySelector(".tray h2")?.textContent === ${
      JSON.stringify(text)
    }`,
  );
/** What a row of the tray tells of a file. */
const told = async (page: Page, name: string) =>
  (await page.evaluate<string>(
    `[...document.querySelectorAll(".tray li, .begun li")]
      .filter((row) => row.firstChild.textContent === ${JSON.stringify(name)})
      .map((row) => row.querySelector(".told").textContent).join()`,
  )).replaceAll("\xa0", " ");
const names = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll("tbody a")].map(({ textContent }) => textContent)`,
  );
/** Waits until the list has these names, without another page. */
const lists = (page: Page, wanted: readonly string[]) =>
  holds(
    page,
    `[...document.querySelectorAll("tbody a:not([href='../'])")]
      .map(({ textContent }) => textContent).join() === ${
      JSON.stringify(wanted.join())
    }`,
  );
/** Waits until this is told to those who do not see the tray. */
const announces = (page: Page, text: string) =>
  holds(
    page,
    `document.querySelector(".tray .live").textContent === ${
      JSON.stringify(text)
    }`,
  );

interface Row {
  readonly name: string;
  readonly words?: readonly string[];
  readonly options?: PageOptions;
  readonly run: (bench: Bench) => Promise<void>;
}

const ROWS: readonly Row[] = [
  {
    name:
      "a folder that is dropped arrives entry by entry: names, empty folders, no hidden ones; the list shows it in place",
    run: async ({ page, root, own }) => {
      const alphabets = ["Ångström résumé.txt", "日本/語.txt", "עברית.txt"];
      const odd = ["50% 'q' #1;.txt", "a&b;c.txt", "-dash", "e\u0301.txt"];
      const files = [...alphabets, ...odd, "many/empty file"];
      for (let at = 0; at < 120; at++) files.push(`many/${at}.txt`);
      for (const name of files) add(own, `Trip/${name}`, `of ${name}`);
      for (const name of [".git/config", ".env"]) add(own, `Trip/${name}`, "x");
      Deno.mkdirSync(`${own}/Trip/a/b/nothing in it`, { recursive: true });
      add(own, "alone.txt", "alone");
      await page.evaluate("globalThis.isSamePage = true");
      await drop(page, [`${own}/Trip`, `${own}/alone.txt`]);
      await ends(page, `${files.length + 2} files sent`);
      assertStringIncludes(
        await page.locator(".tray .note").textContent() ?? "",
        "2 hidden files left out",
      );
      const wanted = tree(own).filter((path) => !path.includes("/."));
      assertEquals(tree(root), wanted);
      for (const name of files) {
        const text = Deno.readTextFileSync(`${root}/Trip/${name}`);
        assertEquals(text, `of ${name}`);
      }
      await holds(page, `document.querySelectorAll("tbody a").length === 2`);
      assertEquals(await names(page), ["Trip/", "alone.txt"]);
      assert(await page.evaluate("globalThis.isSamePage"));
    },
  },
  {
    name: "a folder that is chosen keeps its name and its folders",
    run: async ({ page, root, own }) => {
      for (const name of ["a.txt", "sub/b.txt", ".hidden"]) {
        add(own, `Album/${name}`, name);
      }
      await page.locator(".controls input").nth(1)
        .setInputFiles(`${own}/Album`);
      await ends(page, "2 files sent");
      assertEquals(
        tree(root),
        ["Album/", "Album/a.txt", "Album/sub/", "Album/sub/b.txt"],
      );
    },
  },
  {
    name:
      "a name that is taken gets a number, and what is refused is told in the server's words",
    run: async ({ page, root, own }) => {
      Deno.writeTextFileSync(`${root}/a.txt`, "first");
      await choose(page, [
        add(own, "a.txt", "second"),
        add(own, "CON.txt", "x"),
      ]);
      await ends(page, "1 file sent, 1 file not sent");
      assertEquals(
        await told(page, "a.txt"),
        "Sent as \u2068a (2).txt\u2069",
      );
      assertEquals(Deno.readTextFileSync(`${root}/a (2).txt`), "second");
      assertEquals(tree(root), ["a (2).txt", "a.txt"]);
      const answer = await fetch(`${page.url()}CON.txt`, {
        method: "PUT",
        body: "x",
        headers: { accept: "application/json" },
      });
      assertEquals(await told(page, "CON.txt"), (await answer.json()).detail);
      await page.click('.failed [aria-label="Remove"]');
      await ends(page, "1 file sent");
    },
  },
  {
    name:
      "what is sent later is counted from the start; names of any direction begin at the left",
    run: async ({ page, own }) => {
      await choose(page, [add(own, "a.txt", "a"), add(own, "b.txt", "b")]);
      await ends(page, "2 files sent");
      await lists(page, ["a.txt", "b.txt"]);
      await choose(page, add(own, "עברית.txt", "c"));
      await ends(page, "1 file sent");
      await lists(page, ["a.txt", "b.txt", "עברית.txt"]);
      await choose(page, [add(own, "עברית.txt", "d"), add(own, "e.txt", "e")]);
      await ends(page, "2 files sent");
      assertEquals(
        await told(page, "עברית.txt"),
        "Sent as \u2068עברית (2).txt\u2069",
      );
      const starts = await page.evaluate<number[]>(
        `[...document.querySelectorAll(".tray bdi")].map((name) => {
          const range = new Range();
          range.selectNodeContents(name);
          return Math.round(range.getBoundingClientRect().left);
        })`,
      );
      assertEquals(starts, [starts[0], starts[0]]);
    },
  },
  {
    name: "what is too large is told at once, and not sent",
    words: ["--upload-max=1000"],
    run: async ({ page, root, own, written }) => {
      await choose(page, [
        add(own, "large.bin", noise(2000)),
        add(own, "small.bin", noise(1000)),
      ]);
      await ends(page, "1 file sent, 1 file not sent");
      assertStringIncludes(await told(page, "large.bin"), "larger than 1000 B");
      assertEquals(written, ["PUT /small.bin "]);
      assertEquals(tree(root), ["small.bin"]);
      await announces(page, "1 file sent, 1 file not sent");
      await page.click(".tray [aria-label=Close]");
      await choose(page, `${own}/large.bin`);
      await announces(page, "1 file not sent");
    },
  },
  {
    name: "that nothing is sent but hidden files left out is told, too",
    options: { reducedMotion: "reduce" },
    run: async ({ page, own }) => {
      add(own, "Album/.hidden", "x");
      await page.locator(".controls input").nth(1)
        .setInputFiles(`${own}/Album`);
      await ends(page, "Nothing sent");
      await announces(page, "Nothing sent, 1 hidden file left out");
      assertEquals(await findViolations(page), []);
    },
  },
  {
    name: "all may be canceled when the server is gone",
    run: async ({ page, own, program }) => {
      await page.goto(`${program.url}/`);
      await program.stop();
      await choose(page, add(own, "a.txt", "a"));
      await page.click('.tray [aria-label="Cancel all"]');
      await holds(page, `document.querySelector(".tray").hidden`);
      // What is asked for behind it fails by then, too.
      await page.evaluate("fetch(location.href).catch(() => {})");
    },
  },
  {
    name:
      "text that is pasted is asked for its name, and a picture, too; in a field nothing is sent",
    options: { reducedMotion: "reduce" },
    run: async ({ page, root }) => {
      const paste = (setUp: string, target = "document.body") =>
        page.evaluate(`(() => {
          const clipboardData = new DataTransfer();
          ${setUp}
          ${target}.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        })()`);
      const text = `clipboardData.setData("text/plain", "a <b>\\nc");`;
      await paste(text, `document.querySelector("[type=search]")`);
      assertEquals(await page.locator("dialog[open]").count(), 0);
      await paste(text);
      const field = page.locator(".ask input");
      assertEquals(await findViolations(page), []);
      assert(
        /^pasted \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.txt$/.test(
          await page.evaluate(`document.querySelector(".ask input").value`),
        ),
      );
      await field.fill("note.txt");
      await field.press("Enter");
      await ends(page, "1 file sent");
      assertEquals(Deno.readTextFileSync(`${root}/note.txt`), "a <b>\nc");
      await paste(
        `clipboardData.items.add(new File(["PNG"], "image.png", { type: "image/png" }));`,
      );
      await page.click(".ask .first");
      await until(() => tree(root).length === 2, "a picture");
      assertEquals(
        tree(root).filter((name) => /^pasted .*\.png$/.test(name)).length,
        1,
      );
      await paste(text);
      await page.keyboard.press("Escape");
      assertEquals(await page.locator("dialog[open]").count(), 0);
      assertEquals(tree(root).length, 2);
    },
  },
  {
    name:
      "a large file goes in parts, and after a cut it goes on by itself where it was",
    run: async ({ page, root, own, front, written }) => {
      const content = noise(LARGE);
      front.left = 7 * MIB;
      await choose(page, add(own, "film.bin", content));
      await ends(page, "1 file sent");
      assertEquals(Deno.readFileSync(`${root}/film.bin`), content);
      const firsts = written.map((line) =>
        Number(/bytes (\d+)-/.exec(line)?.[1])
      );
      assertEquals(firsts[0], 0);
      assert((firsts[1] ?? 0) > MIB, written.join("\n"));
      assert(written.length <= 4, written.join("\n"));
    },
  },
  {
    name:
      "after a reload the same file goes on where it was, when it is chosen again",
    run: async ({ page, context, root, own, front, written }) => {
      const content = noise(LARGE, 2);
      const path = add(own, "film 2.bin", content);
      Object.assign(front, { left: 7 * MIB, then: "stall" });
      await choose(page, path);
      await until(() => front.left < 0, "a stalled file");
      const leave = `(() => {
        const event = new Event("beforeunload", { cancelable: true });
        return !dispatchEvent(event);
      })()`;
      assert(await page.evaluate(leave), "the page asks before it is left");
      await using again = await context.newPage();
      record(again, written);
      await page.close();
      front.heal();
      await again.goto(`${front.url}/`);
      await holds(again, `document.querySelector(".begun li")`);
      assertStringIncludes(
        await told(again, "film 2.bin"),
        "of 20 MB are there. Choose it again to continue.",
      );
      assertEquals(await names(again), []);
      await choose(again, path);
      await ends(again, "1 file sent");
      assertEquals(Deno.readFileSync(`${root}/film 2.bin`), content);
      const first = /bytes (\d+)-/.exec(written[1] ?? "")?.[1];
      assert(Number(first) > MIB, written.join("\n"));
      assertEquals(await again.locator(".begun li").count(), 0);
      await again.reload();
      assertEquals(await again.locator(".begun li").count(), 0);
    },
  },
  {
    name: "what is canceled is not there, and nothing of it is remembered",
    run: async ({ page, root, own, front }) => {
      Object.assign(front, { left: 3 * MIB, then: "stall" });
      await choose(page, [
        add(own, "a.bin", noise(LARGE)),
        ...[1, 2, 3, 4].map((at) => add(own, `${at}.bin`, noise(MIB))),
      ]);
      await until(() => front.left < 0, "a stalled file");
      await page.click('.sending [aria-label="Cancel"]');
      await page.click('.tray header [aria-label="Cancel all"]');
      await holds(page, `document.querySelector(".tray").hidden`);
      front.heal();
      await page.reload();
      assertEquals(await page.locator(".begun li").count(), 0);
      assert(!tree(root).includes("a.bin"));
    },
  },
  {
    name: "a drop box shows nothing, and receives",
    words: ["--upload-only"],
    options: { reducedMotion: "reduce" },
    run: async ({ page, root, own, front }) => {
      Deno.writeTextFileSync(`${root}/secret.txt`, "x");
      await page.reload();
      assertStringIncludes(await page.title(), "Send files");
      await drop(page, [add(own, "a.txt", "for you")]);
      await ends(page, "1 file sent");
      assertEquals(Deno.readTextFileSync(`${root}/a.txt`), "for you");
      assertEquals(await findViolations(page), []);
      await page.reload();
      const text = await page.evaluate<string>("document.body.innerText");
      assert(!/secret|a\.txt/.test(text), text);
      for (const path of ["/secret.txt", "/?format=json", "/?archive=zip"]) {
        const answer = await fetch(front.url + path);
        assert(!(await answer.text()).includes("secret.txt"), path);
      }
    },
  },
  {
    name:
      "without JavaScript a form sends files and text, and leads back to the page",
    options: { javaScriptEnabled: false },
    run: async ({ page, root, own, front }) => {
      const files = [add(own, "é.txt", "x"), add(own, "b.txt", "y")];
      assertEquals(await page.locator("#sent").isVisible(), false);
      await page.locator("#send [type=file]").setInputFiles(files);
      await page.locator("#send textarea").fill("pasted");
      await follow(page, "#send button");
      assertEquals(page.url(), `${front.url}/#sent`);
      assert(await page.locator("#sent").isVisible());
      const [text = "", ...others] = tree(root).filter((name) =>
        name.startsWith("pasted")
      );
      assertEquals(Deno.readTextFileSync(`${root}/${text}`), "pasted");
      assertEquals([tree(root).length, others], [3, []]);
      assertEquals(Deno.readTextFileSync(`${root}/é.txt`), "x");
    },
  },
  {
    name:
      "a phone: what is touched is 44 pixels high, nothing scrolls sideways",
    options: PHONE,
    run: async ({ page, own, front }) => {
      Object.assign(front, { left: 3 * MIB, then: "stall" });
      const long = `${"a long name ".repeat(12)}.bin`;
      await choose(page, [
        add(own, long, noise(LARGE)),
        add(own, "CON.txt", ""),
      ]);
      await holds(page, `document.querySelectorAll(".tray li").length === 2`);
      const small = await page.evaluate<string[]>(
        `[...document.querySelectorAll("button, summary, header a")]
          .filter((element) => element.checkVisibility())
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map(({ outerHTML }) => outerHTML.slice(0, 80))`,
      );
      assertEquals(small, []);
      assertEquals(await findViolations(page), []);
      const wide = "document.documentElement.scrollWidth > innerWidth";
      assertEquals(await page.evaluate(wide), false);
    },
  },
  {
    name:
      "many small files: each arrives, as many a second as are told here, and the tray stays small",
    run: async ({ page, program, root, own }) => {
      await page.goto(`${program.url}/`);
      const paths = Array.from(
        { length: 300 },
        (_, at) => add(own, `${at}.bin`, noise(4096, at)),
      );
      // The time of the page's own clock, from the first request to the last answer.
      const timing = `(() => {
        const all = performance.getEntriesByType("resource");
        return [all[0].startTime, all.at(-1).responseEnd, all.length];
      })()`;
      await page.evaluate("performance.setResourceTimingBufferSize(2000)");
      await choose(page, paths);
      await ends(page, "300 files sent");
      const [first = 0, last = 0, count] = await page.evaluate<number[]>(
        timing,
      );
      assert((count ?? 0) >= 300);
      const seconds = (last - first) / 1000;
      // deno-lint-ignore no-console -- so that the trend is seen
      console.info(`${Math.round(300 / seconds)} files of 4 KiB a second`);
      assertEquals(tree(root).length, 300);
      assertEquals(Deno.readFileSync(`${root}/299.bin`), noise(4096, 299));
      // What is drawn does not grow with it.
      assert(await page.locator(".tray li").count() < 10);
    },
  },
];

for (const { name, words = ["--upload"], options, run } of ROWS) {
  Deno.test({
    name: `the page receives files: ${name}`,
    ignore: CHROMIUM === undefined,
    fn: () => withPage(words, run, options),
  });
}
