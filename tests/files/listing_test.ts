/** What a listing shows: order, pages, searches, states, and who gets which form. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry, Files, SiteOptions, Stat } from "../../main.ts";
import { filesOf, NOW, site, YESTERDAY } from "../support/site.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

const TREE = {
  "/file10.txt": "0123456789",
  "/file2.txt": "01",
  "/README.md": "# Hello",
  "/b.JPG": "1",
  "/a/inner.txt": "x",
  "/a/deep/file2.txt": "y",
  "/Z/": "",
  "/.hidden/file2.txt": "",
  "/with-index/index.html": "",
  "/with-index/file2.txt": "secret",
};

/** The names of a listing as text. */
async function names(
  query: string,
  tree: Record<string, string> = TREE,
  headers: Record<string, string> = {},
): Promise<string[]> {
  const separator = query === "" ? "?" : "&";
  const response = await site(tree)(`/${query}${separator}format=text`, {
    headers,
  });
  return (await response.text()).split("\n").filter((line) => line !== "");
}

Deno.test("a listing has folders first, in natural order, or as the query says", async () => {
  const folders = "a/ with-index/ Z/";
  const plain = `${folders} b.JPG file2.txt file10.txt README.md`;
  const rows: Array<[query: string, names: string]> = [
    ["", plain],
    ["?order=desc", "Z/ with-index/ a/ README.md file10.txt file2.txt b.JPG"],
    ["?sort=size", `${folders} b.JPG file2.txt README.md file10.txt`],
    [
      "?sort=size&order=desc",
      `${folders} file10.txt README.md file2.txt b.JPG`,
    ],
    ["?sort=nothing&order=up", plain],
    ["?q=FILE", "file2.txt file10.txt"],
    ["?q=file%2010", "file10.txt"],
    ["?q=nothing", ""],
    ["?page=1", plain],
    ["?page=2", ""],
    ["?page=-1&sort=", plain],
  ];
  for (const [query, expected] of rows) {
    assertEquals((await names(query)).join(" "), expected, query);
  }
});

Deno.test("forty thousand names are in the same order as a few", async () => {
  const kinds = [
    (n: number) => `img${n}.JPG`,
    (n: number) => `IMG_${String(n).padStart(6, "0")}.jpg`,
    (n: number) => `${n * 7919 % 40_009}-\u00dcbung ${n}`,
    (n: number) => `${(n * 2_654_435_761 % 2 ** 32).toString(16)}.css`,
  ];
  const made = Array.from(
    { length: 40_000 },
    (_, n) => kinds[n % kinds.length]?.(n * 16_807 % 39_989) ?? "",
  );
  const { compare } = new Intl.Collator("en", { numeric: true });
  const sorted = [...new Set(made)].toSorted((a, b) =>
    compare(a, b) || (a < b ? -1 : 1)
  );
  const tree = Object.fromEntries(made.map((name) => [`/${name}`, ""]));
  assertEquals(await names("", tree), sorted);
  assertEquals(await names("?order=desc", tree), sorted.toReversed());
});

Deno.test("a listing is sorted by modification, too", async () => {
  const tree = Object.fromEntries(
    [["b", 3], ["a", 1], ["c", 2]].map(([name, days]) => [
      `/${name}`,
      { content: "", mtime: YESTERDAY - Number(days) * 1000 },
    ]),
  );
  const fetch = site(tree);
  const text = async (query: string) => await (await fetch(query)).text();
  assertEquals(await text("/?format=text&sort=modified"), "b\nc\na\n");
  assertEquals(
    await text("/?format=text&sort=modified&order=desc"),
    "a\nc\nb\n",
  );
});

