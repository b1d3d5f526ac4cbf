/**
 * What the walk of a request is told, and what it gives: a decision, which is plain data.
 *
 * @module
 */

import type { ArchiveState } from "../archive/archive_state.ts";
import type { runScript } from "../cgi/run.ts";
import type { ScriptState } from "../cgi/script_state.ts";
import type { Context } from "../files/context.ts";
import type { PreparedReply } from "../files/representation_cache.ts";
import type { Reply } from "../http/reply.ts";
import type { PathTarget, Resource } from "../http/resource.ts";
import type { PeerFinder } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { UploadState } from "../upload/state.ts";
import type { SentAnswer } from "./send.ts";

/** A request on its way. */
export interface Exchange {
  readonly request: HttpRequest;
  /** Who sent it, with the name that they have logged in by. */
  readonly peer: PeerFinder;
  /** The answer, where nothing is to be looked up. */
  readonly refusal?: Reply | undefined;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
}

/** The context of a handler, which has more than files. */
export interface WalkContext extends Context {
  readonly scripts: ScriptState;
  /** What is loaded when it is needed first: each `import()` costs again, as much as a few system calls. */
  readonly loaded: { runScript?: typeof runScript };
  readonly archives: ArchiveState;
  readonly uploads: UploadState;
}

/** A file that was found among known names, and the target that names it. */
export interface KnownFile {
  readonly target: PathTarget;
  readonly file: Resource & { readonly kind: "file" };
}

/** A reply as plain data. */
export interface Decision {
  readonly reply: Reply;
  readonly prepared?: PreparedReply | undefined;
  /** Stores for further requests what was sent. */
  readonly store?:
    | ((sent: SentAnswer, peer: PeerFinder) => void)
    | undefined;
}
