/**
 * The options of a site and of CGI, as a user writes them.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import type { MediaTypeOptions } from "../http/media_type.ts";
import type { Log, Peer, ScriptLine, ScriptLog } from "../ports/exchange.ts";
import type { Awaitable, Files } from "../ports/files.ts";
import type { OpenSpool, Processes } from "../ports/processes.ts";
import type { Clock } from "../ports/runtime.ts";
import type { OverrideOptions } from "./overrides.ts";

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
export interface SiteOptions extends MediaTypeOptions, OverrideOptions {
  /** The directory to serve. A relative one is below the working directory. */
  readonly root: string;
  /**
   * Where the root is in URLs, percent-encoded: below `/static`, `/static/a` is `a`, and
   * `/staticfoo` is nothing.
   *
   * @default {"/"}
   */
  readonly urlRoot?: string | undefined;
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
    readonly (readonly [glob: string, fields: FieldsInit])[];
  /**
   * The value of Cache-Control, or values by glob, of which the last that matches
   * counts. Errors and redirects are never cached.
   *
   * @default {"no-cache"}
   */
  readonly cacheControl?:
    | string
    | readonly (readonly [glob: string, value: string])[];
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

/** What SERVER_PORT is: the port of the socket, or what the client has named in Host. */
export type CanonicalName = "socket" | "host";

/** What a user may say of CGI (RFC 3875); everything may be left out. */
export interface CgiOptions {
  /**
   * The directories below the root in which everything is a script, and nothing is sent
   * as it is; those below them, too.
   *
   * @default {["/cgi-bin", "/htbin"]}
   */
  readonly directories?: readonly string[];
  /**
   * Scripts anywhere, by the extension of their names: the program that runs them, such
   * as `{ ".php": "php-cgi", ".py": ["python3", "-u"] }`. What has such an extension is
   * never sent as it is, and `index.php` is an index.
   *
   * @default {{}}
   */
  readonly extensions?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Variables for scripts, besides PATH and the meta-variables, which count more. Nothing
   * else of the environment reaches them.
   *
   * @default {{}}
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether scripts are told the Authorization field, and so passwords.
   *
   * @default {false}
   */
  readonly authorization?: boolean;
  /**
   * Whether a query without `=` is given to scripts as arguments (RFC 3875 §4.4). Some
   * interpreters take such words for flags of their own (CVE-2012-1823).
   *
   * @default {false}
   */
  readonly indexQuery?: boolean;
  /**
   * Where SERVER_PORT comes from: the socket, or, as with `UseCanonicalName Off` of Apache, the
   * Host field, whose name is SERVER_NAME in both cases. A port that is mapped to the socket is
   * known only by Host. What a trusted proxy tells counts more.
   *
   * @default {"socket"}
   */
  readonly canonicalName?: CanonicalName;
  /**
   * Whether text that scripts write is compressed on the way. It then leaves when the
   * coder has enough of it, not when the script writes it. Beyond 16 answers that are coded at
   * a time, those for files among them, it is sent as it is.
   *
   * @default {false}
   */
  readonly compress?: boolean;
  /**
   * How long a script may take for its header block behind the last byte that it was
   * given, and a client between the bytes of its request, in milliseconds.
   *
   * @default {30000}
   */
  readonly timeout?: number;
  /**
   * How much content a request for a script may have, in bytes.
   *
   * @default {1073741824}
   */
  readonly maxBody?: number;
  /**
   * How many scripts run at a time.
   *
   * @default {64}
   */
  readonly maxProcesses?: number;
  /**
   * Whose rights scripts have: a name, or numbers as in `1000:1000`. Only root has a
   * choice.
   *
   * @default {"nobody for root, else whoever runs the program"}
   */
  readonly user?: string;
  /**
   * Called for every line that a script writes to its standard error output; `false` for
   * nothing.
   *
   * @default {"lines on the standard error output, unless `log` is `false`"}
   */
  readonly stderr?: ((line: ScriptLine) => unknown) | false;
  /** What runs scripts: the runtime, or something like it in tests. */
  readonly processes?: Processes;
  /** Where content of unknown length waits: memory and then a temporary file. */
  readonly openSpool?: OpenSpool;
}