Deno.test("§12.5.4 the order is that of the language that the client names", async () => {
  const tree = { "/a": "", "/Ä": "", "/z": "", "/B": "", "/ö": "" };
  const rows: Array<[language: string, names: string[]]> = [
    ["", ["a", "Ä", "B", "ö", "z"]],
    ["de-DE,de;q=0.9,en;q=0.8", ["a", "Ä", "B", "ö", "z"]],
    ["sv", ["a", "B", "z", "Ä", "ö"]],
    ["xx-yy-zz-1", ["a", "Ä", "B", "ö", "z"]],
    ["*", ["a", "Ä", "B", "ö", "z"]],
    ["<script>", ["a", "Ä", "B", "ö", "z"]],
  ];
  for (const [language, expected] of rows) {
    const headers = { "accept-language": language };
    assertEquals(await names("", tree, headers), expected, language);
  }
});

Deno.test("?q= finds every word, in any case, with or without accents", async () => {
  const tree = {
    "/Álbum 2024.txt": "",
    "/album.jpg": "",
    "/Straße": "",
    "/x": "",
  };
  const rows: Array<[q: string, names: string[]]> = [
    ["album", ["Álbum 2024.txt", "album.jpg"]],
    ["ÁLBUM", ["Álbum 2024.txt", "album.jpg"]],
    ["2024 alb", ["Álbum 2024.txt"]],
    ["  ", ["Álbum 2024.txt", "album.jpg", "Straße", "x"]],
    ["a\u0301lbum 2024", ["Álbum 2024.txt"]],
  ];
  for (const [q, expected] of rows) {
    assertEquals(await names(`?q=${encodeURI(q)}`, tree), expected, q);
  }
});

Deno.test("?recursive searches below, level by level, only where a listing could be seen", async () => {
  assertEquals(await names("?q=file2&recursive"), [
    "file2.txt",
    "a/deep/file2.txt",
  ]);
  assertEquals(await names("?recursive=0&q=file2"), ["file2.txt"]);
  assertEquals(await names("?q=in&recursive"), ["with-index/", "a/inner.txt"]);
  // An index hides the names beside it; a name that begins with a dot hides what is below.
  const all = await names("?recursive");
  assertEquals(all.some((name) => /hidden|with-index\/./.test(name)), false);
  assertEquals(await names("?q=file2&recursive&sort=size&order=desc"), [
    "file2.txt",
    "a/deep/file2.txt",
  ]);
});

Deno.test("a search ends at its bounds, and says so", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 10_050 }, (_, index) => [`/d/f${index}`, ""]),
  );
  const files = filesOf(many);
  const listed = files.list("/d");
  const list: Files["list"] = (path) =>
    path === "/d" ? listed : files.list(path);
  const stat = (path: string): Stat => ({
    kind: path === "/d" || path === "/" ? "directory" : "file",
    size: 0,
    mtime: YESTERDAY,
  });
  const fetch = site({}, {
    files: {
      ...files,
      list,
      stat,
      realPath: (path) => path,
      open: () => files.open("/d/f0"),
    },
  });
  const found = await (await fetch("/?recursive&q=f&format=json")).json();
  assertEquals(found.cut, "entries");
  assertEquals(found.entries.length, 10_000);
});

const MANY = Object.fromEntries(
  Array.from({ length: 2100 }, (_, index) => [`/f${index}`, ""]),
);

Deno.test("who names HTML gets pages of 1000 entries, everybody else all of them", async () => {
  const fetch = site(MANY);
  const count = async (query: string, headers: Record<string, string> = {}) => {
    const text = await (await fetch(`/${query}`, { headers })).text();
    return text.match(/href="f\d+"|"name":"f\d+"|^f\d+$/gm)?.length ?? 0;
  };
  const rows: Array<
    [query: string, headers: Record<string, string>, count: number]
  > = [
    ["", {}, 2100],
    ["", { accept: "*/*" }, 2100],
    ["", BROWSER, 1000],
    ["?page=3", BROWSER, 100],
    ["?page=4", BROWSER, 0],
    ["?page=3", {}, 100],
    ["?sort=size&page=3", {}, 100],
    ["?sort=size", BROWSER, 1000],
    ["?q=f20", BROWSER, 111],
    ["?format=json", BROWSER, 2100],
    ["?format=json&page=2", {}, 1000],
    ["?format=text&page=3", {}, 100],
  ];
  for (const [query, headers, expected] of rows) {
    assertEquals(
      await count(query, headers),
      expected,
      `${query} ${headers.accept}`,
    );
  }
  const { pages, files } = await (await fetch("/?format=json&page=2")).json();
  assertEquals([pages, files], [3, 2100]);
});

