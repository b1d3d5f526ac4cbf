/** The page that lists a directory: what it says, where its links lead, and what a name cannot do. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type ListingEntry,
  type ListingInit,
  listingPage,
  pageForm,
  wholeForm,
} from "../../lib/pages/listing_page.ts";
import { PLAIN_QUERY } from "../../lib/pages/listing_query.ts";

const file = (name: string, more: Partial<ListingEntry> = {}): ListingEntry => (
  { name, kind: "file", readable: true, ...more }
);
const directory = (name: string): ListingEntry =>
  file(name, {
    kind: "directory",
  });

function page(init: Partial<ListingInit> = {}): string {
  const path = init.path ?? "/sub/";
  const parent = path !== "/";
  const bytes = listingPage({ path, parent, entries: [], ...init });
  return new TextDecoder().decode(bytes);
}

const query = (changes: Partial<typeof PLAIN_QUERY>) => ({
  query: { ...PLAIN_QUERY, ...changes },
});

/** The row of an entry. */
function row(entry: ListingEntry, view: "list" | "grid" = "list"): string {
  const text = page({ path: "/", entries: [entry], ...query({ view }) });
  const [, rows = ""] = text.split("<tbody>\n");
  return rows.slice(0, rows.indexOf("</table>"));
}

const hrefs = (text: string) =>
  [...text.matchAll(/<a [^>]*?href="([^"]*)"/g)].map(([, href]) => href);

/** The forms of a page, as what their buttons would ask. */
function asked(text: string): string[] {
  return [...text.matchAll(/<form[^>]*>(.*?)<\/form>/g)].map(([, form = ""]) =>
    [...form.matchAll(/<(?:input|button)([^>]*)>/g)]
      .filter(([, tag = ""]) => tag.includes(" name="))
      .map(([, tag = ""]) =>
        ["name", "value"].map((attribute) =>
          new RegExp(` ${attribute}="([^"]*)"`).exec(tag)?.[1]
        ).join("=")
      ).join("&")
  );
}

Deno.test("listing: a row has icon, name, time and size, as Apache's columns", () => {
  const modified = Date.UTC(2026, 10, 28, 14, 3, 5, 678);
  const rows: Array<[entry: ListingEntry, row: string]> = [
    [
      file("a.jpg", { size: 1_500_000, modified, mediaType: "image/jpeg" }),
      '<tr><th><a href="a.jpg"><svg aria-hidden=true><use href="#image"/></svg><bdi>a.jpg</bdi></a>' +
      "<td><time datetime=2026-11-28T14:03:05Z>2026-11-28 14:03</time>" +
      '<td title="1,500,000 bytes">1.5\xa0MB\n',
    ],
    [
      { ...directory("more"), modified: 0 },
      '<tr><th><a href="more/"><svg aria-hidden=true><use href="#folder"/></svg><bdi>more/</bdi></a>' +
      "<td><time datetime=1970-01-01T00:00:00Z>1970-01-01 00:00</time><td>-\n",
    ],
    [
      file("x", { modified: 9e15 }),
      '<tr><th><a href="x"><svg aria-hidden=true><use href="#file"/></svg><bdi>x</bdi></a><td><td>-\n',
    ],
    [
      file("cgi-bin", { kind: "scripts" }),
      '<tr><th><span><svg aria-hidden=true><use href="#script"/></svg><bdi>cgi-bin/</bdi> <small>scripts</small></span><td><td>-\n',
    ],
    [
      file("run.py", { kind: "script", size: 1 }),
      '<tr><th><a href="run.py"><svg aria-hidden=true><use href="#script"/></svg><bdi>run.py</bdi></a><td><td title="1 byte">1\xa0B\n',
    ],
    [
      file("key", { readable: false }),
      '<tr><th><span><svg aria-hidden=true><use href="#file"/></svg><bdi>key</bdi> <small>not readable</small></span><td><td>-\n',
    ],
  ];
  for (const [entry, expected] of rows) assertEquals(row(entry), expected);
});

