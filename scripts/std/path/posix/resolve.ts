/**
 * What this project uses of `@std/path/posix/resolve`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/posix/resolve.js";

/** An absolute path, from segments resolved right to left. */
export const resolve: (...segments: string[]) => string = std.resolve;
