/**
 * The pictures of a grid, and a frame of each video: a few originals at a time, and only of
 * what is near the window.
 *
 * @module
 */

import { element, symbol } from "./element.ts";
import { isGrid } from "./grid.ts";
import { kindOf, openLinks, rowOf } from "./rows.ts";

/** How many originals are loaded at a time. */
const MOST_LOADING = 6;
/** How long one keeps its place, in milliseconds. */
const PATIENCE = 10_000;
/** How often a video is looked at that shows nothing yet. */
const MOST_TRIES = 20;

/** A tile that is loaded when its turn comes: resolves when that has ended. */
interface Tile {
  readonly element: Element;
  readonly load: () => Promise<unknown>;
}

/**
 * Takes over from `loading=lazy`, which loads all at once that are near. It begins while the page is
 * parsed, because pictures are loaded as soon as they have a place in it.
 */
export function startPictures(): void {
  if (!("IntersectionObserver" in window) || !isGrid()) return;
  const add = createQueue();
  const parser = new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (node instanceof HTMLImageElement && rowOf(node)) add(pictureOf(node));
    }
  });
  parser.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    // What was parsed last is told before this ends.
    setTimeout(() => parser.disconnect());
    for (const link of openLinks()) {
      if (kindOf(link) === "video") {
        add({
          element: link,
          load: () => showFrame(link),
        });
      }
    }
  });
}

function pictureOf(image: HTMLImageElement): Tile {
  const { src } = image;
  image.removeAttribute("src");
  // Else it would keep its place in the queue while it waits to be seen.
  image.loading = "eager";
  image.addEventListener("error", () => image.replaceWith(symbol("image")));
  const load = () => {
    image.src = src;
    return whichever(image, "load", "error");
  };
  return { element: image, load };
}

/** Shows a frame of a video, and gives its connection back. */
async function showFrame(link: HTMLAnchorElement): Promise<void> {
  const video = element("video", { preload: "metadata" });
  video.muted = true;
  // Chromium 156 draws nothing of a video that was not sought in.
  video.src = `${link.href}#t=0.5`;
  await whichever(video, "loadeddata", "error");
  const canvas = element("canvas");
  for (let tries = 0; tries < MOST_TRIES && video.readyState > 1; tries++) {
    if (draw(video, canvas)) {
      link.prepend(canvas);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  video.removeAttribute("src");
  video.load();
}

/** Draws what a video shows; `false` where that is nothing yet. */
function draw(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
  const { videoWidth: width, videoHeight: height } = video;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return false;
  context.drawImage(video, 0, 0);
  return context.getImageData(0, 0, 1, 1).data[3] !== 0;
}

function whichever(
  target: EventTarget,
  ...events: readonly string[]
): Promise<unknown> {
  return new Promise((resolve) => {
    for (const event of events) {
      target.addEventListener(event, resolve, { once: true });
    }
    setTimeout(resolve, PATIENCE);
  });
}

/** A queue of what is near the window; what is no longer leaves it. */
function createQueue(): (tile: Tile) => void {
  const tiles = new Map<Element, Tile>();
  const waiting = new Set<Element>();
  let loading = 0;
  const advance = async (): Promise<void> => {
    const [next] = waiting;
    if (next === undefined || loading >= MOST_LOADING) return;
    waiting.delete(next);
    observer.unobserve(next);
    loading++;
    advance();
    await tiles.get(next)?.load();
    loading--;
    advance();
  };
  const observer = new IntersectionObserver((changes) => {
    for (const { isIntersecting, target } of changes) {
      if (isIntersecting) waiting.add(target);
      else waiting.delete(target);
    }
    advance();
  }, { rootMargin: "50%" });
  return (tile) => {
    tiles.set(tile.element, tile);
    observer.observe(tile.element);
  };
}
