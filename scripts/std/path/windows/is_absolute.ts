/**
 * What this project uses of `@std/path/windows/is-absolute`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/windows/is_absolute.js";

/** Whether a path starts at a root. */
export const isAbsolute: (path: string) => boolean = std.isAbsolute;
