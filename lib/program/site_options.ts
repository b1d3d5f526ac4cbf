/**
 * From the settings of a user to the options of a site.
 *
 * From the settings of a user to a site.
 *
 * @module
 */

import { shareStats } from "../files/representation_cache.ts";
import { siteDefaults } from "../handler/defaults.ts";
import type { Field } from "../http/field.ts";
import { EVERYWHERE } from "../http/glob.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { SiteOptions } from "../site/options.ts";
import { createSite, type Site } from "../site/site.ts";
import { cgiOptions } from "./cgi.ts";
import type { ByPath, Settings } from "./parse.ts";
import type { Ready } from "./prepare.ts";

/**
 * The options that settings stand for.
 *
 * @param settings What the user said.
 * @param ready The directory, and what else was opened.
 * @param runtime The runtime, for variables that are passed on to scripts.
 * @returns The options.
 * @throws {TypeError} When such a variable is not there.
 */
export function siteOptions(
  settings: Settings,
  { root, options }: Ready,
  { environment }: Pick<Runtime, "environment">,
): SiteOptions {
  const { contentType, headers, cacheControl, cgi } = settings;
  const { immutable, noEtag, cors, isolate, compress, sidecars } = settings;
  const { maxConnections, dotfiles, followSymlinks, urlRoot, protocol } =
    settings;
  return {
    root,
    headersByPath: group(headers),
    cacheControl: cacheControl.map((
      { glob = EVERYWHERE, value },
    ) => [glob, value]),
    immutable,
    noEtag,
    cors,
    isolate,
    compress,
    sidecars,
    dotfiles,
    followSymlinks,
    ...contentType === undefined ? {} : { defaultType: contentType },
    ...urlRoot === undefined ? {} : { urlRoot },
    // The site checks it.
    ...protocol === undefined ? {} : { protocol: protocol as "HTTP/1.1" },
    ...maxConnections === undefined ? {} : { maxConnections },
    ...cgi === undefined ? {} : { cgi: cgiOptions(cgi, environment) },
    ...options,
  };
}

/** Fields for the same glob in a row are one rule, so that a field can be given twice. */
function group(
  rules: readonly ByPath<Field>[],
): Array<readonly [glob: string, fields: Field[]]> {
  const groups: Array<readonly [glob: string, fields: Field[]]> = [];
  for (const { glob = EVERYWHERE, value } of rules) {
    const last = groups.at(-1);
    if (last?.[0] === glob) last[1].push(value);
    else groups.push([glob, [value]]);
  }
  return groups;
}

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
    const files = shareStats(runtime.listenerFiles, runtime.onNextTurn);
    return createSite(options, { ...siteDefaults(runtime), files });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      return error.message;
    }
    throw error;
  }
}
