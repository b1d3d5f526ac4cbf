/**
 * Style sheets are exchanged without a reload, also those that import what has changed.
 *
 * @module
 */

/** Exchanges sheets by their paths; gives `false` where the page does not use one of them in a way that can be found. */
export async function exchangeSheets(
  paths: readonly string[],
  id: string,
): Promise<boolean> {
  const changed = new Set(paths.map(decoded));
  const found = new Set<string>();
  const owners = [...document.styleSheets]
    .filter((sheet) => uses(sheet, changed, found))
    .map(({ ownerNode }) => ownerNode);
  const links = owners.filter((owner) => owner instanceof HTMLLinkElement);
  const styles = owners.filter((owner) => owner instanceof HTMLStyleElement);
  const isComplete = found.size === changed.size &&
    links.length + styles.length === owners.length;
  if (!isComplete) return false;
  // What a sheet imports comes from the cache of the browser, as long as it is fresh there.
  await Promise.all(paths.map(renew));
  await Promise.all(links.map((link) => exchangeLink(link, id)));
  for (const style of styles) style.replaceWith(style.cloneNode(true));
  return true;
}

/** Whether a sheet is one of those that have changed, or imports one; those are added to `found`. */
function uses(
  sheet: CSSStyleSheet,
  changed: ReadonlySet<string>,
  found: Set<string>,
): boolean {
  const path = pathOf(sheet.href);
  const isChanged = path !== undefined && changed.has(path);
  if (isChanged) found.add(path);
  const imports = rulesOf(sheet)
    .flatMap((rule) => rule instanceof CSSImportRule ? [rule.styleSheet] : [])
    .filter((imported) => imported !== null)
    .map((imported) => uses(imported, changed, found));
  return isChanged || imports.includes(true);
}

/** Those of another origin may not be read. */
function rulesOf(sheet: CSSStyleSheet): CSSRule[] {
  try {
    return [...sheet.cssRules];
  } catch {
    return [];
  }
}

/** The decoded path, where it is of this origin. */
function pathOf(href: string | null): string | undefined {
  if (href === null) return undefined;
  const { origin, pathname } = new URL(href, location.href);
  return origin === location.origin ? decoded(pathname) : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function renew(path: string): Promise<void> {
  try {
    const response = await fetch(path, { cache: "reload" });
    await response.arrayBuffer();
  } catch {
    // The sheet that is there stays.
  }
}

/** The old sheet holds until the new one has come, and where it does not come. */
function exchangeLink(link: HTMLLinkElement, id: string): Promise<void> {
  const url = new URL(link.href);
  url.searchParams.set("reload", id);
  const clone = link.cloneNode() as HTMLLinkElement;
  clone.href = url.href;
  return new Promise((resolve) => {
    const settle = (loser: HTMLLinkElement) => () => {
      loser.remove();
      resolve();
    };
    clone.addEventListener("load", settle(link));
    clone.addEventListener("error", settle(clone));
    link.after(clone);
  });
}