Deno.test("listing: who gets all entries at once gets rows of what programs read", () => {
  const modified = Date.UTC(2026, 10, 28, 14, 3, 5, 678);
  const mediaType = "image/jpeg";
  const rows: Array<[entry: ListingEntry, row: string]> = [
    [
      file("a.jpg", { size: 1_500_000, modified, mediaType }),
      '<tr><th><a href="a.jpg">a.jpg</a><td>2026-11-28 14:03<td>1.5\xa0MB\n',
    ],
    [
      { ...directory("more"), modified: 0 },
      '<tr><th><a href="more/">more/</a><td>1970-01-01 00:00<td>-\n',
    ],
    [
      file("<א>&'.txt", { modified: 9e15 }),
      '<tr><th><a href="%3C%D7%90%3E%26%27.txt"><bdi>&lt;א&gt;&amp;&#39;.txt</bdi></a><td><td>-\n',
    ],
    [
      file("\u202ex", {}),
      '<tr><th><a href="%E2%80%AEx"><bdi>\ufffdx</bdi></a><td><td>-\n',
    ],
    [
      file("cgi-bin", { kind: "scripts" }),
      "<tr><th><span>cgi-bin/ <small>scripts</small></span><td><td>-\n",
    ],
    [
      file("key", { readable: false }),
      "<tr><th><span>key <small>not readable</small></span><td><td>-\n",
    ],
  ];
  const heading = { path: "/", parent: false, query: PLAIN_QUERY };
  for (const [entry, expected] of rows) {
    assertEquals(wholeForm.rows([entry], 0, heading), expected);
  }
});

Deno.test("listing: each row has its own minute, whatever its neighbours have", () => {
  const minute = Date.UTC(2026, 10, 28, 14, 3);
  const times = [minute, minute + 59_999, minute - 1, undefined, minute];
  const odd = [9e15, 9e15 + 1, NaN, -1, minute, -1, 0];
  const heading = { path: "/", parent: false, query: PLAIN_QUERY };
  const entries = [...times, ...odd, ...times].map((modified, index) =>
    file(`${index}`, { modified })
  );
  const each = entries.map((entry) => wholeForm.rows([entry], 0, heading));
  assertEquals(wholeForm.rows(entries, 0, heading), each.join(""));
});

Deno.test("listing: an icon tells what the viewer can show", () => {
  const rows: Array<[mediaType: string | undefined, icon: string]> = [
    ["image/webp", "image"],
    ["video/mp4", "video"],
    ["audio/flac", "audio"],
    ["application/pdf", "pdf"],
    ["text/plain", "text"],
    ["text/html", "text"],
    ["application/json", "text"],
    ["application/ld+json", "text"],
    ["application/zip", "archive"],
    ["application/gzip", "archive"],
    ["application/x-7z-compressed", "archive"],
    ["application/octet-stream", "file"],
    ["imagery/x", "file"],
    [undefined, "file"],
  ];
  for (const [mediaType, icon] of rows) {
    assertStringIncludes(row(file("a", { mediaType })), `"#${icon}"`);
  }
  // Only the content tells; most often it is TypeScript, and no video.
  assertStringIncludes(row(file("a.ts", {})), '"#text"');
});

Deno.test("listing: a tile of the grid has the picture, where every browser shows it", () => {
  const tile = (mediaType: string, readable = true) =>
    row(file("a b.x", { mediaType, readable }), "grid");
  const image = '<img loading=lazy decoding=async alt="" src="a%20b.x">';
  assertStringIncludes(tile("image/jpeg"), image);
  assertStringIncludes(tile("image/svg+xml; charset=utf-8"), image);
  for (const text of [tile("image/heic"), tile("image/png", false)]) {
    assertStringIncludes(
      text,
      '<svg aria-hidden=true><use href="#image"/></svg>',
    );
  }
  assertStringIncludes(tile("video/mp4"), '<use href="#video"/>');
  const long = `${"long name ".repeat(9)}.txt`;
  assertStringIncludes(row(file(long), "grid"), ` title="${long}">`);
  assert(!row(file(long)).includes("title="));
  assertStringIncludes(page(query({ view: "grid" })), 'lang="en" class="grid"');
});

