/**
 * The real program on a real disk that ignores case and code points that are not seen, strips dots
 * and spaces, and knows short names: what no listing shows is absent, and no script shows its source.
 */

import { assert, assertEquals } from "@std/assert";
import {
  type FoldingDisk,
  missingForFuse,
  mountFoldingDisk,
} from "../support/folding_disk.ts";
import { createHandler } from "../../lib/mod.ts";
import { start, SUBJECTS } from "../support/program.ts";
import { request } from "../support/raw.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";

const SOURCE = "SOURCE";
const SECRET = "SECRET";
const MISSING = missingForFuse();

function furnish({ source }: FoldingDisk): void {
  const files: Record<string, string> = {
    "page.html": "page",
    "notes.txt~": "backup",
    "привет.txt": "hello",
    ".git/config": SECRET,
    ".env": SECRET,
    "Upper/INDEX.HTML": "upper",
    "2024/11.txt": "digits",
    "cgi-bin/data.txt": SECRET,
  };
  for (const directory of ["cgi-bin", ".git", "Upper", "2024", "SCRIPTS"]) {
    Deno.mkdirSync(`${source}/${directory}`);
  }
  for (const [name, content] of Object.entries(files)) {
    Deno.writeTextFileSync(`${source}/${name}`, content);
  }
  const script =
    `#!/bin/sh\n# ${SOURCE}\nprintf 'Content-Type: a/b\\n\\nran'\n`;
  for (
    const name of [
      "cgi-bin/x.sh",
      "x.php",
      "longname.phtml",
      // Spelled otherwise than --cgi-dir says.
      "SCRIPTS/y.sh",
    ]
  ) addScript(`${source}/${name}`, script);
  Deno.symlinkSync("GIT~1", `${source}/link`);
  Deno.symlinkSync("CGI-BIN", `${source}/ground`);
  Deno.symlinkSync("page.html", `${source}/good`);
}

/** [target, status, content]. */
const ROWS: ReadonlyArray<
  readonly [target: string, status: number, text?: string]
> = [
  ["/page.html", 200, "page"],
  ["/good", 200, "page"],
  ["/notes.txt~", 200, "backup"],
  ["/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82.txt", 200, "hello"],
  ["/2024/11.txt", 200, "digits"],
  ["/Upper/INDEX.HTML", 200, "upper"],
  ["/cgi-bin/x.sh", 200, "ran"],
  ["/x.php", 200, "ran"],
  ["/longname.phtml", 200, "ran"],
  ["/CGI-BIN/x.sh", 404],
  ["/Cgi-Bin/x.sh", 404],
  ["/cgi-bin/X.SH", 404],
  ["/CGI-BIN/DATA.TXT", 404],
  ["/cgi-bin./x.sh", 404],
  ["/cgi-bin%20/x.sh", 404],
  ["/cgi%E2%80%8D-bin/x.sh", 404],
  ["/ground/x.sh", 404],
  ["/SCRIPTS/y.sh", 404],
  ["/scripts/y.sh", 404],
  ["/GIT~1/config", 404],
  ["/GIT~1/", 404],
  ["/git~1/CONFIG", 404],
  ["/%E2%80%8D.git/config", 404],
  ["/%E2%80%8D.env", 404],
  ["/ENV~1", 404],
  ["/link/config", 404],
  ["/PAGE.HTML", 404],
  ["/Page.html", 404],
  ["/page.html.", 404],
  ["/NOTES~1.TXT", 404],
  ["/%D0%9F%D0%A0%D0%98%D0%92%D0%95%D0%A2.txt", 404],
  ["/X.PHP", 404],
  ["/x.php.", 404],
  ["/x.php%20", 404],
  ["/LONGNA~1.PHT", 404],
  ["/longna~1.pht", 404],
  ["/upper/", 404],
];

for (const subject of SUBJECTS) {
  for (const inodes of ["stable", "unstable"] as const) {
    const name = `${subject}: a disk that folds names, with ${inodes} inodes`;
    const reason = MISSING === undefined ? "" : ` (skipped: ${MISSING})`;
    Deno.test({
      name: `${name}: a name counts only as its directory spells it${reason}`,
      ignore: MISSING !== undefined,
      fn: () => check(subject, inodes),
    });
  }
}

async function check(
  subject: typeof SUBJECTS[number],
  inodes: "stable" | "unstable",
): Promise<void> {
  await using disk = await mountFoldingDisk(inodes);
  furnish(disk);
  const words = ["--cgi", "--cgi-dir", "scripts", "--cgi-ext"];
  const extensions = ".php=/bin/sh,.phtml=/bin/sh";
  await using program = await start(
    subject,
    [...words, extensions, "0", disk.path, "-b", "127.0.0.1"],
    undefined,
    PERMISSIONS,
  );
  // Twice: what is kept of the first time must not answer otherwise.
  for (const [target, status, expected] of [...ROWS, ...ROWS]) {
    const response = await request(program.port, target);
    const { text } = response;
    assert(!text.includes(SOURCE) && !text.includes(SECRET), target + text);
    assertEquals(response.status, status, target);
    if (expected !== undefined) assertEquals(text, expected, target);
  }
  await checkListing(program.port);
}

/** Every link leads somewhere, and none to what is hidden. */
async function checkListing(port: number): Promise<void> {
  const { text } = await request(port, "/");
  const hrefs = [...text.matchAll(/<tr><th><a href="([^"]+)"/g)];
  assert(hrefs.length >= 6, text);
  for (const [, href = ""] of hrefs) {
    const { status } = await request(port, `/${href}`);
    assertEquals(status, 200, href);
  }
  assert(!/git|env|GIT|~1|link|ground/.test(hrefs.join(" ")), text);
}

Deno.test({
  name: "a drop box is one by the decomposed form of its name, too",
  ignore: MISSING !== undefined,
  fn: async () => {
    await using disk = await mountFoldingDisk("stable");
    const box = "Eing\u00e4nge";
    Deno.mkdirSync(`${disk.source}/${box}`);
    Deno.writeTextFileSync(`${disk.source}/${box}/x.txt`, SECRET);
    const handler = createHandler({
      root: disk.path,
      log: false,
      upload: { directory: `/${box}`, only: true },
    });
    for (const name of [box, box.normalize("NFD")]) {
      const url = `http://x/${encodeURI(name)}/`;
      const file = await handler(new Request(`${url}x.txt`));
      assert(!(await file.text()).includes(SECRET), name);
      assertEquals(file.status, 404, name);
      const listing = await handler(new Request(`${url}?format=json`));
      assertEquals((await listing.text()).includes("x.txt"), false, name);
    }
  },
});
