/** The content of an error: by Accept (RFC 9110 §12.5.1), as JSON (RFC 9457), and as a page with a way out. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createHandler,
  errorReply,
  send,
  type SiteOptions,
} from "../../main.ts";
import { site } from "../support/site.ts";

const TREE = {
  "/a.txt": "hello",
  "/docs/guide/intro.txt": "",
  "/docs/index.txt": "",
};
const BROWSER =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
const LINES = "<p>Message: File not found.</p>";
const PAGE = '<main class="error">';

/** The fields of an answer but those of the moment. */
function fieldsOf({ headers }: Response): [string, string][] {
  return [...headers].filter(([name]) => name !== "date");
}

Deno.test("RFC 9110 §12.5.1: the form of an error is what the client asks for, and Vary says so", async () => {
  const HTML = "text/html; charset=utf-8";
  const TEXT = "text/plain; charset=utf-8";
  const rows: Array<[accept: string | null, type: string, part: string]> = [
    [null, HTML, LINES],
    ["*/*", HTML, LINES],
    ["text/*", HTML, LINES],
    ["image/avif,image/webp,*/*;q=0.8", HTML, LINES],
    ["image/png", HTML, LINES],
    ["text/html;q=0", HTML, LINES],
    [BROWSER, HTML, PAGE],
    ["text/html", HTML, PAGE],
    ["text/html, application/json", HTML, PAGE],
    ["text/html;q=0.1, application/json", "application/json", '"status":404'],
    ["application/json", "application/json", '"status":404'],
    ["application/json, text/plain, */*", "application/json", '"status":404'],
    ["application/problem+json", "application/problem+json", '"status":404'],
    ["application/*", "application/problem+json", '"status":404'],
    ["text/plain", TEXT, "404 File not found\n"],
  ];
  const fetch = site(TREE);
  for (const [accept, type, part] of rows) {
    const init: RequestInit = accept === null ? {} : { headers: { accept } };
    const response = await fetch("/none", init);
    assertEquals(response.status, 404, String(accept));
    const { headers } = response;
    assertEquals(headers.get("content-type"), type, String(accept));
    assertEquals(headers.get("vary"), "Accept");
    assertEquals(headers.get("cache-control"), "no-cache");
    assertEquals(
      headers.has("content-security-policy"),
      type === HTML,
      String(accept),
    );
    const text = await response.text();
    assertStringIncludes(text, part, String(accept));
    const length = new TextEncoder().encode(text).length;
    assertEquals(headers.get("content-length"), String(length));
    const head = await fetch("/none", { ...init, method: "HEAD" });
    assertEquals([await head.text(), fieldsOf(head)], ["", fieldsOf(response)]);
  }
});

Deno.test("RFC 9457 §3.1: JSON of an error has type, title, status and detail", async () => {
  const accept = "application/problem+json";
  const response = await site(TREE)("/none", { headers: { accept } });
  assertEquals(await response.json(), {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail:
      "File not found. Nothing is here by this name. Check the spelling of the address.",
  });
});

Deno.test("every error has these forms: its status, and the fields that belong to it", async () => {
  const bug = () => {
    throw new Error("oops");
  };
  const rows: Array<
    [
      status: number,
      path: string,
      init: RequestInit,
      options: Partial<SiteOptions>,
      field?: string,
    ]
  > = [
    [400, "/%zz", {}, {}],
    [401, "/", {}, { basicAuth: { users: { a: "b" } } }, "www-authenticate"],
    [404, "/none", {}, {}],
    [405, "/a.txt", { method: "PUT" }, {}, "allow"],
    [406, "/a.txt", { headers: { "accept-encoding": "*;q=0" } }, {}],
    [412, "/a.txt", { headers: { "if-match": '"x"' } }, {}],
    [416, "/a.txt", { headers: { range: "bytes=9-" } }, {}, "content-range"],
    [500, "/a.txt", {}, { guessType: bug }],
    [501, "/a.txt", { method: "EGGS" }, {}],
  ];
  for (const [status, path, init, options, field] of rows) {
    for (const accept of [BROWSER, "application/json", "text/plain", "*/*"]) {
      const headers = { ...init.headers, accept };
      const response = await site(TREE, options)(path, { ...init, headers });
      assertEquals(response.status, status, accept);
      if (field) assert(response.headers.has(field), `${status} ${accept}`);
      assertStringIncludes(response.headers.get("vary") ?? "", "Accept");
      const cached = status === 401 ? "no-store" : "no-cache";
      assertEquals(response.headers.get("cache-control"), cached);
      assertEquals(response.headers.get("etag"), null);
      assertStringIncludes(await response.text(), String(status));
    }
  }
});

Deno.test("what is no error is as it was: redirects, 304 and OPTIONS", async () => {
  const fetch = site(TREE);
  const etag = (await fetch("/a.txt")).headers.get("etag") ?? "";
  const rows: Array<[number, string, RequestInit]> = [
    [301, "/docs", {}],
    [304, "/a.txt", { headers: { "if-none-match": etag } }],
    [204, "/a.txt", { method: "OPTIONS" }],
  ];
  for (const [status, path, init] of rows) {
    const headers = { ...init.headers, accept: BROWSER };
    const response = await fetch(path, { ...init, headers });
    assertEquals([response.status, await response.text()], [status, ""]);
    assertEquals(response.headers.get("vary"), null, path);
  }
});

Deno.test("the three lines stay with listing: plain, also for browsers; JSON and text do, too", async () => {
  const fetch = site(TREE, { listing: "plain" });
  const of = async (accept: string) =>
    await (await fetch("/none", { headers: { accept } })).text();
  assertStringIncludes(await of(BROWSER), LINES);
  assertStringIncludes(await of("application/json"), '"status":404');
  assertStringIncludes(await of("text/plain"), "404 File not found");
});

