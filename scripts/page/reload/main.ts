/**
 * The script of live reload: compares the number of the last change with that of the page, and reloads it
 * or exchanges its style sheets.
 *
 * @module
 */

import { listen, type Message } from "./stream.ts";
import { exchangeSheets } from "./sheets.ts";

/** How long a page is shown at least before it is reloaded, in milliseconds: to load it may change a file. */
const LEAST_MS = 500;

/** Starts with the element that the server has added, which has the number of its time. */
function start({ src, dataset: { id = "" } }: HTMLScriptElement): void {
  let seen = id;
  let reloaded = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let exchanging = Promise.resolve();
  const reload = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      reloaded = performance.now();
      location.reload();
    }, Math.max(0, reloaded + LEAST_MS - performance.now()));
  };
  const exchange = async (paths: readonly string[], id: string) => {
    if (!await exchangeSheets(paths, id)) reload();
  };
  const receive = ({ id, kind, paths = [] }: Message) => {
    const [before, now] = [toNumber(seen), toNumber(id)];
    const isSameRun = before.run === now.run;
    if (isSameRun && now.count <= before.count) return;
    seen = id;
    const isNext = isSameRun && now.count === before.count + 1;
    if (!isNext || kind !== "style") return reload();
    exchanging = exchanging.then(() => exchange(paths, id));
  };
  stayOpen((signal) => listen(new URL("events", src).href, receive, signal));
}

/** The name of a run of the program, and the number of a change in it. */
function toNumber(
  id: string,
): { readonly run: string; readonly count: number } {
  const [run = "", count = ""] = id.split(".");
  return { run, count: Number(count) };
}

/** Ends when the page is left, and begins when it is shown again: browsers keep pages that hold nothing. */
function stayOpen(open: (signal: AbortSignal) => void): void {
  let end: AbortController | undefined;
  const begin = () => {
    if (end !== undefined) return;
    end = new AbortController();
    open(end.signal);
  };
  addEventListener("pageshow", begin);
  addEventListener("pagehide", () => {
    end?.abort();
    end = undefined;
  });
  begin();
}

if (document.currentScript instanceof HTMLScriptElement) {
  start(document.currentScript);
}
