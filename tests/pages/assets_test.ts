/** The styles and the script of our pages are what their sources make. */
import { assert, assertEquals } from "@std/assert";
import { buildModules } from "../../scripts/page.ts";
import { listingPage } from "../../lib/pages/listing_page.ts";
import * as assets from "../../lib/pages/assets.ts";
import * as listingAssets from "../../lib/pages/listing_assets.ts";
import * as reload from "../../lib/reload/client_script.ts";

Deno.test("assets: the modules are what scripts/page/ makes, or `deno task page` is to be run", async () => {
  assertEquals<unknown>({
    "lib/pages/assets.ts": { ...assets },
    "lib/pages/listing_assets.ts": { ...listingAssets },
    "lib/reload/client_script.ts": { ...reload },
  }, await buildModules());
});

Deno.test("assets: nothing ends its element before its end", () => {
  const all = { ...assets, ...listingAssets };
  for (const [name, { text }] of Object.entries(all)) {
    assert(!/<\/(?:style|script)|<!--/i.test(text), name);
  }
});

Deno.test("assets: a page without entries, style and script included, is at most 14 KiB coded: one round trip", async () => {
  const page = listingPage({ path: "/", parent: false, entries: [] });
  const coded = new Blob([page]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  const { byteLength } = await new Response(coded).arrayBuffer();
  assert(byteLength <= 14 * 1024, String(byteLength));
});
