/**
 * What this project uses of `@std/media-types/type-by-extension`, typed.
 *
 * @module
 */

import * as std from "deno-std/media_types/type_by_extension.js";

/** The media type usual for a file name extension, without parameters. */
export const typeByExtension: (extension: string) => string | undefined =
  std.typeByExtension;
