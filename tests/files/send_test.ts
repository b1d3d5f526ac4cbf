/** The one effect, and decision D1: what is sent is what was decided on. */

import { assert, assertEquals } from "@std/assert";
import {
  type Awaitable,
  createHandler,
  type MemoryFile,
  type OpenFile,
} from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf, NOW, site, watched, YESTERDAY } from "../support/site.ts";

/** Files of which one changes between the decision and the opening. */
function changing(
  tree: Record<string, MemoryFile>,
  change: (tree: Record<string, MemoryFile>, time: number) => void,
): ReturnType<typeof watched> {
  const files = filesOf(tree);
  let times = 0;
  return watched({
    ...files,
    open: (path) => {
      change(tree, times++);
      return files.open(path);
    },
  });
}

Deno.test("HEAD, 301, 304, 400, 404, 405, 406, 412, 416, 501 and OPTIONS open no file", async () => {
  const { files, opened } = watched(filesOf({ "/a.txt": "a", "/d/b": "" }));
  const fetch = site({}, { files });
  const tag = (await fetch("/a.txt", { method: "HEAD" })).headers.get("etag") ??
    "";
  const rows: Array<[number, string, RequestInit]> = [
    [200, "/a.txt", { method: "HEAD" }],
    [301, "/d", {}],
    [304, "/a.txt", { headers: { "if-none-match": tag } }],
    [400, "/%zz", {}],
    [404, "/x", {}],
    [405, "/a.txt", { method: "POST" }],
    [412, "/a.txt", { headers: { "if-match": '"x"' } }],
    [406, "/a.txt", { headers: { "accept-encoding": "*;q=0" } }],
    [416, "/a.txt", { headers: { range: "bytes=5-" } }],
    [501, "/a.txt", { method: "SPAM" }],
    [204, "/a.txt", { method: "OPTIONS" }],
  ];
  for (const [status, path, init] of rows) {
    assertEquals((await fetch(path, init)).status, status);
  }
  assertEquals(opened, []);
  assertEquals(await (await fetch("/a.txt")).text(), "a");
  assertEquals(opened, ["/a.txt"]);
});

Deno.test("D1: a file that is replaced between check and open is decided on again", async () => {
  const { files, open } = changing({ "/a.txt": "old" }, (tree, time) => {
    if (time === 0) tree["/a.txt"] = { content: "newer", mtime: NOW - 2000 };
  });
  const response = await site({}, { files })("/a.txt");
  assertEquals(response.headers.get("content-length"), "5");
  assertEquals(
    response.headers.get("last-modified"),
    "Sun, 06 Nov 1994 08:49:35 GMT",
  );
  assertEquals(await response.text(), "newer");
  assertEquals(open(), 0);
});

Deno.test("D1: the second decision evaluates the preconditions again, and closes what it does not send", async () => {
  const newer = { content: "newer", mtime: NOW - 2000 };
  const tag = (await site({ "/a.txt": newer })("/a.txt")).headers.get("etag") ??
    "";
  const { files, open } = changing(
    { "/a.txt": "old" },
    (tree) => tree["/a.txt"] = newer,
  );
  const headers = { "if-none-match": tag };
  const response = await site({}, { files })("/a.txt", { headers });
  assertEquals(response.status, 304);
  assertEquals(open(), 0);
});

Deno.test("D1: a file that is deleted between check and open is absent (404)", async () => {
  const { files } = changing(
    { "/a.txt": "old" },
    (tree) => delete tree["/a.txt"],
  );
  assertEquals((await site({}, { files })("/a.txt")).status, 404);
});

Deno.test("D1: a file that grows all the time is sent as it was when it was opened", async () => {
  const { files } = changing({ "/log": "" }, (tree, time) => {
    tree["/log"] = { content: "x".repeat(10 + time), mtime: YESTERDAY + time };
  });
  const response = await site({}, { files })("/log");
  assertEquals(response.status, 200);
  const text = await response.text();
  assertEquals(response.headers.get("content-length"), String(text.length));
});

