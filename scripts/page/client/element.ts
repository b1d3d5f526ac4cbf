/**
 * Elements that the script makes. A string becomes text and never markup: a name can hold anything.
 *
 * @module
 */

/** An element with attributes and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: ReadonlyArray<Node | string>
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** An icon of 24 × 24 that is drawn with lines. */
export function icon(lines: string): SVGElement {
  return drawing("path", { d: lines });
}

/** A symbol of the page's sprite. */
export function symbol(name: string): SVGElement {
  return drawing("use", { href: `#${name}` });
}

function drawing(
  name: string,
  attributes: Readonly<Record<string, string>>,
): SVGElement {
  // Crawlers follow what looks like a URL in a script: the page's sprite tells the namespace.
  const namespace = document.querySelector("svg")?.namespaceURI ?? null;
  const make = (name: string) =>
    document.createElementNS(namespace, name) as SVGElement;
  const [svg, content] = [make("svg"), make(name)];
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [key, value] of Object.entries(attributes)) {
    content.setAttribute(key, value);
  }
  svg.append(content);
  return svg;
}
