/**
 * From the settings of a user to the options of a site.
 *
 * @module
 */

import type { SiteOptions } from "../options.ts";
import type { Settings } from "./parse.ts";

/**
 * The options that settings stand for.
 *
 * @param settings What the user said.
 * @param root The directory.
 * @returns The options.
 */
export function siteOptions(
  { headers, contentType, dotfiles, followSymlinks, quiet }: Settings,
  root: string,
): SiteOptions {
  return {
    root,
    headers,
    dotfiles,
    followSymlinks,
    ...contentType === undefined ? {} : { defaultType: contentType },
    ...quiet ? { log: false } : {},
  };
}
