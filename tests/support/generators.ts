/** Sites that generators of npm make: an application of one page and a site of pages by Vite, a site by Eleventy. */

import { findBun } from "../../scripts/executables/bun.ts";
import { pinned } from "../../scripts/packages.ts";
import { run } from "./package.ts";
import { findProgram } from "./browser.ts";

/** What was built, ready to be served. */
export interface GeneratedSites extends AsyncDisposable {
  /** An application with routes; each is a chunk of its own. */
  readonly application: string;
  /** Sites of several pages, by the name of what has made them. */
  readonly sites: Readonly<Record<"Vite" | "Eleventy", string>>;
}

type Tree = Readonly<Record<string, string>>;

/** Routes by `history.pushState`; what cannot be loaded is shown. */
const APPLICATION: Tree = {
  "index.html": `<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>app</title></head><body><nav><a href="/users/5">users</a> <a href="/settings">settings</a></nav>
<main>empty</main><script type="module" src="/main.js"></script></body></html>`,
  "main.js": `
const routes = { users: () => import("./users.js"), settings: () => import("./settings.js") };
async function show() {
  const [, name, id = ""] = location.pathname.split("/");
  const main = document.querySelector("main");
  try {
    const route = routes[name];
    main.textContent = route ? (await route()).text(id) : "home";
  } catch (error) {
    main.textContent = "failed: " + error.name;
  }
}
addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show();
});
addEventListener("popstate", show);
show();`,
  "users.js": `export const text = (id) => "user " + id;`,
  "settings.js": `export const text = () => "settings";`,
};

/** The paths of pages below the root, as their sitemap has them, and their titles. */
export const PAGES: ReadonlyArray<readonly [path: string, title: string]> = [
  ["", "Home"],
  ["about", "About"],
  ["docs", "Docs"],
  ["docs/guide", "Guide"],
];

const NAVIGATION = PAGES.map(([path, title]) =>
  `<a href="/${path}">${title}</a>`
).join(" ");

const VITE_CONFIG = `
const pages = ["index.html", "about.html", "docs/index.html", "docs/guide.html"];
export default {
  appType: "mpa",
  build: { rollupOptions: { input: pages.map((page) => import.meta.dirname + "/" + page) } },
};`;

function vitePage(title: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="stylesheet" href="/style.css"></head><body>${NAVIGATION}
<img src="/dot.svg" alt=""><script type="module" src="/page.js"></script></body></html>`;
}

const DOT =
  `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>`;

const VITE_SITE: Tree = {
  "vite.config.js": VITE_CONFIG,
  "index.html": vitePage("Home"),
  "about.html": vitePage("About"),
  "docs/index.html": vitePage("Docs"),
  "docs/guide.html": vitePage("Guide"),
  "style.css": "body { background: url(/dot.svg) }",
  "page.js": `import "./style.css"; document.body.dataset.ran = "yes";`,
  "public/dot.svg": DOT,
  // What a plug-in would write: URLs as \`vite preview\` and hosts with clean URLs have them.
  "public/sitemap.xml": sitemap(["/", "/about", "/docs/", "/docs/guide"]),
};

function sitemap(paths: readonly string[]): string {
  const urls = paths.map((path) =>
    `<url><loc>https://example.com${path}</loc></url>`
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${
    urls.join("")
  }</urlset>`;
}

const ELEVENTY_SITE: Tree = {
  "eleventy.config.js": `export default (config) => {
  config.addPassthroughCopy("dot.svg");
  config.addPassthroughCopy("style.css");
};`,
  "package.json": `{ "type": "module" }`,
  "_includes/page.njk":
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<link rel="stylesheet" href="/style.css"></head><body>
{% for page in collections.all %}<a href="{{ page.url }}">{{ page.data.title }}</a> {% endfor %}
<img src="/dot.svg" alt="">{{ content | safe }}</body></html>`,
  "index.md": "---\ntitle: Home\nlayout: page.njk\n---\n# Hello",
  "about.md": "---\ntitle: About\nlayout: page.njk\n---\n# About",
  "docs/index.md": "---\ntitle: Docs\nlayout: page.njk\n---\n# Docs",
  "docs/guide.md": "---\ntitle: Guide\nlayout: page.njk\n---\n# Guide",
  "sitemap.njk": `---
permalink: /sitemap.xml
eleventyExcludeFromCollections: true
---
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{%- for page in collections.all %}<url><loc>https://example.com{{ page.url }}</loc></url>{% endfor -%}
</urlset>`,
  "dot.svg": DOT,
  "style.css": "body { background: url(/dot.svg) }",
};

async function plant(root: string, tree: Tree): Promise<string> {
  for (const [name, text] of Object.entries(tree)) {
    const path = `${root}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return root;
}

/** Installs the generators, and builds the sites; all of it is removed afterwards. */
export async function generateSites(): Promise<GeneratedSites> {
  const path = await Deno.makeTempDir({ prefix: "serve_generators_" });
  const node = findProgram("node") ?? "node";
  await Deno.writeTextFile(`${path}/package.json`, '{ "private": true }');
  const names = (["vite", "@11ty/eleventy"] as const).map(pinned);
  await run(await findBun(), ["add", ...names], path);
  const build = async (root: string, program: string, ...words: string[]) => {
    await run(node, [`${path}/node_modules/${program}`, ...words], root);
  };
  const vite = ["vite/bin/vite.js", "build", "--logLevel", "warn"] as const;
  const application = await plant(`${path}/application`, APPLICATION);
  await build(application, ...vite);
  const pages = await plant(`${path}/pages`, VITE_SITE);
  await build(pages, ...vite);
  const docs = await plant(`${path}/docs`, ELEVENTY_SITE);
  await build(docs, "@11ty/eleventy/cmd.cjs", "--quiet");
  return {
    application: `${application}/dist`,
    sites: { Vite: `${pages}/dist`, Eleventy: `${docs}/_site` },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
