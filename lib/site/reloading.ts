/**
 * What live reload adds to a site: pages that follow what changes on the disk. The program sets it; a
 * handler does without.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import type { Reply } from "../http/reply.ts";
import type { Representation } from "../http/representation.ts";
import type { Candidate, PathTarget } from "../http/resource.ts";
import type { Log, LogRecord } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";

/** Answers of its own, and the script in pages. */
export interface Reloading {
  /** Answers requests below its own path; `undefined` for all others. */
  readonly reply: (
    target: PathTarget,
    request: HttpRequest,
    now: number,
  ) => Reply | undefined;
  /** Whether a representation is a page that a browser is to show. */
  readonly isPage: (
    candidate: Pick<Candidate, "coding" | "mediaType">,
    request: HttpRequest,
  ) => boolean;
  /** What the choice between a page with the script and one without it depends on. */
  readonly varyOf: (mediaType: string) => Fields;
  /** A page with the script, where its policy lets that run. */
  readonly withScript: (
    page: Representation,
    path: string,
    request: HttpRequest,
  ) => Representation;
  /** The page of an error with the script. */
  readonly withScriptInError: (reply: Reply, request: HttpRequest) => Reply;
}

interface ReloadParts {
  readonly log: Log | undefined;
  readonly reload: Reloading | undefined;
}

/** The same site with live reload, whose own requests stand in no log. */
export function withReloading<S extends ReloadParts>(
  site: S,
  reload: Reloading,
  isOwn: (record: LogRecord) => boolean,
): S {
  const { log } = site;
  return {
    ...site,
    reload,
    log: log && ((record) => isOwn(record) ? undefined : log(record)),
  };
}
