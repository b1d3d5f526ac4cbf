/** RFC 3875 §5, §6: what a script answers, and what becomes of it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseHeaderBlock } from "../../main.ts";
import { YESTERDAY_TEXT } from "../support/site.ts";
import { scripts } from "../support/cgi.ts";

/** The answer to one request, and the log of it. */
async function ask(
  output: string | Uint8Array,
  { path = "/cgi-bin/x", cgi = {}, ...init }: RequestInit & {
    path?: string;
    cgi?: Parameters<typeof scripts>[1];
  } = {},
) {
  const { fetch, records } = scripts(() => output, cgi);
  const response = await fetch(path, init);
  const content = await response.text();
  await new Promise((resolve) => setTimeout(resolve));
  const error = records[0]?.error;
  return {
    status: response.status,
    fields: response.headers,
    content,
    reason: error instanceof Error ? error.message : "",
  };
}

Deno.test("§6.2.1 a document: 200, its type, its content", async () => {
  const rows = [
    "Content-Type: text/plain\n\nhello",
    "Content-Type: text/plain\r\n\r\nhello",
    "content-type:text/plain  \n\r\nhello",
    "CONTENT-TYPE: \t text/plain\r\n\nhello",
    "Content-Type: text/plain\nX-Empty:\n\nhello",
  ];
  for (const output of rows) {
    const { status, fields, content } = await ask(output);
    assertEquals([status, content], [200, "hello"], output);
    assertEquals(fields.get("content-type"), "text/plain");
    assertEquals(fields.has("x-empty"), false);
  }
});

Deno.test("§6.2.1 a header block may come in any pieces", async () => {
  for (
    const text of [
      "A: b\nContent-Type: c/d\n\nhi",
      "A: b\r\nContent-Type: c/d\r\n\r\nhi",
    ]
  ) {
    for (let cut = 0; cut < text.length; cut++) {
      const pieces = [text.slice(0, cut), text.slice(cut)].filter((piece) =>
        piece !== ""
      );
      const { fetch } = scripts(() => ({ output: pieces }));
      const response = await fetch("/cgi-bin/x");
      assertEquals([response.status, await response.text()], [200, "hi"]);
    }
    const { fetch } = scripts(() => ({ output: [...text] }));
    assertEquals(await (await fetch("/cgi-bin/x")).text(), "hi");
  }
});

Deno.test("§6.2.1 content is any bytes, blank lines among them", async () => {
  const head = new TextEncoder().encode("Content-Type: a/b\n\n");
  const bytes = new Uint8Array([...head, 10, 13, 10, 10, 0, 255, 10]);
  const { fetch } = scripts(() => bytes);
  const response = await fetch("/cgi-bin/x");
  assertEquals(
    new Uint8Array(await response.arrayBuffer()),
    bytes.slice(head.length),
  );
});

Deno.test("§6.2.2 a local redirect: the answer to a GET of that path", async () => {
  const { fetch, commands } = scripts(({ variables }) =>
    variables.PATH_INFO === "/to"
      ? `Content-Type: text/plain\n\n${variables.REQUEST_METHOD} ${variables.QUERY_STRING} ${variables.CONTENT_LENGTH}`
      : `Location: ${variables.QUERY_STRING}\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n`
  );
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    ["/cgi-bin/x/to?c=d", 200, "GET c=d undefined"],
    ["/page.html", 200, "<p>static"],
    ["/none", 404, ""],
    ["//evil.example/x", 404, ""],
    ["/%2e%2e/%2e%2e/etc/passwd", 404, ""],
  ];
  for (const [location, status, content] of rows) {
    const response = await fetch(`/cgi-bin/x?${location}`, {
      method: "POST",
      body: "content",
      headers: { "Content-Length": "7" },
    });
    assertEquals(response.status, status, location);
    const text = await response.text();
    if (status === 200) assertEquals(text, content);
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(response.headers.has("location"), false);
  }
  assertEquals(commands.length, rows.length + 1);
});

Deno.test("§6.2.2 a local redirect of HEAD has no content", async () => {
  const { fetch } = scripts(() => "Location: /page.html\n\n");
  const response = await fetch("/cgi-bin/x", { method: "HEAD" });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-length"), "9");
  assertEquals(await response.text(), "");
});

