/**
 * The keys of the list.
 *
 * @module
 */

import { filterField } from "./filter.ts";
import { isGrid, toggleView } from "./grid.ts";
import { openHelp } from "./help.ts";
import {
  allRows,
  boxOf,
  focusLink,
  linkOf,
  parentLink,
  type Row,
  rowOf,
} from "./rows.ts";
import { isKey } from "./storage.ts";

/** The row next to one, in document order. */
type Next = (row: Row) => Row | undefined;

/** What a key does. */
const COMMANDS: Readonly<Record<string, () => void>> = {
  "/": focusFilter,
  "?": openHelp,
  g: toggleView,
  x: toggleSelected,
  u: goUp,
  Backspace: goUp,
  j: () => moveLine(following),
  ArrowDown: () => moveLine(following),
  k: () => moveLine(preceding),
  ArrowUp: () => moveLine(preceding),
  Home: () => moveTo(firstOpen(allRows())),
  End: () => moveTo(firstOpen([...allRows()].reverse())),
};
/** What a key does in a grid, besides. */
const GRID_COMMANDS: Readonly<Record<string, () => void>> = {
  ArrowRight: () => move(following),
  ArrowLeft: () => move(preceding),
};

/** Listens to keys that nothing else is there for. */
export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (isForOthers(event)) return;
    const command = COMMANDS[event.key] ??
      (isGrid() ? GRID_COMMANDS[event.key] : undefined);
    if (command === undefined) return;
    event.preventDefault();
    command();
  });
}

function isForOthers(event: KeyboardEvent): boolean {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing) return true;
  if (event.ctrlKey || event.altKey || event.metaKey) return true;
  if (!isKey(key) || (key.length > 1 && event.shiftKey)) return true;
  if (document.querySelector("dialog[open]") !== null) return true;
  return target instanceof HTMLElement && (target.isContentEditable ||
    target.matches(
      'input:not([name="name"]), textarea, select, video, audio',
    ));
}

function focusFilter(): void {
  filterField()?.focus();
  filterField()?.select();
}

function goUp(): void {
  parentLink()?.click();
}

function following(row: Row): Row | undefined {
  return row.nextElementSibling as Row ?? undefined;
}

function preceding(row: Row): Row | undefined {
  return row.previousElementSibling as Row ?? undefined;
}

function isOpen(row: Row): boolean {
  return !row.hidden && linkOf(row) !== undefined;
}

function firstOpen(rows: readonly Row[]): Row | undefined {
  return rows.find(isOpen);
}

function nextOpen(row: Row, next: Next): Row | undefined {
  let other = next(row);
  while (other !== undefined && !isOpen(other)) other = next(other);
  return other;
}

function focusedRow(): Row | undefined {
  return rowOf(document.activeElement);
}

function toggleSelected(): void {
  const row = focusedRow();
  if (row !== undefined) boxOf(row)?.click();
}

function moveTo(row: Row | undefined): void {
  const link = row && linkOf(row);
  if (link) focusLink(link);
}

function move(next: Next): void {
  const row = focusedRow();
  moveTo(row === undefined ? firstOpen(allRows()) : nextOpen(row, next));
}

/** Moves to the next line: in a grid to what lies next to the same column. */
function moveLine(next: Next): void {
  const row = focusedRow();
  moveTo(row === undefined ? firstOpen(allRows()) : nextLine(row, next));
}

function nextLine(row: Row, next: Next): Row | undefined {
  const { top, left } = row.getBoundingClientRect();
  let best: { row: Row; top: number; distance: number } | undefined;
  let other = nextOpen(row, next);
  for (; other !== undefined; other = nextOpen(other, next)) {
    const box = other.getBoundingClientRect();
    if (box.top === top) continue;
    if (best !== undefined && box.top !== best.top) break;
    const distance = Math.abs(box.left - left);
    if (best === undefined || distance < best.distance) {
      best = { row: other, top: box.top, distance };
    }
  }
  return best?.row;
}
