/**
 * What this project uses of `@std/path/from-file-url`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/from_file_url.js";

/** The path of a `file:` URL. */
export const fromFileUrl: (url: URL | string) => string = std.fromFileUrl;
