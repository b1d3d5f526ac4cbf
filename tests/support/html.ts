/** HTML as a browser reads it. */

import { loadPackage } from "../../scripts/packages.ts";

/** An element, with what is in it. */
export interface HtmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly HtmlElement[];
  /** The text of it and of all that is in it. */
  readonly text: string;
}

/** A node of parse5. */
interface Node {
  readonly nodeName: string;
  readonly value?: string;
  readonly attrs?: ReadonlyArray<
    { readonly name: string; readonly value: string }
  >;
  readonly childNodes?: readonly Node[];
}

const { parseFragment } = await loadPackage("parse5") as {
  readonly parseFragment: (html: string) => Node;
};

/** Parses what stands in a body, by the rules of the HTML standard. */
export function parseHtml(html: string): readonly HtmlElement[] {
  return elementsIn(parseFragment(html));
}

/** All elements of some, in the order of the text. */
export function descendants(
  elements: readonly HtmlElement[],
): readonly HtmlElement[] {
  return elements.flatMap((element) => [
    element,
    ...descendants(element.children),
  ]);
}

function elementsIn({ childNodes = [] }: Node): readonly HtmlElement[] {
  return childNodes.flatMap((node) =>
    node.nodeName === "#text" ? [] : {
      name: node.nodeName,
      attributes: Object.fromEntries(
        (node.attrs ?? []).map(({ name, value }) => [name, value]),
      ),
      children: elementsIn(node),
      text: textIn(node),
    }
  );
}

function textIn({ value = "", childNodes = [] }: Node): string {
  return value + childNodes.map(textIn).join("");
}
