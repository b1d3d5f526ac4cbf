/**
 * Everything that `http.server` has: a test for each row of the README's page "Coming from
 * http.server" and of the table of classes, named after its left column. The last tests
 * compare the lists.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { findBun } from "../scripts/executables/bun.ts";
import { makeCertificate } from "./support/certificates.ts";
import { CLASS_ROWS } from "./support/class_rows.ts";
import {
  PROJECT,
  type RuntimeName,
  RUNTIMES,
  runToEnd,
  start,
  temporaryDirectory,
} from "./support/program.ts";
import { exchange, request } from "./support/raw.ts";
import { addScript, PERMISSIONS } from "./support/scripts.ts";
import { settle } from "./support/tagged.ts";

const rows: string[] = [];

/** A row of the table of the command line: on both runtimes, in a directory with a file. */
function line(
  name: string,
  check: (runtime: RuntimeName, directory: string) => Promise<void>,
  table: string[] = rows,
): void {
  table.push(name);
  Deno.test(`http.server: ${name}`, async (t) => {
    for (const runtime of RUNTIMES) {
      await t.step(runtime, async () => {
        using directory = temporaryDirectory();
        Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
        await check(runtime, directory.path);
      });
    }
  });
}

/** Writes a shell script where everybody may run it. */
function writeScript(root: string, path: string, body: string): void {
  let directory = root;
  Deno.chmodSync(root, 0o755);
  for (const name of path.split("/").slice(1, -1)) {
    directory += `/${name}`;
    Deno.mkdirSync(directory);
    Deno.chmodSync(directory, 0o755);
  }
  addScript(root + path, `#!/bin/sh\n${body}\n`);
}

/** What the program answers with some flags. */
async function answerOf(
  runtime: RuntimeName,
  words: readonly string[],
  path = "/a.txt",
) {
  await using program = await start(runtime, ["0", ...words]);
  return await request(program.port, path);
}

line("`[port]`", async (runtime, directory) => {
  await using program = await start(runtime, ["0"], directory);
  assert(program.port > 0);
  assertEquals((await request(program.port, "/a.txt")).text, "a");
  assertEquals((await runToEnd(runtime, ["65536"])).code, 2);
});

line("`-b, --bind ADDRESS`", async (runtime, directory) => {
  for (const flag of ["-b", "--bind"]) {
    const words = ["0", directory, flag, "127.0.0.1"];
    await using program = await start(runtime, words);
    assertStringIncludes(program.output(), "Serving HTTP on 127.0.0.1 port ");
  }
});

line("`-d, --directory DIR`", async (runtime, directory) => {
  for (const flag of ["-d", "--directory"]) {
    assertEquals((await answerOf(runtime, [flag, directory])).text, "a");
  }
});