Deno.test("D1: an open file that is an object of a class is sent where it is decided on again", async () => {
  class ClassFile implements OpenFile {
    readonly #file: OpenFile;
    readonly stat;
    constructor(file: OpenFile) {
      this.#file = file;
      this.stat = file.stat;
    }
    content(...parameters: Parameters<OpenFile["content"]>) {
      return this.#file.content(...parameters);
    }
    digest(...parameters: Parameters<OpenFile["digest"]>) {
      return this.#file.digest(...parameters);
    }
    close() {
      this.#file.close();
    }
  }
  const { files } = changing({ "/log": "" }, (tree, time) => {
    tree["/log"] = { content: "x".repeat(10 + time), mtime: YESTERDAY + time };
  });
  const open = async (path: string) => {
    const file = await files.open(path);
    return file && new ClassFile(file);
  };
  const response = await site({}, { files: { ...files, open } })("/log");
  assertEquals(response.status, 200);
  assertEquals((await response.text()).length, 10);
});

Deno.test("D1: a recording that grows all the time is a transport stream, and sent as it was when it was opened", async () => {
  const packets = (count: number) => {
    const bytes = new Uint8Array(188 * count);
    for (let at = 0; at < bytes.length; at += 188) bytes[at] = 0x47;
    return bytes;
  };
  const { files, open } = changing({ "/a.ts": packets(2) }, (tree, time) => {
    tree["/a.ts"] = { content: packets(3 + time), mtime: YESTERDAY + time };
  });
  const fetch = site({}, { files });
  for (const method of ["HEAD", "GET"]) {
    const { status, headers } = await fetch("/a.ts", { method });
    assertEquals([status, headers.get("content-type")], [200, "video/mp2t"]);
  }
  const response = await fetch("/a.ts");
  const bytes = new Uint8Array(await response.arrayBuffer());
  assertEquals(response.headers.get("content-length"), `${bytes.length}`);
  assertEquals(open(), 0);
});

Deno.test("D1: a file that only its type was taken of is closed, on the real disk", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/recording`;
  const disk = currentRuntime().files;
  const times: string[] = [];
  let open = 0;
  const files = {
    ...disk,
    open: (opened: string) => {
      // At each time another state of the same file.
      Deno.writeTextFileSync(path, "x".repeat(300_000 + times.push(opened)));
      const file = disk.open(opened);
      if (file === undefined || file instanceof Promise) return file;
      open++;
      let isOpen = true;
      const once = () => {
        if (isOpen) open--;
        isOpen = false;
      };
      return {
        ...file,
        close: () => (once(), file.close()),
        content: (...asked: Parameters<OpenFile["content"]>) => (
          once(), file.content(...asked)
        ),
      };
    },
  };
  const handler = createHandler({ root: directory.path, files, log: false });
  Deno.writeTextFileSync(path, "old");
  const response = await handler(new Request("http://localhost/recording"));
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "text/plain; charset=utf-8",
  );
  const length = Number(response.headers.get("content-length"));
  assertEquals((await response.arrayBuffer()).byteLength, length);
  assertEquals([times.length, open], [2, 0], "one to look, one to send");
});

Deno.test("D1: a file that cannot be caught is answered 503, and not tried for ever", async () => {
  const memory = filesOf({ "/a.txt": "aa" });
  const { files, open, opened } = watched({
    ...memory,
    open: () => ({
      stat: { kind: "file", size: 2, mtime: opened.length },
      content: () => undefined, // shorter than it just said
      digest: () => Promise.reject(new Error("not asked for")),
      close: () => {},
    }),
  });
  const response = await site({}, { files })("/a.txt");
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "1");
  assertEquals(open(), 0);
});

Deno.test("D1: who waits for somebody else's coding of a file that changed gets the new state", async () => {
  const text = (word: string) => `${word} `.repeat(500);
  const { files } = changing(
    { "/a.txt": text("old") },
    (tree, time) => {
      if (time === 0) {
        tree["/a.txt"] = {
          content: text("newer"),
          mtime: NOW - 2000,
        };
      }
    },
  );
  const fetch = site({}, { files, compress: true });
  const headers = { "accept-encoding": "gzip" };
  const responses = await Promise.all(
    [1, 2, 3].map(() => fetch("/a.txt", { headers })),
  );
  for (const response of responses) {
    assertEquals(response.status, 200);
    const stream = response.body?.pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(stream).text(), text("newer"));
  }
});

Deno.test("D1: a second decision that hashes and sends reads the right file twice, on the real disk", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.txt`;
  const disk = currentRuntime().files;
  for (const size of [3000, 300_000]) {
    const [before, after] = ["b".repeat(size), "a".repeat(size)];
    Deno.writeTextFileSync(path, before);
    Deno.utimeSync(path, 1000, 1000);
    const files = {
      ...disk,
      open: (opened: string) => {
        Deno.writeTextFileSync(path, after);
        files.open = disk.open;
        return disk.open(opened);
      },
    };
    const handler = createHandler({ root: directory.path, files, log: false });
    const headers = { "want-repr-digest": "sha-256=1" };
    const response = await handler(
      new Request("http://localhost/a.txt", { headers }),
    );
    assertEquals(response.status, 200);
    const bytes = new Uint8Array(await response.arrayBuffer());
    assertEquals(new TextDecoder().decode(bytes), after);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assertEquals(
      response.headers.get("repr-digest"),
      `sha-256=:${digest.toBase64()}:`,
    );
  }
});

