/**
 * Media types by file name (RFC 9110 §8.3), the same on every operating system.
 *
 * @module
 */

import { lazy } from "./cache.ts";
import { MEDIA_TYPE_TABLE } from "./media_type_table.ts";
import { typeError } from "./type_error.ts";

/** The type of a file that nothing is known of: bytes (RFC 2046 §4.5.1). */
export const DEFAULT_MEDIA_TYPE = "application/octet-stream";

/**
 * Types that replace those of the database, or that it lacks. A `.gz` is a file in gzip format,
 * and not another file with a content coding.
 */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".bz2": "application/x-bzip2",
  // Comic books: two are registered, the others are those of shared-mime-info.
  ".cb7": "application/x-cb7",
  ".cba": "application/x-cba",
  ".cbr": "application/vnd.comicbook-rar",
  ".cbt": "application/x-cbt",
  ".cbz": "application/vnd.comicbook+zip",
  // No browser runs `application/node`.
  ".cjs": "text/javascript",
  ".cts": "text/typescript",
  // Registered by RFC 9639; Chromium saves `audio/x-flac`.
  ".flac": "audio/flac",
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
  ".py": "text/x-python",
  ".rs": "text/x-rust",
  ".tgz": "application/gzip",
  ".tsx": "text/tsx",
  ".wasm": "application/wasm",
  ".xml": "application/xml",
  ".xz": "application/x-xz",
  ".z": "application/x-compress",
  ".zst": "application/zstd",
};
/**
 * What pages are made of, and downloads, as the database has it: most first answers are one of these,
 * and to read all of that takes 3 ms of a start (Bun).
 */
const PAGE_TYPES: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".bin": "application/octet-stream",
  ".css": "text/css",
  ".gif": "image/gif",
  ".htm": "text/html",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".zip": "application/zip",
};
/**
 * Source and text that has no type, or one of `application/*` that browsers save and do not show
 * (`.sh`, `.toml`), or that of another format (`.org`, `.scm`). It is never HTML: what was saved
 * must not run when it is shown.
 */
const PLAIN_TEXT_EXTENSIONS =
  "adoc astro awk bash bat bib cfg clj cmake cmd cs csh dart diff edn el erl ex exs fish fs " +
  "gradle groovy hjson hpp hs ipynb jl json5 ksh kt kts latex lisp mk ml mli nim nix org patch " +
  "php pl pm pom properties proto ps1 r rb rst scala scm sh sql srt svelte swift tcl tex texi " +
  "texinfo tf tk toml vb vim vue zig zsh";
const PLAIN_TEXT = "text/plain; charset=utf-8";

/** A media type that the beginning of a file decides. */
export interface TypeByContent {
  /** The type where nobody has looked. */
  readonly otherwise: string;
  /** The type of a file whose first {@linkcode PEEK_BYTES} are these, or that has no more. */
  readonly decide: (start: Uint8Array) => string;
}

/** How much of a file decides. */
export const PEEK_BYTES = 1024;

/** What nobody registered is text where it reads like text; never HTML, which would run. */
const UNREGISTERED: TypeByContent = {
  otherwise: DEFAULT_MEDIA_TYPE,
  decide: (start) => isText(start) ? PLAIN_TEXT : DEFAULT_MEDIA_TYPE,
};

/** TypeScript, or an MPEG transport stream (ISO/IEC 13818-1), which cameras and recorders name so. */
const TYPESCRIPT: TypeByContent = {
  otherwise: "text/typescript; charset=utf-8",
  decide: (start) =>
    isTransportStream(start) ? "video/mp2t" : TYPESCRIPT.otherwise,
};

const BY_CONTENT: Readonly<Record<string, TypeByContent>> = {
  ".mts": TYPESCRIPT,
  ".ts": TYPESCRIPT,
};

/** Packets have 188 bytes, or 192 with a time in front (M2TS): where the first begins, and their length. */
const PACKETS = [[0, 188], [4, 192]] as const;
const SYNC_BYTE = 0x47;

/** Every packet in sight begins with the sync byte; source could have a `G` at two of these places. */
function isTransportStream(start: Uint8Array): boolean {
  return PACKETS.some(([first, length]) => {
    if (start.length <= first + length) return false;
    for (let at = first; at < start.length; at += length) {
      if (start[at] !== SYNC_BYTE) return false;
    }
    return true;
  });
}

