/**
 * From the settings of a user to a site.
 *
 * @module
 */

import { shareGlances } from "../files/known.ts";
import { siteDefaults } from "../handler/create_handler.ts";
import type { Runtime } from "../ports/ports.ts";
import { createSite, type Site } from "../site/site.ts";
import type { Settings } from "./parse.ts";
import type { Ready } from "./prepare.ts";
import { siteOptions } from "./site_options.ts";

/**
 * Makes the site that settings stand for.
 *
 * @param settings What the user said.
 * @param ready What was opened.
 * @param runtime The runtime.
 * @returns The site, or in words why there can be none.
 */
export function toSite(
  settings: Settings,
  ready: Ready,
  runtime: Runtime,
): Site | string {
  try {
    const options = siteOptions(settings, ready, runtime);
    const files = shareGlances(runtime.listenerFiles, runtime.onNextTurn);
    return createSite(options, { ...siteDefaults(runtime), files });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      return error.message;
    }
    throw error;
  }
}