Deno.test("§6.2.2 a local redirect keeps HEAD and the client's fields, but for those of content", async () => {
  const { fetch, commands } = scripts(({ variables }) =>
    variables.PATH_INFO === undefined
      ? "Location: /cgi-bin/x/caf\u00e9%20?q\n\n"
      : "Content-Type: a/b\n\n"
  );
  await fetch("/cgi-bin/x", { method: "HEAD", headers: { "X-A": "b" } });
  const head = commands[1]?.variables ?? {};
  assertEquals(head.REQUEST_METHOD, "HEAD");
  assertEquals(head.HTTP_X_A, "b");
  assertEquals([head.PATH_INFO, head.QUERY_STRING], ["/café ", "q"]);
  await fetch("/cgi-bin/x", {
    method: "POST",
    body: "hello",
    headers: { "Content-Length": "5", "Content-Encoding": "x" },
  });
  const get = commands[3]?.variables ?? {};
  assertEquals(get.REQUEST_METHOD, "GET");
  const told = "CONTENT_LENGTH CONTENT_TYPE HTTP_CONTENT_ENCODING".split(" ");
  assertEquals(told.map((name) => get[name]), [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("§6.2.2 scripts that redirect for ever: 500 after ten times", async () => {
  const { fetch, commands } = scripts(() => "Location: /cgi-bin/x\n\n");
  assertEquals((await fetch("/cgi-bin/x")).status, 500);
  assertEquals(commands.length, 11);
});

Deno.test("§6.2.3 §6.2.4 a client redirect: 302, or the status that is named", async () => {
  const to = "http://example.org/a?b#c";
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    [`Location: ${to}\n\n`, 302, ""],
    [`Location: ${to}\n\n\n`, 302, ""],
    [`Location: ${to}\nStatus: 303 See Other\n\n`, 303, ""],
    [
      `Location: ${to}\nStatus: 308\nContent-Type: text/plain\n\ndoc`,
      308,
      "doc",
    ],
    [`location: ${to}\ncontent-type: text/plain\n\ndoc`, 302, "doc"],
    [`Location: mailto:me@example.org\n\n`, 302, ""],
    ["Location: /page.html\nStatus: 301\n\n", 301, ""],
    ["Location: /page.html#part\n\n", 302, ""],
    ["Location: page.html\n\n", 302, ""],
    [`Location: ${to}\nStatus: 201 Created\nContent-Type: a/b\n\nx`, 201, "x"],
  ];
  for (const [output, status, content] of rows) {
    const answer = await ask(output);
    assertEquals([answer.status, answer.content], [status, content], output);
    const location = /location: (.*)\n/i.exec(output)?.[1];
    assertEquals(answer.fields.get("location"), location);
  }
});

Deno.test("§6.3 502 for what is no header block, and the log says why", async () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["", "it wrote nothing"],
    [
      "hello\n",
      'it ended before the blank line behind its header block: "hello\\n"',
    ],
    ["hello\n\n", 'a line is no header field: "hello"'],
    [
      "HTTP/1.1 200 OK\nContent-Type: a/b\n\n",
      'a line is no header field: "HTTP/1.1 200 OK"',
    ],
    [
      "Content-Type : a/b\n\n",
      'a line is no header field: "Content-Type : a/b"',
    ],
    ["Content-Type: a/b\n folded\n\n", 'a line is no header field: " folded"'],
    [": a\n\n", 'a line is no header field: ": a"'],
    ["Content-Type: a/b\0\n\n", "control characters in Content-Type"],
    ["Content-Type: a/b\rX: y\n\n", "control characters in Content-Type"],
    [
      "Content-Type: a/b\nContent-Type: c/d\n\n",
      "Content-Type occurs more than once",
    ],
    ["Status: 200\nstatus: 404\n\n", "Status occurs more than once"],
    [
      "Location: http://a/\nLocation: http://b/\n\n",
      "Location occurs more than once",
    ],
    ["Status: OK\n\n", 'Status is not of the kind "404 Not Found": OK'],
    ["Status: 99\n\n", 'Status is not of the kind "404 Not Found": 99'],
    [
      "Status: 101 Switching\n\n",
      'Status is not of the kind "404 Not Found": 101 Switching',
    ],
    ["Status: 600\n\n", 'Status is not of the kind "404 Not Found": 600'],
    ["Status: 2000\n\n", 'Status is not of the kind "404 Not Found": 2000'],
    [
      "Content-Type: a/b\nContent-Length: x\n\n",
      "Content-Length is no number: x",
    ],
    [
      "Content-Type: a/b\nContent-Length: -1\n\n",
      "Content-Length is no number: -1",
    ],
    [
      "Content-Type: a/b\nTransfer-Encoding: chunked\n\n0\r\n\r\n",
      "Transfer-Encoding is the server's business",
    ],
    [`X: ${"x".repeat(66_000)}\n\n`, "its header block is over 65536 bytes"],
    ["x".repeat(66_000), "its header block is over 65536 bytes"],
  ];
  for (const [output, reason] of rows) {
    const { status, fields, reason: logged } = await ask(output);
    assertEquals(status, 502, output.slice(0, 60));
    assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
    assertEquals(logged, `CGI script gave no valid answer: ${reason}`);
  }
});

Deno.test("§6.3.1 the media type is sent as it is; without content none is needed", async () => {
  const typed = await ask("Content-Type: Text/X; Charset=KOI8-R\n\nhi");
  assertEquals(typed.fields.get("content-type"), "Text/X; Charset=KOI8-R");
  const bare = await ask("Status: 404 Gone fishing\n\n");
  assertEquals([bare.status, bare.content], [404, ""]);
  assertEquals(bare.fields.has("content-type"), false);
});

Deno.test("§6.3.1 content without a type is sent without one, and the log says so", async () => {
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["X-A: b\n\nhello", 200],
    ["Set-Cookie: a=1\n\nhello", 200],
    ["Status: 404\n\nhello", 404],
    // php-cgi without a default type writes no field at all.
    ["\r\nhello", 200],
    ["\nhello", 200],
  ];
  for (const [output, status] of rows) {
    const { fetch, lines } = scripts(() => output);
    const response = await fetch("/cgi-bin/x");
    assertEquals([response.status, await response.text()], [status, "hello"]);
    assertEquals(response.headers.get("content-type"), null, output);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    const [line] = lines;
    assertEquals(line?.line, "content without a Content-Type");
    assertEquals([line?.script, lines.length], ["/cgi-bin/x", 1]);
  }
  for (const output of ["X-A: b\n\n", "\n", "Location: http://a/\n\nhello"]) {
    const { fetch, lines } = scripts(() => output);
    const response = await fetch("/cgi-bin/x");
    assertEquals([await response.text(), lines], ["", []], output);
  }
});

