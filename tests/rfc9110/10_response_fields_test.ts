/** Fields by rule: RFC 9111 §5.2 (Cache-Control), RFC 6266, RFC 9530, the Fetch standard's CORS, isolation. */

import { assert, assertEquals } from "@std/assert";
import { createHandler } from "../../main.ts";
import { filesOf, site } from "../support/site.ts";

const TREE = {
  "/index.html": "<h1>",
  "/a.txt": "hello",
  "/assets/app.3f2a9c1b.js": "js",
  "/assets/app.js": "js",
  "/other/app.3f2a9c1b.js": "js",
  "/d/x": "",
  "/é.txt": "é",
};
const ORIGIN = "https://a.example";

Deno.test("RFC 9111 §5.2: no-cache by default, also for what carries a hash", async () => {
  for (const path of ["/", "/a.txt", "/assets/app.3f2a9c1b.js", "/d/"]) {
    const { headers } = await site(TREE)(path);
    assertEquals(headers.get("cache-control"), "no-cache", path);
  }
});

Deno.test("RFC 9111 §5.2: immutable only for a hashed name in a directory that was named", async () => {
  const immutable = "public, max-age=31536000, immutable";
  for (const directory of ["assets", "/assets", "assets/", "./assets", "."]) {
    const fetch = site(TREE, { immutable: [directory] });
    const rows: Array<[string, string]> = [
      ["/assets/app.3f2a9c1b.js", immutable],
      ["/assets/app.js", "no-cache"],
      ["/other/app.3f2a9c1b.js", directory === "." ? immutable : "no-cache"],
      ["/assets/nowhere.3f2a9c1b.js", "no-cache"],
      ["/assets", "no-cache"],
      ["/assets/", "no-cache"],
    ];
    for (const [path, value] of rows) {
      assertEquals(
        (await fetch(path)).headers.get("cache-control"),
        value,
        path,
      );
    }
  }
});

Deno.test("RFC 9111 §5.2: Cache-Control by glob, the last that matches; never for errors and redirects", async () => {
  const fetch = site(TREE, {
    cacheControl: [
      ["/**", "max-age=9"],
      ["/assets/**", "max-age=2"],
      ["/*.html", "max-age=3"],
      ["/a.txt", "max-age=8"],
      ["/*.txt", "max-age=1"],
      ["/d/", "max-age=1"],
    ],
    immutable: ["assets"],
  });
  const rows: Array<[string, string]> = [
    ["/a.txt", "max-age=1"],
    ["/assets/app.3f2a9c1b.js", "max-age=2"],
    ["/", "max-age=3"],
    ["/d/", "max-age=1"],
    ["/x", "no-cache"],
    ["/assets/x", "no-cache"],
    ["/d", "no-cache"],
  ];
  for (const [path, value] of rows) {
    assertEquals((await fetch(path)).headers.get("cache-control"), value, path);
  }
  const plain = site(TREE, { cacheControl: "max-age=9" });
  assertEquals(
    (await plain("/a.txt")).headers.get("cache-control"),
    "max-age=9",
  );
  assertEquals((await plain("/x")).headers.get("cache-control"), "no-cache");
  const outside = await plain("/a.txt", { headers: { range: "bytes=50-" } });
  assertEquals(outside.headers.get("cache-control"), "no-cache");
});

Deno.test("fields by glob are added to what they match, 304 and 206 as they should", async () => {
  const fetch = site(TREE, {
    headersByPath: [["/assets/**", { "X-A": "1" }], ["/**", [["X-B", "2"]]]],
    headers: { "X-C": "3" },
  });
  const names = async (path: string, init?: RequestInit) =>
    [...(await fetch(path, init)).headers.keys()].filter((name) =>
      /^x-[abc]$/.test(name)
    );
  assertEquals(await names("/assets/app.js"), ["x-a", "x-b", "x-c"]);
  assertEquals(await names("/a.txt"), ["x-b", "x-c"]);
  assertEquals(await names("/a.txt", { headers: { range: "bytes=0-0" } }), [
    "x-b",
    "x-c",
  ]);
  assertEquals(await names("/x"), []);
});

Deno.test("the last rule that matches counts, for each name; a rule may give a name twice", async () => {
  const fetch = site(TREE, {
    headers: [["X-A", "1"], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]],
    headersByPath: [["/assets/**", { "x-a": "2" }], ["/*.txt", { "X-A": "3" }]],
  });
  const rows: Array<[string, string]> = [["/assets/app.js", "2"], [
    "/a.txt",
    "3",
  ], ["/", "1"]];
  for (const [path, value] of rows) {
    const { headers } = await fetch(path);
    assertEquals(headers.get("x-a"), value, path);
    assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
  }
});

