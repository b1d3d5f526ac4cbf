/**
 * What this project uses of `@std/path/posix/is-absolute`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/posix/is_absolute.js";

/** Whether a path starts at a root. */
export const isAbsolute: (path: string) => boolean = std.isAbsolute;
