/**
 * The site that answers. Settings that are read again put another one in its place; what the old
 * one has begun to answer, it finishes.
 *
 * @module
 */

import { createSiteHandler } from "../handler/handler.ts";
import type { Responder } from "../ports/message.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Site } from "../site/site.ts";
import { checkApplication } from "./checks.ts";
import type { Logs } from "./log_writer.ts";
import type { Meters } from "./meters.ts";
import { prepare, type Ready, toSite, watched } from "./prepare.ts";
import type { ProgramReload } from "./reload.ts";
import type { Settings } from "./settings.ts";
import type { Share } from "./share.ts";

/** A site that could answer. */
export interface OpenSite {
  readonly kind: "site";
  readonly ready: Ready;
  readonly site: Site;
  readonly responder: Responder;
  /** Reads the rules of host files again. */
  readonly reread: () => Promise<void>;
  /** Removes what nobody has continued, where files are received. Returns what ends it. */
  readonly keepClean: () => (() => void) | undefined;
}

/** Why there is none. */
export interface NoSite {
  readonly kind: "failed";
  readonly message: string;
  /** Whether the settings themselves are wrong, and not what they name. */
  readonly misused: boolean;
}

/** What outlives a site, and takes part in each that answers. */
export interface SiteParts {
  readonly logs: Logs;
  readonly share?: Share | undefined;
  readonly meters?: Meters | undefined;
  readonly reload?: ProgramReload | undefined;
  /** Whether it tells what it reads in host files: one of several threads does. */
  readonly tells: boolean;
}

/** Opens and checks all that a site takes: it could answer at once. */
export async function openSite(
  settings: Settings,
  { logs, share, meters, reload, tells }: SiteParts,
  runtime: Runtime,
): Promise<OpenSite | NoSite> {
  const prepared = await prepare(settings, runtime, logs);
  if (prepared.kind === "failed") return { ...prepared, misused: false };
  const ready = watched(prepared, share, meters);
  const plain = toSite(settings, ready, meters?.runtime ?? runtime, tells);
  if (typeof plain === "string") {
    return { kind: "failed", message: plain, misused: true };
  }
  const site = reload?.extend(plain) ?? plain;
  const uploads = site.upload && await import("./upload_checks.ts");
  const refused = await uploads?.checkUploads(site, runtime) ??
    await checkApplication(site);
  if (refused !== undefined) return { ...refused, misused: false };
  const handler = createSiteHandler(site, meters?.caches);
  await handler.ready();
  const responder = share?.guard(handler, site) ?? handler;
  const keepClean = () => uploads?.keepClean(site);
  const reread = handler.ready;
  return { kind: "site", ready, site, responder, reread, keepClean };
}

/** The site that answers. */
export interface LiveSite {
  /** Answers by the site of the moment. */
  readonly responder: Responder;
  readonly current: () => OpenSite;
  readonly replace: (next: OpenSite) => void;
  /** What takes part in the next one, too. */
  readonly parts: SiteParts;
}

/** Lets a site answer, until another replaces it. */
export function createLiveSite(
  first: OpenSite,
  parts: SiteParts,
): LiveSite {
  let current = first;
  let endCleaning = first.keepClean();
  return {
    responder: {
      answer: (request, source) => current.responder.answer(request, source),
    },
    current: () => current,
    replace: (next) => {
      endCleaning?.();
      endCleaning = next.keepClean();
      current = next;
      parts.reload?.follow(next);
    },
    parts,
  };
}