Deno.test("§6.3.3 Status, with a phrase and without", async () => {
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["200", 200],
    ["200 OK", 200],
    ["404 Not Found", 404],
    ["418\tteapot", 418],
    ["599 Own", 599],
    ["299 Ünïcode", 299],
  ];
  for (const [value, status] of rows) {
    const answer = await ask(`Status: ${value}\nContent-Type: a/b\n\nx`);
    assertEquals([answer.status, answer.content], [status, "x"]);
    assertEquals(answer.fields.has("status"), false);
  }
});

Deno.test("§6.3.4 other fields go out as they are, but for those of the connection", async () => {
  const { fields } = await ask(
    "Content-Type: a/b\nX-A: caf\xe9\nSet-Cookie: a=1; Path=/\nset-cookie: b=2\n" +
      "Cache-Control: max-age=5\nServer: mine/1\nX-Content-Type-Options: other\n" +
      "Connection: close\nKeep-Alive: 5\nUpgrade: h2c\nTrailer: X\n\nx",
  );
  assertEquals(fields.getSetCookie(), ["a=1; Path=/", "b=2"]);
  assertEquals(fields.get("cache-control"), "max-age=5");
  assertEquals(fields.get("server"), "mine/1");
  assertEquals(fields.get("x-content-type-options"), "other");
  for (const name of ["connection", "keep-alive", "upgrade", "trailer"]) {
    assertEquals(fields.has(name), false, name);
  }
});

Deno.test("§6.3.4 the bytes of a field value go out as they came", async () => {
  const head = [..."Content-Type: a/b\nX-A: "].map((c) => c.charCodeAt(0));
  const output = new Uint8Array([...head, 0xc3, 0xa9, 0xe9, 10, 10]);
  const { fields } = await ask(output);
  assertEquals(fields.get("x-a"), "\xc3\xa9\xe9");
});

Deno.test("§6.3.5 X-CGI- fields that nobody here knows go no further", async () => {
  const { fields } = await ask("Content-Type: a/b\nX-CGI-Hint: x\n\n");
  assertEquals(fields.has("x-cgi-hint"), false);
});

