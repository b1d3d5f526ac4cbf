/**
 * The options of a site, as a user writes them.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import type { MediaTypeOptions } from "../http/media_type.ts";
import type { Log, Peer, ScriptLog } from "../ports/exchange.ts";
import type { Awaitable, Files } from "../ports/files.ts";
import type { Clock } from "../ports/runtime.ts";
import type { CgiOptions } from "./cgi_options.ts";
import type { OverrideOptions } from "./overrides.ts";
import type { RoutingOptions } from "./routing.ts";

export type * from "./cgi_options.ts";

/** Fields, as a user writes them. */
export type FieldsInit = Headers | Readonly<Record<string, string>> | Fields;

/**
 * Whether a password is that of a user; `"busy"` when that cannot be found out now, which
 * is answered 503. It is asked at every request, and told who sends that.
 */
export type VerifyPassword = (
  user: string,
  password: string,
  peer?: Peer,
) => Awaitable<boolean | "busy">;

/** How people log in (RFC 7617). */
export interface BasicAuthOptions {
  /**
   * What is protected, in words of ASCII; browsers may show them.
   *
   * @default {"serve"}
   */
  readonly realm?: string | undefined;
  /**
   * Passwords by the names of users, which have no colon.
   *
   * @default {{}}
   */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Decides about those who are not among `users`. */
  readonly verify?: VerifyPassword | undefined;
}

/** What a user may say of a site; everything but `root` may be left out. */
export interface SiteOptions
  extends MediaTypeOptions, OverrideOptions, RoutingOptions {
  /** The directory to serve, or with `singleFile` the file. A relative path is below the working directory. */
  readonly root: string;
  /**
   * Where the root is in URLs, percent-encoded: below `/static`, `/static/a` is `a`, and
   * `/staticfoo` is nothing.
   *
   * @default {"/"}
   */
  readonly urlRoot?: string | undefined;
  /**
   * Whether the last name of `urlRoot` is a secret that says who may read (a capability URL):
   * `secretPath()` makes one. It stands in no log; no answer lets it into a Referer field or an
   * index of crawlers; and what is outside is absent, whatever it is.
   *
   * @default {false}
   */
  readonly secretRoot?: boolean | undefined;
  /**
   * Whether `/` is redirected to `urlRoot`: for a server that has nothing else there.
   *
   * @default {false}
   */
  readonly redirectRoot?: boolean | undefined;
  /**
   * Whether `root` is a file. It is served under its own name, also one that begins with a dot,
   * and `/` leads to it; nothing else of its directory is there, coded files next to it neither.
   *
   * @default {false}
   */
  readonly singleFile?: boolean | undefined;
  /**
   * With `true` the handler gives `undefined` in place of an answer where it has nothing (what
   * is absent, what is outside `urlRoot`, malformed targets, unknown methods), so that its
   * caller can answer. What it passes on it does not log.
   *
   * @default {false}
   */
  readonly fallthrough?: false | undefined;
  /**
   * The names to look for in a directory before it is listed.
   *
   * @default {["index.html", "index.htm"]}
   */
  readonly index?: readonly string[] | undefined;
  /**
   * Fields to add to every answer that carries a representation; one of ours with the
   * same name gives way.
   *
   * @default {[]}
   */
  readonly headers?: FieldsInit | undefined;
  /**
   * Fields to add to representations by their path below the root: globs, as
   * `compileGlob` reads them, and fields. A later rule takes the place of an earlier one
   * for fields with the same name.
   *
   * @default {[]}
   */
  readonly headersByPath?:
    | readonly (readonly [glob: string, fields: FieldsInit])[]
    | undefined;
  /**
   * The value of Cache-Control, or values by glob, of which the last that matches
   * counts. Errors and redirects are never cached.
   *
   * @default {"no-cache"}
   */
  readonly cacheControl?:
    | string
    | readonly (readonly [glob: string, value: string])[]
    | undefined;
  /**
   * Directories below the root in which a name that carries a hash of its content never
   * changes: it may be kept for a year.
   *
   * @default {[]}
   */
  readonly immutable?: readonly string[] | undefined;
  /**
   * Which paths have no entity tag: all, or those that one of the globs matches; for clients
   * that read a meaning into tags. Last-Modified stays.
   *
   * @default {false}
   */
  readonly noEtag?: boolean | readonly string[] | undefined;
  /**
   * Whether `name.br`, `name.zst` and `name.gz` answer for `name` where the client
   * accepts their coding.
   *
   * @default {true}
   */
  readonly sidecars?: boolean | undefined;
  /**
   * Whether text is compressed while it is served, from 1 KiB up.
   *
   * @default {false}
   */
  readonly compress?: boolean | undefined;
  /**
   * Which other origins may read: all, or those listed, such as `https://a.example`.
   *
   * @default {false}
   */
  readonly cors?: boolean | readonly string[] | undefined;
  /**
   * Whether pages are isolated from other origins, so that they may use
   * SharedArrayBuffer and threads in WebAssembly.
   *
   * @default {false}
   */
  readonly isolate?: boolean | undefined;
  /**
   * How a directory without an index is listed: as a page for people, as the bare list of
   * `http.server` (`"plain"`, with its error pages), or not at all: then it is not found. Programs
   * get the same as JSON or text, by Accept or `?format=`.
   *
   * @default {"page"}
   */
  readonly listing?: "page" | "plain" | false | undefined;
  /**
   * Whether a README in a directory is shown below its list.
   *
   * @default {true}
   */
  readonly readme?: boolean | undefined;
  /**
   * Whether a directory can be taken along as an archive, `?archive=zip`, and within which bounds.
   *
   * @default {true}
   */
  readonly archive?: boolean | ArchiveOptions | undefined;
  /**
   * Whether, and how, files are received: by PUT, and from forms.
   *
   * @default {false}
   */
  readonly upload?: boolean | UploadOptions | undefined;
  /**
   * Whether names that begin with a dot are served. `.well-known` always is.
   *
   * @default {false}
   */
  readonly dotfiles?: boolean | undefined;
  /**
   * Whether symbolic links may lead out of the root.
   *
   * @default {false}
   */
  readonly followSymlinks?: boolean | undefined;
  /**
   * Whether a target with doubled slashes, such as `//a//b`, is answered as the one without
   * them, and not redirected there: for clients that follow no redirects. What a script finds
   * behind its name stays as it came.
   *
   * @default {false}
   */
  readonly mergeSlashes?: boolean | undefined;
  /**
   * Whether, and how, scripts are run (RFC 3875): POST and all other methods then reach
   * them.
   *
   * @default {false}
   */
  readonly cgi?: boolean | CgiOptions | undefined;
  /**
   * The version of HTTP: with `"HTTP/1.0"` every answer tells the client to close the
   * connection, and the status line stays `HTTP/1.1`, as RFC 9110 §2.5 wants it.
   *
   * @default {"HTTP/1.1"}
   */
  readonly protocol?: "HTTP/1.1" | "HTTP/1.0" | undefined;
  /**
   * How many requests are answered at a time, from the request to the last byte of its
   * answer; more are answered 503 with Retry-After. Connections on which nothing is
   * asked do not count.
   *
   * @default {"any number"}
   */
  readonly maxConnections?: number | undefined;
  /**
   * The value of the Server field; `false` leaves it out.
   *
   * @default {"the name and version of this package and of the runtime"}
   */
  readonly serverVersion?: string | false | undefined;
  /**
   * Called once for every request after its answer was sent; `false` for nothing.
   *
   * @default {"the lines of http.server on the standard error output"}
   */
  readonly log?: Log | false | undefined;
  /**
   * Called for every line that a script writes to its standard error output.
   *
   * @default {"as the log of http.server; nothing when `log` is false"}
   */
  readonly scriptLog?: ScriptLog | undefined;
  /**
   * Asks everybody for a user and a password (RFC 7617), before anything is looked up.
   * Passwords travel readable by all unless the connection is encrypted.
   *
   * @default {"nobody is asked"}
   */
  readonly basicAuth?: BasicAuthOptions | undefined;
  /**
   * Proxies whose Forwarded and X-Forwarded-For fields tell who asks: networks such as
   * `10.0.0.0/8`, addresses, `loopback`, `private`, `unix`.
   *
   * @default {[]}
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Where the files are: the disk, or something like it in memory. */
  readonly files?: Files | undefined;
  /** The time. */
  readonly clock?: Clock | undefined;
}

