/**
 * What was cut by a reload, or a browser that was closed: a browser cannot open a file by itself.
 *
 * @module
 */

import { formatSize } from "../../../lib/pages/quantity.ts";
import { button } from "../client/dialog.ts";
import { element } from "../client/element.ts";
import { allBegun, type Begun, endUpload } from "./remembered.ts";
import { offsetThere } from "./transfer.ts";

/** A list of what a directory has of files that were not sent to their end. */
export async function createBegunList(base: string): Promise<HTMLElement> {
  const list = element("ul", {
    class: "begun",
    "aria-label": "Not sent to the end",
  });
  const { signal } = new AbortController();
  for (const begun of allBegun().filter(({ url }) => url.startsWith(base))) {
    const { url, id, size } = begun;
    const offset = await offsetThere({ url, id, file: { size }, signal });
    if (offset > 0) list.append(createRow(begun, offset, base));
    else endUpload(url);
  }
  return list;
}

function createRow(
  { url, size }: Begun,
  offset: number,
  base: string,
): HTMLElement {
  const away = button("Forget", "M6 6l12 12M18 6L6 18");
  const told = `${formatSize(offset)} of ${
    formatSize(size)
  } are there. Choose it again to continue.`;
  const row = element(
    "li",
    { "data-url": url },
    element("bdi", {}, decodeURIComponent(url.slice(base.length))),
    element("span", { class: "told" }, told),
    away,
  );
  away.onclick = () => {
    endUpload(url);
    row.remove();
  };
  return row;
}
