/**
 * Text and pictures that are pasted: a dialog asks for their name, because what is in the clipboard
 * may be nothing to be sent.
 *
 * @module
 */

import { createDialog } from "../client/dialog.ts";
import { element } from "../client/element.ts";
import { formatSize } from "../../../lib/pages/quantity.ts";
import { type Chosen, fromInput } from "./chosen.ts";

/** Takes what is to be sent. */
type Take = (chosen: Iterable<Chosen>) => void;

/** Listens to what is pasted outside of fields. */
export function listenToPaste(take: Take): void {
  document.addEventListener("paste", (event) => {
    const { clipboardData, target } = event;
    if (clipboardData === null || document.querySelector("dialog[open]")) {
      return;
    }
    if (target instanceof Element && target.matches("input, textarea")) return;
    const [first, ...others] = fromInput(clipboardData.files);
    const text = clipboardData.getData("text/plain");
    if (first === undefined && text === "") return;
    event.preventDefault();
    if (first === undefined) askForText(take, text);
    else if (others.length === 0 && isNameless(first)) askForName(take, first);
    else take([first, ...others]);
  });
}

/** A picture that never was a file has this name. */
function isNameless({ path }: Chosen): boolean {
  return /^image\.\w+$/.test(path);
}

/** `pasted 2026-11-29 10.24.05`. */
function pastedName(): string {
  const now = new Date();
  const local = new Date(Number(now) - now.getTimezoneOffset() * 60_000);
  return `pasted ${
    local.toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".")
  }`;
}

function askForName(take: Take, { path, content }: Chosen): void {
  if (!(content instanceof File)) return;
  const extension = path.slice(path.lastIndexOf("."));
  const told = element("p", {}, `A picture of ${formatSize(content.size)}.`);
  ask("Send a picture", pastedName() + extension, told, (name) => {
    take([{ path: name, content }]);
  });
}

/** Asks for a text, and the name of its file. */
export function askForText(take: Take, text = ""): void {
  const area = element("textarea", { rows: "8", required: "" });
  area.value = text;
  const label = element("label", {}, "Text", area);
  ask("Send text", `${pastedName()}.txt`, label, (name) => {
    const type = "text/plain";
    take([{ path: name, content: new File([area.value], name, { type }) }]);
  });
}

function ask(
  title: string,
  name: string,
  content: HTMLElement,
  send: (name: string) => void,
): void {
  const { dialog } = createDialog("ask", title);
  const field = element("input", { required: "", autocomplete: "off" });
  field.value = name;
  const submit = element("button", { class: "first" }, "Send");
  const form = element(
    "form",
    { method: "dialog" },
    content,
    element("label", {}, "Name", field),
    submit,
  );
  form.addEventListener("submit", () => send(field.value));
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  // Where one goes on: what is pasted is there already.
  (content.querySelector("textarea:placeholder-shown") as HTMLElement ?? submit)
    .focus();
}