/**
 * Controls that no text has (the binary data bytes of the MIME Sniffing standard §3, and those
 * behind ASCII): tabs, line ends, form feeds and the escapes of coloured logs are none.
 */
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]/;

/** Whether bytes are UTF-8 without controls; the end may have cut a character. */
function isText(start: Uint8Array): boolean {
  const stream = start.length >= PEEK_BYTES;
  try {
    const text = new TextDecoder("utf-8", { fatal: true })
      .decode(start, { stream });
    return !CONTROL_REGEXP.test(text);
  } catch {
    return false;
  }
}

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
  readonly mediaTypes?: Readonly<Record<string, string>> | undefined;
  /**
   * The media type of what has no known extension.
   *
   * @default {"text/plain where the content is text, else application/octet-stream"}
   */
  readonly defaultType?: string | undefined;
}

/**
 * Makes a function from the name of a file to its media type. Types of text get `charset=utf-8`,
 * unless they name a charset. A handler also looks into files whose names do not tell: what has
 * no known extension, and `.ts`.
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
  const typeOf = createTypeOf(options);
  return (name) => {
    const type = typeOf(name);
    return typeof type === "string" ? type : type.otherwise;
  };
}

/** Makes a function from the name of a file to its media type, or to what decides it. */
export function createTypeOf(
  options: MediaTypeOptions = {},
): (name: string) => string | TypeByContent {
  const own = ownTypes(options);
  const fallback = own.get("") ?? UNREGISTERED;
  const table = lazy(readTable);
  return (name) => {
    const extension = extensionOf(name);
    if (extension === "") return fallback;
    const type = own.get(extension) ?? BY_CONTENT[extension] ??
      MEDIA_TYPES[extension] ?? PAGE_TYPES[extension] ??
      table().get(extension.slice(1));
    if (type === undefined) return fallback;
    return typeof type === "string" ? withCharset(type) : type;
  };
}

/** The types of the user, by extension; `""` is that of what has no known one. */
function ownTypes(
  { mediaTypes = {}, defaultType }: MediaTypeOptions,
): ReadonlyMap<string, string> {
  const own = new Map(
    Object.entries(mediaTypes).map(([extension, type]) =>
      [extension.toLowerCase(), type] as const
    ),
  );
  const otherwise = defaultType ?? own.get("");
  own.forEach(checkOwnType);
  if (otherwise !== undefined) {
    own.set("", withCharset(checkedMediaType(otherwise)));
  }
  return own;
}

function checkOwnType(type: string, extension: string): void {
  checkedMediaType(type);
  if (extension === "" || extension.startsWith(".")) return;
  throw new TypeError(
    `Cannot give "${extension}" a media type: an extension has a dot`,
  );
}

/**
 * The table by extension, without dots; source and text come before the database. Made when it is
 * first needed: that takes a millisecond of the start, importing the map of the database four (Bun);
 * a listing asks for every name.
 */
function readTable(): ReadonlyMap<string, string> {
  const types = new Map<string, string>(
    PLAIN_TEXT_EXTENSIONS.split(" ").map((extension) => [
      extension,
      PLAIN_TEXT,
    ]),
  );
  for (const [topLevel, rows] of Object.entries(MEDIA_TYPE_TABLE)) {
    for (const row of rows.split(";")) {
      const [subtype, ...extensions] = row.trim().split(" ");
      for (const extension of extensions) {
        if (!types.has(extension)) {
          types.set(extension, `${topLevel}/${subtype}`);
        }
      }
    }
  }
  return types;
}

/** The last extension with its dot, in lower case; `.name` has none. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

function withCharset(type: string): string {
  return type.startsWith("text/") && !/;\s*charset=/i.test(type)
    ? `${type}; charset=utf-8`
    : type;
}

function checkedMediaType(type: string): string {
  if (
    typeof type === "string" && MEDIA_TYPE_REGEXP.test(type) &&
    /^[\t\x20-\x7e]+$/.test(type)
  ) return type;
  throw typeError`Cannot use ${type} as media type: expected "type/subtype"`;
}
