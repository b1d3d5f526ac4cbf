/**
 * The filter: rows are taken away while a reader types.
 *
 * @module
 */

import { matcherOf } from "../../../lib/pages/listing_query.ts";
import {
  allRows,
  focusLink,
  linkOf,
  onRenewed,
  openLinks,
  parentLink,
  type Row,
} from "./rows.ts";

/** A row that can be taken away, and the text that is searched. */
interface Candidate {
  readonly row: Row;
  readonly text: string;
}

/** The field of the search form, where there is one. */
export function filterField(): HTMLInputElement | undefined {
  const selector = 'form[role="search"] input[name="q"]';
  return document.querySelector<HTMLInputElement>(selector) ?? undefined;
}

/** Filters while a reader types; Esc clears, arrow down goes to the rows. */
export function startFilter(): void {
  const field = filterField();
  if (field === undefined) return;
  // It is a live region.
  const summary = () => document.querySelector("#summary");
  let whole = [...summary()?.childNodes ?? []];
  let candidates: readonly Candidate[] | undefined;
  const prepare = () => candidates ??= allRows().flatMap(toCandidate);
  const filter = () => {
    const candidates = prepare();
    const count = filterRows(candidates, field.value);
    const told = field.value.trim() === ""
      ? whole
      : [describeMatches(count, candidates.length)];
    summary()?.replaceChildren(...told);
  };
  // Before the first letter: of 10,000 names that takes longer than a frame.
  field.addEventListener("focus", prepare);
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (event) => leaveField(event, filter));
  onRenewed(() => {
    candidates = undefined;
    whole = [...summary()?.childNodes ?? []];
    if (field.value.trim() !== "") filter();
  });
  // A browser that comes back, or loads again, has filled in the field.
  addEventListener("pageshow", () => {
    if (field.value !== field.defaultValue) filter();
  });
}

function toCandidate(row: Row): readonly Candidate[] {
  const link = linkOf(row);
  if (link?.getAttribute("href") === "../") return [];
  const name = link ?? row.querySelector("span");
  return [{ row, text: name?.textContent ?? "" }];
}

/** Takes away what the server would not find; the number of those that stay. */
function filterRows(
  candidates: readonly Candidate[],
  q: string,
): number {
  const matches = matcherOf(q);
  let count = 0;
  for (const { row, text } of candidates) {
    const isShown = matches(text);
    if (isShown) count++;
    if (row.hidden === isShown) row.hidden = !isShown;
  }
  return count;
}

function describeMatches(count: number, all: number): string {
  const verb = count === 1 ? "matches" : "match";
  const found = count === 0
    ? "Nothing here matches."
    : `${count} of ${all} ${verb}.`;
  return `${found} ${describeEnter()}`.trimEnd();
}

/** What more Enter finds: that asks the server. */
function describeEnter(): string {
  const deep = document.querySelector<HTMLInputElement>(
    'form[role="search"] input[name="recursive"]',
  );
  if (deep?.checked) return "Enter searches the subfolders, too.";
  const pager = document.querySelector('nav[aria-label="Pages"]')?.textContent;
  const pages = /of ([\d,]+)/.exec(pager ?? "")?.[1];
  return pages === undefined ? "" : `Enter searches all ${pages} pages.`;
}

function leaveField(event: KeyboardEvent, filter: () => void): void {
  const field = event.target as HTMLInputElement;
  if (event.isComposing) return;
  if (event.key === "ArrowDown") {
    const up = parentLink();
    const first = openLinks().find(({ href }) => href !== up?.href);
    if (first === undefined) return;
    event.preventDefault();
    focusLink(first);
  } else if (event.key === "Escape") {
    event.preventDefault();
    field.value = "";
    filter();
  }
}
