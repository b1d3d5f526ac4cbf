/**
 * Times in the time zone and the language of the browser.
 *
 * @module
 */

import { onRenewed, table } from "./rows.ts";

/** Writes times as they come near the window, and all before the page is printed. */
export function startTimes(): void {
  const write = createWriter();
  if (!("IntersectionObserver" in window)) return eachTime(write);
  // 10,000 times at once would take longer than a frame.
  const observer = new IntersectionObserver((changes) => {
    for (const { isIntersecting, target } of changes) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      write(target as HTMLTimeElement);
    }
  }, { rootMargin: "100%" });
  const observe = () => eachTime((time) => observer.observe(time));
  observe();
  onRenewed(observe);
  addEventListener("beforeprint", () => {
    observer.disconnect();
    eachTime(write);
  }, { once: true });
}

/** The rows of who gets all entries at once have none that could be written anew. */
function eachTime(use: (time: HTMLTimeElement) => void): void {
  const times = table()?.querySelectorAll("time") ?? [];
  const zone = document.querySelector("#zone");
  if (zone !== null && times.length > 0) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    zone.textContent = `Times are in ${timeZone}.`;
  }
  times.forEach(use);
}

function createWriter(): (time: HTMLTimeElement) => void {
  const short = new Intl.DateTimeFormat(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const exact = new Intl.DateTimeFormat(undefined, {
    dateStyle: "full",
    timeStyle: "long",
  });
  return (time) => {
    const date = new Date(time.dateTime);
    if (Number.isNaN(Number(date))) return;
    time.textContent = short.format(date);
    time.title = exact.format(date);
  };
}
