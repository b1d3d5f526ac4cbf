/**
 * What this project uses of `@std/path/posix/join`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/posix/join.js";

/** Path segments joined and normalised. */
export const join: (path: string, ...segments: string[]) => string = std.join;
