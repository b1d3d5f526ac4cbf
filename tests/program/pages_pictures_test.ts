/** Pictures of the pages, for people to look at: they are kept in `dist/screenshots/`. */

import { assert } from "@std/assert";
import {
  CHROMIUM,
  holds,
  keepPicture,
  openBrowser,
  type Page,
  type PageOptions,
  PICTURES,
} from "../support/browser.ts";
import { startCutFront } from "../support/cut_front.ts";
import { temporaryDirectory } from "../support/program.ts";
import { addMany, makeShare, serveShare } from "../support/showcase.ts";

const DESK: PageOptions = { viewport: { width: 1200, height: 800 } };
const PHONE: PageOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** What a picture shows; `selector` is clicked before it is taken. */
interface Picture {
  readonly name: string;
  readonly options: PageOptions;
  readonly target: string;
  readonly selector?: string;
}

const SUBJECTS: ReadonlyArray<
  readonly [name: string, target: string, selector?: string]
> = [
  ["list", "/norway/"],
  ["root", "/"],
  ["grid", "/norway/photos/?view=grid"],
  ["viewer", "/norway/photos/", 'a[href="IMG_4212.jpg"]'],
  ["source", "/norway/", 'a[href="convert.py"]'],
  ["404", "/norway/fotos"],
];
const MORE: readonly Picture[] = [
  // Fingers have no keys, and no button for them.
  {
    name: "keys",
    options: DESK,
    target: "/norway/",
    selector: "footer button",
  },
  { name: "many", options: DESK, target: "/many/" },
  { name: "search", options: DESK, target: "/?q=e&recursive" },
  { name: "empty", options: DESK, target: "/empty/" },
  { name: "markdown", options: DESK, target: "/norway/README.md?view" },
  {
    name: "wide",
    options: { viewport: { width: 2560, height: 1300 } },
    target: "/norway/",
  },
];
const PICTURES_OF_ALL: readonly Picture[] = [
  ...SUBJECTS.flatMap(([name, target, selector]) => {
    const what = { target, ...selector === undefined ? {} : { selector } };
    return [
      { ...what, name, options: DESK },
      {
        ...what,
        name: `${name}-dark`,
        options: { ...DESK, colorScheme: "dark" as const },
      },
      { ...what, name: `${name}-phone`, options: PHONE },
    ];
  }),
  ...MORE,
];

async function show(
  page: Page,
  origin: string,
  { target, selector }: Picture,
): Promise<void> {
  await page.goto(origin + target);
  if (selector !== undefined) {
    await page.click(selector);
    await page.locator("dialog[open]").waitFor();
  }
  await holds(
    page,
    `[...document.images]
      .filter((image) => image.getBoundingClientRect().top < innerHeight)
      .every(({ complete, naturalWidth }) => complete && naturalWidth > 0)`,
  );
  await page.waitForLoadState("networkidle");
}

Deno.test({
  name: "pictures of every page, by day, by night and on a phone",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using share = await makeShare();
    addMany(`${share.path}/many`, 10_000);
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    for (const picture of PICTURES_OF_ALL) {
      await using page = await browser.newPage({
        locale: "en-GB",
        timezoneId: "Europe/Berlin",
        ...picture.options,
      });
      await show(page, program.url, picture);
      await keepPicture(page, picture.name);
    }
  },
});

/** What is sent for a picture: more than passes the front, and a name that is refused. */
async function sendFiles(page: Page, own: string): Promise<void> {
  const sizes = { "NUL.txt": 9, "IMG_4231.jpg": 6e6, "ferry.webm": 9e7 };
  const paths = Object.entries(sizes).map(([name, size]) => {
    Deno.createSync(`${own}/${name}`).close();
    Deno.truncateSync(`${own}/${name}`, size);
    return `${own}/${name}`;
  });
  const small = Array.from({ length: 9 }, (_, at) => `${own}/scan ${at}.png`);
  small.forEach((path) => Deno.writeFileSync(path, new Uint8Array(5e5)));
  // The refusal comes first: behind the front's limit nothing is answered.
  const [refused = "", ...large] = paths;
  await page.locator(".controls input").first()
    .setInputFiles([refused, ...small, ...large]);
  await holds(
    page,
    `[".failed", ".sending", ".stored"].every((state) => document.querySelector(\`.tray \${state}\`))`,
  );
}

Deno.test({
  name: "pictures of sending files, and of taking folders along",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using share = await makeShare();
    using own = temporaryDirectory();
    const folder = `${share.path}/norway`;
    await using program = await serveShare(folder, "Deno", ["--upload"]);
    await using box = await serveShare(folder, "Deno", [
      "--upload=/maps",
      "--upload-only",
      "--upload-max=2G",
    ]);
    await using front = startCutFront(program.port);
    await using browser = await openBrowser();
    for (
      const [look, options] of [
        ["", DESK],
        ["-dark", { ...DESK, colorScheme: "dark" }],
        ["-phone", PHONE],
      ] as const
    ) {
      await using page = await browser.newPage({
        locale: "en-GB",
        reducedMotion: "reduce",
        ...options,
      });
      await page.goto(`${front.url}/`);
      await page.click("#take >> text=Select");
      for (const name of ["photos/", "budget.ods"]) {
        await page.click(`a[href="${name}"]`);
      }
      await page.click("#take summary");
      await keepPicture(page, `selection${look}`);
      await page.click("#take >> text=Cancel");
      Object.assign(front, { left: 9e6, then: "stall" });
      await sendFiles(page, own.path);
      await keepPicture(page, `sending${look}`);
      await page.click("#send >> text=Write text");
      await page.locator(".ask textarea").fill("The ferry leaves at 07:30.");
      await keepPicture(page, `text${look}`);
      front.heal();
      await page.goto("about:blank").catch(() => {});
      await page.goto(`${box.url}/maps/`);
      await keepPicture(page, `drop-box${look}`);
    }
  },
});

/** How large a picture of the README may be. */
const MOST_BYTES = 150 * 1024;

Deno.test({
  name: "the pictures of the README, by day and by night, are small",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using share = await makeShare();
    await using program = await serveShare(share.path);
    await using browser = await openBrowser();
    for (const colorScheme of ["light", "dark"] as const) {
      await using page = await browser.newPage({
        viewport: { width: 960, height: 640 },
        deviceScaleFactor: 2,
        locale: "en-GB",
        timezoneId: "Europe/Berlin",
        colorScheme,
      });
      await page.goto(`${program.url}/norway/`);
      const path = `${PICTURES}readme-${colorScheme}.webp`;
      await page.screenshot({ path, type: "webp", quality: 80 });
      assert(Deno.statSync(path).size <= MOST_BYTES, path);
    }
  },
});
