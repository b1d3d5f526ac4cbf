/**
 * What this project uses of `@std/path/windows`, typed.
 *
 * @module
 */

import * as std from "deno-std/path/windows/mod.js";

/** An absolute path, from segments resolved right to left. */
export const resolve: (...segments: string[]) => string = std.resolve;

/** Whether a path starts at a root. */
export const isAbsolute: (path: string) => boolean = std.isAbsolute;

/** The path that leads from one path to another. */
export const relative: (from: string, to: string) => string = std.relative;

/** Path segments joined and normalised. */
export const join: (path: string, ...segments: string[]) => string = std.join;

/** The last extension of a path, with its dot. */
export const extname: (path: string) => string = std.extname;