Deno.test("usual values of Cache-Control are taken", () => {
  const values = [
    "no-store",
    "public, max-age=31536000, immutable",
    "max-age=60, stale-while-revalidate=30,",
    'private="X-A", no-cache="a, b"',
  ];
  for (const cacheControl of values) createHandler({ root: "/", cacheControl });
});

Deno.test("CORS: errors that nobody planned have their fields, too", async () => {
  const files = {
    ...filesOf(TREE),
    realPath: () => {
      throw new Error("EIO");
    },
  };
  const { headers, status } = await site(TREE, { cors: true, files })("/a.txt");
  assertEquals(status, 500);
  assertEquals(headers.get("access-control-allow-origin"), "*");
});

Deno.test("X-Content-Type-Options: nosniff is everywhere", async () => {
  for (const path of ["/a.txt", "/", "/d/", "/d", "/x", "/%zz"]) {
    const { headers } = await site(TREE)(path);
    assertEquals(headers.get("x-content-type-options"), "nosniff", path);
  }
});

Deno.test("RFC 6266: ?download has the browser keep the file", async () => {
  const rows: Array<[string, string | null]> = [
    ["/a.txt?download", 'attachment; filename="a.txt"'],
    [
      "/%C3%A9.txt?download",
      "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt",
    ],
    ["/?download", 'attachment; filename="index.html"'],
    ["/a.txt", null],
    ["/d/?download", null],
  ];
  for (const [path, expected] of rows) {
    const { headers } = await site(TREE)(path);
    assertEquals(headers.get("content-disposition"), expected, path);
  }
});

async function digestOf(text: string, algorithm: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest(algorithm, bytes);
  return `${algorithm}=:${new Uint8Array(digest).toBase64()}:`;
}

Deno.test("RFC 9530 §3: Repr-Digest is of the whole representation, and only where it is wanted", async () => {
  const tree = { ...TREE, "/c.txt": "plain", "/c.txt.br": "coded" };
  const fetch = site(tree);
  const rows: Array<
    [string, RequestInit & { headers: Record<string, string> }, string | null]
  > = [
    ["/a.txt", { headers: {} }, null],
    [
      "/a.txt",
      { headers: { "want-repr-digest": "sha-256=1" } },
      await digestOf("hello", "sha-256"),
    ],
    [
      "/a.txt",
      { headers: { "want-repr-digest": "sha-512=1" } },
      await digestOf("hello", "sha-512"),
    ],
    ["/a.txt", { headers: { "want-repr-digest": "md5=1" } }, null],
    [
      "/a.txt",
      { method: "HEAD", headers: { "want-repr-digest": "sha-256=1" } },
      await digestOf("hello", "sha-256"),
    ],
    ["/a.txt", {
      headers: { "want-repr-digest": "sha-256=1", range: "bytes=0-1" },
    }, await digestOf("hello", "sha-256")],
    ["/c.txt", {
      headers: { "want-repr-digest": "sha-256=1" },
    }, await digestOf("plain", "sha-256")],
    ["/x", { headers: { "want-repr-digest": "sha-256=1" } }, null],
  ];
  for (const [path, init, expected] of rows) {
    const response = await fetch(path, init);
    assertEquals(
      response.headers.get("repr-digest"),
      expected,
      JSON.stringify(init),
    );
    await response.body?.cancel();
  }
});

Deno.test("RFC 9530 §3: no Repr-Digest where the content is coded: a proxy may undo the coding (D181)", async () => {
  const tree = {
    "/c.txt": "plain",
    "/c.txt.br": "coded",
    "/now.txt": "x".repeat(5000),
  };
  const fetch = site(tree, { compress: true });
  const range = "bytes=0-1";
  const rows = [
    ["GET", "/c.txt", { "accept-encoding": "br" }, "br"],
    ["HEAD", "/c.txt", { "accept-encoding": "br" }, "br"],
    ["GET", "/c.txt", { "accept-encoding": "br, identity;q=0", range }, "br"],
    ["GET", "/c.txt", { "accept-encoding": "br", range }, null],
    ["GET", "/now.txt", { "accept-encoding": "gzip" }, "gzip"],
    ["GET", "/now.txt", { "accept-encoding": "gzip", range }, null],
    ["GET", "/now.txt", { "accept-encoding": "gzip;q=0" }, null],
  ] as const;
  for (const [method, path, fields, coding] of rows) {
    const headers = { "want-repr-digest": "sha-256=1", ...fields };
    const response = await fetch(path, { method, headers });
    const row = `${method} ${path} ${JSON.stringify(fields)}`;
    assertEquals(response.headers.get("content-encoding"), coding, row);
    assertEquals(response.headers.has("repr-digest"), coding === null, row);
    await response.body?.cancel();
  }
});

