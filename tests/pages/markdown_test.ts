/** Markdown becomes HTML of which every element, attribute and reference is one that was meant. */

import { assert, assertEquals } from "@std/assert";
import { renderMarkdown } from "../../lib/pages/markdown.ts";
import { descendants, type HtmlElement, parseHtml } from "../support/html.ts";
import { type Random, random } from "../support/random.ts";

async function render(text: string, isPage = false): Promise<string> {
  const rendered = await renderMarkdown(text, { isPage });
  assert(rendered !== undefined, "too many steps");
  return rendered.html.replaceAll(/>\n+</g, "><").trim();
}

const REL = 'rel="noopener noreferrer nofollow"';

Deno.test("Markdown: blocks and lines (CommonMark, GFM tables, strikethrough, task lists)", async () => {
  const rows: ReadonlyArray<readonly [text: string, html: string]> = [
    [
      "a *b* **c** `d` ~~e~~",
      '<p dir="auto">a <em>b</em> <strong>c</strong> <code>d</code> <s>e</s></p>',
    ],
    ["a  \nb\nc", '<p dir="auto">a<br>\nb\nc</p>'],
    ["> a", '<blockquote dir="auto"><p>a</p></blockquote>'],
    ["- a\n- b", '<ul dir="auto"><li>a</li><li>b</li></ul>'],
    ["3. a", '<ol start="3" dir="auto"><li>a</li></ol>'],
    ["1. a", '<ol dir="auto"><li>a</li></ol>'],
    ["---", "<hr>"],
    [
      "```js\n<a>\n```",
      '<pre dir="ltr" tabindex="0"><code>&lt;a&gt;\n</code></pre>',
    ],
    ["    a", '<pre dir="ltr" tabindex="0"><code>a\n</code></pre>'],
    [
      "- [ ] a\n- [x] *b*\n- [y] c",
      '<ul dir="auto"><li><label><input type="checkbox" disabled> a</label></li>' +
      '<li><label><input type="checkbox" disabled checked> <em>b</em></label></li><li>[y] c</li></ul>',
    ],
    [
      "|a|b|c|\n|:-|-|-:|\n|1|2|",
      '<div role="group" aria-label="Table" tabindex="0" dir="auto"><table><thead><tr><th class="left">a</th><th>b</th>' +
      '<th class="right">c</th></tr></thead><tbody><tr><td class="left">1</td><td>2</td><td class="right"></td></tr></tbody></table></div>',
    ],
  ];
  for (const [text, html] of rows) assertEquals(await render(text), html);
});

