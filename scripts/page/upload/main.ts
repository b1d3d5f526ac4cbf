/**
 * The script of a page that receives files. It runs in the head, before there is a body.
 *
 * @module
 */

import { element, icon } from "../client/element.ts";
import { renewRows } from "../client/rows.ts";
import { createBegunList } from "./begun_list.ts";
import { type Chosen, fromInput } from "./chosen.ts";
import { listenToDrops } from "./drop.ts";
import { askForText, listenToPaste } from "./paste.ts";
import { addAll, createQueue, isBusy, type Queue } from "./queue.ts";
import {
  clear,
  createTray,
  describeEnd,
  describeRest,
  draw,
  type Tray,
} from "./tray.ts";

/** How often the tray is drawn, in milliseconds. */
const PERIOD = 200;

// The fields of the form are not seen, not even for a moment.
document.documentElement.classList.add("sends");
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector<HTMLFormElement>("#send");
  if (form !== null) start(form);
});

function start(form: HTMLFormElement): void {
  const tray = createTray();
  const base = location.pathname;
  const mostBytes = Number(form.dataset.max ?? Infinity);
  const queue = createQueue(base, mostBytes, () => {
    // What ends before it is drawn has been under way, too.
    if (isBusy(queue)) tray.root.ariaBusy = "true";
    change();
  });
  const change = throttle(() => follow(tray, queue));
  tray.close.onclick = () => clear(queue);
  document.querySelector("main")?.append(tray.root);
  const take = (chosen: AsyncIterable<Chosen> | Iterable<Chosen>) => {
    // That all of it is refused is told as well.
    tray.root.ariaBusy = "true";
    void addAll(queue, chosen);
  };
  form.prepend(createControls(take));
  const place = document.querySelector("#title bdi")?.textContent ?? "here";
  listenToDrops(place, take);
  listenToPaste(take);
  createBegunList(base).then((list) => form.append(list));
  addEventListener("beforeunload", (event) => {
    if (isBusy(queue)) event.preventDefault();
  });
}

/** Calls a function once for all calls within a period, at its end. */
function throttle(call: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      call();
    }, PERIOD);
  };
}

/** Draws; and when the last one has ended, tells so, and shows what has come. */
function follow(tray: Tray, queue: Queue): void {
  const wasBusy = tray.root.ariaBusy === "true";
  const isNow = isBusy(queue);
  tray.root.ariaBusy = String(isNow);
  draw(tray, queue);
  for (const { url } of [...queue.sending, ...queue.stored]) {
    document.querySelector(`[data-url="${CSS.escape(url)}"]`)?.remove();
  }
  // A speed is told, too, while nothing comes.
  if (isNow) queue.onChange();
  if (isNow || !wasBusy) return;
  tray.live.textContent = [describeEnd(queue), describeRest(queue)]
    .filter((text) => text !== "").join(", ");
  refresh();
}

/** Shows the directory as it is now. */
async function refresh(): Promise<void> {
  if (document.querySelector("main > table") === null) return;
  const headers = { Accept: "text/html" };
  const answer = await fetch(location.href, { headers }).catch(() => {});
  if (!answer?.ok) return; // the server may be gone
  const text = await answer.text();
  renewRows(new DOMParser().parseFromString(text, "text/html"));
}

/** What people press. */
function createControls(take: (chosen: Iterable<Chosen>) => void): HTMLElement {
  const text = control("Write text", () => askForText(take));
  const invitation = element(
    "p",
    { class: "invitation" },
    icon("M12 15.5V4M7 9l5-5 5 5M4 15v4.5h16V15"),
    "Drop files or folders anywhere, paste, or",
  );
  return element(
    "div",
    { class: "controls" },
    invitation,
    chooser("Choose files", { multiple: "" }, take),
    ..."webkitdirectory" in HTMLInputElement.prototype
      ? [chooser("Choose a folder", { webkitdirectory: "" }, take)]
      : [],
    text,
  );
}

function control(text: string, onclick: () => void): HTMLButtonElement {
  const button = element("button", { type: "button" }, text);
  button.onclick = onclick;
  return button;
}

/** A button for an input that nobody sees. */
function chooser(
  text: string,
  attributes: Readonly<Record<string, string>>,
  take: (chosen: Iterable<Chosen>) => void,
): HTMLElement {
  const input = element("input", { type: "file", ...attributes });
  input.hidden = true;
  input.onchange = () => {
    take(fromInput([...input.files ?? []]));
    // The same file may be chosen again.
    input.value = "";
  };
  return element("span", {}, input, control(text, () => input.click()));
}
