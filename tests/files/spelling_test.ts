/** A name counts only as its directory spells it, on disks that find objects by other names, too. */

import { assert, assertEquals } from "@std/assert";
import { createDirectories } from "../../lib/files/directories.ts";
import { createSpelling, type Spelling } from "../../lib/files/spelling.ts";
import { type Files, memoryFiles } from "../../main.ts";
import { scripts } from "../support/cgi.ts";
import { foldingFiles } from "../support/folding_disk.ts";
import { filesOf, site } from "../support/site.ts";

const SCRIPT = { content: "#!/bin/sh\n", executable: true } as const;
const TREE = {
  "/index.html": "index",
  "/page.html": "page",
  "/page.html.gz": "zipped",
  "/x.php": "SOURCE",
  "/longname.phtml": "SOURCE",
  "/2024/11.txt": "digits",
  "/notes.txt~": "backup",
  "/привет.txt": "hello",
  "/日本": "kanji",
  "/cgi-bin/x.sh": SCRIPT,
  "/Upper/INDEX.HTML": "upper",
  "/.git/config": "SECRET",
  "/.123": "SECRET",
};
const SHORT_NAMES = {
  "GIT~1": ".git",
  "LONGNA~1.PHT": "longname.phtml",
  "CGI-BI~1": "cgi-bin",
  "NOTES~1.TXT": "notes.txt~",
};

/** [URL, status on a disk that folds names]; on an exact disk all that is not 200 is not there. */
const ROWS: ReadonlyArray<readonly [url: string, status: number]> = [
  ["/", 200],
  ["/page.html", 200],
  ["/2024/11.txt", 200],
  ["/notes.txt~", 200],
  ["/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82.txt", 200],
  ["/%E6%97%A5%E6%9C%AC", 200],
  ["/Upper/INDEX.HTML", 200],
  ["/PAGE.HTML", 404],
  ["/Page.html", 404],
  ["/page.html.", 404],
  ["/page.html%20", 404],
  ["/page%E2%80%8D.html", 404],
  ["/%D0%9F%D0%A0%D0%98%D0%92%D0%95%D0%A2.txt", 404],
  ["/2024./11.txt", 404],
  ["/NOTES~1.TXT", 404],
  ["/GIT~1/config", 404],
  ["/git~1/config", 404],
  ["/GIT~1/", 404],
  ["/%E2%80%8D.git/config", 404],
  ["/CGI-BIN/x.sh", 404],
  ["/CGI-BI~1/x.sh", 404],
  ["/CGI-BIN/", 404],
  ["/cgi-bin/X.SH", 404],
  ["/cgi-bin./x.sh", 404],
  ["/X.PHP", 404],
  ["/x.php.", 404],
  ["/x.php%20", 404],
  ["/LONGNA~1.PHT", 404],
  ["/upper/INDEX.HTML", 404],
];

const CGI = { extensions: { ".php": ["php"], ".phtml": ["php"] } };

/** Counts what is asked of files. */
function counted(files: Files): { files: Files; lists: string[] } {
  const lists: string[] = [];
  const list = (path: string) => {
    lists.push(path);
    return files.list(path);
  };
  return { files: { ...files, list }, lists };
}