/** What a user may say of a site beside whose handler another one answers. */
export interface PassingOptions extends Omit<SiteOptions, "fallthrough"> {
  /** See {@linkcode SiteOptions}. */
  readonly fallthrough: true;
}

/** What a user may say of archives; everything may be left out. */
export interface ArchiveOptions {
  /**
   * How many entries an archive may have.
   *
   * @default {100000}
   */
  readonly maxEntries?: number | undefined;
  /**
   * How many bytes of files an archive may have.
   *
   * @default {"any number"}
   */
  readonly maxBytes?: number | undefined;
  /**
   * How many archives are sent at a time; more are answered 503 with Retry-After.
   *
   * @default {4}
   */
  readonly maxAtOnce?: number | undefined;
}

/** What a user may say of receiving files; everything may be left out. */
export interface UploadOptions {
  /**
   * The directory below the root into which, and below which, files may be sent.
   *
   * @default {"/"}
   */
  readonly directory?: string | undefined;
  /**
   * Whether nobody sees what is in that directory: a drop box.
   *
   * @default {false}
   */
  readonly only?: boolean | undefined;
  /**
   * How large a file may be, in bytes.
   *
   * @default {"any size"}
   */
  readonly maxFile?: number | undefined;
  /**
   * How much may be received in all, in bytes, from the time when the handler was made; each file
   * counts as 4 KiB at least.
   *
   * @default {"any number"}
   */
  readonly maxTotal?: number | undefined;
  /**
   * How much space stays free on the disk, in bytes.
   *
   * @default {268435456}
   */
  readonly keepFree?: number | undefined;
  /**
   * How many files are received at a time; more are answered 503 with Retry-After.
   *
   * @default {32}
   */
  readonly maxAtOnce?: number | undefined;
  /**
   * What becomes of a file whose name is taken: it gets another name, such as `a (2).txt`, it is
   * refused (409), or it takes the place of the other.
   *
   * @default {"rename"}
   */
  readonly onDuplicate?: "rename" | "refuse" | "overwrite" | undefined;
  /**
   * Asks those who send for a user and a password, and nobody else.
   *
   * @default {"nobody is asked, but by basicAuth"}
   */
  readonly auth?: BasicAuthOptions | undefined;
}
