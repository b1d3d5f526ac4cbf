/**
 * From the settings of a user to the options of a site.
 *
 * @module
 */

import type { SiteOptions } from "../options.ts";
import type { ByPath, Settings } from "./parse.ts";

const EVERYWHERE = "/**";

/**
 * The options that settings stand for.
 *
 * @param settings What the user said.
 * @param root The directory.
 * @returns The options.
 */
export function siteOptions(settings: Settings, root: string): SiteOptions {
  const { contentType, quiet, headers, cacheControl } = settings;
  const { immutable, cors, isolate, compress, sidecars } = settings;
  const { dotfiles, followSymlinks } = settings;
  return {
    root,
    headersByPath: group(headers),
    cacheControl: Object.fromEntries(
      cacheControl.map(({ glob, value }) => [glob ?? EVERYWHERE, value]),
    ),
    immutable,
    cors,
    isolate,
    compress,
    sidecars,
    dotfiles,
    followSymlinks,
    ...contentType === undefined ? {} : { defaultType: contentType },
    ...quiet ? { log: false } : {},
  };
}

function group<T>(rules: readonly ByPath<T>[]): Record<string, T[]> {
  const groups: Record<string, T[]> = {};
  for (const { glob = EVERYWHERE, value } of rules) {
    (groups[glob] ??= []).push(value);
  }
  return groups;
}
