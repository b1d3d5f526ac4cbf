/**
 * Writes the styles and the scripts of our pages, `lib/pages/assets.ts` and `listing_assets.ts`, and
 * that of live reload, from their sources in `scripts/page/`: `deno task page`.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import type { Asset } from "../lib/pages/assets.ts";
import { pinned } from "./packages.ts";

const PROJECT = new URL("../", import.meta.url);
/** What the browsers of 2023 run. */
const TARGET = "es2022,chrome111,firefox111,safari16.4";

/** What a module exports, in its order, and the source of it. */
type Sources = ReadonlyArray<readonly [name: string, path: string]>;

const PAGE_SOURCES: Sources = [
  ["STYLE", "style.css"],
  ["ERROR_STYLE", "error.css"],
];
const LISTING_SOURCES: Sources = [
  ["LISTING_STYLE", "listing.css"],
  ["ARTICLE_STYLE", "article.css"],
  ["SCRIPT", "client/main.ts"],
  ["UPLOAD_STYLE", "upload/upload.css"],
  ["UPLOAD_SCRIPT", "upload/main.ts"],
];
const RELOAD_SOURCES: Sources = [["CLIENT_SCRIPT", "reload/main.ts"]];

const PAGE_HEAD = `/**
 * Styles of every page and of errors: what \`deno task page\` makes of \`scripts/page/\`.
 *
 * @module
 */

/** A style or a script that stands in a page. */
export interface Asset {
  readonly text: string;
  /** The SHA-256 of it in base64: what the policy names. */
  readonly hash: string;
}
`;

/** The start needs none of it: hence a module of its own. */
const LISTING_HEAD = `/**
 * Styles and scripts of pages with content: what \`deno task page\` makes of \`scripts/page/\`.
 *
 * @module
 */

import type { Asset } from "./assets.ts";
`;

/** It is loaded with `--reload` alone: hence a module of its own. */
const RELOAD_HEAD = `/**
 * What pages run that reload by themselves: what \`deno task page\` makes of \`scripts/page/reload/\`.
 *
 * @module
 */

import type { Asset } from "../pages/assets.ts";
`;

/** The modules. */
const MODULES: ReadonlyArray<
  readonly [path: string, head: string, sources: Sources]
> = [
  ["lib/pages/assets.ts", PAGE_HEAD, PAGE_SOURCES],
  ["lib/pages/listing_assets.ts", LISTING_HEAD, LISTING_SOURCES],
  ["lib/reload/client_script.ts", RELOAD_HEAD, RELOAD_SOURCES],
];

/**
 * Bundles and minifies the sources of the modules.
 *
 * @returns What each module exports, by its path.
 * @throws {Error} When a source has an error, or npx cannot fetch esbuild.
 */
export async function buildModules(): Promise<
  Record<string, Record<string, Asset>>
> {
  const built = MODULES.map(async ([path, , sources]) =>
    [path, await buildAssets(sources)] as const
  );
  return Object.fromEntries(await Promise.all(built));
}

async function buildAssets(sources: Sources): Promise<Record<string, Asset>> {
  const directory = await Deno.makeTempDir();
  try {
    await bundle(sources, directory);
    const assets = sources.map(async ([name, path]) => {
      const file = `${directory}/${path.replace(/\.ts$/, ".js")}`;
      return [name, await toAsset(await Deno.readTextFile(file))];
    });
    return Object.fromEntries(await Promise.all(assets));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function bundle(sources: Sources, directory: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("npx", {
    args: [
      "-y",
      pinned("esbuild"),
      ...sources.map(([, path]) =>
        fromFileUrl(new URL(`scripts/page/${path}`, PROJECT))
      ),
      `--outbase=${fromFileUrl(new URL("scripts/page", PROJECT))}`,
      `--outdir=${directory}`,
      "--bundle",
      "--minify",
      "--charset=utf8",
      "--format=iife",
      `--target=${TARGET}`,
      "--log-level=warning",
    ],
    // Elsewhere npx would take the one that is installed there.
    cwd: "/",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function toAsset(output: string): Promise<Asset> {
  const text = output.trimEnd();
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return { text, hash: btoa(String.fromCharCode(...new Uint8Array(digest))) };
}

function toModule(
  head: string,
  sources: Sources,
  assets: Record<string, Asset> = {},
): string {
  const constants = sources.map(([name]) => `
export const ${name}: Asset = {
  text: ${JSON.stringify(assets[name]?.text)},
  hash: "${assets[name]?.hash}",
};
`);
  return head + constants.join("");
}

if (import.meta.main) {
  const built = await buildModules();
  for (const [path, head, sources] of MODULES) {
    const text = toModule(head, sources, built[path]);
    await Deno.writeTextFile(new URL(path, PROJECT), text);
  }
}
