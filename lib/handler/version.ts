/**
 * The version of this package, which stands in `deno.json` and nowhere else.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** The version, such as `0.1.0`. */
export const VERSION: string = config.version;
