/**
 * Files that are dragged onto the page, wherever on it.
 *
 * @module
 */

import { element } from "../client/element.ts";
import { type Chosen, fromTransfer } from "./chosen.ts";

/** Listens to drops; while something is dragged, a cover says where it would go. */
export function listenToDrops(
  place: string,
  take: (chosen: AsyncIterable<Chosen>) => void,
): void {
  const cover = element("div", { class: "cover" }, `Drop to send to ${place}`);
  cover.hidden = true;
  document.body.append(cover);
  // A picture of the page would count as a file.
  let isOurs = false;
  document.addEventListener("dragstart", () => isOurs = true);
  document.addEventListener("dragend", () => isOurs = false);
  const listen = (
    type: "dragover" | "dragleave" | "drop",
    listener: (event: DragEvent, data: DataTransfer) => void,
  ) =>
    document.addEventListener(type, (event) => {
      const { dataTransfer: data } = event;
      if (!isOurs && data?.types.includes("Files")) listener(event, data);
    });
  listen("dragover", (event, data) => {
    event.preventDefault();
    data.dropEffect = "copy";
    cover.hidden = false;
  });
  listen("dragleave", ({ relatedTarget }) => {
    // Nothing is entered when the window is left.
    if (relatedTarget === null) cover.hidden = true;
  });
  listen("drop", (event, data) => {
    event.preventDefault();
    cover.hidden = true;
    take(fromTransfer(data));
  });
}
