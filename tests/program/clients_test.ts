/** Real clients against the real program: curl, wget and Chromium, where they are at hand. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  CHROMIUM,
  findProgram,
  follow,
  openBrowser,
} from "../support/browser.ts";
import {
  codingsOf,
  PROJECT,
  RUNTIMES,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { furnish, ODD_NAMES } from "./contract.ts";

const CURL = findProgram("curl");
const WGET = findProgram("wget");

async function output(
  program: string,
  args: string[],
  cwd = "/",
): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args, cwd }).output();
  return new TextDecoder().decode(stdout);
}

async function gzip(text: string): Promise<Uint8Array> {
  const coded = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(coded).arrayBuffer());
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>';
const TEXT = "document.contentType + ' ' + document.body.innerText.trim()";
const PLAYED = `(async () => {
  const media = document.querySelector("video");
  await media.play();
  await new Promise((resolve) => media.onended = resolve);
  return media.duration;
})()`;

/** What Chromium shows, and does not save. */
const SHOWN: ReadonlyArray<
  readonly [
    name: string,
    content: string | Uint8Array,
    expression: string,
    value: unknown,
  ]
> = [
  ["LICENSE", "MIT ©", TEXT, "text/plain MIT ©"],
  ["Makefile", "all:", TEXT, "text/plain all:"],
  ["page", "<b>x</b>", TEXT, "text/plain <b>x</b>"],
  ["a.rs", "fn main() {}", TEXT, "text/x-rust fn main() {}"],
  ["a.kt", "fun main() {}", TEXT, "text/plain fun main() {}"],
  ["a.sh", "#!/bin/sh", TEXT, "text/plain #!/bin/sh"],
  ["a.toml", "a = 1", TEXT, "text/plain a = 1"],
  ["a.ipynb", "{}", TEXT, "text/plain {}"],
  ["a.patch", "--- a", TEXT, "text/plain --- a"],
  ["a.ts", "export {};", TEXT, "text/typescript export {};"],
  [
    "a.flac",
    Deno.readFileSync(`${PROJECT}tests/fixtures/silence.flac`),
    PLAYED,
    0.5,
  ],
  ["a.svgz", await gzip(SVG), "document.rootElement.textContent", "drawn"],
  ["a.js.gz", await gzip("let a;"), TEXT, "text/javascript let a;"],
];
/** What it saves, as it should. */
const SAVED: ReadonlyArray<readonly [name: string, content: string]> = [
  ["program", "\x7fELF\0"],
  ["a.bin", "text"],
  ["b.tar.gz", "x"],
];

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: Chromium shows source, text and .svgz, and plays FLAC; it saves what is neither`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      for (const [name, content] of [...SHOWN, ...SAVED]) {
        const bytes = typeof content === "string"
          ? new TextEncoder().encode(content)
          : content;
        Deno.writeFileSync(`${directory.path}/${name}`, bytes);
      }
      const words = ["-H", "**/a.js.gz=Content-Encoding: gzip"];
      const all = ["0", directory.path, ...words];
      await using program = await start(runtime, all);
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      for (const [name, _content, expression, value] of SHOWN) {
        await page.goto(`${program.url}/${name}`);
        assertEquals(await page.evaluate(expression), value, name);
      }
      for (const [name] of SAVED) {
        const opened = () => page.goto(`${program.url}/${name}`);
        const { message } = await assertRejects(opened);
        assertStringIncludes(message, "Download is starting", name);
      }
    },
  });

  Deno.test({
    name:
      `${runtime}: curl gets every odd name, written by hand and by the listing`,
    ignore: CURL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      await furnish(directory.path);
      await using program = await start(runtime, ["0", directory.path]);
      for (const name of ODD_NAMES) {
        const url = `${program.url}/odd/${encodeURIComponent(name)}`;
        assertEquals(await output("curl", ["-s", url]), name);
      }
      // A shell user types this without encoding it.
      const raw = `${program.url}/odd/привет.txt`;
      assertEquals(await output("curl", ["-s", raw]), "привет.txt");
      const moved = await output("curl", ["-sL", `${program.url}/index?a=b`]);
      assertEquals(moved, "<h1>index");
    },
  });

  Deno.test({
    name: `${runtime}: curl reads long text in every coding that it knows`,
    ignore: CURL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      const text = "All work and no play makes Jack a dull boy.\n".repeat(
        99_999,
      );
      Deno.writeTextFileSync(`${directory.path}/long.txt`, text);
      await using program = await start(runtime, ["0", directory.path]);
      const features = await output("curl", ["-V"]);
      const rows = [["br", "brotli"], ["zstd", "zstd"], [
        "gzip",
        "libz",
      ]] as const;
      for (const [coding, feature] of rows) {
        if (!features.includes(` ${feature}`)) continue;
        if (!codingsOf(runtime).includes(coding)) continue;
        const field = `Accept-Encoding: ${coding}`;
        const url = `${program.url}/long.txt`;
        const words = [
          "-s",
          "--compressed",
          "-H",
          field,
          "-w",
          "%header{content-encoding}",
        ];
        assertEquals(await output("curl", [...words, url]), text + coding);
      }
    },
  });

  Deno.test({
    name: `${runtime}: wget mirrors a directory of odd names by its listing`,
    ignore: WGET === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      await furnish(directory.path);
      using target = temporaryDirectory();
      await using program = await start(runtime, ["0", directory.path]);
      const url = `${program.url}/odd/`;
      const flags =
        "-q -r -np -nH --restrict-file-names=nocontrol --cut-dirs=1";
      await output("wget", [...flags.split(" "), url], target.path);
      const contents = [...Deno.readDirSync(target.path)]
        .filter(({ name }) => !name.startsWith("index.html"))
        .map(({ name }) => Deno.readTextFileSync(`${target.path}/${name}`));
      assertEquals(contents.sort(), [...ODD_NAMES].sort());
    },
  });

  Deno.test({
    name:
      `${runtime}: Chromium walks by clicking, into directories and to every odd name`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      await furnish(directory.path);
      Deno.mkdirSync(`${directory.path}/odd/<b>&"deep" 🎉`);
      Deno.writeTextFileSync(
        `${directory.path}/odd/<b>&"deep" 🎉/x.txt`,
        "deep",
      );
      await using program = await start(runtime, ["0", directory.path]);
      await using browser = await openBrowser();
      // With JavaScript the viewer shows a text in place.
      const options = { javaScriptEnabled: false };
      await using page = await browser.newPage(options);
      const text = () => page.evaluate<string>("document.body.innerText");
      await page.goto(program.url);
      assert((await text()).includes("Index of /\n"));
      await follow(page, 'a[href="odd/"]');
      const links = await page.evaluate<string[]>(
        "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))",
      );
      const files = links.filter((link) => /\.txt$/.test(link));
      assertEquals(files.length, ODD_NAMES.length - 1);
      for (const link of files) {
        await follow(page, `a[href=${JSON.stringify(link)}]`);
        assertEquals((await text()).trim(), decodeURIComponent(link).trim());
        await page.goto(`${program.url}/odd/`);
      }
      await follow(page, "tbody a[href$='/']:not([href='../'])");
      assert((await text()).includes('<b>&"deep" 🎉\n'));
      await follow(page, 'a[href="x.txt"]');
      assertEquals(await text(), "deep");
      await page.goto(`${program.url}/odd/`);
      await follow(page, 'a[href="../"]');
      assertEquals(await page.evaluate("location.pathname"), "/");
    },
  });
}
