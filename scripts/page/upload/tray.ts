/**
 * The tray at the lower edge: what is on its way, what has failed and why, and how far all is. It is
 * drawn a few times a second, whatever happens meanwhile.
 *
 * @module
 */

import { formatSize, pluralize } from "../../../lib/pages/quantity.ts";
import { button } from "../client/dialog.ts";
import { element } from "../client/element.ts";
import { createPace, formatDuration, type Pace } from "./pace.ts";
import {
  cancel,
  cancelAll,
  forgetStored,
  isBusy,
  type Item,
  type Queue,
  retry,
  sentBytes,
} from "./queue.ts";

const CROSS = "M6 6l12 12M18 6L6 18";
const AGAIN = "M19 12a7 7 0 1 1-2.5-5.4M19 3v4.5h-4.5";
/** How many of those that have failed have a row. */
const MOST_FAILED = 50;

/** The row of an item, and its parts that change. */
interface Row {
  readonly root: HTMLElement;
  readonly told: HTMLElement;
  readonly progress: HTMLProgressElement;
  readonly again: HTMLButtonElement;
  readonly away: HTMLButtonElement;
}

/** The tray, and its parts that change. */
export interface Tray {
  readonly root: HTMLElement;
  readonly heading: HTMLElement;
  readonly progress: HTMLProgressElement;
  readonly close: HTMLButtonElement;
  readonly list: HTMLElement;
  readonly note: HTMLElement;
  /** What a screen reader tells. */
  readonly live: HTMLElement;
  readonly rows: Map<Item, Row>;
  pace: Pace;
}

/** Makes the tray; nobody sees it before there is something in it. */
export function createTray(): Tray {
  const heading = element("h2", { id: "sending" });
  const progress = element("progress", { "aria-labelledby": "sending" });
  const close = button("Close", CROSS);
  const list = element("ul");
  const note = element("p", { class: "note" });
  const live = element("p", { role: "status", class: "live" });
  const root = element(
    "section",
    { class: "tray", "aria-labelledby": "sending" },
    element("header", {}, heading, close),
    progress,
    list,
    note,
    live,
  );
  root.hidden = true;
  const rows = new Map<Item, Row>();
  const pace = createPace();
  return { root, heading, progress, close, list, note, live, rows, pace };
}

/** Draws how far a queue is. */
export function draw(tray: Tray, queue: Queue): void {
  const { root, heading, progress, close, note } = tray;
  const isOn = isBusy(queue);
  const count = queue.storedCount + queue.failed.size + queue.hiddenCount;
  root.hidden = !isOn && count === 0;
  heading.textContent = isOn ? describeWay(tray, queue) : describeEnd(queue);
  if (!isOn) tray.pace = createPace();
  progress.hidden = !isOn;
  progress.max = queue.bytes || 1;
  progress.value = sentBytes(queue);
  const label = isOn ? "Cancel all" : "Close";
  close.title = close.ariaLabel = label;
  drawRows(tray, queue);
  note.textContent = describeRest(queue);
}

/** Takes away all that is not stored, and what was told of the rest. */
export function clear(queue: Queue): void {
  cancelAll(queue);
  forgetStored(queue);
  queue.onChange();
}

/** `Sending 12 of 120, 45 %, 12 MB a second, 2 min left`. */
function describeWay({ pace }: Tray, queue: Queue): string {
  const { storedCount, waiting, sending, bytes } = queue;
  const sent = sentBytes(queue);
  pace.note(sent, performance.now());
  const all = storedCount + waiting.size + sending.size;
  const speed = pace.speed();
  const parts = [
    `Sending ${Math.min(storedCount + 1, all)} of ${all}`,
    `${Math.floor(100 * sent / (bytes || 1))} %`,
    ...speed
      ? [
        `${formatSize(Math.round(speed))}/s`,
        `${formatDuration((bytes - sent) / speed)} left`,
      ]
      : [],
  ];
  return parts.join(" · ");
}

/** What has become of all. */
export function describeEnd({ storedCount, failed }: Queue): string {
  const parts = [
    ...storedCount > 0 ? [`${pluralize(storedCount, "file")} sent`] : [],
    ...failed.size > 0 ? [`${pluralize(failed.size, "file")} not sent`] : [],
  ];
  return parts.join(", ") || "Nothing sent";
}

/** What is left over. */
export function describeRest({ waiting, failed, hiddenCount }: Queue): string {
  const more = failed.size - MOST_FAILED;
  const parts = [
    ...waiting.size > 0 ? [`${pluralize(waiting.size, "file")} waiting`] : [],
    ...more > 0 ? [`${pluralize(more, "file")} more not sent`] : [],
    ...hiddenCount > 0
      ? [`${pluralize(hiddenCount, "hidden file")} left out`]
      : [],
  ];
  return parts.join(", ");
}

function drawRows(tray: Tray, queue: Queue): void {
  const { rows, list } = tray;
  const items = [
    ...queue.sending,
    ...[...queue.failed].slice(0, MOST_FAILED),
    ...queue.stored,
  ];
  for (const [item, { root }] of rows) {
    if (items.includes(item)) continue;
    root.remove();
    rows.delete(item);
  }
  for (const [at, item] of items.entries()) {
    const row = rows.get(item) ?? createRow(queue, item);
    rows.set(item, row);
    if (list.children[at] !== row.root) {
      list.insertBefore(row.root, list.children[at] ?? null);
    }
    drawRow(row, item);
  }
}

function createRow(queue: Queue, item: Item): Row {
  const { path } = item;
  const told = element("span", { class: "told" });
  const progress = element("progress", { "aria-label": path });
  const again = button("Try again", AGAIN);
  const away = button("Cancel", CROSS);
  again.onclick = () => retry(queue, item);
  away.onclick = () => cancel(queue, item);
  const name = element("bdi", { title: path }, path);
  const root = element("li", {}, name, told, again, away, progress);
  return { root, told, progress, again, away };
}

function drawRow({ root, told, progress, again, away }: Row, item: Item): void {
  const { state, sent, size } = item;
  const isSending = state === "sending";
  root.className = state;
  told.textContent = toldOf(item);
  progress.hidden = !isSending;
  progress.max = size || 1;
  progress.value = sent;
  again.hidden = state !== "failed";
  away.hidden = state === "stored";
  away.title = away.ariaLabel = isSending ? "Cancel" : "Remove";
}

function toldOf({ state, told, sent, size, path }: Item): string {
  switch (state) {
    case "sending":
      return `${formatSize(sent)} of ${formatSize(size)}`;
    case "stored": {
      const name = nameOf(told);
      // U+2068 and U+2069: a name in another direction does not turn the words.
      return name === "" || path.endsWith(name)
        ? "Sent"
        : `Sent as \u2068${name}\u2069`;
    }
    default:
      return told;
  }
}

/** The name that a file got; a path is percent-encoded. */
function nameOf(path: string): string {
  try {
    return decodeURIComponent(path.split("/").at(-1) ?? "");
  } catch {
    return "";
  }
}
