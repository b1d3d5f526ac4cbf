/**
 * The place in the list: whoever comes back, or up, is on the row that led away.
 *
 * @module
 */

import { focusLink, openLinks, rowOf } from "./rows.ts";

/** Remembers the row that is opened, and goes to the one that was. */
export function startPlace(): void {
  addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const href = target.closest("a")?.getAttribute("href");
    if (!href || rowOf(target) === undefined) return;
    history.replaceState({ ...history.state, left: href }, "");
  }, true);
  const href = history.state?.left ?? childOf(document.referrer);
  const link = openLinks().find((link) => link.getAttribute("href") === href);
  if (link !== undefined) focusLink(link);
}

/** The reference to the directory that holds a URL, if that lies below this one. */
function childOf(url: string): string | undefined {
  const here = location.origin + location.pathname;
  return url.startsWith(here)
    ? /^[^/?#]+\//.exec(url.slice(here.length))?.[0]
    : undefined;
}