line("`-p, --protocol VERSION`", async (runtime, directory) => {
  for (const flag of ["-p", "--protocol"]) {
    const old = await keptAlive(runtime, [directory, flag, "HTTP/1.0"]);
    assertEquals(old, "close");
    const usual = await keptAlive(runtime, [directory, flag, "HTTP/1.1"]);
    // `node:http` says what HTTP/1.1 need not say.
    assertEquals(usual, runtime === "Node" ? "keep-alive" : null);
  }
  const wrong = await runToEnd(runtime, [directory, "-p", "SPDY"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.errors, /cannot speak "SPDY": expected HTTP\/1\.0 or/);
});

/** The Connection field of an answer to a client that would go on. */
async function keptAlive(runtime: RuntimeName, words: readonly string[]) {
  await using program = await start(runtime, ["0", ...words]);
  const response = await fetch(`${program.url}/a.txt`);
  await response.body?.cancel();
  return response.headers.get("connection");
}

line("`--cgi`", async (runtime, directory) => {
  writeScript(
    directory,
    "/cgi-bin/x",
    'echo "Content-Type: a/b"; echo; echo hi',
  );
  const words = ["0", directory, "--cgi"];
  await using program = await start(runtime, words, undefined, PERMISSIONS);
  assertEquals((await request(program.port, "/cgi-bin/x")).text, "hi\n");
});

line(
  "`--tls-cert`, `--tls-key`, `--tls-password-file`",
  async (runtime, directory) => {
    const { cert, key } = await makeCertificate();
    Deno.writeTextFileSync(`${directory}/c.pem`, cert);
    Deno.writeTextFileSync(`${directory}/k.pem`, key);
    const words = ["--tls-cert", `${directory}/c.pem`, "--tls-key"];
    Deno.mkdirSync(`${directory}/site`);
    const all = ["0", `${directory}/site`, ...words, `${directory}/k.pem`];
    await using program = await start(runtime, all);
    assertStringIncludes(program.output(), "Serving HTTPS on ");
    for (const flag of ["--tls-key", "--tls-password-file"]) {
      const { code, errors } = await runToEnd(runtime, [flag, "x"]);
      assertEquals(code, 2);
      assertStringIncludes(errors, `${flag} requires --tls-cert to be set`);
    }
  },
);

line("`-H, --header NAME VALUE`", async (runtime, directory) => {
  const words = [directory, "-H", "X-A", "1", "--header", "X-B", "2"];
  const { fields } = await answerOf(runtime, words);
  assertEquals([fields.get("x-a"), fields.get("x-b")], ["1", "2"]);
});

line("`--content-type TYPE`", async (runtime, directory) => {
  Deno.writeTextFileSync(`${directory}/README`, "");
  const words = [directory, "--content-type", "text/x-a"];
  const { fields } = await answerOf(runtime, words, "/README");
  assertEquals(fields.get("content-type"), "text/x-a; charset=utf-8");
});

line("`-h, --help`", async (runtime) => {
  for (const flag of ["-h", "--help"]) {
    const { code, output } = await runToEnd(runtime, [flag]);
    assertEquals(code, 0);
    assert(output.startsWith("usage: serve "));
  }
  const { code, output } = await runToEnd(runtime, ["--version"]);
  assertEquals(code, 0);
  assert(output.startsWith("serve "));
});

line(
  "`Serving HTTP on … port … (http://…/) ...`",
  async (runtime, directory) => {
    const words = ["0", directory, "-b", "127.0.0.1"];
    await using program = await start(runtime, words);
    const { port } = program;
    assertEquals(
      program.output().split("\n")[0],
      `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/) ...`,
    );
  },
);

line(
  "Ctrl-C: `Keyboard interrupt received, exiting.`, exit 0",
  async (runtime, directory) => {
    const program = await start(runtime, ["0", directory]);
    assertEquals(await program.stop("SIGINT"), 0);
    assert(
      program.output().endsWith("\nKeyboard interrupt received, exiting.\n"),
    );
  },
);

line(
  '`127.0.0.1 - - [20/Nov/2026 16:00:00] "GET / HTTP/1.1" 200 -`',
  async (runtime, directory) => {
    await using program = await start(runtime, ["0", directory]);
    await request(program.port, "/a.txt?q");
    await request(program.port, "/none");
    const log = await program.log("/none");
    const [first, second, third] = log.split("\n");
    const start_ =
      /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4} \d\d:\d\d:\d\d\] /;
    for (const text of [first, second, third]) assertMatch(text ?? "", start_);
    assert(first?.endsWith('"GET /a.txt?q HTTP/1.1" 200 1'));
    assert(second?.endsWith("code 404, message File not found"));
    assertMatch(third ?? "", /"GET \/none HTTP\/1\.1" 404 \d+$/);
  },
);

line("a bad flag or value: a message, exit 2", async (runtime) => {
  const rows = [["--nope"], ["-b"], ["x", "y"], ["--cgi=1"]];
  for (const words of rows) {
    const { code, errors } = await runToEnd(runtime, words);
    assertEquals(code, 2);
    assert(errors.startsWith("serve: "));
  }
});

for (const [name, check] of CLASS_ROWS) {
  Deno.test(`http.server: ${name}`, async () => await check());
}

