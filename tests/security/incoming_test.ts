/** Files that are being received are seen by nobody, whatever the options say (decision D240). */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHandler, type SiteOptions } from "../../main.ts";
import { INCOMING_PREFIX } from "../../lib/ports/files.ts";
import { temporaryDirectory } from "../support/program.ts";
import { loggedSite } from "../support/site.ts";

const NAME = `${INCOMING_PREFIX}0123456789abcdef0123456789abcdef`;
const SECRET = "half a secret";

/** A root with incoming files, links that lead to them, and one outside. */
function furnish(): { root: string } & Disposable {
  const directory = temporaryDirectory();
  const root = `${directory.path}/root`;
  const outside = `${directory.path}/outside`;
  for (const path of [`${root}/d`, `${root}/${NAME}.d`, outside]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  const files = ["", "d/", `${NAME}.d/`].map((path) => `${root}/${path}`);
  for (const path of [...files, `${outside}/`]) {
    for (const end of ["", ".html", ".html.gz", ".md"]) {
      Deno.writeTextFileSync(`${path}${NAME}${end}`, SECRET);
    }
  }
  Deno.writeTextFileSync(`${root}/d/.seen`, "seen");
  Deno.symlinkSync(NAME, `${root}/link`);
  Deno.symlinkSync(`${outside}/${NAME}`, `${root}/out`);
  Deno.symlinkSync(outside, `${root}/elsewhere`);
  return { root, [Symbol.dispose]: directory[Symbol.dispose] };
}

const EVERYTHING: Partial<SiteOptions> = {
  dotfiles: true,
  followSymlinks: true,
  compress: true,
};

const TARGETS: readonly string[] = [
  `/${NAME}`,
  `/${NAME}/`,
  `/${NAME}.html`,
  `/%2e${NAME.slice(1)}`,
  `/d/${NAME}`,
  `/d/../${NAME}`,
  `//${NAME}`,
  `/${NAME}.d/`,
  `/${NAME}.d/${NAME}`,
  `/${NAME}.md?view`,
  `/${NAME.toUpperCase()}`,
  "/link",
  "/out",
  `/elsewhere/${NAME}`,
];

for (const options of [{}, EVERYTHING]) {
  const which = options === EVERYTHING ? "with dotfiles" : "by default";
  Deno.test(`incoming files are absent (404), ${which}`, async () => {
    using site = furnish();
    const handler = createHandler({ root: site.root, log: false, ...options });
    for (const target of TARGETS) {
      for (const method of ["GET", "HEAD"]) {
        const response = await handler(
          new Request(`http://localhost${target}`, {
            method,
            redirect: "follow",
            headers: { "accept-encoding": "gzip" },
          }),
        );
        const text = await response.text();
        assert([301, 308, 404].includes(response.status), target);
        assert(!text.includes(SECRET), target);
      }
    }
  });

  Deno.test(`incoming files are in no listing, search, or suggestion, ${which}`, async () => {
    using site = furnish();
    const handler = createHandler({ root: site.root, log: false, ...options });
    const near = NAME.slice(0, -1);
    const rows = [
      "/",
      "/d/",
      "/?format=json",
      "/?q=serve",
      "/?q=incoming&recursive",
      "/?q=incoming&format=json&recursive",
      "/?archive=tar",
      "/?archive=tar&name=d",
      `/${near}x`,
      `/d/${near}`,
    ];
    for (const target of rows) {
      const response = await handler(
        new Request(`http://localhost${target}`, {
          headers: { accept: "text/html" },
        }),
      );
      const text = await response.text();
      // What was asked for may be repeated.
      assertEquals(
        text.replaceAll(near, "").includes("incoming-"),
        false,
        target,
      );
      assertEquals(text.includes(NAME), false, target);
    }
    const listing = await handler(new Request("http://localhost/d/"));
    const seen = (await listing.text()).includes(".seen");
    assertEquals(seen, options === EVERYTHING);
  });
}

Deno.test("the log says why an incoming file is absent", async () => {
  const tree = { [`/${NAME}`]: SECRET };
  const { fetch, logged } = loggedSite(tree, { dotfiles: true });
  assertEquals((await fetch(`/${NAME}`)).status, 404);
  const { reason } = await logged();
  assertStringIncludes(String(reason), "still being received");
});