Deno.test("errorPage comes before everything; then a page of the site, whatever is accepted", async () => {
  const tree = { ...TREE, "/404.html": "SITE" };
  const errorPage = () => ({ body: "MINE", mediaType: "text/plain" });
  for (const accept of [BROWSER, "application/json", "*/*"]) {
    const headers = { accept };
    const own = await site(tree, { errorPage })("/none", { headers });
    assertEquals(await own.text(), "MINE");
    const response = await site(tree)("/none", { headers });
    assertEquals(await response.text(), "SITE");
    assertEquals([own.headers.get("vary"), response.headers.get("vary")], [
      null,
      null,
    ]);
  }
});

async function pageOf(
  path: string,
  options: Partial<SiteOptions> = {},
  tree: Record<string, string> = TREE,
): Promise<string> {
  const headers = { accept: BROWSER };
  return await (await site(tree, options)(path, { headers })).text();
}

/** Where the links of a page lead, as a browser resolves them. */
function linksOf(page: string, path: string): string[] {
  return [...page.matchAll(/<a href="([^"]*)"/g)].map(([, href = ""]) =>
    new URL(href, `http://localhost${path}`).pathname
  );
}

Deno.test("the page leads home and up: where the path is there, and never above the mount", async () => {
  const rows: Array<[path: string, links: string[], urlRoot?: string]> = [
    ["/none", ["/"]],
    ["/none/", ["/"]],
    ["/none/of/these", ["/"]],
    ["/docs/none", ["/", "/docs/"]],
    ["/docs/none/", ["/", "/docs/"]],
    ["/docs/none/of/these?x=/y/z", ["/", "/docs/"]],
    ["/docs/guide/none", ["/", "/docs/guide/"]],
    ["//docs//none", ["/", "/docs/"]],
    ["/docs%2fnone", ["/"]],
    ["/x/docs/none", ["/x/", "/x/docs/"], "/x"],
    ["/x/none", ["/x/"], "/x"],
    ["/x//docs/none", ["/x/", "/x/docs/"], "/x"],
    ["/y/none", ["/x/"], "/x"],
    ["/", ["/x/"], "/x"],
    ["/%zz", ["/x/"], "/x"],
    ["/a%20b/none", ["/a%20b/"], "/a b"],
  ];
  for (const [path, links, urlRoot = "/"] of rows) {
    const page = await pageOf(path, { urlRoot });
    assertEquals(linksOf(page, path), links, path);
    const absolute = page.includes(' href="/');
    const isRelative = !path.includes("//") && path !== "/%zz" &&
      (urlRoot === "/" || path.startsWith("/x/") || path.startsWith("/a"));
    assertEquals(absolute, !isRelative, path);
  }
});

Deno.test("the only file is home, where a file is all there is", async () => {
  const options = { root: "/a.txt", singleFile: true };
  const page = await pageOf("/none/b", options);
  assertEquals(linksOf(page, "/none/b").includes("/a.txt"), true);
  assertEquals(page.includes("Did you mean"), false);
});

Deno.test("the page says what was asked for, decoded, and nothing of it becomes markup", async () => {
  const rows: Array<[path: string, shown: string]> = [
    ["/a%20b?secret", "/a b"],
    [
      "/%3Cscript%3Ealert(1)%3C/script%3E",
      "/&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
    ["/%E2%80%AEtxt.exe", "/\ufffdtxt.exe"],
    ["/a%0Ab%1B", "/a\ufffdb\ufffd"],
    ["/%22onload=%22x", "/&quot;onload=&quot;x"],
    ["/caf%C3%A9/", "/café/"],
    [`/${"x".repeat(1000)}`, `/${"x".repeat(299)}…`],
    [`/${"x".repeat(298)}%F0%9F%8E%89y`, `/${"x".repeat(298)}\ufffd…`],
    ["/%zz", "/%zz"],
    ["/%zz?secret", "/%zz"],
  ];
  for (const [path, shown] of rows) {
    const page = await pageOf(path);
    assertStringIncludes(page, `GET <bdi>${shown}</bdi></p>`, path);
    assert(!page.includes("secret") && !page.includes("<script"), path);
  }
  const handler = createHandler({ root: ".", log: false });
  const request = new Request("http://x/", { headers: { accept: BROWSER } });
  Object.defineProperty(request, "method", { value: `<b>"'` });
  const page = await (await handler(request)).text();
  assertStringIncludes(page, ">&lt;b&gt;&quot;&#39; <bdi>/</bdi></p>");
  assert(!page.includes("<b>"));
});

Deno.test("send(): the same forms, and nothing of a disk", async () => {
  const at = Deno.makeTempDirSync();
  const before = Deno.cwd();
  try {
    Deno.chdir(at);
    Deno.writeTextFileSync("404.html", "SITE");
    Deno.writeTextFileSync("nine", "");
    const ask = async (accept: string) => {
      const headers = { accept };
      const request = new Request("http://localhost/mine", { headers });
      return await (await send(errorReply(404), request)).text();
    };
    assertStringIncludes(await ask("*/*"), "<p>Error code: 404</p>");
    assertStringIncludes(await ask("application/json"), '"status":404');
    const page = await ask(BROWSER);
    assertStringIncludes(page, PAGE);
    assert(!page.includes("nine"));
  } finally {
    Deno.chdir(before);
    Deno.removeSync(at, { recursive: true });
  }
});
