/**
 * Modal dialogs: the platform keeps the focus in them, and closes them with Esc.
 *
 * @module
 */

import { element, icon } from "./element.ts";

/** A dialog with a title, and controls before the one that closes it; a click beside it does, too. */
export function createDialog(
  name: string,
  title: string,
  ...controls: readonly Node[]
): { dialog: HTMLDialogElement; heading: HTMLElement } {
  const id = `dialog-${name}`;
  const heading = element("h2", { id, dir: "auto" }, title);
  const close = button("Close", "M6 6l12 12M18 6L6 18");
  const dialog = element(
    "dialog",
    { class: name, "aria-labelledby": id },
    element("header", {}, heading, ...controls, close),
  );
  close.onclick = () => dialog.close();
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  return { dialog, heading };
}

/** A button with an icon. */
export function button(label: string, lines: string): HTMLButtonElement {
  const attributes = { type: "button", "aria-label": label, title: label };
  return element("button", attributes, icon(lines));
}
