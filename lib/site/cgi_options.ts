/**
 * The options of CGI, as a user writes them.
 *
 * @module
 */

import type { ScriptLine } from "../ports/exchange.ts";
import type { OpenSpool, Processes } from "../ports/processes.ts";

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
  readonly directories?: readonly string[] | undefined;
  /**
   * Scripts anywhere, by the extension of their names: the program that runs them, such
   * as `{ ".php": "php-cgi", ".py": ["python3", "-u"] }`. What has such an extension is
   * never sent as it is, and `index.php` is an index.
   *
   * @default {{}}
   */
  readonly extensions?:
    | Readonly<Record<string, string | readonly string[]>>
    | undefined;
  /**
   * Variables for scripts, besides PATH and the meta-variables, which count more. Nothing
   * else of the environment reaches them.
   *
   * @default {{}}
   */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether scripts are told the Authorization field, and so passwords.
   *
   * @default {false}
   */
  readonly authorization?: boolean | undefined;
  /**
   * Whether a query without `=` is given to scripts as arguments (RFC 3875 §4.4). Some
   * interpreters take such words for flags of their own (CVE-2012-1823).
   *
   * @default {false}
   */
  readonly indexQuery?: boolean | undefined;
  /**
   * Where SERVER_PORT comes from: the socket, or, as with `UseCanonicalName Off` of Apache, the
   * Host field, whose name is SERVER_NAME in both cases. A port that is mapped to the socket is
   * known only by Host. What a trusted proxy tells counts more.
   *
   * @default {"socket"}
   */
  readonly canonicalName?: CanonicalName | undefined;
  /**
   * Whether text that scripts write is compressed on the way. It then leaves when the
   * coder has enough of it, not when the script writes it. Beyond 16 answers that are coded at
   * a time, those for files among them, it is sent as it is.
   *
   * @default {false}
   */
  readonly compress?: boolean | undefined;
  /**
   * How long a script may take for its header block behind the last byte that it was
   * given, and a client between the bytes of its request, in milliseconds.
   *
   * @default {30000}
   */
  readonly timeout?: number | undefined;
  /**
   * How much content a request for a script may have, in bytes.
   *
   * @default {1073741824}
   */
  readonly maxBody?: number | undefined;
  /**
   * How many scripts run at a time.
   *
   * @default {64}
   */
  readonly maxProcesses?: number | undefined;
  /**
   * Whose rights scripts have: a name, or numbers as in `1000:1000`. Only root has a
   * choice.
   *
   * @default {"nobody for root, else whoever runs the program"}
   */
  readonly user?: string | undefined;
  /**
   * Called for every line that a script writes to its standard error output; `false` for
   * nothing.
   *
   * @default {"lines on the standard error output, unless `log` is `false`"}
   */
  readonly stderr?: ((line: ScriptLine) => unknown) | false | undefined;
  /** What runs scripts: the runtime, or something like it in tests. */
  readonly processes?: Processes | undefined;
  /** Where content of unknown length waits: memory and then a temporary file. */
  readonly openSpool?: OpenSpool | undefined;
}
