/** Real clients against the real program: curl, wget and Chromium, where they are at hand. */

import { assert, assertEquals } from "@std/assert";
import { CHROMIUM, findProgram, openPage } from "../support/browser.ts";
import { RUNTIMES, start, temporaryDirectory } from "../support/program.ts";
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

for (const runtime of RUNTIMES) {
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
      await using page = await openPage();
      const text = () => page.evaluate<string>("document.body.innerText");
      await page.open(program.url);
      assert((await text()).startsWith("Directory listing for /\n"));
      await page.click('a[href="odd/"]');
      const links = await page.evaluate<string[]>(
        "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))",
      );
      const files = links.filter((link) => /\.txt$/.test(link));
      assertEquals(files.length, ODD_NAMES.length - 1);
      for (const link of files) {
        await page.click(`a[href=${JSON.stringify(link)}]`);
        assertEquals((await text()).trim(), decodeURIComponent(link).trim());
        await page.open(`${program.url}/odd/`);
      }
      await page.click("a[href$='/']:not([href='../'])");
      assert(
        (await text()).startsWith('Directory listing for /odd/<b>&"deep" 🎉/'),
      );
      await page.click('a[href="x.txt"]');
      assertEquals(await text(), "deep");
      await page.open(`${program.url}/odd/`);
      await page.click('a[href="../"]');
      assertEquals(await page.evaluate("location.pathname"), "/");
    },
  });
}
