/** Long directories, whose page is sent while they are read. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Entry, Files, LogRecord, SiteOptions } from "../../main.ts";
import { random } from "../support/random.ts";
import { type Fetch, filesOf, loggedSite, NOW, site } from "../support/site.ts";

const DIRECTORY = { kind: "directory", size: 0, mtime: 0 } as const;
/** As long as a directory is with some 16,000 names. */
const LONG = { ...DIRECTORY, size: 524_288 };
const FILE = { kind: "file", size: 1, mtime: 0 } as const;

/** A root with the given entries, of which links lead to a file, or to what their name says. */
function filesWith(
  entries: readonly Entry[] | undefined,
  root: typeof DIRECTORY | typeof LONG,
): { files: Files; lists: () => number; links: () => number } {
  let lists = 0;
  let links = 0;
  const files: Files = {
    ...filesOf({}),
    realPath: (path) => {
      if (path === "/" || path.startsWith("/index.")) {
        return path === "/" ? path : undefined;
      }
      links++;
      return path.includes("broken") ? undefined : path;
    },
    stat: (path) => {
      if (path === "/") return root;
      return path.includes("folder") ? DIRECTORY : FILE;
    },
    list: () => {
      lists++;
      return Promise.resolve(entries);
    },
    open: () =>
      entries && {
        stat: root,
        close: () => {},
        content: () => undefined,
        digest: () => Promise.resolve(undefined),
      },
  };
  return { files, lists: () => lists, links: () => links };
}

function long(
  entries: readonly Entry[],
  options: Partial<SiteOptions> = {},
): Fetch {
  return site({}, { files: filesWith(entries, LONG).files, ...options });
}

function plain(count: number, kind: Entry["kind"] = "file"): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `file-${index}`,
    kind,
  }));
}

Deno.test("the page of a long directory is that of a short one with the same entries", async () => {
  const kinds = ["file", "directory", "link", "other"] as const;
  const pieces = [..."aAbBéİ🎉&<\"'%?#: .\ufffd\u202e"]
    .concat("broken", "folder", ".git");
  for (let seed = 1; seed <= 40; seed++) {
    const { below, pick, join } = random(seed);
    const names = new Set(
      Array.from({ length: below(6000) }, () => join(pieces, 6) || "x"),
    );
    const entries = [...names].map((name) => ({ name, kind: pick(kinds) }));
    const page = async (root: typeof DIRECTORY | typeof LONG) => {
      const { files } = filesWith(entries, root);
      const response = await site({}, { files })("/");
      assertEquals(response.headers.has("etag"), root === DIRECTORY);
      return await response.text();
    };
    assertEquals(await page(LONG), await page(DIRECTORY), `seed ${seed}`);
  }
});

Deno.test("a directory in which nothing may be seen is empty, a long one, too", async () => {
  const hidden: Entry[] = [{ name: ".git", kind: "directory" }];
  for (const root of [DIRECTORY, LONG]) {
    const { files } = filesWith(hidden, root);
    const page = await (await site({}, { files })("/")).text();
    assert(page.includes("This folder is empty."), page);
  }
});

Deno.test("the page of a long directory has no validators, no length and no ranges", async () => {
  const fetch = long(plain(10));
  const { status, headers } = await fetch("/");
  assertEquals(status, 200);
  for (const name of ["etag", "last-modified", "content-length"]) {
    assertEquals(headers.get(name), null, name);
  }
  assertEquals(headers.get("accept-ranges"), null);
  const again = await fetch("/", {
    headers: { "if-none-match": '"a"', range: "bytes=0-9" },
  });
  assertEquals(again.status, 200);
  const state = await fetch("/", { headers: { "if-match": '"a"' } });
  assertEquals(state.status, 412);
});

Deno.test("HEAD of a long directory does not read it, and has the fields of GET", async () => {
  const { files, lists } = filesWith(plain(10), LONG);
  const fetch = site({}, { files });
  const head = await fetch("/", { method: "HEAD" });
  assertEquals(lists(), 0);
  const get = await fetch("/");
  assertEquals([...head.headers], [...get.headers]);
  assertEquals(lists(), 0); // nor does GET, before somebody takes its page
  assert((await get.text()).includes("file-9"));
  assertEquals(lists(), 1);
});

Deno.test("a long directory that may not be read is 404 before anything is sent", async () => {
  const { files } = filesWith(undefined, LONG);
  const headers = { accept: "text/html" };
  const response = await site({}, { files })("/", { headers });
  assertEquals(response.status, 404);
  const text = await response.text();
  assert(text.includes("No permission to list directory"), text);
  // It is there, and spelled as it should be.
  assert(!text.includes("spelling"), text);
});

Deno.test("the page of a long directory is coded while it is sent", async () => {
  const entries = plain(5000);
  const fetch = long(entries, { compress: true });
  const expected = await (await fetch("/")).text();
  const coded = await fetch("/", { headers: { "accept-encoding": "gzip" } });
  assertEquals(coded.headers.get("content-encoding"), "gzip");
  assertEquals(
    coded.headers.get("vary"),
    "Accept, Accept-Language, Accept-Encoding",
  );
  const stream = coded.body?.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(stream).text(), expected);
  const headers = { "accept-encoding": "identity;q=0" };
  assertEquals((await long(entries)("/", { headers })).status, 406);
});

Deno.test("the user's fields and their page are for long directories, too", async () => {
  const headersByPath = [["/**", { "X-A": "1" }]] as const;
  const described = await long(plain(3), { headersByPath })("/");
  assertEquals(described.headers.get("x-a"), "1");
  await described.body?.cancel();
  const list: SiteOptions["list"] = ({ entries }) => ({
    body: `${entries.length}`,
  });
  assertEquals(await (await long(plain(3), { list })("/")).text(), "3");
});

Deno.test("when the client leaves a long listing, no more links are looked at", async () => {
  const { files, links } = filesWith(plain(10_000, "link"), LONG);
  const records: LogRecord[] = [];
  const log = (record: LogRecord) => void records.push(record);
  const response = await site({}, { files, log })("/");
  const reader = response.body?.getReader();
  for (let chunk = 0; chunk < 3; chunk++) await reader?.read();
  const before = links();
  assert(before > 0 && before < 1000, `${before}`);
  await reader?.cancel();
  assertEquals(links(), before);
});

Deno.test("others have their turn while a long directory is listed", async () => {
  const response = await long(plain(50_000))("/");
  let turns = 0;
  const timer = setInterval(() => turns++);
  await response.text();
  clearInterval(timer);
  assert(turns > 0, `${turns}`);
});

Deno.test("a long directory that goes while it is listed cuts the answer, and is no bug", async () => {
  const { files } = filesWith(plain(10), LONG);
  const { fetch, logged } = loggedSite({}, {
    files: { ...files, list: () => undefined },
    clock: { now: () => NOW },
  });
  const response = await fetch("/");
  assertEquals(response.status, 200);
  await assertRejects(() => response.text());
  const { error } = await logged();
  assert(error instanceof Error && error.stack === undefined);
});
