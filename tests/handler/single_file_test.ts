/** A root that is a file, and `/` that leads to it or to the mount. */
import { assertEquals, assertThrows } from "@std/assert";
import { createHandler, type SiteOptions } from "../../main.ts";
import { filesOf, rawRequest, site } from "../support/site.ts";

const TREE = {
  "/d/report.pdf": "the report",
  "/d/report.pdf.gz": "coded",
  "/d/other.txt": "other",
  "/d/.env": "SECRET",
  "/d/a b?.txt": "odd",
  "/d/sub/x": "x",
};

type Row = [path: string, expected: number | string];

async function answers(
  options: Partial<SiteOptions>,
  rows: readonly Row[],
): Promise<void> {
  const handler = createHandler({
    files: filesOf(TREE),
    root: "/d/report.pdf",
    singleFile: true,
    log: false,
    ...options,
  });
  for (const [path, expected] of rows) {
    const response = await handler(rawRequest(path) as Request);
    const text = await response.text();
    const location = response.headers.get("location");
    const actual = typeof expected === "number"
      ? response.status
      : location ?? text;
    assertEquals(actual, expected, path);
  }
}

Deno.test("singleFile: the file is there under its name, / leads to it, nothing else is there", async () => {
  await answers({}, [
    ["/report.pdf", "the report"],
    ["/", "/report.pdf"],
    ["/?download", "/report.pdf?download"],
    ["/report.pdf/", 404],
    ["/report.pdf/x", 404],
    ["/REPORT.PDF", 404],
    ["/report.pdf.gz", 404],
    ["/other.txt", 404],
    ["/.env", 404],
    ["/sub/x", 404],
    ["/../d/other.txt", 404],
    ["/d/report.pdf", 404],
    ["/%2e%2e/other.txt", 404],
    ["/report.pdf%2f..%2fother.txt", 404],
  ]);
});

Deno.test("singleFile: what the user has named is served, also a hidden name; and below a prefix", async () => {
  await answers({ root: "/d/.env" }, [
    ["/.env", "SECRET"],
    ["/", "/.env"],
    ["/other.txt", 404],
  ]);
  await answers({ root: "/d/a b?.txt" }, [
    ["/a%20b%3F.txt", "odd"],
    ["/", "/a%20b%3F.txt"],
  ]);
  const urlRoot = "/x/y";
  await answers({ urlRoot }, [
    ["/x/y/report.pdf", "the report"],
    ["/x/y/", "/x/y/report.pdf"],
    ["/x/y", "/x/y/report.pdf"],
    ["/", 404],
    ["/report.pdf", 404],
  ]);
  await answers({ urlRoot, redirectRoot: true }, [
    ["/", "/x/y/report.pdf"],
    ["/report.pdf", 404],
  ]);
});

Deno.test("singleFile: coded files next to it are not there, rules by path are as for any file", async () => {
  const headersByPath = [["/*.pdf", { "X-A": "b" }]] as const;
  const root = "/d/report.pdf";
  const fetch = site(TREE, { root, singleFile: true, headersByPath });
  const headers = { "Accept-Encoding": "gzip" };
  const response = await fetch("/report.pdf", { headers });
  assertEquals(await response.text(), "the report");
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(response.headers.get("content-type"), "application/pdf");
  assertEquals(response.headers.get("x-a"), "b");
});

Deno.test("singleFile: a directory that takes its place is absent", async () => {
  await answers({ root: "/d/sub" }, [
    ["/sub", 404],
    ["/sub/", 404],
    ["/sub/x", 404],
  ]);
});

Deno.test("singleFile: a root without a name is no file", () => {
  for (const root of ["/", "..", "a/.."]) {
    assertThrows(
      () => createHandler({ root, singleFile: true }),
      TypeError,
      "root must be the path of a file",
    );
  }
});

Deno.test("redirectRoot: / leads to urlRoot, for GET and HEAD; it is not for handlers beside others", async () => {
  const urlRoot = "/static";
  const fetch = site(TREE, { urlRoot, redirectRoot: true });
  const rows: Array<[method: string, path: string, status: number]> = [
    ["GET", "/", 301],
    ["HEAD", "/", 301],
    ["OPTIONS", "/", 204],
    ["POST", "/", 405],
    ["GET", "/x", 404],
    ["GET", "/static/", 200],
  ];
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    assertEquals(response.status, status, `${method} ${path}`);
    await response.body?.cancel();
  }
  const moved = await fetch("/?a=b");
  assertEquals(moved.headers.get("location"), "/static/?a=b");
  assertEquals(moved.headers.get("cache-control"), "no-cache");
  assertEquals((await site(TREE, { urlRoot })("/")).status, 404);
  const passing = createHandler({
    files: filesOf(TREE),
    root: "/",
    urlRoot,
    redirectRoot: true,
    fallthrough: true,
  });
  assertEquals(await passing(new Request("http://localhost/")), undefined);
});
