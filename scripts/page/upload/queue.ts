/**
 * The queue: a few files on their way at a time, and how far all are.
 *
 * @module
 */

import { formatSize } from "../../../lib/pages/quantity.ts";
import { type Chosen, isHidden } from "./chosen.ts";
import { beginUpload, endUpload } from "./remembered.ts";
import { makeFolder, type Outcome, transfer } from "./transfer.ts";

/** A file, or an empty folder, from when it is chosen. */
export interface Item extends Chosen {
  readonly size: number;
  readonly url: string;
  state: "waiting" | "sending" | Outcome["kind"];
  /** How many bytes have gone. */
  sent: number;
  /** Where it is stored, or why it is not. */
  told: string;
  stop: AbortController;
}

/** What is sent where, and how far it is. */
export interface Queue {
  /** The URL of the directory. */
  readonly base: string;
  /** How large a file may be, in bytes. */
  readonly mostBytes: number;
  /** Hears of every change. */
  readonly onChange: () => void;
  readonly waiting: Set<Item>;
  readonly sending: Set<Item>;
  readonly failed: Set<Item>;
  /** The newest of those that are stored. */
  readonly stored: Item[];
  /** How many are stored, and how many hidden files were left out. */
  storedCount: number;
  hiddenCount: number;
  /** The bytes of what waits, is sent and is stored; and those that are stored. */
  bytes: number;
  storedBytes: number;
}

/** Three files at a time; two that are small count as one: they wait for answers, and not for the line. */
const MOST_AT_ONCE = 3;
const SMALL_BYTES = 2 ** 18;
/** How many that are stored are looked at. */
const MOST_STORED = 3;

/** Makes a queue. */
export function createQueue(
  base: string,
  mostBytes: number,
  onChange: () => void,
): Queue {
  return {
    base,
    mostBytes,
    onChange,
    waiting: new Set(),
    sending: new Set(),
    failed: new Set(),
    stored: [],
    storedCount: 0,
    hiddenCount: 0,
    bytes: 0,
    storedBytes: 0,
  };
}

/** Adds what is chosen, and sends it in its turn. */
export async function addAll(
  queue: Queue,
  chosen: AsyncIterable<Chosen> | Iterable<Chosen>,
): Promise<void> {
  // What was sent before has been told: this counts from the start.
  if (!isBusy(queue)) forgetStored(queue);
  for await (const one of chosen) {
    if (isHidden(one.path)) queue.hiddenCount++;
    else enter(queue, toItem(queue, one));
  }
  queue.onChange();
}

function toItem({ base }: Queue, { path, content }: Chosen): Item {
  const url = base + path.split("/").map(encodeURIComponent).join("/");
  return {
    path,
    content,
    size: content instanceof File ? content.size : 0,
    url,
    state: "waiting",
    sent: 0,
    told: "",
    stop: new AbortController(),
  };
}

function enter(queue: Queue, item: Item): void {
  const refused = reasonAgainst(queue, item);
  if (refused !== undefined) {
    Object.assign(item, { state: "failed", told: refused });
    queue.failed.add(item);
    return queue.onChange();
  }
  queue.bytes += item.size;
  queue.waiting.add(item);
  advance(queue);
}

function reasonAgainst(
  { mostBytes }: Queue,
  { content, size }: Item,
): string | undefined {
  if (content === "unreadable") return "The browser may not read it.";
  return size > mostBytes
    ? `It is larger than ${formatSize(mostBytes)}, the most that is received.`
    : undefined;
}

function advance(queue: Queue): void {
  const { waiting, sending } = queue;
  for (const item of waiting) {
    if (burdenOf(sending) >= MOST_AT_ONCE) break;
    waiting.delete(item);
    sending.add(item);
    run(queue, item);
  }
  queue.onChange();
}

function burdenOf(sending: Iterable<Item>): number {
  return [...sending].reduce(
    (sum, { size }) => sum + (size > SMALL_BYTES ? 1 : 0.5),
    0,
  );
}

async function run(queue: Queue, item: Item): Promise<void> {
  item.state = "sending";
  const outcome = await send(queue, item);
  queue.sending.delete(item);
  item.state = outcome.kind;
  if (outcome.kind === "stored") {
    item.told = outcome.path;
    store(queue, item);
  } else {
    queue.bytes -= item.size;
    if (outcome.kind === "failed") {
      item.told = outcome.message;
      queue.failed.add(item);
    } else endUpload(item.url);
  }
  advance(queue);
}

function send(queue: Queue, item: Item): Promise<Outcome> {
  const { path, content, url, stop: { signal } } = item;
  if (!(content instanceof File)) {
    return makeFolder(queue.base, path, signal);
  }
  const onSent = (bytes: number) => {
    item.sent = Math.min(bytes, item.size);
    queue.onChange();
  };
  const begun = beginUpload(url, content);
  return transfer({ url, file: content, ...begun, signal, onSent });
}

function store(queue: Queue, item: Item): void {
  endUpload(item.url);
  queue.storedBytes += item.size;
  queue.storedCount++;
  queue.stored.unshift(item);
  queue.stored.splice(MOST_STORED);
}

/** Takes one away; what has arrived of it the server removes after a day. */
export function cancel(queue: Queue, item: Item): void {
  if (queue.waiting.delete(item)) queue.bytes -= item.size;
  queue.failed.delete(item);
  item.stop.abort();
  queue.onChange();
}

/** Takes away all that is not stored. */
export function cancelAll(queue: Queue): void {
  for (const item of [...queue.waiting, ...queue.sending, ...queue.failed]) {
    cancel(queue, item);
  }
}

/** Tells no more of what is stored, and of what was left out. */
export function forgetStored(queue: Queue): void {
  queue.stored.splice(0);
  queue.storedCount = queue.hiddenCount = 0;
  queue.bytes = queue.storedBytes = 0;
}

/** Tries again what has failed. */
export function retry(queue: Queue, item: Item): void {
  queue.failed.delete(item);
  Object.assign(item, { state: "waiting", sent: 0, told: "" });
  enter(queue, item);
}

/** How many bytes have gone. */
export function sentBytes({ storedBytes, sending }: Queue): number {
  return [...sending].reduce((sum, { sent }) => sum + sent, storedBytes);
}

/** Whether something is still to be sent. */
export function isBusy({ waiting, sending }: Queue): boolean {
  return waiting.size + sending.size > 0;
}
