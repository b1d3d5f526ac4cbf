/**
 * The viewer: it shows files in place, one after the other. The fragment of the URL says what is
 * shown, so that Back closes it, and a link to it can be passed on.
 *
 * @module
 */

import { type ContentKind, contentKind, createContent } from "./content.ts";
import { focusLink, openLinks, table } from "./rows.ts";
import {
  createFrame,
  type Frame,
  showContent,
  showPlace,
} from "./viewer_frame.ts";
import { listen } from "./viewer_input.ts";

/** What the fragment begins with; the reference of the entry follows. */
const FRAGMENT = "#view=";

/** A link that is shown, and how. */
interface Shown {
  readonly link: HTMLAnchorElement;
  readonly kind: ContentKind;
  readonly name: string;
}

/** The frame, and what is in it. */
interface Viewer {
  readonly frame: Frame;
  /** The title of the page. */
  readonly title: string;
  shown: Shown | undefined;
  /** Ends what is shown: a text that is read, a video that plays. */
  stop: AbortController;
}

/** Opens what can be shown. What else is clicked, or with a modifier, stays a link. */
export function startViewer(): void {
  if (!("HTMLDialogElement" in window)) return;
  const viewer: Viewer = {
    frame: createFrame(),
    title: document.title,
    shown: undefined,
    stop: new AbortController(),
  };
  const { dialog, stage } = viewer.frame;
  document.body.append(dialog);
  listen(viewer.frame, (by) => go(viewer, by));
  table()?.addEventListener("click", (event) => {
    const shown = clicked(event as MouseEvent);
    if (shown === undefined) return;
    event.preventDefault();
    history.pushState({ pushed: true }, "", fragmentOf(shown));
    follow(viewer);
  });
  dialog.addEventListener("close", () => leave(viewer));
  stage.addEventListener("ended", () => playNext(viewer), true);
  addEventListener("popstate", () => follow(viewer));
  follow(viewer);
}

function clicked(event: MouseEvent): Shown | undefined {
  const { button, ctrlKey, shiftKey, altKey, metaKey, target } = event;
  if (button !== 0 || ctrlKey || shiftKey || altKey || metaKey) {
    return undefined;
  }
  const link = (target as Element).closest<HTMLAnchorElement>("a[href]");
  return link === null ? undefined : toShown(link)[0];
}

function toShown(link: HTMLAnchorElement): readonly Shown[] {
  const kind = contentKind(link);
  return kind === undefined
    ? []
    : [{ link, kind, name: link.textContent ?? "" }];
}

function allShown(): readonly Shown[] {
  return openLinks().flatMap(toShown);
}

function fragmentOf({ link }: Shown): string {
  return FRAGMENT + link.getAttribute("href");
}

/** Shows what the URL says. */
function follow(viewer: Viewer): void {
  const all = allShown();
  const at = all.findIndex((shown) => fragmentOf(shown) === location.hash);
  const shown = all[at];
  if (shown === undefined) return viewer.frame.dialog.close();
  show(viewer, shown);
  showPlace(viewer.frame, at, all.length);
  preloadAfter(viewer, all[at + 1]);
}

function show(viewer: Viewer, shown: Shown): void {
  viewer.stop.abort();
  viewer.stop = new AbortController();
  viewer.shown = shown;
  const { link, kind, name } = shown;
  const content = createContent(kind, link, name, viewer.stop.signal);
  showContent(viewer.frame, kind, name, link.href, content);
  document.title = `${name} – ${viewer.title}`;
}

/** The next picture is loaded when this one is there, and no other. */
function preloadAfter({ frame, stop }: Viewer, next: Shown | undefined): void {
  if (next?.kind !== "image") return;
  const { signal } = stop;
  frame.stage.addEventListener("load", () => {
    new Image().src = next.link.href;
  }, { capture: true, once: true, signal });
}

/** Goes on by some entries; `Infinity` is the last. */
function go(viewer: Viewer, by: number): void {
  const all = allShown();
  const at = all.findIndex(({ link }) => link === viewer.shown?.link) + by;
  const shown = all[Math.min(Math.max(at, 0), all.length - 1)];
  if (shown === undefined || shown.link === viewer.shown?.link) return;
  history.replaceState(history.state, "", fragmentOf(shown));
  follow(viewer);
}

/** A record goes on with its next track. */
function playNext(viewer: Viewer): void {
  const all = allShown();
  const at = all.findIndex(({ link }) => link === viewer.shown?.link);
  if (all[at]?.kind !== "audio" || all[at + 1]?.kind !== "audio") return;
  go(viewer, 1);
  viewer.frame.stage.querySelector("audio")?.play();
}

function leave(viewer: Viewer): void {
  viewer.stop.abort();
  viewer.frame.stage.replaceChildren();
  document.title = viewer.title;
  if (viewer.shown !== undefined) focusLink(viewer.shown.link);
  viewer.shown = undefined;
  if (!location.hash.startsWith(FRAGMENT)) return;
  if (history.state?.pushed) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}