Deno.test("rows for people have icons and boxes; who gets all entries gets what programs read", async () => {
  const fetch = site({ "/a.txt": "1" });
  const isForPeople = async (query: string, headers = {}) => {
    const text = await (await fetch(`/${query}`, { headers })).text();
    assertStringIncludes(text, '<tr><th><a href="a.txt">');
    return /<tr>.*<use href="#text".*<bdi>.*<time .*<td title=/.test(text);
  };
  assertEquals(await isForPeople("", BROWSER), true);
  assertEquals(await isForPeople("?page=1"), true);
  assertEquals(await isForPeople("?recursive", BROWSER), true);
  assertEquals(await isForPeople(""), false);
  assertEquals(await isForPeople("?q=a&sort=size"), false);
});

Deno.test("§12.5.1 the form is what the client prefers, or what the query says", async () => {
  const rows: Array<[query: string, accept: string | undefined, type: string]> =
    [
      ["", undefined, "text/html; charset=utf-8"],
      ["", "*/*", "text/html; charset=utf-8"],
      ["", BROWSER.accept, "text/html; charset=utf-8"],
      ["", "application/json", "application/json"],
      ["", "text/html;q=0.5, application/json", "application/json"],
      ["", "application/json;q=0", "text/html; charset=utf-8"],
      ["", "text/plain", "text/plain; charset=utf-8"],
      ["", "image/png", "text/html; charset=utf-8"],
      ["?format=json", "text/html", "application/json"],
      ["?format=text", undefined, "text/plain; charset=utf-8"],
      ["?format=html", "application/json", "text/html; charset=utf-8"],
      ["?format=what", undefined, "text/html; charset=utf-8"],
    ];
  for (const [query, accept, type] of rows) {
    const headers: Record<string, string> = accept === undefined
      ? {}
      : { accept };
    const response = await site(TREE)(`/${query}`, { headers });
    assertEquals(
      response.headers.get("content-type"),
      type,
      `${query} ${accept}`,
    );
    assert(/(?:^|, )Accept(?:,|$)/.test(response.headers.get("vary") ?? ""));
    await response.body?.cancel();
  }
});

Deno.test("every form has a length and a tag; unchanged it is 304, and HEAD tells the same", async () => {
  const fetch = site(TREE);
  for (const format of ["html", "json", "ndjson", "text"]) {
    const path = `/?format=${format}`;
    const get = await fetch(path);
    const length = (await get.arrayBuffer()).byteLength;
    const etag = get.headers.get("etag") ?? "";
    assertEquals(get.headers.get("content-length"), String(length), format);
    const again = await fetch(path, { headers: { "if-none-match": etag } });
    assertEquals(again.status, 304, format);
    const head = await fetch(path, { method: "HEAD" });
    assertEquals([...head.headers], [...get.headers], format);
  }
});

Deno.test("another size or time of a file is another tag of its listing", async () => {
  const tree: Record<string, { content: string; mtime: number }> = {
    "/a": { content: "1", mtime: YESTERDAY },
  };
  const files = filesOf(tree);
  const fetch = site({}, { files });
  const tag = async () => (await fetch("/")).headers.get("etag");
  const first = await tag();
  tree["/a"] = { content: "12", mtime: YESTERDAY };
  const second = await tag();
  tree["/a"] = { content: "12", mtime: YESTERDAY - 60_000 };
  assertEquals(new Set([first, second, await tag()]).size, 3);
});

Deno.test("--no-listing: 404 for a directory without an index, alike in every form", async () => {
  for (const query of ["", "?format=json", "?recursive&q=a"]) {
    const { status } = await site(TREE, { listing: false })(`/${query}`);
    assertEquals(status, 404, query);
  }
  const { status } = await site(TREE, { listing: false })("/with-index/");
  assertEquals(status, 200);
});

