/**
 * The rows of the list, as the page has them: a `tr` with a link, or with none where it cannot be
 * opened.
 *
 * @module
 */

/** A row; one that the filter has taken away is `hidden`. */
export type Row = HTMLTableRowElement;

/** The table. */
export function table(): HTMLTableElement | undefined {
  return document.querySelector<HTMLTableElement>("main > table") ?? undefined;
}

/** All rows. */
export function allRows(): readonly Row[] {
  return [...table()?.tBodies[0]?.rows ?? []];
}

/** The row around an element. */
export function rowOf(inner: Element | null): Row | undefined {
  return inner?.closest<Row>("main > table > tbody > tr") ?? undefined;
}

/** The link of a row. */
export function linkOf(row: Row): HTMLAnchorElement | undefined {
  return row.querySelector<HTMLAnchorElement>("a[href]") ?? undefined;
}

/** The box that selects the entry of a row. */
export function boxOf(row: Row): HTMLInputElement | undefined {
  return row.querySelector<HTMLInputElement>("input") ?? undefined;
}

/** The size of the file of a row in bytes; that of a folder is not known. */
export function sizeOf(row: Row | undefined): number | undefined {
  const title = row?.cells[2]?.title ?? "";
  return title === "" ? undefined : Number(title.replace(/\D/g, ""));
}

/** What is told to the document when rows have been put in place of the rows. */
const RENEWED = "renewed";

/** Listens to rows that are put in place of the rows. */
export function onRenewed(listener: () => void): void {
  document.addEventListener(RENEWED, listener);
}

/** Puts other rows in place of the rows, with the summary and the pages; the place in them stays. */
export function renewRows(page: Document): void {
  const at = linkOf(
    rowOf(document.activeElement) ?? document.createElement("tr"),
  )
    ?.getAttribute("href");
  const marked = new Set(
    allRows().map(boxOf).filter((box) => box?.checked).map((box) => box?.value),
  );
  for (const selector of ["main > table > tbody", "#summary"]) {
    const [old, other] = [document, page].map((root) =>
      root.querySelector(selector)
    );
    if (old && other) old.replaceWith(other);
  }
  for (const box of allRows().map(boxOf)) {
    if (box !== undefined) box.checked = marked.has(box.value);
  }
  const link = openLinks().find((link) => link.getAttribute("href") === at);
  if (link !== undefined) focusLink(link);
  document.dispatchEvent(new Event(RENEWED));
}

/** The link to the directory above. */
export function parentLink(): HTMLAnchorElement | undefined {
  return document.querySelector<HTMLAnchorElement>('a[href="../"]') ??
    undefined;
}

/** The links that can be moved to, in their order. */
export function openLinks(): readonly HTMLAnchorElement[] {
  return allRows().filter(({ hidden }) => !hidden)
    .map(linkOf).filter((link) => link !== undefined);
}

/** What an entry is: the name of its icon, which a picture of the grid stands in for. */
export function kindOf(link: HTMLAnchorElement): string {
  if (link.querySelector("img") !== null) return "image";
  return link.querySelector("use")?.getAttribute("href")?.slice(1) ?? "";
}

/** Moves the focus to a link, and scrolls no further than it must. */
export function focusLink(link: HTMLAnchorElement): void {
  link.focus({ preventScroll: true });
  (rowOf(link) ?? link).scrollIntoView({ block: "nearest" });
}
