/**
 * The dialog of the viewer: its title, its buttons, and the stage.
 *
 * @module
 */

import type { ContentKind } from "./content.ts";
import { button, createDialog } from "./dialog.ts";
import { element, icon } from "./element.ts";

/** The dialog, and its parts that change. */
export interface Frame {
  readonly dialog: HTMLDialogElement;
  readonly heading: HTMLElement;
  /** The place among all: `3 / 12`. */
  readonly count: HTMLElement;
  /** Pressed while a picture has its actual size. */
  readonly zoom: HTMLButtonElement;
  readonly download: HTMLAnchorElement;
  readonly original: HTMLAnchorElement;
  readonly previous: HTMLButtonElement;
  readonly next: HTMLButtonElement;
  /** Where the content is. */
  readonly stage: HTMLElement;
}

/** Makes the dialog. */
export function createFrame(): Frame {
  const count = element("span", { class: "count" });
  const zoom = button("Actual size", "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5");
  const download = link("Download", "M12 4v11m-5-5l5 5 5-5M5 20h14");
  download.download = "";
  const original = link("Open", "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6");
  const controls = [count, zoom, download, original];
  const { dialog, heading } = createDialog("viewer", "", ...controls);
  const previous = button("Previous", "M15 5l-7 7 7 7");
  const stage = element("div", {
    class: "stage",
    tabindex: "0",
  });
  const next = button("Next", "M9 5l7 7-7 7");
  previous.className = "previous";
  next.className = "next";
  dialog.append(previous, stage, next);
  return {
    dialog,
    heading,
    count,
    zoom,
    download,
    original,
    previous,
    next,
    stage,
  };
}

function link(label: string, lines: string): HTMLAnchorElement {
  return element("a", { "aria-label": label, title: label }, icon(lines));
}

/** Puts content on the stage, and opens the dialog. */
export function showContent(
  { dialog, heading, zoom, download, original, stage }: Frame,
  kind: ContentKind,
  name: string,
  url: string,
  content: HTMLElement,
): void {
  heading.textContent = name;
  zoom.hidden = kind !== "image";
  zoom.ariaPressed = "false";
  stage.className = `stage ${kind}`;
  stage.replaceChildren(content);
  stage.scrollTo(0, 0);
  download.href = original.href = url;
  if (dialog.open) return;
  dialog.showModal();
  // Where the keys scroll.
  stage.focus();
}

/** Tells the place among all, from 0. */
export function showPlace(
  { count, previous, next, stage }: Frame,
  at: number,
  all: number,
): void {
  count.textContent = `${at + 1} / ${all}`;
  const { activeElement } = document;
  previous.disabled = at === 0;
  next.disabled = at === all - 1;
  // A button that cannot be pressed hears no keys.
  if (activeElement?.matches(":disabled")) stage.focus();
}

/** Between the size that fits and the actual size, around the point that was clicked. */
export function toggleSize({ stage, zoom }: Frame, event?: MouseEvent): void {
  const picture = stage.querySelector("img");
  if (picture === null) return;
  const across = (event?.offsetX ?? picture.width / 2) / picture.width;
  const down = (event?.offsetY ?? picture.height / 2) / picture.height;
  const isActual = stage.classList.toggle("actual");
  zoom.ariaPressed = String(isActual);
  stage.scrollTo(
    picture.width * across - stage.clientWidth / 2,
    picture.height * down - stage.clientHeight / 2,
  );
}