Deno.test("§6.2 204, 205 and 304 have no content, whatever the script writes", async () => {
  for (const code of [204, 205, 304]) {
    const output = `Status: ${code}\nContent-Type: a/b\nContent-Length: 1\n\nx`;
    const { status, content, fields } = await ask(output);
    // Deno cannot end a 205.
    assertEquals([status, content], [code === 205 ? 204 : code, ""]);
    assertEquals(fields.has("content-length"), false);
  }
});

Deno.test("§4.3.2 HEAD runs the script, and drops its content", async () => {
  const { fetch, commands } = scripts(() =>
    "Content-Type: text/plain\nContent-Length: 5\n\nhello"
  );
  const response = await fetch("/cgi-bin/x", { method: "HEAD" });
  assertEquals([response.status, await response.text()], [200, ""]);
  assertEquals(response.headers.get("content-length"), "5");
  assertEquals(commands[0]?.variables.REQUEST_METHOD, "HEAD");
});

Deno.test("RFC 9110 §8.6 Content-Length: 0 of a script that writes no content for HEAD is left out", async () => {
  const output = "Content-Type: text/plain\nContent-Length: 0\n\n";
  for (const path of ["/cgi-bin/x", "/cgi-bin/nph-x"]) {
    const own = path.endsWith("nph-x") ? `HTTP/1.1 200 OK\n${output}` : output;
    const head = await ask(own, { path, method: "HEAD" });
    assertEquals([head.status, head.content], [200, ""]);
    assertEquals(head.fields.get("content-length"), null, path);
  }
  const get = await ask(output);
  assertEquals(get.fields.get("content-length"), "0");
});

Deno.test("§5 nph- scripts write the status line themselves", async () => {
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    ["HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhi", 200, "hi"],
    ["HTTP/1.1 404 Not Found\nContent-Type: a/b\n\nhi", 404, "hi"],
    ["HTTP/1.1 299\n\nhi", 299, "hi"],
    ["HTTP/1.1 200 OK\nLocation: /page.html\nStatus: 404\n\nhi", 200, "hi"],
    ["Content-Type: text/plain\n\nhi", 502, ""],
    ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\r\n\r\n", 502, ""],
    ["HTTP/1.1 100 Continue\n\nhi", 502, ""],
    ["", 502, ""],
    ["\n", 502, ""],
  ];
  for (const [output, code, text] of rows) {
    const { status, content } = await ask(output, { path: "/cgi-bin/nph-x" });
    assertEquals(status, code, output);
    if (code !== 502) assertEquals(content, text);
  }
});

Deno.test("§5.2 what an nph- script writes is neither evaluated nor coded", async () => {
  const output =
    'HTTP/1.1 200 OK\nContent-Type: text/plain\nETag: "1"\n\nhello';
  const { fetch } = scripts(() => output, { compress: true });
  const headers = { "If-None-Match": '"1"', "Accept-Encoding": "gzip" };
  const response = await fetch("/cgi-bin/nph-x", { headers });
  assertEquals([response.status, await response.text()], [200, "hello"]);
  assertEquals(response.headers.get("vary"), null);
});

Deno.test("RFC 9110 §8.4 §15.4.5 where text is coded, every answer about it says so", async () => {
  const output =
    'Content-Type: text/plain\nETag: "1"\nAccept-Ranges: bytes\n\nhello';
  const rows: ReadonlyArray<
    readonly [Record<string, string>, number, string]
  > = [
    [{ "Accept-Encoding": "gzip" }, 200, 'W/"1"'],
    [{ "Accept-Encoding": "identity" }, 200, '"1"'],
    [{ "Accept-Encoding": "gzip", "If-None-Match": 'W/"1"' }, 304, 'W/"1"'],
    [{ "If-None-Match": '"1"' }, 304, '"1"'],
  ];
  for (const [headers, status, tag] of rows) {
    const { fetch } = scripts(() => output, { compress: true });
    const response = await fetch("/cgi-bin/x", { headers });
    await response.arrayBuffer();
    assertEquals(response.status, status);
    assertEquals(response.headers.get("etag"), tag);
    assertEquals(response.headers.get("vary"), "Accept-Encoding");
    const isCoded = response.headers.has("content-encoding");
    if (status === 200) {
      assertEquals(response.headers.has("accept-ranges"), !isCoded);
    }
  }
});