Deno.test("a disk that folds names serves what an exact one serves", async () => {
  const disks: ReadonlyArray<readonly [string, Files]> = [
    ["exact", filesOf(TREE)],
    ["folding", foldingFiles(filesOf(TREE), SHORT_NAMES)],
  ];
  for (const [name, files] of disks) {
    const { fetch, commands } = scripts(() => "Content-Type: a/b\n\nran", CGI, {
      files,
    });
    for (const [url, status] of ROWS) {
      const response = await fetch(url);
      const text = await response.text();
      assertEquals(response.status, status, `${url} on a disk that is ${name}`);
      assert(!/SOURCE|SECRET|#!/.test(text), `${url}: ${text}`);
    }
    assertEquals(commands.length, 0);
    for (const url of ["/cgi-bin/x.sh", "/x.php", "/longname.phtml"]) {
      assertEquals(await (await fetch(url)).text(), "ran", url);
    }
    assertEquals(commands.length, 3);
  }
});

Deno.test("with dotfiles hidden names are found by their own spelling only", async () => {
  const files = foldingFiles(filesOf(TREE), SHORT_NAMES);
  const fetch = site({}, { files, dotfiles: true });
  assertEquals((await fetch("/.git/config")).status, 200);
  assertEquals((await fetch("/.GIT/config")).status, 404);
  assertEquals((await fetch("/GIT~1/config")).status, 404);
});

Deno.test("an index and a sidecar count only as they are spelled", async () => {
  const files = foldingFiles(filesOf({
    "/INDEX.HTML": "index",
    "/page.html": "page",
    "/PAGE.HTML.GZ": "zipped",
    "/other.html": "other",
    "/other.html.gz": "zipped",
  }));
  const fetch = site({}, { files, sidecars: true });
  const headers = { "accept-encoding": "gzip" };
  const listing = await (await fetch("/")).text();
  assert(listing.includes('href="INDEX.HTML"'), listing);
  const codingOf = async (url: string) =>
    (await fetch(url, { headers })).headers.get("content-encoding");
  assertEquals(await codingOf("/page.html"), null);
  assertEquals(await codingOf("/other.html"), "gzip");
});

Deno.test("every link of a listing leads somewhere", async () => {
  const files = foldingFiles(filesOf(TREE), SHORT_NAMES);
  const fetch = site({}, { files, cgi: true });
  for (const directory of ["/2024/", "/Upper/"]) {
    const page = await (await fetch(directory)).text();
    const hrefs = [...page.matchAll(/<a href="([^".?/][^"]*)"/g)];
    assert(hrefs.length > 0, page);
    for (const [, href] of hrefs) {
      const { status } = await fetch(`${directory}${href}`);
      assertEquals(status, 200, `${directory}${href}`);
    }
  }
});

Deno.test("a directory of scripts that is spelled otherwise is a ground all the same", async () => {
  const tree = { "/CGI-BIN/x.sh": SCRIPT, "/page.html": "page" };
  const fetch = site({}, { files: foldingFiles(filesOf(tree)), cgi: true });
  assertEquals((await fetch("/CGI-BIN/x.sh")).status, 404);
  assertEquals((await fetch("/page.html")).status, 200);
  // On an exact disk it is another directory.
  const exact = { ...tree, "/cgi-bin/y.sh": SCRIPT };
  assertEquals(
    (await site(exact, { cgi: true })("/CGI-BIN/x.sh")).status,
    200,
  );
});

Deno.test("a directory of scripts is known by device and inode, whatever leads there", async () => {
  const memory = filesOf({
    "/cgi-bin/d/x.sh": SCRIPT,
    "/mounted/d/x.sh": SCRIPT,
    "/other/x.sh": "text",
  });
  const rows: ReadonlyArray<readonly [inode: number, status: number]> = [
    [7, 404],
    [0, 200],
    // It was rounded: it may be another's.
    [2 ** 53 + 2, 200],
  ];
  for (const [inode, status] of rows) {
    const files: Files = {
      ...memory,
      stat: async (path) => {
        const found = await memory.stat(path);
        const isGround = path === "/cgi-bin" || path === "/mounted";
        const own = isGround ? inode : path.length + 100;
        return found && { ...found, device: 1, inode: own };
      },
    };
    const fetch = site({}, { files, cgi: true });
    // HEAD opens nothing: what is open says nothing of inodes in memory.
    const head = async (url: string) =>
      (await fetch(url, { method: "HEAD" })).status;
    assertEquals(await head("/mounted/d/x.sh"), status, `${inode}`);
    assertEquals(await head("/other/x.sh"), 200);
  }
});

Deno.test("isExact() lists a directory only where the disk may read a name otherwise", async () => {
  const names: ReadonlyArray<readonly [name: string, listed: boolean]> = [
    ["page.html", false],
    ["README", false],
    ["2024", false],
    ["-", false],
    ["é.txt", false],
    ["日本", true],
    ["a~", true],
    ["a:b", true],
    ["a.", true],
    ["a ", true],
    ["a\u200db", true],
    ["\uff0egit", true],
    ["a\uff0ephp", true],
  ];
  for (const [name, listed] of names) {
    const { files, lists } = counted(memoryFiles({ [`/${name}`]: "" }));
    assert(await spellingOf(files).isExact("/", [name]), name);
    assertEquals(lists, listed ? ["/"] : [], name);
  }
});

Deno.test("isExact(): two names that differ in case are two names on an exact disk", async () => {
  const { files, lists } = counted(memoryFiles({ "/a/b": "", "/A/b": "" }));
  assert(await spellingOf(files).isExact("/", ["a", "b"]));
  assert(await spellingOf(files).isExact("/", ["A", "b"]));
  assertEquals(lists, ["/", "/"]);
});

Deno.test("isExact(): decomposed names are the composed ones; where nothing may be listed, another name tells", async () => {
  const decomposed = "e\u0301~";
  const files = memoryFiles({ [`/${decomposed}`]: "" });
  assert(await spellingOf(files).isExact("/", ["é~"]));
  assert(await spellingOf(files).isExact("/", [decomposed]));
  assertEquals(await isExact({ "/a~": "" }), true);
  assertEquals(await isExact({ "/a~": "", "/A~": "" }), false);
});

function spellingOf(files: Files): Spelling {
  return createSpelling(files, createDirectories(files, Date.now));
}

/** In a directory that may be entered and not listed. */
async function isExact(tree: Record<string, string>): Promise<boolean> {
  const files = { ...memoryFiles(tree), list: () => undefined };
  return await spellingOf(files).isExact("/", ["a~"]);
}

Deno.test("isExact() lists a directory once for each of its states", async () => {
  let mtime = 1000;
  const memory = memoryFiles({ "/a~": "", "/b~": "" });
  const { files, lists } = counted({
    ...memory,
    stat: () => ({ kind: "directory", size: 0, mtime }),
  });
  const { isExact } = spellingOf(files);
  for (const name of ["a~", "b~", "a~", "c~"]) {
    assertEquals(await isExact("/", [name]), name !== "c~");
  }
  assertEquals(lists.length, 1);
  mtime = 2000;
  assert(await isExact("/", ["a~"]));
  assertEquals(lists.length, 2);
});

Deno.test("a listing with many links lists no directory twice, where names are doubtful", async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`/d/${index}~`, "x"]),
  );
  const memory = filesOf(tree);
  const list = async (path: string) =>
    (await memory.list(path))?.map(({ name }) =>
      ({ name, kind: path === "/d" ? "link" : "directory" }) as const
    );
  const { files, lists } = counted({ ...memory, list });
  const page = await (await site({}, { files })("/d/")).text();
  assert(page.includes("99~"));
  assertEquals(lists, ["/d", "/d"]);
});