Deno.test("an index answers, whatever form is asked for: it hides the names beside it", async () => {
  const response = await site(TREE)("/with-index/?format=json");
  assertEquals(
    response.headers.get("content-type"),
    "text/html; charset=utf-8",
  );
});

Deno.test("listing: anything but page, plain and false is a TypeError", () => {
  for (const listing of ["nice", true, 1]) {
    try {
      site({}, { listing } as unknown as SiteOptions);
    } catch (error) {
      assert(error instanceof TypeError && error.message.includes("listing"));
      continue;
    }
    throw new Error(`${listing}`);
  }
});

/** The JSON of the entries of a root with the given entries and states. */
async function entriesOf(
  entries: readonly Entry[],
  states: Record<string, Partial<Stat>>,
  options:
    & Partial<SiteOptions>
    & Partial<Pick<Files, "isReadable">> = {},
): Promise<Record<string, unknown>[]> {
  const { isReadable, ...rest } = options;
  const stat = (path: string): Stat | undefined => {
    if (path === "/") return { kind: "directory", size: 0, mtime: YESTERDAY };
    const state = states[path.slice(1)];
    return state && { kind: "file", size: 1, mtime: YESTERDAY, ...state };
  };
  const files: Files = {
    ...filesOf({}),
    stat,
    states: (_path, _root, names) =>
      names.map((name) => name === "withheld" ? name : stat(`/${name}`)),
    realPath: (path) => stat(path) && path,
    list: () => entries,
    ...isReadable && { isReadable },
  };
  const response = await site({}, { files, ...rest })("/?format=json");
  return (await response.json()).entries;
}

Deno.test("what cannot be opened is marked: unreadable, withheld; what is gone is not shown", async () => {
  const entries = ["open", "closed", "withheld", "gone"].map((name) =>
    ({ name, kind: "file" }) as const
  );
  const shown = await entriesOf(entries, {
    open: { worldReadable: true },
    closed: { worldReadable: false },
  }, {
    isReadable: (path) => path !== "/closed",
  });
  assertEquals(shown.map(({ name, readable }) => [name, readable]), [
    ["closed", false],
    ["open", true],
    ["withheld", false],
  ]);
});

Deno.test("what has become a link since it was listed counts as one", async () => {
  const entries = [{ name: "swapped", kind: "file" }] as const;
  const stat = { kind: "other" } as const;
  assertEquals(await entriesOf(entries, { swapped: stat }), []);
});

Deno.test("directories of scripts and scripts are what they are, with neither size nor tag", async () => {
  const entries: Entry[] = [
    { name: "cgi-bin", kind: "directory" },
    { name: "a.php", kind: "file" },
    { name: "b.txt", kind: "file" },
  ];
  const states = {
    "cgi-bin": { kind: "directory" },
    "a.php": {},
    "b.txt": {},
  } as const;
  const kinds = async (cgi: SiteOptions["cgi"]) =>
    (await entriesOf(entries, states, { cgi })).map((
      { name, kind, readable, size },
    ) => [name, kind, readable, size !== undefined]);
  assertEquals(await kinds({ extensions: { ".php": "php-cgi" } }), [
    ["cgi-bin", "scripts", false, false],
    ["a.php", "script", true, false],
    ["b.txt", "file", true, true],
  ]);
  assertEquals(await kinds(false), [
    ["cgi-bin", "directory", true, false],
    ["a.php", "file", true, true],
    ["b.txt", "file", true, true],
  ]);
});

Deno.test("a listing is made once for all who ask at the same time, and anew for who asks later", async () => {
  let lists = 0;
  const files = filesOf(TREE);
  const fetch = site({}, {
    files: { ...files, list: (path) => (lists++, files.list(path)) },
  });
  const tags = await Promise.all(Array.from({ length: 20 }, async () => {
    const response = await fetch("/");
    await response.body?.cancel();
    return response.headers.get("etag");
  }));
  assertEquals(new Set(tags).size, 1);
  assertEquals(lists, 1);
  await (await fetch("/")).body?.cancel();
  assertEquals(lists, 2);
});

