/** A directory as people share it: pictures, a video, papers, source, and names of all kinds. */

import { type Browser, findProgram, openBrowser } from "./browser.ts";
import { PROJECT } from "./build.ts";
import { encodePicture, landscape } from "./landscape.ts";
import {
  command,
  type Program,
  startCommand,
  type SubjectName,
  temporaryDirectory,
} from "./program.ts";
import { PERMISSIONS } from "./scripts.ts";

/** A day in November 2026, and how many days before it a file was modified. */
const TODAY = Date.UTC(2026, 10, 28, 14, 3) / 1000;
const DAY = 86_400;

const README = `# Norway, by rail and ferry

Eleven days from **Oslo** to **Tromsø**. The photos are in [photos](photos/), as they came out of the camera.

| day | from | to |
|---|---|---|
| 1–3 | Oslo | Bergen |
| 4–7 | Bergen | Ålesund |
| 8–11 | Bodø | Tromsø |

- \`convert.py\` makes small pictures of large ones
- the ferry is booked, the night train is not

\`\`\`sh
python3 convert.py --width 1600 photos/*.jpg
\`\`\`
`;

const PYTHON = `#!/usr/bin/env python3
"""Makes small pictures of large ones."""
import argparse, pathlib, subprocess

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=1600)
parser.add_argument("pictures", nargs="+", type=pathlib.Path)
options = parser.parse_args()

for picture in options.pictures:
    target = picture.with_suffix(".webp")
    subprocess.run(["cwebp", "-resize", str(options.width), "0", picture, "-o", target])
`;

const TYPESCRIPT =
  `/** Adds up what is on the list: <b>not bold</b> & "quoted". */
export function total(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + price, 0);
}
`;

const HELLO = `#!/bin/sh
printf 'Content-Type: text/plain\\n\\nhello\\n'
`;

/** What is in a file: text, bytes, or nothing but a size. */
type Content = string | Uint8Array | number;

/** Files by path, each with its days; what is no text is as large as it says, and takes no place. */
const FILES: ReadonlyArray<readonly [path: string, Content, days: number]> = [
  ["README.md", README, 2],
  ["norway/README.md", README, 2],
  ["norway/budget.ods", 48_213, 16],
  ["norway/convert.py", PYTHON, 3],
  ["norway/day 2.txt", "Rain, and then a rainbow.\n", 40],
  ["norway/day 10.txt", "No rain, no rainbow.\n", 32],
  ["norway/itinerary.pdf", pdf("Norway, by rail and ferry"), 44],
  ["norway/maps/bergen.svg", landscape(40), 60],
  ["norway/maps/route.gpx", 318_442, 60],
  ["norway/passports.zip", 2_411_900, 71],
  ["norway/photos-originals.tar.gz", 4_718_592_000, 21],
  ["norway/תוכנית הטיול.txt", "שלום\n", 12],
  ["norway/recordings/harbour.flac", 96_000, 33],
  ["projects/LICENSE", "MIT\n", 400],
  ["projects/Makefile", "all:\n\ttrue\n", 5],
  ["projects/data.json", '{"name": "Ada"}\n', 1],
  ["projects/script.js", "alert(1);\n", 1],
  ["projects/page.txt", "<script>alert(1)</script>\n", 1],
  ["projects/style.css", "body { color: red }\n", 1],
  ["projects/total.ts", TYPESCRIPT, 1],
  ["Ábaco.txt", "x", 9],
  ["Apfel.txt", "x", 9],
  ["file2.txt", "second\n", 9],
  ["file10.txt", "tenth\n", 9],
  ["تقرير المبيعات 2026.txt", "سلام\n", 6],
  [`${"a long name ".repeat(20)}.txt`, "long\n", 7],
  ["debian-13.2.0-amd64-netinst.iso", 702_545_920, 90],
  ["cgi-bin/hello", HELLO, 300],
];

/** How many pictures are in `norway/photos`; there is a video, too. */
export const PHOTOS = 23;

/** A program that may not read what nobody may: root may otherwise. */
const UNPRIVILEGED = Deno.uid() === 0 && findProgram("setpriv") !== undefined
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
  : [];

