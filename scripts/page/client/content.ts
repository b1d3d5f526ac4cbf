/**
 * What the viewer shows of a file: an element for each kind.
 *
 * @module
 */

import { element, symbol } from "./element.ts";
import { kindOf } from "./rows.ts";
import { createSource } from "./source.ts";

/** The kinds of content. */
export type ContentKind =
  | "image"
  | "video"
  | "audio"
  | "pdf"
  | "text"
  | "article";

/** How a link is shown; `undefined` where it stays a link. */
export function contentKind(link: HTMLAnchorElement): ContentKind | undefined {
  const kind = kindOf(link);
  switch (kind) {
    case "image":
    case "video":
    case "audio":
      return kind;
    case "pdf":
      return navigator.pdfViewerEnabled ? kind : undefined;
    case "text":
      return textKind(link.pathname);
    default:
      return undefined;
  }
}

/** A page of somebody else opens as a page; its source in ours would surprise. */
function textKind(path: string): ContentKind | undefined {
  if (/\.[sx]?html?$/i.test(path)) return undefined;
  return /\.(?:md|markdown)$/i.test(path) ? "article" : "text";
}

/** The content of a link; `signal` ends it. */
export function createContent(
  kind: ContentKind,
  { href }: HTMLAnchorElement,
  name: string,
  signal: AbortSignal,
): HTMLElement {
  switch (kind) {
    case "image":
      return element("img", { src: href, alt: name });
    case "video":
      return createPlayer(kind, href, signal);
    case "audio":
      return element(
        "div",
        { class: "record" },
        symbol(kind),
        createPlayer(kind, href, signal),
      );
    case "pdf":
      return element("iframe", { src: href, title: name });
    case "text":
      return createSource(href, signal);
    case "article":
      // The server makes the page: nothing in it may run, links stay in the frame, and the
      // fragment takes its head away.
      return element("iframe", {
        sandbox: "",
        src: `${href}?view#text`,
        title: name,
      });
  }
}

function createPlayer(
  kind: "video" | "audio",
  src: string,
  signal: AbortSignal,
): HTMLMediaElement {
  const player = element(kind, {
    controls: "",
    playsinline: "",
    preload: "metadata",
    src,
  });
  signal.addEventListener("abort", () => {
    player.pause();
    // An element without a source gives back its connection.
    player.removeAttribute("src");
    player.load();
  });
  return player;
}