Deno.test("the names of a directory are read once for each of its states", async () => {
  let lists = 0;
  let changed = YESTERDAY;
  const files = filesOf(TREE);
  const stat = (path: string) => {
    const found = files.stat(path) as Stat | undefined;
    return found && { ...found, changed, device: 1, inode: 2 };
  };
  const fetch = site({}, {
    files: {
      ...files,
      stat,
      states: (_path, _root, names) => names.map((name) => stat(`/${name}`)),
      list: (path) => (lists++, files.list(path)),
    },
  });
  const text = async () => await (await fetch("/?format=text")).text();
  const first = await text();
  assertEquals(await text(), first);
  assertEquals(lists, 1);
  changed += 1000;
  assertEquals(await text(), first);
  assertEquals(lists, 2);
  changed = NOW; // too young: another name could come in the same tick of the clock
  await text();
  await text();
  assertEquals(lists, 4);
});

Deno.test("a user's own function gets the whole model, and makes every form", async () => {
  const list: SiteOptions["list"] = (
    { entries, directories, files, size, query },
  ) => ({
    body: JSON.stringify({ entries, directories, files, size, q: query.q }),
  });
  const fetch = site(TREE, { list });
  const model = await (await fetch("/?q=file")).json();
  assertEquals(model, {
    entries: [2, 10].map((size) => ({
      name: `file${size}.txt`,
      kind: "file",
      size,
      modified: YESTERDAY,
      mediaType: "text/plain; charset=utf-8",
      entityTag: model.entries.find((entry: { size: number }) =>
        entry.size === size
      ).entityTag,
      readable: true,
    })),
    directories: 0,
    files: 2,
    size: 12,
    q: "file",
  });
  const { entityTag } = model.entries[0];
  assert(typeof entityTag === "string");
  assertEquals((await fetch("/file2.txt")).headers.get("etag"), entityTag);
  const hiding: SiteOptions["list"] = ({ query }) => ({
    body: `${query.format}`,
  });
  const form = async (query: string, accept = "*/*") => {
    const headers = { accept };
    const response = await site(TREE, { list: hiding })(query, { headers });
    return await response.text();
  };
  assertEquals(await form("/"), "html");
  assertEquals(await form("/?format=json"), "json");
  assertEquals(await form("/", "text/plain"), "text");
});

Deno.test("a listing that takes long does not hold up that of another directory", async () => {
  const files = filesOf({ "/slow/a": "", "/quick/b": "" });
  let finish = () => {};
  const list: Files["list"] = async (path) => {
    if (path === "/slow") await new Promise<void>((done) => finish = done);
    return files.list(path);
  };
  const fetch = site({}, { files: { ...files, list } });
  const slow = fetch("/slow/");
  const quick = await fetch("/quick/");
  assertEquals(quick.status, 200);
  await quick.body?.cancel();
  finish();
  await (await slow).body?.cancel();
});

Deno.test("searches at the same time read a directory once", async () => {
  let lists = 0;
  const files = filesOf(TREE);
  const stat = (path: string) => {
    const found = files.stat(path) as Stat | undefined;
    return found && { ...found, changed: YESTERDAY, device: 1, inode: 2 };
  };
  const list: Files["list"] = async (path) => {
    lists++;
    await new Promise((done) => setTimeout(done));
    return files.list(path);
  };
  const fetch = site({}, { files: { ...files, stat, list } });
  const texts = await Promise.all(Array.from({ length: 10 }, async (_, at) => {
    const response = await fetch(`/?recursive&format=text&q=file${at}`);
    return await response.text();
  }));
  assertEquals(texts[2], "file2.txt\na/deep/file2.txt\n");
  // The root, a, a/deep, with-index, and Z.
  assertEquals(lists, 5);
});
