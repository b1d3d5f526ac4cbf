/**
 * The grid: the choice between it and the list is remembered.
 *
 * @module
 */

import { recall, remember } from "./storage.ts";

/** Whether this page is a grid. */
export function isGrid(): boolean {
  return document.documentElement.classList.contains("grid");
}

/** Goes to the grid of this directory if a grid was chosen, and the URL says nothing. */
export function restoreView(): void {
  const parameters = new URLSearchParams(location.search);
  if (parameters.has("view") || recall("view") !== "grid") return;
  parameters.set("view", "grid");
  location.replace(`?${parameters}${location.hash}`);
}

/** Remembers what is chosen, and opens directories from a grid as grids at once. */
export function startGrid(): void {
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const button = target.closest<HTMLButtonElement>('button[name="view"]');
    if (button !== null) remember("view", button.value);
    const link = target.closest<HTMLAnchorElement>('a[href$="/"]');
    if (link?.origin === location.origin && isGrid()) openAsGrid(link);
  });
}

/** Changes where a link leads while it is followed, however that is done: in another tab, too. */
function openAsGrid(link: HTMLAnchorElement): void {
  const reference = link.getAttribute("href") ?? "";
  link.href = `${reference}?view=grid`;
  setTimeout(() => link.setAttribute("href", reference));
}

/** Presses the button of the other view. */
export function toggleView(): void {
  const other = isGrid() ? "list" : "grid";
  const selector = `button[name="view"][value="${other}"]`;
  document.querySelector<HTMLButtonElement>(selector)?.click();
}
