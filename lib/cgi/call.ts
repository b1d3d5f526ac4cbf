/**
 * A request that a script is to answer, and what comes of it. Types only.
 *
 * @module
 */

import type { Compression } from "../files/compression.ts";
import type { Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { PathTarget, Script } from "../http/resource.ts";
import type { Peer } from "../ports/exchange.ts";
import type { PathStamp } from "../ports/files.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";
import type { OutputReader } from "./response.ts";
import type { Supervised } from "./supervise.ts";

/** A site that runs scripts. */
export interface ScriptSite extends Site {
  /** How. */
  readonly cgi: Cgi;
  /** What codes their documents. */
  readonly compression: Compression;
}

/** A request that a script is to answer. */
export interface Call {
  /** The script. */
  readonly script: Script;
  /** What was asked for. */
  readonly target: PathTarget;
  /** The request. */
  readonly request: Request;
  /** Who asks. */
  readonly peer: Peer;
}

/** A script that answers a request. */
export interface Conversation extends Call {
  /** The script as it runs. */
  readonly running: Supervised;
  /** Reads what it writes. */
  readonly reader: OutputReader;
  /** Tells whether it could be another one than the script that was found. */
  readonly stamp: PathStamp;
}

/** What a script leads to. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply }
  | {
    readonly kind: "redirect";
    /** The path and query of the request to answer instead. */
    readonly location: string;
    /** Fields to add to its answer. */
    readonly cookies: Fields;
  };
