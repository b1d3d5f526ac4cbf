/**
 * The dialog that tells the keys.
 *
 * @module
 */

import { createDialog } from "./dialog.ts";
import { element } from "./element.ts";
import { recall, remember } from "./storage.ts";

/** What keys do; a space is between keys that do the same. */
const KEYS: ReadonlyArray<readonly [keys: string, text: string]> = [
  ["/", "Filter"],
  ["↑ ↓ j k", "Move"],
  ["Home End", "First, last"],
  ["Enter", "Open"],
  ["x", "Select"],
  ["Backspace u", "Go up"],
  ["g", "Grid or list"],
  ["← →", "Previous, next file in the viewer"],
  ["z", "Actual size of a picture"],
  ["Esc", "Clear, close"],
  ["?", "These keys"],
];

/** Adds a button that opens the dialog, for those who do not know the key, or have turned it off. */
export function startHelp(): void {
  if (!("HTMLDialogElement" in window)) return;
  const button = element("button", { type: "button", class: "keys" }, "Keys");
  button.onclick = openHelp;
  document.querySelector("footer")?.append(button);
}

/** Opens the dialog. */
export function openHelp(): void {
  const { dialog } = createDialog("help", "Keys");
  dialog.append(keyList(), lettersSwitch());
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "?") dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function keyList(): HTMLElement {
  return element(
    "dl",
    {},
    ...KEYS.flatMap(([keys, text]) => [
      element(
        "dt",
        {},
        ...keys.split(" ").map((key) => element("kbd", {}, key)),
      ),
      element("dd", {}, text),
    ]),
  );
}

/** Who dictates, or brushes keys, can turn letters off: WCAG 2.1.4. */
function lettersSwitch(): HTMLElement {
  const box = element("input", { type: "checkbox" });
  box.checked = recall("letters") !== "off";
  box.onchange = () => remember("letters", box.checked ? "on" : "off");
  return element("label", {}, box, " Use letters and signs as keys");
}
