/**
 * The selection: which entries are taken along. The boxes of the rows work without this; here they
 * are counted, and marked many at a time.
 *
 * @module
 */

import { formatSize, pluralize } from "../../../lib/pages/quantity.ts";
import { element } from "./element.ts";
import { allRows, boxOf, onRenewed, rowOf, sizeOf, table } from "./rows.ts";

/** What servers take of a URL: Node.js 16 KiB, all fields included. */
const MOST_QUERY = 12_288;

/** The form, with what the script adds to it. */
interface Selection {
  readonly form: HTMLFormElement;
  readonly told: HTMLOutputElement;
  readonly select: HTMLButtonElement;
  readonly all: HTMLButtonElement;
  /** Whether a click on a row marks it. */
  isPicking: boolean;
  /** The box that was clicked last: with Shift a range begins there. */
  last: HTMLInputElement | undefined;
}

/** Completes the form. */
export function startSelection(): void {
  const form = document.querySelector<HTMLFormElement>("#take");
  if (form === null) return;
  const [told, select, all] = [element("output"), button(), button()];
  const selection: Selection = {
    form,
    told,
    select,
    all,
    isPicking: false,
    last: undefined,
  };
  form.prepend(told, all, select);
  select.onclick = () => toggleMode(selection);
  all.onclick = () => toggleAll(selection);
  table()?.addEventListener("click", (event) => click(selection, event), true);
  form.addEventListener("submit", (event) => checkLength(selection, event));
  form.addEventListener("formdata", ({ formData }) => {
    if (isWhole()) formData.delete("name");
  });
  closeMenuOutside(form);
  const update = () => show(selection);
  // A browser that comes back has marked the boxes.
  addEventListener("pageshow", update);
  onRenewed(update);
  update();
}

function button(): HTMLButtonElement {
  return element("button", { type: "button" });
}

function allBoxes(): readonly HTMLInputElement[] {
  return allRows().map(boxOf).filter((box) => box !== undefined);
}

/** The boxes that are to be seen. */
function shownBoxes(): readonly HTMLInputElement[] {
  return allBoxes().filter((box) => !rowOf(box)?.hidden);
}

const isMarked = ({ checked }: HTMLInputElement) => checked;

/** Whether the selection is all there is: then no name need be told. */
function isWhole(): boolean {
  return document.querySelector('nav[aria-label="Pages"]') === null &&
    allBoxes().every(isMarked);
}

function toggleMode(selection: Selection): void {
  selection.isPicking = !selection.select.matches(".on");
  if (!selection.isPicking) mark(allBoxes(), false);
  show(selection);
}

function toggleAll(selection: Selection): void {
  const boxes = shownBoxes();
  mark(boxes, !boxes.every(isMarked));
  show(selection);
}

function mark(boxes: readonly HTMLInputElement[], checked: boolean): void {
  for (const box of boxes) box.checked = checked;
}

function click(selection: Selection, event: MouseEvent): void {
  const { target, shiftKey, ctrlKey, metaKey } = event;
  if (!(target instanceof Element)) return;
  const row = rowOf(target);
  const box = row && boxOf(row);
  if (box === undefined) return;
  if (target !== box) {
    if (!selection.isPicking || ctrlKey || metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    box.checked = !box.checked;
  }
  if (shiftKey && selection.last !== undefined) {
    mark(between(selection.last, box), box.checked);
    getSelection()?.removeAllRanges();
  }
  selection.last = box;
  show(selection);
}

function between(
  one: HTMLInputElement,
  other: HTMLInputElement,
): readonly HTMLInputElement[] {
  const boxes = shownBoxes();
  const ends = [boxes.indexOf(one), boxes.indexOf(other)] as const;
  return boxes.slice(Math.min(...ends), Math.max(...ends) + 1);
}

function show({ told, select, all, isPicking }: Selection): void {
  const marked = allBoxes().filter(isMarked);
  const isOn = isPicking || marked.length > 0;
  table()?.classList.toggle("selecting", isOn);
  told.textContent = marked.length === 0 ? "" : describe(marked);
  select.textContent = isOn ? "Cancel" : "Select";
  select.classList.toggle("on", isOn);
  all.hidden = !isOn;
  all.textContent = shownBoxes().every(isMarked) ? "None" : "All";
}

/** How much it is, as far as that is known: a folder has no size. */
function describe(marked: readonly HTMLInputElement[]): string {
  const sizes = marked.map((box) => sizeOf(rowOf(box)));
  const known = sizes.filter((size) => size !== undefined);
  const folders = sizes.length - known.length;
  const size = formatSize(known.reduce((sum, size) => sum + size, 0));
  const parts = [
    ...folders > 0 ? [pluralize(folders, "folder")] : [],
    ...known.length > 0 ? [pluralize(known.length, "file"), size] : [],
  ];
  return `${parts.join(", ")} selected`;
}

function checkLength({ form, told }: Selection, event: Event): void {
  const names = allBoxes().filter(isMarked).map(({ value }) => ["name", value]);
  const query = isWhole() ? "" : String(new URLSearchParams(names));
  if (query.length <= MOST_QUERY) return closeMenu(form);
  event.preventDefault();
  told.textContent = "Too many names for a URL: select fewer, or none for all.";
}

function closeMenu(form: HTMLFormElement): void {
  form.querySelector("details")?.removeAttribute("open");
}

function closeMenuOutside(form: HTMLFormElement): void {
  const menu = form.querySelector("details");
  document.addEventListener("click", ({ target }) => {
    if (!menu?.contains(target as Node)) closeMenu(form);
  });
  menu?.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    closeMenu(form);
    menu.querySelector("summary")?.focus();
  });
}