Deno.test("listing: the title is Apache's, the heading is the folder's name", () => {
  const rows: Array<[path: string, title: string, heading: string]> = [
    ["/", "Index of /", "Index of /"],
    ["/sub/dir/", "Index of /sub/dir", "dir"],
    ["/<b>&/", "Index of /&lt;b&gt;&amp;", "&lt;b&gt;&amp;"],
    ["/\u202ex/", "Index of /\ufffdx", "\ufffdx"],
  ];
  for (const [path, title, heading] of rows) {
    const text = page({ path });
    assertStringIncludes(text, `<title>${title}</title>`);
    assertStringIncludes(text, `<h1 id="title"><bdi>${heading}</bdi></h1>`);
  }
  const text = page({ path: "/a/", ...query({ q: "<i>" }) });
  assertStringIncludes(text, "<title>Index of /a: &lt;i&gt;</title>");
});

Deno.test("listing: links lead to entries, breadcrumbs and the parent, and nowhere else", () => {
  const entries = [file("a"), directory("b"), file("c", { readable: false })];
  const rows: Array<[init: Partial<ListingInit>, hrefs: string[]]> = [
    [{ path: "/", entries }, ["./", "a", "b/"]],
    [{ path: "/x/", entries }, ["../", "./", "../", "a", "b/"]],
    [{ path: "/x/y/" }, ["../../", "../", "./", "../"]],
    // What is above the root of the site, behind `urlRoot`, is not this server's.
    [{ path: "/mount/x/", depth: 1 }, ["../", "./", "../"]],
    [{ path: "/mount/", parent: false, depth: 0 }, ["./"]],
    [{ path: "/", ...query({ sort: "size", view: "grid", q: "x" }) }, ["./"]],
  ];
  for (const [init, expected] of rows) {
    assertEquals(hrefs(page(init)), expected);
  }
});

Deno.test("listing: what changes the query is a form, and keeps the rest of it", () => {
  const rows: Array<[Partial<typeof PLAIN_QUERY>, asked: string[]]> = [
    [{}, [
      "q=&recursive=",
      "view=grid",
      "order=desc&sort=name",
      "order=desc&sort=modified",
      "order=desc&sort=size",
    ]],
    [{ sort: "size", order: "desc", view: "grid" }, [
      "sort=size&order=desc&view=grid&q=&recursive=",
      "sort=size&order=desc&view=list",
      "view=grid&sort=name",
      "view=grid&order=desc&sort=modified",
      "view=grid&sort=size",
    ]],
    [{ sort: "size", q: "&<", recursive: true, page: 3 }, [
      "sort=size&q=&amp;&lt;&recursive=",
      "sort=size", // show all
      "q=&amp;&lt;&recursive=&sort=size&page=3&view=grid",
      "q=&amp;&lt;&recursive=&sort=name",
      "q=&amp;&lt;&recursive=&order=desc&sort=modified",
      "q=&amp;&lt;&recursive=&order=desc&sort=size",
    ]],
  ];
  for (const [changes, expected] of rows) {
    assertEquals(asked(page(query(changes))), expected);
  }
  const sorted = page(query({ sort: "size", order: "desc" }));
  assertEquals([...sorted.matchAll(/ aria-sort="(\w+)"/g)].length, 1);
  assertStringIncludes(
    sorted.split('aria-sort="descending"')[1]?.split("<tbody>")[0] ?? "",
    'value="size"',
  );
  const search = page(query({ q: "a", recursive: true }));
  assertStringIncludes(search, 'name="recursive" value="" checked>');
});

