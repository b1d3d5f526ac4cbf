/**
 * What this project uses of `@std/http/status`, typed.
 *
 * @module
 */

import * as std from "deno-std/http/status.js";

/** Reason phrases by status code. */
export const STATUS_TEXT: Readonly<Record<number, string>> = std.STATUS_TEXT;
