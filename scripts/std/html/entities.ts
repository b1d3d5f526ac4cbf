/**
 * What this project uses of `@std/html/entities`, typed.
 *
 * @module
 */

import * as std from "deno-std/html/entities.js";

/** Text with `& < > " '` written as character references. */
export const escape: (text: string) => string = std.escape;
