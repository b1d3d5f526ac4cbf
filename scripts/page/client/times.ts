/**
 * Times in the time zone and the language of the browser.
 *
 * @module
 */

import { onRenewed, table } from "./rows.ts";

/** Writes times as they come near the window, and all before the page is printed. */
export function startTimes(): void {
  const times = () => [...table()?.querySelectorAll("time") ?? []];
  const write = createWriter();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const zone = document.querySelector("#zone");
  if (zone !== null) zone.textContent = `Times are in ${timeZone}.`;
  if (!("IntersectionObserver" in window)) return times().forEach(write);
  // 10,000 times at once would take longer than a frame.
  const observer = new IntersectionObserver((changes) => {
    for (const { isIntersecting, target } of changes) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      write(target as HTMLTimeElement);
    }
  }, { rootMargin: "100%" });
  const observe = () => times().forEach((time) => observer.observe(time));
  observe();
  onRenewed(observe);
  addEventListener("beforeprint", () => {
    observer.disconnect();
    times().forEach(write);
  }, { once: true });
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