Deno.test("Markdown: HTML is text, and comments are left out", async () => {
  const rows: ReadonlyArray<readonly [text: string, html: string]> = [
    ["<b>a</b>", '<p dir="auto">&lt;b&gt;a&lt;/b&gt;</p>'],
    [
      "<script>alert(1)</script>",
      '<p dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    ],
    ["<!-- a -->\nb", '<p dir="auto">b</p>'],
    ["a\n<!--\n\nb\n-->\nc", '<p dir="auto">a</p><p dir="auto">c</p>'],
    ["> <!-- a\n> -->\n> b", '<blockquote dir="auto"><p>b</p></blockquote>'],
    ["<!-- a --> b", '<p dir="auto">&lt;!-- a --&gt; b</p>'],
    ["<!-- a", '<p dir="auto">&lt;!-- a</p>'],
    [
      "    <!-- a -->",
      '<pre dir="ltr" tabindex="0"><code>&lt;!-- a --&gt;\n</code></pre>',
    ],
    ["&lt;i&gt; &copy;", '<p dir="auto">&lt;i&gt; ©</p>'],
  ];
  for (const [text, html] of rows) assertEquals(await render(text), html);
});

Deno.test("Markdown: links lead by http, https and mailto, or stay on the server; others are text", async () => {
  const rows: ReadonlyArray<readonly [text: string, html: string]> = [
    ["[a](b.md)", '<a href="b.md">a</a>'],
    ["[a](../b/?c=d&e#f)", '<a href="../b/?c=d&amp;e#f">a</a>'],
    ["[a](/b 'c \"d\"')", '<a href="/b" title="c &quot;d&quot;">a</a>'],
    ["[a](http://b.c)", `<a href="http://b.c" ${REL}>a</a>`],
    ["[a](HTTPS://b.c)", `<a href="HTTPS://b.c" ${REL}>a</a>`],
    ["[a](//b.c/d)", `<a href="//b.c/d" ${REL}>a</a>`],
    ["[a](\\\\b.c)", `<a href="%5Cb.c">a</a>`],
    ["[a](mailto:b@c.d)", `<a href="mailto:b@c.d" ${REL}>a</a>`],
    ["<https://b.c>", `<a href="https://b.c" ${REL}>https://b.c</a>`],
    ["[a](javascript:b)", "a"],
    ["[a](JAVA&#115;cript&colon;b)", "a"],
    ["[a](<java\tscript:b>)", '<a href="java%09script:b">a</a>'],
    ["[a](vbscript:b)", "a"],
    ["[a](data:text/html,b)", "a"],
    ["[a](file:///b)", "a"],
    ["[a](ftp://b.c)", "a"],
    ["<javascript:b>", "javascript:b"],
    ["[a][b]\n\n[b]: javascript:c", "a"],
    ["![a](data:image/svg+xml,b)", "a"],
    ["![a](javascript:b)", "a"],
    [
      "![a *b*](c.png 'd')",
      '<img src="c.png" alt="a b" loading="lazy" decoding="async" title="d">',
    ],
    ["![a](http://b.c/d.png)", `<a href="http://b.c/d.png" ${REL}>a</a>`],
    ["![](//b.c/d.png)", `<a href="//b.c/d.png" ${REL}>//b.c/d.png</a>`],
    ["[![a](http://b.c/d.png)](e)", '<a href="e">a</a>'],
    [
      "[![a](d.png)](e)",
      '<a href="e"><img src="d.png" alt="a" loading="lazy" decoding="async"></a>',
    ],
  ];
  for (const [text, html] of rows) {
    assertEquals(await render(text), `<p dir="auto">${html}</p>`, text);
  }
});

Deno.test("Markdown: addresses in a text are links, without the end of the sentence (GFM §6.9)", async () => {
  const link = (href: string, text = href) =>
    `<a href="${href}" ${REL}>${text}</a>`;
  const rows: ReadonlyArray<readonly [text: string, html: string]> = [
    ["at http://a.b/c_d?e=f, g", `at ${link("http://a.b/c_d?e=f")}, g`],
    ["(https://a.b/c_(d)).", `(${link("https://a.b/c_(d)")}).`],
    ["www.a.b", link("http://www.a.b", "www.a.b")],
    ["a.b+c@d.org.", `${link("mailto:a.b+c@d.org", "a.b+c@d.org")}.`],
    ["http://a.b/é", link("http://a.b/%C3%A9", "http://a.b/é")],
    ["[http://a.b](c)", '<a href="c">http://a.b</a>'],
    ["`http://a.b`", "<code>http://a.b</code>"],
    [
      "README.md, //a.b, debug@2.2.0, a@b, http://, xhttp://a.b",
      "README.md, //a.b, debug@2.2.0, a@b, http://, xhttp://a.b",
    ],
  ];
  for (const [text, html] of rows) {
    assertEquals(await render(text), `<p dir="auto">${html}</p>`, text);
  }
});

Deno.test("Markdown: headings stand below that of the page, and their names do not meet others", async () => {
  assertEquals(
    await render("# Über *uns*!\n\n###### Über uns\n\n[a](#über-uns) [b](#)"),
    '<h2 id="section-über-uns" dir="auto">Über <em>uns</em>!</h2>' +
      '<h6 id="section-über-uns-1" dir="auto">Über uns</h6>' +
      '<p dir="auto"><a href="#section-%C3%BCber-uns">a</a> <a href="#">b</a></p>',
  );
});

Deno.test("Markdown: a page begins with its heading, and leads to other pages", async () => {
  const text =
    "# A\n\n## B\n\n[c](d.md) [e](../f.markdown#g) [h](i.md?j) [k](http://l.m/n.md)";
  assertEquals(
    await render(text, true),
    '<h1 id="section-a" dir="auto">A</h1><h2 id="section-b" dir="auto">B</h2>' +
      '<p dir="auto"><a href="d.md?view">c</a> <a href="../f.markdown?view#section-g">e</a> ' +
      `<a href="i.md?j">h</a> <a href="http://l.m/n.md" ${REL}>k</a></p>`,
  );
  const later = await renderMarkdown("a\n\n# B", { isPage: true });
  assertEquals(later?.isTitled, false);
  assertEquals(later?.title, "B");
  assertEquals(
    await render("a\n\n# B", true),
    '<p dir="auto">a</p><h2 id="section-b" dir="auto">B</h2>',
  );
});

/** What may stand in a text, and the attributes that each may have. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "rel", "title"],
  blockquote: ["dir"],
  br: [],
  code: [],
  div: ["aria-label", "dir", "role", "tabindex"],
  em: [],
  ...Object.fromEntries(
    ["h1", "h2", "h3", "h4", "h5", "h6"].map((name) => [name, ["dir", "id"]]),
  ),
  hr: [],
  img: ["alt", "decoding", "loading", "src", "title"],
  input: ["checked", "disabled", "type"],
  label: [],
  li: [],
  ol: ["dir", "start"],
  p: ["dir"],
  pre: ["dir", "tabindex"],
  s: [],
  strong: [],
  table: [],
  tbody: [],
  td: ["class"],
  th: ["class"],
  thead: [],
  tr: [],
  ul: ["dir"],
};

function assertAllowed({ name, attributes }: HtmlElement): void {
  const allowed = ALLOWED[name];
  assert(allowed !== undefined, `<${name}>`);
  for (const [attribute, value] of Object.entries(attributes)) {
    assert(allowed.includes(attribute), `<${name} ${attribute}>`);
    if (attribute === "id") assert(value.startsWith("section-"), value);
    if (attribute === "href") assertReference(value, attributes.rel);
    if (attribute === "src") {
      assertEquals(
        new URL(value, "https://here.test/a/").origin,
        "https://here.test",
      );
    }
  }
}

/** Of two sites, so that nothing passes because it has the scheme of the page. */
function assertReference(href: string, rel: string | undefined): void {
  for (const site of ["http://here.test", "https://here.test"]) {
    const url = URL.parse(href, `${site}/a/`);
    if (url === null) return assert(/^(?:https?|mailto):/i.test(href), href);
    const { protocol, origin } = url;
    assert(["http:", "https:", "mailto:"].includes(protocol), href);
    if (origin !== site) assertEquals(rel, "noopener noreferrer nofollow");
  }
}

const PIECES = [
  "a",
  " ",
  "\n",
  "\n\n",
  "\t",
  "    ",
  "*",
  "**",
  "_",
  "~~",
  "`",
  "```\n",
  "# ",
  "=\n",
  "- ",
  "1. ",
  "> ",
  "|",
  "|-|-|\n",
  "|a|b|\n",
  "[",
  "]",
  "(",
  ")",
  "![",
  "](",
  "[a]: ",
  "[ ] ",
  "<",
  ">",
  "</",
  "/>",
  "&",
  "&lt;",
  "&#58;",
  "&colon;",
  "&#x0a;",
  "\\",
  '"',
  "'",
  "=",
  ":",
  "//",
  "\\\\",
  "/",
  "http://b.c",
  "https:",
  "www.a",
  "a@b.cd",
  "javascript:alert(1)",
  "JaVaScRiPt&#58;x",
  "java\nscript:",
  "data:text/html,<script>x</script>",
  "vbscript:x",
  "mailto:a",
  "<script>",
  "</script>",
  "<img src=x onerror=x>",
  "<a href='javascript:x'>",
  "<svg/onload=x>",
  "<!--",
  "-->",
  "<style>",
  "</pre>",
  "<?php",
  "<![CDATA[",
  "]]>",
  "\0",
  "\x01",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\ud800",
  "é",
  "🎉",
  "#a",
  "?view",
  "x.md",
  " onclick=x ",
  ` " onmouseover="x" `,
];

async function someText({ join }: Random): Promise<string> {
  return await Promise.resolve(join(PIECES, 40));
}

Deno.test("Markdown: whatever a text holds, only these elements, attributes and schemes come of it", async () => {
  for (let seed = 1; seed <= 4000; seed++) {
    const text = await someText(random(seed));
    const rendered = await renderMarkdown(text, { isPage: seed % 2 === 0 });
    assert(rendered !== undefined);
    try {
      descendants(parseHtml(rendered.html)).forEach(assertAllowed);
    } catch (cause) {
      throw new Error(`Fails for seed ${seed}: ${JSON.stringify(text)}`, {
        cause,
      });
    }
  }
});

Deno.test("Markdown: a text that takes too many steps is not rendered; one of 64 KiB of words is", async () => {
  const most = 65_536;
  const fill = (piece: string) => piece.repeat(most / piece.length);
  const rendered = async (text: string) =>
    await renderMarkdown(text, { isPage: false }) !== undefined;
  const ordinary =
    "Some *words* about [a thing](b.md), and what it does with `code` that is longer than two lines:\n\n" +
    "- one item that has some words\n- two of them\n\n";
  assert(await rendered(fill(ordinary)));
  assert(await rendered(fill("a ")));
  assert(await rendered(fill("a b c d e f g h\n")));
  assertEquals(await rendered(fill("- a\n")), false);
  assertEquals(await rendered(fill("*a*")), false);
  const long = `[a]: ${"b".repeat(most / 2)}\n\n`;
  assertEquals(await rendered(long + "[a]".repeat(most / 8)), false);
});