Deno.test("RFC 9110 §13 a script's own validators answer conditional requests", async () => {
  const output = (more: string) =>
    `Content-Type: a/b\nETag: "1"\nLast-Modified: ${YESTERDAY_TEXT}\nX-A: b\nCache-Control: no-cache\n${more}\nhello`;
  const rows: ReadonlyArray<
    readonly [Record<string, string>, string, string, number]
  > = [
    [{}, "GET", "", 200],
    [{ "If-None-Match": '"1"' }, "GET", "", 304],
    [{ "If-None-Match": 'W/"1"' }, "HEAD", "", 304],
    [{ "If-None-Match": '"2"' }, "GET", "", 200],
    [{ "If-Modified-Since": YESTERDAY_TEXT }, "GET", "", 304],
    [{ "If-Match": '"2"' }, "GET", "", 412],
    [{ "If-None-Match": '"1"' }, "POST", "", 200],
    [{ "If-None-Match": '"1"' }, "GET", "Status: 203\n", 203],
    [{ Range: "bytes=0-1" }, "GET", "", 200],
  ];
  for (const [headers, method, more, status] of rows) {
    const answer = await ask(output(more), { headers, method });
    assertEquals(answer.status, status, JSON.stringify([headers, method]));
    if (status === 412) continue;
    assertEquals(answer.fields.get("etag"), '"1"');
    assertEquals(answer.fields.get("last-modified"), YESTERDAY_TEXT);
    assertEquals(answer.fields.get("cache-control"), "no-cache");
    assertEquals(answer.fields.has("x-a"), status !== 304);
  }
});

Deno.test("RFC 9110 §13 of two validators of a kind nobody knows which counts: none does", async () => {
  const rows: ReadonlyArray<readonly [string, Record<string, string>]> = [
    ['ETag: "1"\nETag: "2"', { "If-None-Match": '"1"' }],
    [
      `Last-Modified: ${YESTERDAY_TEXT}\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT`,
      { "If-Modified-Since": YESTERDAY_TEXT },
    ],
  ];
  for (const [validators, headers] of rows) {
    const output = `Content-Type: a/b\n${validators}\n\nhello`;
    assertEquals((await ask(output, { headers })).status, 200, validators);
  }
});

Deno.test("RFC 9110 §5.6.7 dates in other forms are written anew, and evaluated", async () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["Sun Nov  6 08:49:37 1994 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["Sun, 6 Nov 1994 10:49:37 +0200", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"],
  ];
  for (const [written, sent] of rows) {
    const output =
      `Content-Type: a/b\nLast-Modified: ${written}\nExpires: ${written}\n\nhello`;
    const whole = await ask(output);
    assertEquals(whole.fields.get("last-modified"), sent, written);
    assertEquals(whole.fields.get("expires"), sent, written);
    const headers = { "If-Modified-Since": sent };
    const same = await ask(output, { headers });
    assertEquals([same.status, same.content], [304, ""], written);
    assertEquals(same.fields.get("last-modified"), sent);
  }
  // What is no date stays: `Expires: 0` means that it is stale.
  const stale = await ask("Content-Type: a/b\nExpires: 0\nDate: now\n\n");
  assertEquals(stale.fields.get("expires"), "0");
  const nph = await ask(
    "HTTP/1.1 200 OK\nLast-Modified: Sun Nov  6 08:49:37 1994\n\n",
    { path: "/cgi-bin/nph-x" },
  );
  assertEquals(nph.fields.get("last-modified"), "Sun Nov  6 08:49:37 1994");
});

Deno.test("RFC 9110 §8.4 nothing is coded unless the user says so", async () => {
  const text = "x".repeat(5000);
  const headers = { "Accept-Encoding": "gzip" };
  const rows: ReadonlyArray<readonly [boolean, string, boolean]> = [
    [false, "Content-Type: text/plain\n", false],
    [true, "Content-Type: text/plain\n", true],
    [true, 'Content-Type: text/plain\nETag: "1"\nContent-Length: 5000\n', true],
    [true, "Content-Type: image/png\n", false],
    [true, "Content-Type: text/event-stream\n", false],
    [true, "Content-Type: text/plain\nContent-Encoding: x\n", false],
    [true, "Content-Type: text/plain\nCache-Control: no-transform\n", false],
    [true, "Content-Type: text/plain\nStatus: 206\n", false],
  ];
  for (const [compress, block, isCoded] of rows) {
    const { fetch } = scripts(() => `${block}\n${text}`, { compress });
    const response = await fetch("/cgi-bin/x", { headers });
    const { headers: fields } = response;
    assertEquals(fields.get("content-encoding") === "gzip", isCoded, block);
    if (!isCoded) {
      assertEquals(await response.text(), text);
      continue;
    }
    assertEquals(fields.get("vary"), "Accept-Encoding");
    assertEquals(fields.has("content-length"), false);
    assertEquals(fields.get("etag"), block.includes("ETag") ? 'W/"1"' : null);
    const stream = response.body?.pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(stream).text(), text);
  }
});