Deno.test("RFC 9530: a digest is computed once for each state of a file", async () => {
  let computed = 0;
  const memory = filesOf(TREE);
  const files = {
    ...memory,
    open: async (path: string) => {
      const file = await memory.open(path);
      return file && {
        ...file,
        digest: (algorithm: "sha-256" | "sha-512") => {
          computed++;
          return file.digest(algorithm);
        },
      };
    },
  };
  const fetch = site({}, { files });
  const headers = { "want-repr-digest": "sha-256=1" };
  for (let time = 0; time < 3; time++) {
    await (await fetch("/a.txt", { headers })).text();
  }
  assertEquals(computed, 1);
});

Deno.test("CORS: any origin may read, and sees what it needs", async () => {
  const fetch = site(TREE, { cors: true });
  const rows = [
    ["/a.txt", 200, null],
    // Its form depends on Accept, and nothing on Origin.
    ["/x", 404, "Accept"],
    ["/d", 301, null],
  ] as const;
  for (const [path, status, vary] of rows) {
    const { headers, status: actual } = await fetch(path, {
      headers: { origin: ORIGIN },
    });
    assertEquals(actual, status);
    assertEquals(headers.get("access-control-allow-origin"), "*", path);
    const exposed = headers.get("access-control-expose-headers") ?? "";
    for (const name of ["Content-Range", "Content-Length", "ETag"]) {
      assert(exposed.includes(name), name);
    }
    assertEquals(headers.get("vary"), vary, path);
  }
});

Deno.test("CORS: listed origins may read, others may not, and caches are told", async () => {
  const fetch = site(TREE, { cors: [ORIGIN, "http://localhost:3000"] });
  const rows: Array<[string | undefined, string | null]> = [
    [ORIGIN, ORIGIN],
    ["http://localhost:3000", "http://localhost:3000"],
    ["https://evil.example", null],
    ["https://a.example.evil.example", null],
    ["null", null],
    [undefined, null],
  ];
  for (const [origin, allowed] of rows) {
    const { headers } = await fetch("/a.txt", {
      headers: origin ? { origin } : {},
    });
    assertEquals(headers.get("access-control-allow-origin"), allowed, origin);
    assertEquals(headers.get("vary"), "Origin", origin);
  }
});

Deno.test("CORS: a preflight is answered 204 with what is allowed", async () => {
  const init = {
    method: "OPTIONS",
    headers: {
      origin: ORIGIN,
      "access-control-request-method": "GET",
      "access-control-request-headers": "range, X-Mine, b ad",
    },
  };
  const { status, headers } = await site(TREE, { cors: [ORIGIN] })("/x", init);
  assertEquals(status, 204);
  assertEquals(headers.get("access-control-allow-origin"), ORIGIN);
  assertEquals(
    headers.get("access-control-allow-methods"),
    "GET, HEAD, OPTIONS",
  );
  assertEquals(headers.get("access-control-allow-headers"), "range, X-Mine");
  assertEquals(headers.get("access-control-max-age"), "86400");
  assert(headers.get("vary")?.includes("Origin"));
  const without = await site(TREE)("/x", init);
  assertEquals(without.status, 404);
  assertEquals(without.headers.get("access-control-allow-origin"), null);
});

Deno.test("isolate: COOP, COEP and CORP are everywhere", async () => {
  for (const path of ["/", "/a.txt", "/x"]) {
    const { headers } = await site(TREE, { isolate: true })(path);
    assertEquals(
      headers.get("cross-origin-opener-policy"),
      "same-origin",
      path,
    );
    assertEquals(headers.get("cross-origin-embedder-policy"), "require-corp");
    assertEquals(headers.get("cross-origin-resource-policy"), "cross-origin");
  }
});

Deno.test("options that cannot work throw at construction", () => {
  const wrong: unknown[] = [
    { cors: ["a.example"] },
    { cors: ["https://a.example/"] },
    { cors: ["*"] },
    { cacheControl: "a\nb" },
    { cacheControl: [["/**", "é"]] },
    { cacheControl: "" },
    { cacheControl: "," },
    { immutable: [""] },
    { immutable: ["../assets"] },
    { cacheControl: "a/**=max-age=1" },
    { cacheControl: "*.js=max-age=1" },
    { headersByPath: [["/**", { "Content-Length": "1" }]] },
    { headersByPath: [["/**", { "Transfer-Encoding": "chunked" }]] },
  ];
  for (const options of wrong) {
    let thrown: unknown;
    try {
      createHandler({ root: "/", ...options as object });
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof TypeError, JSON.stringify(options));
  }
});