Deno.test("D1: a file that becomes shorter while it is hashed or coded is decided on again", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/a.txt`;
  const disk = currentRuntime().files;
  const fields = [{ "want-repr-digest": "sha-256=1" }, {
    "accept-encoding": "gzip",
  }];
  for (const headers of fields) {
    Deno.writeTextFileSync(path, "b".repeat(300_000));
    const files = {
      ...disk,
      open: (opened: string): Awaitable<OpenFile | undefined> => {
        const file = disk.open(opened);
        Deno.truncateSync(path, 200_000);
        files.open = disk.open;
        return file;
      },
    };
    const handler = createHandler({
      root: directory.path,
      files,
      compress: true,
      log: false,
    });
    const response = await handler(
      new Request("http://localhost/a.txt", { headers }),
    );
    assertEquals(response.status, 200);
    const gzip = response.headers.has("content-encoding");
    const stream = gzip
      ? response.body?.pipeThrough(new DecompressionStream("gzip"))
      : response.body;
    assertEquals((await new Response(stream ?? null).text()).length, 200_000);
  }
});

Deno.test("a change is seen by the next request", async () => {
  const tree: Record<string, MemoryFile> = { "/a": "one" };
  const fetch = site({}, { files: filesOf(tree) });
  const text = async () => await (await fetch("/a")).text();
  assertEquals(await text(), "one");
  tree["/a"] = "three";
  assertEquals(await text(), "three");
  delete tree["/a"];
  assertEquals((await fetch("/a")).status, 404);
  tree["/a/b"] = "";
  assertEquals((await fetch("/a")).status, 301);
});

Deno.test("an empty file is answered 200 with no bytes, and is closed", async () => {
  const { files, open } = watched(filesOf({ "/empty": "" }));
  const response = await site({}, { files })("/empty");
  assertEquals(response.headers.get("content-length"), "0");
  assertEquals(await response.text(), "");
  assertEquals(open(), 0);
});

Deno.test("createHandler() throws at construction when an option is wrong", () => {
  const wrong: unknown[] = [
    { root: "" },
    { root: 5 },
    { root: "a\0b" },
    { root: "/", index: ["a/b"] },
    { root: "/", index: [""] },
    { root: "/", index: "index.html" },
    { root: "/", headers: [["X-A"]] },
    { root: "/", mediaTypes: { ts: "video/mp2t" } },
    { root: "/", headers: { "Content-Length": "1" } },
    { root: "/", headers: { "X-A": "b\nc" } },
    { root: "/", defaultType: "text" },
    { root: "/", mediaTypes: { ".x": "\n" } },
    { root: "/", serverVersion: "a\nb" },
  ];
  for (const options of wrong) {
    let thrown: unknown;
    try {
      createHandler(options as { root: string });
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof TypeError, JSON.stringify(options));
  }
});