Deno.test("§6.3 a Content-Length counts where the content is coded, too", async () => {
  const ask = async (length: number) => {
    const { fetch, lines } = scripts(
      () => `Content-Type: text/plain\nContent-Length: ${length}\n\nhello`,
      { compress: true },
    );
    const headers = { "Accept-Encoding": "gzip" };
    const { body } = await fetch("/cgi-bin/x", { headers });
    const stream = body?.pipeThrough(new DecompressionStream("gzip"));
    return { text: () => new Response(stream).text(), lines };
  };
  assertEquals(await (await ask(5)).text(), "hello");
  const short = await ask(2);
  assertEquals(await short.text(), "he");
  assertEquals(short.lines.map(({ line }) => line), [
    "more content than Content-Length: 2",
  ]);
  await assertRejects((await ask(9)).text);
});

Deno.test("RFC 9110 §8.4 beyond 16 coded streams a script's document goes out as it is, and runs once", async () => {
  const text = "x".repeat(5000);
  const block = 'Content-Type: text/plain\nETag: "1"\nContent-Length: 5000\n';
  const { fetch, commands } = scripts(() => `${block}\n${text}`, {
    compress: true,
    maxProcesses: 99,
  });
  const headers = { "Accept-Encoding": "gzip" };
  const get = () => fetch("/cgi-bin/x", { headers });
  for (let time = 0; time <= 16; time++) {
    const head = await fetch("/cgi-bin/x", { method: "HEAD", headers });
    // As for files: HEAD tells the length that GET has without a coding.
    const { headers: ofHead } = head;
    assertEquals(ofHead.get("content-encoding"), null);
    assertEquals(ofHead.get("content-length"), "5000");
    assertEquals(ofHead.get("vary"), "Accept-Encoding");
    const again = { ...headers, "If-None-Match": '"1"' };
    assertEquals((await fetch("/cgi-bin/x", { headers: again })).status, 304);
  }
  const before = commands.length;
  const readers: Array<ReadableStreamDefaultReader | undefined> = [];
  for (let time = 0; time < 16; time++) {
    const { headers, body } = await get();
    assertEquals(headers.get("content-encoding"), "gzip");
    const reader = body?.getReader();
    await reader?.read();
    readers.push(reader);
  }
  const plain = await get();
  assertEquals(commands.length - before, 17);
  const { headers: fields } = plain;
  assertEquals(
    ["content-encoding", "vary", "etag", "content-length"].map((name) =>
      fields.get(name)
    ),
    [null, "Accept-Encoding", '"1"', "5000"],
  );
  assertEquals(await plain.text(), text);
  for (const reader of readers) await reader?.cancel();
  const coded = await get();
  assertEquals(coded.headers.get("content-encoding"), "gzip");
  await coded.body?.cancel();
});

Deno.test("RFC 9110 §8.4 a script whose document nobody reads gives its place back, and goes on", async () => {
  const text = "x".repeat(5000);
  const { fetch, signals } = scripts(
    () => `Content-Type: text/plain\n\n${text}`,
    { compress: true, maxProcesses: 999 },
  );
  const headers = { "Accept-Encoding": "gzip" };
  const get = () => fetch("/cgi-bin/x", { headers });
  const unread: Response[] = [];
  for (let time = 0; time < 16; time++) unread.push(await get());
  const isFree = async () => {
    const { headers, body } = await get();
    await body?.cancel();
    return headers.has("content-encoding");
  };
  let left = 100;
  while (left > 0 && !await isFree()) {
    left--;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert(left > 0, "the places are lost");
  const ended = signals.length;
  for (const { headers, body } of unread) {
    assertEquals(headers.get("content-encoding"), "gzip");
    const stream = body?.pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(stream).text(), text);
  }
  assertEquals(signals.length, ended, "none of those was ended");
});

Deno.test("§6.3 parseHeaderBlock() keeps the order of fields, and Status is not one for the client", () => {
  assertEquals(
    parseHeaderBlock("B: 1\nStatus: 404 x\nA: 2\n\n", false),
    {
      kind: "document",
      status: 404,
      phrase: "x",
      statusNamed: true,
      fields: [["B", "1"], ["A", "2"]],
      content: "untyped",
    },
  );
});
