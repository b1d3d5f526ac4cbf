/** Scripts as processes, run by the real program on Deno and on Bun. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  childrenOf,
  peakMemory,
  processesWith,
} from "../support/process_list.ts";
import {
  type Program,
  PROJECT,
  runToEnd,
  start,
  startCommand,
  startDenoServe,
  SUBJECTS,
} from "../support/program.ts";
import { exchange, request, writeAll } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { until } from "../support/wait.ts";

const IS_ROOT = Deno.uid() === 0;
const MIB = 1_048_576;

interface Subject {
  readonly program: Program;
  /** The directory that is served. */
  readonly root: string;
}

interface Clause {
  readonly name: string;
  readonly check: (subject: Subject) => Promise<void>;
}

/** A number of seconds to sleep that no other process sleeps. */
let unique = 0;
function duration(): string {
  return `60.${Deno.pid}${String(++unique).padStart(3, "0")}`;
}

/** Sends a request and leaves the connection open. */
async function connect(
  port: number,
  message: string,
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(message));
  return connection;
}

async function readUntil(connection: Deno.Conn, text: string): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let received = "";
  while (!received.includes(text)) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`Closed after: ${received}`);
    received += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return received;
}

function get(target: string, ...fields: string[]): string {
  const lines = [`GET ${target} HTTP/1.1`, "Host: localhost", ...fields];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function post(target: string, content: string, ...fields: string[]): string {
  const lines = [
    `POST ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    ...fields,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${content}`;
}

/** Sends so many MiB, with their length or in chunks; returns all of the answer. */
async function upload(
  port: number,
  target: string,
  mebibytes: number,
  isKnown: boolean,
): Promise<string> {
  const field = isKnown
    ? `Content-Length: ${mebibytes * MIB}`
    : "Transfer-Encoding: chunked";
  using connection = await connect(port, post(target, "", field));
  const content = new Uint8Array(MIB);
  const encode = (text: string) => new TextEncoder().encode(text);
  for (let sent = 0; sent < mebibytes; sent++) {
    if (!isKnown) await writeAll(connection, encode("100000\r\n"));
    await writeAll(connection, content);
    if (!isKnown) await writeAll(connection, encode("\r\n"));
  }
  if (!isKnown) await writeAll(connection, encode("0\r\n\r\n"));
  return await new Response(connection.readable).text();
}

const CLAUSES: readonly Clause[] = [
  {
    name: "a script answers; its content comes in chunks",
    check: async ({ program }) => {
      const response = await request(program.port, "/cgi-bin/hello");
      assertEquals([response.status, response.text], [200, "hello\n"]);
      assertEquals(response.fields.get("content-type"), "text/plain");
      assertMatch(
        await program.log("hello HTTP"),
        /"GET \/cgi-bin\/hello HTTP\/1.1" 200 6\n/,
      );
    },
  },
  {
    name:
      "for root scripts run as nobody, without root's groups; in their own directory",
    check: async ({ program, root }) => {
      const { text } = await request(program.port, "/cgi-bin/id");
      const [uid, gid, groups, directory] = text.split("\n");
      assertEquals(directory, `${root}/cgi-bin`);
      if (!IS_ROOT) return assertEquals(uid, String(Deno.uid()));
      assertEquals([uid, gid, groups], ["65534", "65534", "65534"]);
    },
  },
  {
    name: "the environment is the meta-variables, PATH, and nothing of ours",
    check: async ({ program, root }) => {
      const { text } = await request(
        program.port,
        "/cgi-bin/env/a%2Fb/%C3%A9?q=%20",
        {
          "X-Test": "1",
          Proxy: "http://evil.example",
          X_Test: "evil",
          Cookie: "a=1",
        },
      );
      const variables = Object.fromEntries(
        text.trim().split("\n").map((line) => line.split(/=(.*)/s)),
      );
      for (
        const name of [
          "PATH",
          "SERVER_SOFTWARE",
          "REMOTE_PORT",
          "PWD",
          "_",
          "SHLVL",
          "OLDPWD",
        ]
      ) {
        delete variables[name];
      }
      assertEquals(variables, {
        DOCUMENT_ROOT: root,
        GATEWAY_INTERFACE: "CGI/1.1",
        HTTP_COOKIE: "a=1",
        HTTP_HOST: "localhost",
        HTTP_X_TEST: "1",
        PATH_INFO: "/a/b/é",
        PATH_TRANSLATED: `${root}/a/b/é`,
        QUERY_STRING: "q=%20",
        REMOTE_ADDR: "127.0.0.1",
        REMOTE_HOST: "127.0.0.1",
        REQUEST_METHOD: "GET",
        REQUEST_SCHEME: "http",
        REQUEST_URI: "/cgi-bin/env/a%2Fb/%C3%A9?q=%20",
        SCRIPT_FILENAME: `${root}/cgi-bin/env`,
        SCRIPT_NAME: "/cgi-bin/env",
        SERVER_ADDR: "127.0.0.1",
        SERVER_NAME: "localhost",
        SERVER_PORT: String(program.port),
        SERVER_PROTOCOL: "HTTP/1.1",
      });
    },
  },
  {
    name: "PATH is the user's, also where `bun run` has put its own in front",
    check: async ({ program }) => {
      // Deno may not read it here.
      const expected = program.runtime === "Deno"
        ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        : Deno.env.get("PATH");
      const { text } = await request(program.port, "/cgi-bin/env");
      assertEquals(/^PATH=(.*)$/m.exec(text)?.[1], expected);
    },
  },
  {
    name:
      "nobody but a trusted proxy tells SERVER_NAME, SERVER_PORT and HTTPS otherwise",
    check: async ({ program }) => {
      const { text } = await request(program.port, "/cgi-bin/env", {
        Forwarded: "for=192.0.2.1;host=evil.example;proto=https",
      });
      const lines = text.split("\n");
      assert(lines.includes("SERVER_NAME=localhost"));
      assert(lines.includes(`SERVER_PORT=${program.port}`));
      assertEquals(text.includes("HTTPS="), false);
    },
  },
  {
    name:
      "GET with content: the script has it, but on Deno, which gives it to nobody",
    check: async ({ program }) => {
      const message = get(
        "/cgi-bin/cat",
        "Content-Length: 5",
        "Connection: close",
      );
      const { status, text } = await exchange(program.port, `${message}hello`);
      const content = program.runtime === "Deno" ? " " : "5 hello";
      assertEquals([status, text], [200, content]);
    },
  },
  {
    name: "duplicate fields are joined by a comma, cookies by a semicolon",
    check: async ({ program }) => {
      const { text } = await exchange(
        program.port,
        get("/cgi-bin/env").replace(
          "\r\n\r\n",
          "\r\nX-A: 1\r\nCookie: a=1\r\nX-A: 2\r\nCookie: b=2\r\nX-B: caf\u00e9\r\nConnection: close\r\n\r\n",
        ),
      );
      for (
        const line of ["HTTP_X_A=1, 2", "HTTP_COOKIE=a=1; b=2", "HTTP_X_B=café"]
      ) {
        assert(text.split("\n").includes(line), line);
      }
    },
  },
  {
    name: "content of known length: exactly that, and then the end",
    check: async ({ program }) => {
      const message = post("/cgi-bin/cat", "helloEXTRA", "Content-Length: 5");
      assertEquals((await exchange(program.port, message)).text, "5 hello");
    },
  },
  {
    name: "content in chunks gets its length",
    check: async ({ program }) => {
      const message = post(
        "/cgi-bin/cat",
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked",
      );
      assertEquals(
        (await exchange(program.port, message)).text,
        "11 hello world",
      );
    },
  },
  {
    name:
      "content in 50,000 chunks of one byte each is not kept as so many buffers",
    check: async ({ program }) => {
      const before = peakMemory(program.process.pid);
      const message = post(
        "/cgi-bin/late",
        `${"1\r\na\r\n".repeat(50_000)}0\r\n\r\n`,
        "Transfer-Encoding: chunked",
      );
      assertEquals((await exchange(program.port, message)).text, "50000\n");
      const grown = peakMemory(program.process.pid) - before;
      assert(grown < 384 * MIB, `${grown}`);
    },
  },
  {
    name: "much content, with its length and without, is not kept in memory",
    check: async ({ program }) => {
      const before = peakMemory(program.process.pid);
      for (const isKnown of [true, false]) {
        const text = await upload(program.port, "/cgi-bin/late", 384, isKnown);
        assertMatch(text, new RegExp(`^${384 * MIB}$`, "m"));
      }
      const grown = peakMemory(program.process.pid) - before;
      assert(grown < 256 * MIB, `${grown}`);
    },
  },
  {
    name:
      "a script that does not read answers all the same, to a client that writes all first",
    check: async ({ program }) => {
      const content = "x".repeat(8 * MIB);
      const message = post(
        "/cgi-bin/deaf",
        content,
        `Content-Length: ${content.length}`,
      );
      const response = await exchange(program.port, message);
      assertEquals([response.status, response.text], [200, "deaf\n"]);
    },
  },
  {
    name:
      "the first line is there while the script runs; when the client leaves, its group ends",
    check: async ({ program }) => {
      const time = duration();
      const connection = await connect(
        program.port,
        get(`/cgi-bin/endless?${time}`),
      );
      await readUntil(connection, "data: 1");
      // The line is written before the script forks.
      await until(() => processesWith(time).length > 0, "it runs");
      connection.close();
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "a client that leaves before the header block: the group ends",
    check: async ({ program }) => {
      const time = duration();
      const connection = await connect(
        program.port,
        get(`/cgi-bin/silent?${time}`),
      );
      await until(() => processesWith(time).length > 0, "it runs");
      connection.close();
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "a client that leaves in the middle of its content: the group ends",
    check: async ({ program }) => {
      const time = duration();
      const message = post(
        `/cgi-bin/silent?${time}`,
        "half",
        "Content-Length: 100",
      );
      const connection = await connect(program.port, message);
      await until(() => processesWith(time).length > 0, "it runs");
      connection.close();
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "504 after the time-out, also for a script that ignores SIGTERM",
    check: async ({ program }) => {
      const time = duration();
      const { status } = await request(
        program.port,
        `/cgi-bin/stubborn?${time}`,
      );
      assertEquals(status, 504);
      await program.log("CGI script wrote no header block within 3 s");
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "what a script leaves behind in its group ends with it",
    check: async ({ program }) => {
      const time = duration();
      const { text } = await request(program.port, `/cgi-bin/leaving?${time}`);
      assertEquals(text, "bye\n");
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name:
      "1 GiB to a client that reads slowly at first: the script waits, memory stays flat",
    check: async ({ program }) => {
      const before = peakMemory(program.process.pid);
      const connection = await connect(
        program.port,
        get(`/cgi-bin/zeros?${1024 * MIB}`, "Connection: close"),
      );
      const start = await readUntil(connection, "\0");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const buffer = new Uint8Array(MIB);
      let received = start.length;
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) break;
        received += count;
      }
      connection.close();
      assert(received > 1024 * MIB, `${received}`);
      const grown = peakMemory(program.process.pid) - before;
      assert(grown < 96 * MIB, `${grown}`);
    },
  },
  {
    name: "a crash behind the header block cuts the connection",
    check: async ({ program }) => {
      const { wire } = await request(program.port, "/cgi-bin/crash");
      // What there is, and then the cut.
      assertMatch(wire, /^HTTP\/1.1 200 [^]*half\n/);
      assertEquals(wire.endsWith("\r\n0\r\n\r\n"), false);
      const log = await program.log("failed in the middle of its content");
      assertMatch(log, /'\/cgi-bin\/crash': ended by SIGSEGV\n/);
    },
  },
  {
    name:
      "an exit status other than 0: the answer stands, and the log tells (squid's cachemgr)",
    check: async ({ program }) => {
      const { status, fields, text, wire } = await request(
        program.port,
        "/cgi-bin/failed",
      );
      assertEquals([status, text], [200, "whole\n"]);
      // By its length, where the script has ended before its answer begins.
      const isWhole = fields.get("content-length") === "6" ||
        wire.endsWith("\r\n0\r\n\r\n");
      assert(isWhole, wire);
      await program.log("'/cgi-bin/failed': exit status 1\n");
    },
  },
  {
    name:
      "§6.3.1 content without a type has none on the wire, but nosniff, and the log warns",
    check: async ({ program }) => {
      for (const name of ["untyped", "notype"]) {
        const target = `/cgi-bin/${name}`;
        const { status, fields, text } = await request(program.port, target);
        assertEquals([status, text], [200, "hello\n"]);
        assertEquals(fields.get("content-type"), null);
        assertEquals(fields.get("x-content-type-options"), "nosniff");
        await program.log(`'${target}': content without a Content-Type\n`);
      }
    },
  },
  {
    name:
      "RFC 9110 §8.6 Content-Length of a script reaches clients of HTTP/1.1 and HTTP/1.0",
    check: async ({ program }) => {
      const targets: ReadonlyArray<readonly [string, number]> = [
        ["/cgi-bin/length?0", 0],
        ["/cgi-bin/length?1", 1],
        ["/cgi-bin/slow", 8],
        ["/cgi-bin/length?100000", 100_000],
        [`/cgi-bin/length?${4 * MIB}`, 4 * MIB],
      ];
      for (const [target, length] of targets) {
        const first = await request(program.port, target);
        const old = await exchange(
          program.port,
          `GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`,
        );
        for (const { status, fields, content } of [first, old]) {
          assertEquals(status, 200, target);
          assertEquals(fields.get("content-length"), `${length}`, target);
          assertEquals(fields.get("transfer-encoding"), null, target);
          assertEquals(fields.get("content-type"), "a/b");
          assertEquals(content.length, length);
        }
      }
      await program.log(
        `"GET /cgi-bin/length?${4 * MIB} HTTP/1.1" 200 ${4 * MIB}\n`,
      );
    },
  },
  {
    name:
      "longer content than is collected has its length, or says that the connection ends with it",
    check: async ({ program }) => {
      const target = `/cgi-bin/length?${5 * MIB}`;
      const { fields, content } = await exchange(
        program.port,
        `GET ${target} HTTP/1.0\r\nHost: localhost\r\n\r\n`,
      );
      assertEquals(content.length, 5 * MIB);
      const isClosing = fields.get("connection") === "close";
      assert(fields.has("content-length") || isClosing);
    },
  },
  {
    name:
      "announced content that takes longer than the time-out arrives all the same",
    check: async ({ program }) => {
      const { status, text } = await request(
        program.port,
        "/cgi-bin/stalled?3.5",
      );
      assertEquals([status, text], [200, "halfhalf"]);
    },
  },
  {
    name:
      "a client that leaves in the middle of announced content: the group ends",
    check: async ({ program }) => {
      const time = duration();
      const connection = await connect(
        program.port,
        get(`/cgi-bin/stalled?${time}`),
      );
      await until(() => processesWith(time).length > 0, "it runs");
      await new Promise((resolve) => setTimeout(resolve, 200));
      connection.close();
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "after an answer with its length the connection goes on",
    check: async ({ program }) => {
      const connection = await connect(program.port, get("/cgi-bin/slow"));
      const first = await readUntil(connection, "halfhalf");
      assertMatch(first, /\r\ncontent-length: 8\r\n/i);
      await writeAll(connection, new TextEncoder().encode(get("/page.html")));
      assertMatch(await readUntil(connection, "static"), /^HTTP\/1.1 200 /);
      connection.close();
    },
  },
  {
    name:
      "more content than Content-Length: so many bytes, complete, and the log tells",
    check: async ({ program }) => {
      const { fields, text } = await request(program.port, "/cgi-bin/long");
      assertEquals([fields.get("content-length"), text], ["5", "hello"]);
      await program.log(
        "'/cgi-bin/long': more content than Content-Length: 5\n",
      );
    },
  },
  {
    name:
      "RFC 9110 §5.6.7 a date in another form is written anew, and If-Modified-Since works",
    check: async ({ program }) => {
      const date = "Sun, 06 Nov 1994 08:49:37 GMT";
      const whole = await request(program.port, "/cgi-bin/late304");
      assertEquals(whole.fields.get("last-modified"), date);
      const fields = { "If-Modified-Since": date };
      const same = await request(program.port, "/cgi-bin/late304", fields);
      assertEquals([same.status, same.content.length], [304, 0]);
    },
  },
  {
    name:
      "a child that keeps the output open keeps the answer open, of its session or not",
    check: async ({ program }) => {
      for (const name of ["shared", "moved"]) {
        const { text } = await request(program.port, `/cgi-bin/${name}`);
        assertEquals(text, "now\nlater\n", name);
      }
    },
  },
  {
    name: "a child that keeps the output open ends when the client leaves",
    check: async ({ program }) => {
      const time = duration();
      const connection = await connect(
        program.port,
        get(`/cgi-bin/keeping?${time}`),
      );
      await readUntil(connection, "now");
      await until(() => processesWith(time).length > 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assertEquals(processesWith(time).length, 1);
      connection.close();
      await until(
        () => processesWith(time).length === 0,
        "the group has ended",
      );
    },
  },
  {
    name: "less than Content-Length cuts the connection",
    check: async ({ program }) => {
      const { wire } = await request(program.port, "/cgi-bin/short");
      assertMatch(wire, /^HTTP\/1.1 200 [^]*half/);
      assertEquals(wire.endsWith("\r\n0\r\n\r\n"), false);
      await program.log("CGI script wrote 4 bytes after Content-Length: 9");
    },
  },
  {
    name:
      "502 for what is no answer; the log has the complaints, escaped, and the reason",
    check: async ({ program }) => {
      const rows = [
        ["fail", "'/cgi-bin/fail': oh\\x1b[2Jno\n"],
        ["fail", "'/cgi-bin/fail': exit status 3\n"],
        ["fail", "CGI script gave no valid answer: it wrote nothing"],
        ["garbage", 'a line is no header field: "hello"'],
        ["noshebang", 'it does not begin with "#!"'],
        ["nointerpreter", "what it names in its first line is missing"],
        ["windows", "its first line ends in CR LF, as on Windows"],
      ] as const;
      for (const [name, line] of rows) {
        const response = await request(program.port, `/cgi-bin/${name}`);
        assertEquals(response.status, 502, name);
        assert(response.text.includes("Error code: 502"));
        assertEquals(response.text.includes("oh"), false);
        await program.log(line);
      }
    },
  },
  {
    name: "403 and 404 in http.server's words; nothing is sent as text",
    check: async ({ program }) => {
      const rows = [
        [
          "/cgi-bin/secret.txt",
          403,
          "CGI script is not executable ('/cgi-bin/secret.txt')",
        ],
        ["/cgi-bin/", 403, "CGI script is not a plain file ('/cgi-bin/')"],
        ["/cgi-bin/none", 404, "No such CGI script ('/cgi-bin/none')"],
      ] as const;
      for (const [target, status, message] of rows) {
        assertEquals((await request(program.port, target)).status, status);
        await program.log(`code ${status}, message ${message}`);
      }
      assertEquals(
        (await request(program.port, "/page.html", {}, "POST")).status,
        501,
      );
      await program.log("code 501, message Can only POST to CGI scripts");
    },
  },
  {
    name: "status, fields, cookies and bytes that are no UTF-8, on the wire",
    check: async ({ program }) => {
      const { status, wire, fields, text } = await request(
        program.port,
        "/cgi-bin/fields",
      );
      assertEquals([status, text], [299, "x"]);
      assertEquals(fields.get("content-type"), "a/b");
      assertMatch(wire, /\r\nx-a: caf\xc3\xa9 \xe9\r\n/i);
      assertMatch(wire, /\r\nset-cookie: a=1\r\n/i);
      assertMatch(wire, /\r\nset-cookie: b=2\r\n/i);
    },
  },
  {
    name:
      "205 is sent as 204, because Deno cannot end it; the connection goes on",
    check: async ({ program }) => {
      const connection = await connect(program.port, get("/cgi-bin/reset"));
      const head = await readUntil(connection, "\r\n\r\n");
      assertMatch(head, /^HTTP\/1.1 204 /);
      await writeAll(connection, new TextEncoder().encode(get("/page.html")));
      assertMatch(await readUntil(connection, "static"), /^HTTP\/1.1 200 /);
      connection.close();
    },
  },
  {
    name:
      "what a script leaves behind may begin a session of its own, and then lives",
    check: async ({ program }) => {
      const time = duration();
      for (let count = 0; count < 5; count++) {
        const { text } = await request(program.port, `/cgi-bin/daemon?${time}`);
        assertEquals(text, "bye\n");
      }
      await until(() => processesWith(time).length === 5);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const daemons = processesWith(time);
      for (const id of daemons) Deno.kill(id, "SIGKILL");
      assertEquals(daemons.length, 5);
    },
  },
  {
    name: "redirects: to another script, to a file, to the client",
    check: async ({ program }) => {
      const content = post("/cgi-bin/local", "hello", "Content-Length: 5");
      const { text } = await exchange(program.port, content);
      const lines = text.split("\n");
      for (
        const line of [
          "REQUEST_METHOD=GET",
          "PATH_INFO=/info",
          "QUERY_STRING=from=local",
        ]
      ) {
        assert(lines.includes(line), line);
      }
      assertEquals(text.includes("CONTENT_LENGTH"), false);
      assertEquals(
        (await request(program.port, "/cgi-bin/page")).text,
        "<p>static\n",
      );
      const away = await request(program.port, "/cgi-bin/client");
      assertEquals(away.status, 302);
      assertEquals(away.fields.get("location"), "http://example.org/");
    },
  },
  {
    name: "nph-, HEAD, 204",
    check: async ({ program }) => {
      const own = await request(program.port, "/cgi-bin/nph-own");
      assertEquals([own.status, own.text, own.fields.get("x-own")], [
        203,
        "own",
        "yes",
      ]);
      const head = await request(program.port, "/cgi-bin/hello", {}, "HEAD");
      assertEquals([head.status, head.content.length], [200, 0]);
      assertEquals(head.fields.get("content-length"), null);
      // What a script writes that has no content for HEAD is not the length of GET.
      const zero = await request(program.port, "/cgi-bin/zero", {}, "HEAD");
      assertEquals(zero.status, 200);
      assertEquals(zero.fields.get("content-length"), null);
      const known = await request(program.port, "/cgi-bin/long", {}, "HEAD");
      assertEquals(known.fields.get("content-length"), "5");
      const empty = await request(program.port, "/cgi-bin/empty");
      assertEquals([empty.status, empty.content.length], [204, 0]);
    },
  },
  {
    name: "500 requests by 20 clients, and then no process is left",
    check: async ({ program }) => {
      let left = 500;
      const client = async () => {
        while (left-- > 0) {
          const response = await fetch(`${program.url}/cgi-bin/hello`);
          assertEquals(await response.text(), "hello\n");
        }
      };
      await Promise.all(Array.from({ length: 20 }, client));
      await until(
        () => childrenOf(program.process.pid).length === 0,
        "no child is left",
      );
    },
  },
];

for (const runtime of SUBJECTS) {
  Deno.test(`CGI contract on ${runtime}`, async (t) => {
    using directory = scriptDirectory();
    const root = directory.path;
    const words = ["0", root, "-b", "127.0.0.1", "--cgi", "--cgi-timeout", "3"];
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    for (const { name, check } of CLAUSES) {
      await t.step(name, () => check({ program, root }));
    }
    assertEquals(program.errors().includes("uncaught"), false);
    assertEquals(program.errors().includes("legacy behavior"), false);
  });

  Deno.test(`on ${runtime} a trusted proxy tells SERVER_NAME, SERVER_PORT and HTTPS`, async () => {
    using directory = scriptDirectory();
    const words = ["0", directory.path, "-b", "127.0.0.1", "--cgi"];
    words.push("--trusted-proxy", "loopback");
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const proxied = { "X-Forwarded-For": "192.0.2.1" };
    const rows: ReadonlyArray<
      readonly [Record<string, string>, string, string, string | undefined]
    > = [
      [{}, "localhost", `${program.port}`, undefined],
      [
        { Forwarded: 'for=192.0.2.1;proto=https;host="example.org:444"' },
        "example.org",
        "444",
        "on",
      ],
      [
        {
          ...proxied,
          "X-Forwarded-Proto": "https",
          "X-Forwarded-Host": "example.org",
        },
        "example.org",
        "443",
        "on",
      ],
      [
        {
          ...proxied,
          "X-Forwarded-Proto": "https",
          "X-Forwarded-Host": "example.org",
          "X-Forwarded-Port": "8443",
        },
        "example.org",
        "8443",
        "on",
      ],
      [
        { ...proxied, "X-Forwarded-Proto": "https", Host: "example.org" },
        "example.org",
        "443",
        "on",
      ],
    ];
    for (const [fields, name, port, https] of rows) {
      const { text } = await request(program.port, "/cgi-bin/env", fields);
      const read = (variable: string) =>
        new RegExp(`^${variable}=(.*)$`, "m").exec(text)?.[1];
      const what = JSON.stringify(fields);
      assertEquals(read("SERVER_NAME"), name, what);
      assertEquals(read("SERVER_PORT"), port, what);
      assertEquals(read("HTTPS"), https, what);
    }
  });

  Deno.test(`on ${runtime} --cgi-canonical-name=host takes SERVER_PORT from Host`, async () => {
    using directory = scriptDirectory();
    const words = ["0", directory.path, "-b", "127.0.0.1"];
    words.push("--cgi-canonical-name=host");
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const rows = [
      ["example.org:8080", "example.org", "8080"],
      ["example.org", "example.org", "80"],
      ["[::1]:81", "[::1]", "81"],
    ] as const;
    for (const [Host, name, port] of rows) {
      const { text } = await request(program.port, "/cgi-bin/env", { Host });
      const lines = text.split("\n");
      assert(lines.includes(`SERVER_NAME=${name}`), Host);
      assert(lines.includes(`SERVER_PORT=${port}`), Host);
    }
    const fields = { Host: "a/b?x#:81" };
    const bad = await request(program.port, "/cgi-bin/env", fields);
    assertEquals(bad.status, 400);
  });

  Deno.test(`on ${runtime} scripts that run when the server stops are ended`, async () => {
    using directory = scriptDirectory();
    const words = ["0", directory.path, "-b", "127.0.0.1", "--cgi"];
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const time = duration();
    const connection = await connect(
      program.port,
      get(`/cgi-bin/endless?${time}`),
    );
    await readUntil(connection, "data: 1");
    program.process.kill("SIGINT");
    await program.printed("Keyboard interrupt");
    assertEquals(await program.stop(), 0);
    connection.close();
    // What has been killed may need a moment to die on a busy machine.
    await until(() => processesWith(time).length === 0, "it has ended");
  });

  Deno.test(`on ${runtime} no descendant outlives the server, stubborn or orphaned`, async () => {
    using directory = scriptDirectory();
    const words = ["0", directory.path, "-b", "127.0.0.1", "--cgi"];
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const times = [duration(), duration()];
    const [stubborn, orphan] = await Promise.all(
      ["stubborn", "orphan"].map((name, index) =>
        connect(program.port, get(`/cgi-bin/${name}?${times[index]}`))
      ),
    );
    for (const time of times) {
      await until(() => processesWith(time).length > 0, "it runs");
    }
    program.process.kill("SIGINT");
    await program.printed("Keyboard interrupt");
    assertEquals(await program.stop(), 0);
    stubborn?.close();
    orphan?.close();
    // Killed by the server, a process may need a moment to die on a busy machine.
    const remaining = () => times.flatMap(processesWith);
    await until(() => remaining().length === 0, `${remaining()} ended`);
  });

  Deno.test(`on ${runtime} the cap on scripts is 503`, async () => {
    using directory = scriptDirectory();
    const words = [
      "0",
      directory.path,
      "-b",
      "127.0.0.1",
      "--cgi-max-processes",
      "1",
    ];
    await using program = await start(runtime, words, undefined, PERMISSIONS);
    const connection = await connect(
      program.port,
      get(`/cgi-bin/endless?${duration()}`),
    );
    await readUntil(connection, "data: 1");
    const response = await request(program.port, "/cgi-bin/hello");
    assertEquals([response.status, response.fields.get("retry-after")], [
      503,
      "1",
    ]);
    connection.close();
    // What is left of its group, be it a zombie that nobody reaps, counts for two seconds.
    await until(async () =>
      (await request(program.port, "/cgi-bin/hello")).status === 200
    );
  });
}

Deno.test("Deno: without permission to run scripts exit 1, and the permissions that are enough", async () => {
  using directory = scriptDirectory();
  const { path } = directory;
  const script = `${path}/cgi-bin/hello`;
  const least = ["--allow-net", "--allow-read"];
  const rows = [
    least,
    [...least, "--allow-sys=uid"],
    [...least, `--allow-run=${script},kill`],
    [...least, "--allow-sys=uid", `--allow-run=${script}`],
  ];
  for (const permissions of rows) {
    const words = ["0", path, "--cgi"];
    const finished = await runToEnd("Deno", words, { permissions });
    assertEquals(finished.code, 1);
    assertMatch(
      finished.errors,
      /^serve: no permission to run scripts; start with --allow-run, or just --allow-sys=uid --allow-run=\S+\/cgi-bin\/hello,\S+,kill\n$/,
    );
  }
});

Deno.test("Deno: permission to run just one script, and kill", async () => {
  using directory = scriptDirectory();
  const { path } = directory;
  const script = `${path}/cgi-bin/endless`;
  const permissions = [
    "--allow-net",
    "--allow-read",
    "--allow-sys=uid",
    `--allow-run=${script},kill`,
  ];
  const words = ["0", path, "-b", "127.0.0.1", "--cgi"];
  await using program = await start("Deno", words, undefined, permissions);
  const other = await request(program.port, "/cgi-bin/hello");
  assertEquals(other.status, 500);
  await program.log(`start with --allow-run=${path}/cgi-bin/hello`);
  const time = duration();
  const connection = await connect(
    program.port,
    get(`/cgi-bin/endless?${time}`),
  );
  await readUntil(connection, "data: 1");
  connection.close();
  await until(() => processesWith(time).length === 0, "the group has ended");
  // Without a place for files there is room for 8 MiB.
  const message = post("/cgi-bin/endless?0", "", "Transfer-Encoding: chunked");
  const chunk = `900000\r\n${"x".repeat(0x900000)}\r\n0\r\n\r\n`;
  const { status } = await exchange(program.port, message + chunk);
  assertEquals(status, 413);
  await program.log("needs a temporary file; start with --allow-write");
});

Deno.test("deno task cgi may do what scripts need, also with much content of unknown length", async () => {
  using directory = scriptDirectory();
  const words = ["task", "-q", "cgi", "0", directory.path, "-b", "127.0.0.1"];
  await using program = await startCommand(
    "Deno",
    [Deno.execPath(), ...words],
    PROJECT,
  );
  const text = await upload(program.port, "/cgi-bin/late", 20, false);
  assertMatch(text, new RegExp(`^${20 * MIB}$`, "m"));
  // The task is not the program: its child is.
  for (const id of childrenOf(program.process.pid)) Deno.kill(id, "SIGINT");
});

Deno.test("deno serve runs scripts where SERVE_CGI says so", async () => {
  using directory = scriptDirectory();
  const permissions = ["--allow-read", "--allow-env", "--allow-run"];
  const env = { SERVE_DIRECTORY: directory.path, SERVE_CGI: "1" };
  await using program = await startDenoServe(
    ["--port", "0", ...permissions],
    env,
  );
  const response = await request(program.port, "/cgi-bin/env");
  assertMatch(response.text, new RegExp(`^SERVER_PORT=80$`, "m"));
});
