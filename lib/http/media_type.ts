/**
 * Media types by file name (RFC 9110 §8.3), the same on every operating system.
 *
 * @module
 */

import { MEDIA_TYPE_TABLE } from "./media_type_table.ts";

/** The type of a file without a registered extension: bytes (RFC 2046 §4.5.1). */
export const DEFAULT_MEDIA_TYPE = "application/octet-stream";

/**
 * Types that replace those of the database, or that it lacks. A `.gz` is a file in gzip format,
 * and not another file with a content coding.
 */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".bz2": "application/x-bzip2",
  ".cts": "text/typescript",
  ".go": "text/x-go",
  ".gz": "application/gzip",
  ".ico": "image/vnd.microsoft.icon",
  ".js": "text/javascript",
  ".jsonl": "application/jsonl",
  ".jsx": "text/jsx",
  ".m4s": "video/iso.segment",
  ".map": "application/json",
  ".md": "text/markdown",
  ".mjs": "text/javascript",
  ".mkv": "video/matroska",
  ".mpd": "application/dash+xml",
  ".mts": "text/typescript",
  ".py": "text/x-python",
  ".rs": "text/x-rust",
  ".svgz": "application/gzip",
  ".tgz": "application/gzip",
  ".ts": "text/typescript",
  ".tsx": "text/tsx",
  ".wasm": "application/wasm",
  ".xml": "application/xml",
  ".xz": "application/x-xz",
  ".z": "application/x-compress",
  ".zst": "application/zstd",
};
/** `type "/" subtype *( OWS ";" OWS parameter )` (RFC 9110 §8.3.1). */
const MEDIA_TYPE_REGEXP = /^[\w!#$&^+\-.]+\/[\w!#$&^+\-.]+(?:[ \t]*;.*)?$/;

/** A function from a file name to its media type. */
export type GuessType = (name: string) => string;

/** The options of {@linkcode createGuessType}. */
export interface MediaTypeOptions {
  /**
   * Extensions, in any case and with their dot, and the media types to use for them
   * in place of the usual ones; `""` is for names without a known extension.
   *
   * @default {{}}
   */
  readonly mediaTypes?: Readonly<Record<string, string>>;
  /**
   * The media type of what has no known extension.
   *
   * @default {"application/octet-stream"}
   */
  readonly defaultType?: string;
}

/**
 * Makes a function from the name of a file to its media type. Types of text get `charset=utf-8`,
 * unless they name a charset.
 *
 * @param options Overrides, and the type of all other files.
 * @returns The function.
 * @throws {TypeError} When an override is no media type.
 *
 * @example Usage
 * ```ts
 * import { createGuessType } from "@x/serve";
 * import { assertEquals } from "@std/assert";
 *
 * const guessType = createGuessType({ mediaTypes: { ".ts": "video/mp2t" } });
 * assertEquals(guessType("a.HTML"), "text/html; charset=utf-8");
 * assertEquals(guessType("a.tar.gz"), "application/gzip");
 * assertEquals(guessType("a.ts"), "video/mp2t");
 * assertEquals(guessType("Makefile"), "application/octet-stream");
 * ```
 */
export function createGuessType(options: MediaTypeOptions = {}): GuessType {
  const types = new Map(
    Object.entries({ ...MEDIA_TYPES, ...lowerCased(options.mediaTypes ?? {}) }),
  );
  const fallback = withCharset(
    options.defaultType ?? types.get("") ?? DEFAULT_MEDIA_TYPE,
  );
  checkMediaType(fallback);
  types.forEach((type, extension) => {
    checkMediaType(type);
    if (extension === "" || extension.startsWith(".")) return;
    throw new TypeError(
      `Cannot give "${extension}" a media type: an extension has a dot`,
    );
  });
  return (name) => {
    const extension = extensionOf(name);
    const type = types.get(extension) ?? typeByExtension(extension);
    if (extension === "" || type === undefined) return fallback;
    types.set(extension, type); // searching the table takes microseconds
    return withCharset(type);
  };
}

/**
 * Searches the table as text: building a map of it takes a millisecond of the start, importing the
 * map of the database four (Bun).
 */
function typeByExtension(extension: string): string | undefined {
  if (/[\s;]/.test(extension)) return undefined;
  const entry = ` ${extension.slice(1)}`;
  for (const [topLevel, types] of Object.entries(MEDIA_TYPE_TABLE)) {
    const at = Math.max(types.indexOf(`${entry};`), types.indexOf(`${entry} `));
    if (at < 0) continue;
    const start = types.lastIndexOf(";", at) + 1;
    const subtype = types.slice(start, types.indexOf(" ", start)).trim();
    return `${topLevel}/${subtype}`;
  }
  return undefined;
}

/** The last extension with its dot, in lower case; `.name` has none. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

function lowerCased(
  types: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(types).map(([extension, type]) => [
      extension.toLowerCase(),
      type,
    ]),
  );
}

function withCharset(type: string): string {
  return type.startsWith("text/") && !/;\s*charset=/i.test(type)
    ? `${type}; charset=utf-8`
    : type;
}

function checkMediaType(type: string): void {
  if (MEDIA_TYPE_REGEXP.test(type) && /^[\t\x20-\x7e]+$/.test(type)) return;
  throw new TypeError(
    `Cannot use ${JSON.stringify(type)} as media type: expected "type/subtype"`,
  );
}