/** Serves a directory, and runs its scripts. */
export async function serveShare(
  path: string,
  subject: SubjectName = "Deno",
  words: readonly string[] = [],
): Promise<Program> {
  const line = [...UNPRIVILEGED, ...await command(subject, PERMISSIONS)];
  const all = [...line, "0", path, "-q", "--cgi", ...words];
  return await startCommand(subject, all as [string, ...string[]]);
}

/** A directory to share, which is removed afterwards. Chromium codes its pictures. */
export async function makeShare(): Promise<{ path: string } & Disposable> {
  const directory = temporaryDirectory();
  await using browser = await openBrowser();
  const { path } = directory;
  for (const name of ["norway/photos", "norway/videos", "empty"]) {
    Deno.mkdirSync(`${path}/${name}`, { recursive: true });
  }
  for (const [name, content, days] of FILES) {
    add(`${path}/${name}`, content, days);
  }
  await addPhotos(`${path}/norway/photos`, browser);
  const fixtures: ReadonlyArray<readonly [from: string, to: string]> = [
    ["video.webm", "norway/videos/ferry.webm"],
    ["video.webm", "norway/photos/ferry.webm"],
    ["silence.flac", "norway/recordings/silence.flac"],
  ];
  for (const [from, to] of fixtures) {
    const bytes = Deno.readFileSync(`${PROJECT}tests/fixtures/${from}`);
    add(`${path}/${to}`, bytes, 30);
  }
  // For root, scripts run as nobody.
  Deno.chmodSync(path, 0o755);
  Deno.chmodSync(`${path}/norway/passports.zip`, 0);
  Deno.chmodSync(`${path}/cgi-bin/hello`, 0o755);
  setTimes(path);
  return directory;
}

/** Pictures as large as those of telephones: what is behind a picture is not shown. */
async function addPhotos(path: string, browser: Browser): Promise<void> {
  await using page = await browser.newPage();
  for (let number = 1; number <= PHOTOS; number++) {
    const isCamera = number % 3 > 0;
    const file = `${path}/IMG_${4210 + number}.${isCamera ? "jpg" : "webp"}`;
    const mediaType = isCamera ? "image/jpeg" : "image/webp";
    add(file, await encodePicture(page, landscape(number), mediaType), number);
    Deno.truncateSync(file, 212_000 + number * 47_777);
    Deno.utimeSync(file, daysAgo(number), daysAgo(number));
  }
}

/** Adds a file, with the directories on the way to it. */
function add(path: string, content: Content, days: number): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  if (typeof bytes === "number") {
    Deno.writeFileSync(path, new Uint8Array());
    Deno.truncateSync(path, bytes);
  } else Deno.writeFileSync(path, bytes);
  Deno.utimeSync(path, daysAgo(days), daysAgo(days));
}

const daysAgo = (days: number) => TODAY - days * DAY - days * 4567 % DAY;

/** Directories are as old as what is in them. */
function setTimes(path: string): number {
  const times = [...Deno.readDirSync(path)].map(({ name, isDirectory }) => {
    const below = `${path}/${name}`;
    const { mtime } = Deno.statSync(below);
    return isDirectory ? setTimes(below) : (mtime?.getTime() ?? 0) / 1000;
  });
  const newest = Math.max(daysAgo(120), ...times);
  Deno.utimeSync(path, newest, newest);
  return newest;
}

/** A PDF of one page with a line of text. */
function pdf(text: string): string {
  const drawing = `BT /F 28 Tf 60 700 Td (${text}) Tj ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    `<</Length ${drawing.length}>>stream\n${drawing}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ].map((object, index) => `${index + 1} 0 obj${object}endobj\n`);
  const offsets = objects.map((_, index) =>
    9 + objects.slice(0, index).join("").length
  );
  const table = offsets.map((at) =>
    `${String(at).padStart(10, "0")} 00000 n \n`
  );
  const start = 9 + objects.join("").length;
  return `%PDF-1.4\n${objects.join("")}xref\n0 6\n0000000000 65535 f \n${
    table.join("")
  }trailer<</Size 6/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`;
}

/** Adds many empty files. */
export function addMany(path: string, count: number): void {
  Deno.mkdirSync(path, { recursive: true });
  for (let number = 1; number <= count; number++) {
    Deno.createSync(`${path}/reading-${number}.csv`).close();
  }
}
