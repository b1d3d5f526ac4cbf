/**
 * Live reload, joined: what a site answers besides its own, and what it is told of changes.
 *
 * @module
 */

import { ALLOW_READ } from "../http/registry.ts";
import { wholeBody } from "../http/body.ts";
import { percentEncode } from "../http/metadata.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import { asksFromElsewhere } from "../http/accept.ts";
import { optionsReply, type Reply } from "../http/reply.ts";
import {
  notModifiedReply,
  type Representation,
  wholeReply,
} from "../http/representation.ts";
import type { PathTarget } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { notAllowedReply, unavailableReply } from "../pages/failure.ts";
import type { LogRecord } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Reloading } from "../site/reloading.ts";
import { CLIENT_SCRIPT } from "./client_script.ts";
import {
  errorWithScript,
  isPageType,
  isShown,
  pageWithScript,
  type ScriptTag,
  varyOf,
} from "./page.ts";
import { createStreams, type ReloadEvent, type Streams } from "./streams.ts";

/** A dot name, which is hidden unless a user wants them: it hides nothing of a site. */
const DIRECTORY = ".serve";
const SCRIPT_NAME = "reload.js";
const EVENTS_NAME = "events";

/** How many pages are remembered whose policy forbids the script. */
const MOST_PAGES = 256;

/** Live reload, whichever site there is. */
export interface Reload {
  /** What a site below a mount does. */
  readonly below: (mount: readonly string[]) => ReloadBelow;
  /** Tells browsers of a change. */
  readonly tell: (event: ReloadEvent) => void;
  /** Ends the streams of events. */
  readonly end: () => void;
}

interface ReloadBelow {
  readonly reloading: Reloading;
  /** Whether a record of the log is of a request of its own that went well. */
  readonly isOwn: (record: LogRecord) => boolean;
}

/** Makes live reload; `onForbidden` is told once of each page whose policy forbids the script. */
export function createReload(
  onForbidden: (path: string) => void,
  streams: Streams = createStreams(crypto.randomUUID().slice(0, 8)),
): Reload {
  const isNews = createNews();
  const tellForbidden = (path: string) => {
    if (isNews(path)) onForbidden(path);
  };
  return {
    below: (mount) => {
      const path = `/${
        [...mount, DIRECTORY].map((name) => `${percentEncode(name)}/`).join("")
      }`;
      return {
        reloading: reloadingBelow(path, streams, tellForbidden),
        isOwn: ({ target, status }) => target.startsWith(path) && status < 400,
      };
    },
    tell: streams.tell,
    end: streams.end,
  };
}

function reloadingBelow(
  path: string,
  streams: Streams,
  onForbidden: (path: string) => void,
): Reloading {
  const tagAt = createTag(`${path}${SCRIPT_NAME}`);
  const tag = () => tagAt(streams.id());
  return {
    reply: (target, request, now) => ownReply(target, request, now, streams),
    isPage: ({ coding, mediaType }, request) =>
      coding === undefined && isPageType(mediaType) && isShown(request),
    varyOf,
    withScript: (page, path, { url }) => {
      const made = pageWithScript(page, tag(), isSecure(url));
      if (made === "forbidden") onForbidden(path);
      return typeof made === "string" ? page : made;
    },
    withScriptInError: (reply, request) =>
      reply.early !== true && isRead(request) && isShown(request)
        ? errorWithScript(reply, tag(), isSecure(request.url))
        : reply,
  };
}

function isSecure(url: string): boolean {
  return url.startsWith("https:");
}

/** To load the answer to a form again would send it again. */
function isRead({ method }: HttpRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** The element for a number; the last one is kept. */
function createTag(src: string): (id: string) => ScriptTag {
  let last: ScriptTag | undefined;
  return (id) => {
    if (last?.id === id) return last;
    const text = `\n<script async src="${src}" data-id="${id}"></script>\n`;
    return last = { id, bytes: new TextEncoder().encode(text) };
  };
}

/** Whether something is told for the first time; what was told the longest time ago is forgotten. */
function createNews(): (text: string) => boolean {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return false;
    told.add(text);
    const [oldest = ""] = told;
    if (told.size > MOST_PAGES) told.delete(oldest);
    return true;
  };
}

/** The script, or a stream of events. */
function ownReply(
  { segments: [folder, name, ...more], directory }: PathTarget,
  request: HttpRequest,
  now: number,
  streams: Streams,
): Reply | undefined {
  if (folder !== DIRECTORY || more.length > 0 || directory) return undefined;
  if (name !== SCRIPT_NAME && name !== EVENTS_NAME) return undefined;
  if (request.method === "OPTIONS") return optionsReply();
  if (!isRead(request)) return notAllowedReply(ALLOW_READ);
  return name === SCRIPT_NAME
    ? scriptReply(request, now)
    : eventsReply(request, streams);
}

function scriptReply(request: HttpRequest, now: number): Reply {
  const { text, hash } = CLIENT_SCRIPT;
  const bytes = new TextEncoder().encode(text);
  const script: Representation = {
    metadata: [
      ["Content-Type", "text/javascript; charset=utf-8"],
      ["Cache-Control", "no-cache"],
    ],
    validators: { entityTag: { weak: false, opaque: hash } },
    size: bytes.length,
    body: wholeBody({ kind: "bytes", bytes }),
  };
  return evaluatePreconditions(request, script.validators, now) ===
      "not-modified"
    ? notModifiedReply(script, now)
    : wholeReply(script, now);
}

/** Any page of the web could take all places; with CORS it could read names of files. */
const FOREIGN: Reply = errorReply(403, {
  message: "Pages of other origins get no events",
});

/** Nothing may hold events back: no cache, no coding, no buffer of nginx. */
function eventsReply(request: HttpRequest, streams: Streams): Reply {
  if (asksFromElsewhere(request) === true) return FOREIGN;
  if (streams.isFull()) {
    return unavailableReply("Too many pages wait for changes");
  }
  return {
    status: 200,
    fields: [
      ["Content-Type", "text/event-stream"],
      ["Cache-Control", "no-store"],
      ["X-Accel-Buffering", "no"],
    ],
    body: { kind: "stream", open: streams.open, discard: () => {} },
  };
}