Deno.test("listing: the summary counts, and says what is not there", () => {
  const entries = [directory("a"), file("b", { size: 1024 }), file("c")];
  const rows: Array<[init: Partial<ListingInit>, summary: string]> = [
    [
      { entries },
      '1 folder, 2 files, <span title="1,024 bytes">1.0\xa0KB</span>',
    ],
    [{ entries, size: undefined }, "1 folder, 2 files"],
    [{ entries: [directory("a")] }, "1 folder"],
    [
      { directories: 12, files: 100_000, size: undefined },
      "12 folders, 100,000 files",
    ],
    [{}, "This folder is empty."],
    [query({ q: "<x>", recursive: true }), "Nothing found for “&lt;x&gt;”."],
    [
      query({ q: "x" }),
      "Nothing found for “x”. Search in subfolders, too, to find more.",
    ],
    [query({ recursive: true }), "Nothing found."],
    [
      { entries, size: undefined, ...query({ q: "x" }) },
      "Found for “x”: 1 folder, 2 files",
    ],
  ];
  for (const [init, summary] of rows) {
    assertStringIncludes(
      page(init),
      `<p id="summary" role="status">${summary}</p>`,
    );
  }
  const cut = (cut: "entries" | "time") =>
    page({ entries, cut, ...query({ q: "x", recursive: true }) });
  assertStringIncludes(cut("entries"), "Found for “x”: 1 folder, 2 files, ");
  assertStringIncludes(cut("entries"), "There is more: ");
  assertStringIncludes(
    cut("time"),
    "it took too long. Search in one of the folders.</p>",
  );
});

Deno.test("listing: a page of several names the others, by links that only people follow", () => {
  const pages = (number: number | undefined) => {
    const text = page({ pages: 3, ...query({ page: number, sort: "size" }) });
    return [...text.matchAll(/<a rel="([^"]*)" href="([^"]*)">(\w+)/g)]
      .map(([, rel, href, name]) => [name, rel, href].join(" "));
  };
  const back = [
    "First nofollow ?sort=size",
    "Previous nofollow prev ?sort=size",
  ];
  assertEquals(pages(undefined), []);
  assertEquals(pages(2), [
    ...back,
    "Next nofollow next ?sort=size&amp;page=3",
    "Last nofollow ?sort=size&amp;page=3",
  ]);
  assertEquals(pages(1).map((link) => link.split(" ")[0]), ["Next", "Last"]);
  assertEquals(pages(3).map((link) => link.split(" ")[0]), [
    "First",
    "Previous",
  ]);
});

Deno.test("listing: a readme stands below the rows with its own style", () => {
  const summary = {
    path: "/",
    parent: false,
    query: PLAIN_QUERY,
    directories: 0,
    files: 0,
    size: 0,
    pages: 1,
    cut: undefined,
  };
  assertStringIncludes(
    pageForm.tail(summary, "<p>x</p>"),
    "<article><p>x</p></article>",
  );
  assert(!pageForm.tail(summary).includes("<article"));
});

Deno.test("listing: any name is a relative reference to it", () => {
  const all = [
    "a b",
    "100%",
    "a#b",
    "a?b",
    "a:b",
    "é",
    "🎉",
    "-rf",
    "a\\b",
    "a+b",
    "javascript:alert(1)",
    "\u202etxt.exe",
    "a\nb",
  ];
  for (const name of all) {
    const [, href = ""] = hrefs(page({ path: "/", entries: [file(name)] }));
    const { pathname, search, hash, host } = new URL(href, "http://h/d/");
    assertEquals(decodeURIComponent(pathname), `/d/${name}`);
    assertEquals(search + hash + host, "h");
    assertEquals(href.includes("&"), false);
  }
});

Deno.test("listing: what a search found below is a path", () => {
  const [, href] = hrefs(page({ path: "/", entries: [file("a b/c#/d.txt")] }));
  assertEquals(href, "a%20b/c%23/d.txt");
});

Deno.test("listing: no name becomes markup, in a row, a tile, a path or a search", () => {
  const names = [
    "<img src=x onerror=alert(1)>.txt",
    `"><script>alert(1)</script>`,
    "' onclick='alert(1)",
    `" onclick="alert(1)`,
    "</title><script>",
    "a&amp;b",
    "]]>-->",
  ];
  const tags = (text: string) => text.match(/<[a-z/!][^>]*/gi)?.length;
  for (const name of names) {
    for (const view of ["list", "grid"] as const) {
      const make = (name: string) =>
        page({
          path: `/${name.replaceAll("/", "")}/`,
          entries: [file(name.replaceAll("/", ""), { mediaType: "image/png" })],
          ...query({ q: name, view }),
        });
      const text = make(name);
      assertEquals(tags(text), tags(make("x".repeat(name.length))), name);
      const unquoted = text.replaceAll(/"[^"]*"/g, "");
      assert(!/<[^>]*\son\w+=/.test(unquoted), name);
    }
  }
});
