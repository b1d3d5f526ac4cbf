/**
 * Clicks, keys and fingers in the viewer.
 *
 * @module
 */

import { element } from "./element.ts";
import { isKey } from "./storage.ts";
import { type Frame, toggleSize } from "./viewer_frame.ts";

/** Goes on by some entries. */
type Go = (by: number) => void;

/** How far a finger must move, in CSS pixels. */
const SWIPE = 60;
/** How far a key goes. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

/** Listens to everything. */
export function listen(frame: Frame, go: Go): void {
  const { dialog, stage, previous, next, zoom } = frame;
  previous.onclick = () => go(-1);
  next.onclick = () => go(1);
  zoom.onclick = () => toggleSize(frame);
  stage.addEventListener("click", (event) => {
    if (event.target instanceof HTMLImageElement) toggleSize(frame, event);
  });
  dialog.addEventListener("keydown", (event) => press(frame, go, event));
  stage.addEventListener("error", (event) => replaceBroken(frame, event), true);
  listenToFingers(stage, go);
}

function press(frame: Frame, go: Go, event: KeyboardEvent): void {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  // A player has keys of its own.
  if (target instanceof HTMLMediaElement) return;
  const step = scrolls(frame, key) ? undefined : STEPS[key];
  if (step !== undefined) go(step);
  else if (key === "z" && isKey(key) && !frame.zoom.hidden) toggleSize(frame);
  else if (key !== " " || !togglePlayer(frame, target)) return;
  event.preventDefault();
}

/** Whether the browser scrolls: a text by Home and End, a picture of actual size by arrows. */
function scrolls({ stage }: Frame, key: string): boolean {
  return stage.matches(key.startsWith("Arrow") ? ".actual" : ".text");
}

function togglePlayer({ stage }: Frame, target: EventTarget | null): boolean {
  const player = stage.querySelector<HTMLMediaElement>("video, audio");
  if (player === null || target !== stage) return false;
  if (player.paused) player.play().catch(() => {});
  else player.pause();
  return true;
}

function replaceBroken({ zoom }: Frame, { target }: Event): void {
  zoom.hidden = true;
  const text = "The browser cannot show it. You can download it.";
  const note = element("p", { role: "status", class: "note" }, text);
  (target as Element).replaceWith(note);
}

/** A swipe goes on, but not where the finger scrolls or moves a slider. */
function listenToFingers(stage: HTMLElement, go: Go): void {
  let start: Touch | undefined;
  const passive = { passive: true };
  stage.addEventListener("touchstart", ({ touches, target }) => {
    const isFree = touches.length === 1 &&
      !(target instanceof HTMLMediaElement) &&
      stage.scrollWidth <= stage.clientWidth &&
      (visualViewport?.scale ?? 1) === 1;
    start = isFree ? touches[0] : undefined;
  }, passive);
  stage.addEventListener("touchend", ({ changedTouches: [end] }) => {
    if (start === undefined || end === undefined) return;
    const across = end.clientX - start.clientX;
    const down = end.clientY - start.clientY;
    start = undefined;
    if (Math.abs(across) < Math.max(SWIPE, 2 * Math.abs(down))) return;
    go(across < 0 ? 1 : -1);
  }, passive);
}