Deno.test("http.server: the classes, on Bun", async (t) => {
  const { stdout, stderr } = await new Deno.Command(await findBun(), {
    args: ["run", `${PROJECT}tests/support/run_class_rows.ts`],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const results: Array<[name: string, failure: string | null]> = decoder
    .decode(stdout).split("\n").filter((line) => line.startsWith("["))
    .map((line) => JSON.parse(line));
  for (const [name, failure] of results) {
    await t.step(name, () => assertEquals(failure, null));
  }
  assertEquals(
    results.map(([name]) => name),
    CLASS_ROWS.map(([name]) => name),
    decoder.decode(stderr),
  );
});

/** A row of the table of differences: on both runtimes, in a directory with a file. */
const different: string[] = [];
function difference(
  name: string,
  check: (runtime: RuntimeName, directory: string) => Promise<void>,
): void {
  line(name, check, different);
}

/** Statuses of paths. */
async function statuses(
  runtime: RuntimeName,
  words: readonly string[],
  paths: readonly string[],
): Promise<readonly number[]> {
  await using program = await start(runtime, ["0", ...words]);
  const answers = paths.map((path) => request(program.port, path));
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** The status line that a request of some bytes gets. */
async function statusLine(
  runtime: RuntimeName,
  directory: string,
  bytes: string,
): Promise<string> {
  await using program = await start(runtime, ["0", directory]);
  using connection = await Deno.connect({ port: program.port });
  await connection.write(new TextEncoder().encode(bytes));
  const buffer = new Uint8Array(1024);
  const length = await connection.read(buffer) ?? 0;
  const [first = ""] = new TextDecoder().decode(buffer.subarray(0, length))
    .split("\r\n");
  return first;
}

difference("dotfiles are served and listed", async (runtime, directory) => {
  Deno.writeTextFileSync(`${directory}/.env`, "");
  assertEquals(await statuses(runtime, [directory], ["/.env"]), [404]);
  const words = [directory, "--dotfiles"];
  assertEquals(await statuses(runtime, words, ["/.env"]), [200]);
});

difference(
  "symbolic links are followed anywhere",
  async (runtime, directory) => {
    Deno.mkdirSync(`${directory}/www`);
    Deno.symlinkSync("../a.txt", `${directory}/www/link`);
    const words = [`${directory}/www`];
    assertEquals(await statuses(runtime, words, ["/link"]), [404]);
    words.push("--follow-symlinks");
    assertEquals(await statuses(runtime, words, ["/link"]), [200]);
  },
);

difference("a link is listed as `name@`", async (runtime, directory) => {
  Deno.symlinkSync("a.txt", `${directory}/link`);
  const { text } = await answerOf(
    runtime,
    [directory, "--listing", "plain"],
    "/",
  );
  assertStringIncludes(text, '<a href="link">link</a>');
});

difference("`-` for the size in the log", async (runtime, directory) => {
  await using program = await start(runtime, ["0", directory]);
  await request(program.port, "/a.txt");
  await program.log('"GET /a.txt HTTP/1.1" 200 1\n');
});

difference(
  "the log has `/%C3%A4.pdf`, `File not found`, and two lines for a missing icon",
  async (runtime, directory) => {
    await using program = await start(runtime, ["0", directory]);
    for (const target of ["/favicon.ico", "/%C3%A4.pdf", "/.env"]) {
      await request(program.port, target);
    }
    const log = await program.log('"GET /.env HTTP/1.1" 404');
    const lines = log.split("\n").map((line) => line.replace(/^.*?\] /, ""));
    assertMatch(lines[0] ?? "", /^"GET \/favicon\.ico HTTP/);
    assertEquals(lines[1], "code 404, message File not found");
    assertMatch(lines[2] ?? "", /^"GET \/ä\.pdf HTTP/);
    assertMatch(lines[3] ?? "", /message File not found \(.*: --dotfiles\)$/);
  },
);

difference("no `ETag`, no `Cache-Control`", async (runtime, directory) => {
  await settle();
  const { fields } = await answerOf(runtime, [directory]);
  assertEquals(fields.get("cache-control"), "no-cache");
  assert(fields.has("etag"));
});

difference(
  "a `Last-Modified` that somebody has set is compared",
  async (runtime, directory) => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    const second = Date.parse(date) / 1000;
    Deno.utimeSync(`${directory}/a.txt`, second, second);
    Deno.writeTextFileSync(`${directory}/b.txt`, "b");
    Deno.utimeSync(`${directory}/b.txt`, 0, 0);
    await using program = await start(runtime, ["0", directory]);
    const since = { "If-Modified-Since": date };
    const { status, fields } = await request(program.port, "/a.txt", since);
    assertEquals([status, fields.get("last-modified")], [200, date]);
    const { fields: pinned } = await request(program.port, "/b.txt");
    assertEquals(pinned.get("last-modified"), null);
  },
);

difference("no ranges, no codings", async (runtime, directory) => {
  Deno.writeTextFileSync(`${directory}/b.txt`, "b".repeat(5000));
  await using program = await start(runtime, ["0", directory]);
  const ask = (fields: Record<string, string>) =>
    request(program.port, "/b.txt", fields);
  assertEquals((await ask({ Range: "bytes=0-0" })).status, 206);
  const { fields } = await ask({ "Accept-Encoding": "gzip" });
  assertEquals(fields.get("content-encoding"), "gzip");
});

difference("`text/html`", async (runtime, directory) => {
  Deno.writeTextFileSync(`${directory}/b.html`, "b");
  const { fields } = await answerOf(runtime, [directory], "/b.html");
  assertEquals(fields.get("content-type"), "text/html; charset=utf-8");
});

difference(
  "a file without a known extension is `application/octet-stream`, `a.sh` `application/x-sh`",
  async (runtime, directory) => {
    await using program = await start(runtime, ["0", directory]);
    const rows = [
      ["LICENSE", "MIT", "text/plain; charset=utf-8"],
      ["a.sh", "#!/bin/sh", "text/plain; charset=utf-8"],
      ["program", "\x7fELF\0", "application/octet-stream"],
    ] as const;
    for (const [name, content, type] of rows) {
      Deno.writeTextFileSync(`${directory}/${name}`, content);
      const { fields } = await request(program.port, `/${name}`);
      assertEquals(fields.get("content-type"), type, name);
    }
  },
);

difference("a listing has names alone", async (runtime, directory) => {
  const page = await answerOf(runtime, [directory], "/");
  assertMatch(page.text, /<td>\d{4}-\d\d-\d\d \d\d:\d\d<td>1\xa0B\n/);
  const json = await answerOf(runtime, [directory], "/?format=json");
  assertEquals(JSON.parse(json.text).entries[0].size, 1);
  const plain = [directory, "--listing", "plain"];
  const { text } = await answerOf(runtime, plain, "/");
  assertStringIncludes(text, '<ul>\n<li><a href="a.txt">a.txt</a></li>\n</ul>');
});

difference(
  "the title of a listing is its heading, `Directory listing for /path/`",
  async (runtime, directory) => {
    Deno.mkdirSync(`${directory}/path`);
    const page = await answerOf(runtime, [directory], "/path/");
    assertStringIncludes(page.text, "<title>Index of /path</title>");
    const plain = [directory, "--listing", "plain"];
    const { text } = await answerOf(runtime, plain, "/path/");
    assertStringIncludes(text, "<title>Index of /path</title>");
    assertStringIncludes(text, "<h1>Directory listing for /path/</h1>");
  },
);

difference(
  "an error is a page of three lines",
  async (runtime, directory) => {
    const rows = [
      ["*/*", [], "<p>Message: File not found.</p>"],
      ["text/html", ["--listing", "plain"], "<p>Message: File not found.</p>"],
      ["text/html", [], '<main class="error">'],
      ["application/json", [], '"status":404'],
      ["text/plain", [], "404 File not found\n"],
    ] as const;
    for (const [accept, words, part] of rows) {
      await using program = await start(runtime, ["0", directory, ...words]);
      const { text } = await request(program.port, "/none", { accept });
      assertStringIncludes(text, part);
    }
  },
);

difference(
  "the status line says `404 File not found`",
  async (runtime, directory) => {
    const bytes = "GET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    const first = await statusLine(runtime, directory, bytes);
    const phrase = runtime === "Deno" ? "Not Found" : "File not found";
    assertEquals(first, `HTTP/1.1 404 ${phrase}`);
  },
);

difference(
  "`//dir` is read as `/dir`, `/dir%2f` as `/dir/`",
  async (runtime, directory) => {
    Deno.mkdirSync(`${directory}/dir`);
    const paths = ["/dir/", "//dir", "//dir/", "/dir%2f"];
    const expected = [200, 301, 301, 301];
    assertEquals(await statuses(runtime, [directory], paths), expected);
  },
);

difference(
  "`%zz` is served as a name, `%00` drops the connection",
  async (runtime, directory) => {
    const paths = ["/%zz", "/%00"];
    assertEquals(await statuses(runtime, [directory], paths), [400, 400]);
  },
);

difference(
  "a target in absolute form (`GET http://host/a`) is no path: 404",
  async (runtime, directory) => {
    const bytes = "GET http://b/a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    const first = await statusLine(runtime, directory, bytes);
    assertEquals(first, "HTTP/1.1 200 OK");
  },
);

difference("OPTIONS and other methods: 501", async (runtime, directory) => {
  await using program = await start(runtime, ["0", directory]);
  // Bun closes the connection on methods that it does not know.
  const rows = [
    ["OPTIONS", 204],
    ["PUT", 405],
    ...runtime === "Deno" ? [["SPAM", 501] as const] : [],
  ] as const;
  for (const [method, status] of rows) {
    const bytes =
      `${method} /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    assertEquals((await exchange(program.port, bytes)).status, status, method);
  }
});

difference("a target that is too long: 414", async (runtime, directory) => {
  const bytes = `GET /${"a".repeat(70_000)} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const first = await statusLine(runtime, directory, bytes);
  assertMatch(first, runtime === "Deno" ? / 400 / : / 431 /);
});

difference("HTTP/0.9 is answered", async (runtime, directory) => {
  const first = await statusLine(runtime, directory, "GET /a.txt\r\n\r\n");
  assertMatch(first, / 400 /);
});

difference(
  "`HTTP/1.0`, a connection per request",
  async (runtime, directory) => {
    await using program = await start(runtime, ["0", directory]);
    using connection = await Deno.connect({ port: program.port });
    const buffer = new Uint8Array(4096);
    for (let time = 0; time < 2; time++) {
      const bytes = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
      await connection.write(new TextEncoder().encode(bytes));
      let text = "";
      while (!text.endsWith("\r\n\r\na")) {
        const length = await connection.read(buffer) ?? 0;
        assert(length > 0, text);
        text += new TextDecoder().decode(buffer.subarray(0, length));
      }
      assert(text.startsWith("HTTP/1.1 200 "), text);
    }
  },
);

difference("flags can be abbreviated: `--bin`", async (runtime) => {
  const { code, errors } = await runToEnd(runtime, ["--bin", "127.0.0.1"]);
  assertEquals(code, 2);
  assertStringIncludes(errors, "did you mean --bind?");
});

difference("SIGTERM cuts what is in flight", async (runtime, directory) => {
  const program = await start(runtime, ["0", directory]);
  assertEquals(await program.stop("SIGTERM"), 0);
  assert(program.output().endsWith("\nSIGTERM received, exiting.\n"));
});

/** The left column of a table below a heading. */
function leftColumn(path: string, heading: string): readonly string[] {
  const text = Deno.readTextFileSync(PROJECT + path);
  const [page = ""] = text.split(`\n${heading}\n`)[1]?.split(/\n##+ /) ?? [];
  return [...page.matchAll(/^\| (.+?) \| /gm)].map(([, left = ""]) => left)
    .filter((left) => !/^`(?:python -m )?http\.server/.test(left));
}

Deno.test("http.server: the tables have exactly these rows", () => {
  assertEquals(leftColumn("README.md", "### The command line"), rows);
  assertEquals(leftColumn("README.md", "### Differences"), different);
  assertEquals(
    leftColumn("lib/handler/docs.md", "## The classes of http.server"),
    CLASS_ROWS.map(([name]) => name),
  );
});
