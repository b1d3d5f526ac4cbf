/** Every format, row by row. What clients send never gets out of its place. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { escapeUser } from "../../lib/log/access_log.ts";
import { PLACEHOLDERS, placeholdersMarkdown } from "../../lib/log/format.ts";
import {
  createLogFormat,
  createScriptFormat,
  formatLogRecord,
  formatZonedDate,
  type LogRecord,
  protocolOf,
  requestLine,
} from "../../main.ts";

const TIME = Date.UTC(2026, 10, 21, 7, 0, 0, 125);
const RECORD: LogRecord = {
  peer: { address: "192.0.2.1", port: 4711, user: "ada" },
  time: TIME,
  milliseconds: 1234.5678,
  method: "GET",
  target: "/a?b=c",
  protocol: "HTTP/2.0",
  headers: new Headers({ Referer: "https://a.example/", "User-Agent": "x/1" }),
  status: 200,
  bytes: 6,
};
const DATE = formatZonedDate(TIME);
const EVIL = '"\r\n192.0.2.9 - - "GET /" \x1b[2J\x7f\x9b\\\u202e\u2028\u200b';
const EVIL_ESCAPED =
  '\\"\\x0d\\x0a192.0.2.9 - - \\"GET /\\" \\x1b[2J\\x7f\\x9b\\\\\\u{202e}\\u{2028}\\u{200b}';

Deno.test("createLogFormat() has formats with names", () => {
  const rows: Array<[format: string, line: string]> = [
    ["common", `192.0.2.1 - ada [${DATE}] "GET /a?b=c HTTP/2.0" 200 6`],
    [
      "combined",
      `192.0.2.1 - ada [${DATE}] "GET /a?b=c HTTP/2.0" 200 6 "https://a.example/" "x/1"`,
    ],
  ];
  for (const [format, line] of rows) {
    assertEquals(createLogFormat(format)(RECORD), `${line}\n`);
  }
});

Deno.test("http.server's lines in a row are those of each record alone", () => {
  const format = createLogFormat("http.server");
  const others: Array<Partial<LogRecord>> = [
    { time: RECORD.time + 999 },
    { time: RECORD.time + 61_000 },
    { peer: { address: "2001:db8::1", user: "ada" } },
    { peer: { address: "192.0.2.1" } },
    { method: "HEAD" },
    { protocol: "HTTP/1.0" },
    { status: 304 },
    { status: 304, protocol: undefined },
    { target: "/other", bytes: 0, aborted: true },
  ];
  for (const other of others) {
    for (const record of [RECORD, { ...RECORD, ...other }]) {
      assertEquals(format(record), formatLogRecord(record));
    }
  }
});

Deno.test("createLogFormat() has the date of each record, whatever came before", () => {
  const format = createLogFormat("%t %{sec}t");
  for (const second of [0, 0.999, 1, 3600, 1, 1e9]) {
    const line = format({ ...RECORD, time: second * 1000 });
    const date = formatZonedDate(second * 1000);
    assertEquals(line, `[${date}] ${Math.trunc(second)}\n`);
  }
});

Deno.test("every placeholder of the table stands for what it says", () => {
  const rows: Record<string, [full: string, empty: string]> = {
    "%h": ["192.0.2.1", "192.0.2.1"],
    "%a": ["192.0.2.1", "192.0.2.1"],
    "%l": ["-", "-"],
    "%u": ["ada", "-"],
    "%t": [`[${DATE}]`, `[${DATE}]`],
    "%{iso}t": ["2026-11-21T07:00:00.125Z", "2026-11-21T07:00:00.125Z"],
    "%{sec}t": ["1795244400", "1795244400"],
    "%{msec}t": ["1795244400125", "1795244400125"],
    "%r": ["GET /a?b=c HTTP/2.0", "GET / HTTP/1.1"],
    "%m": ["GET", "GET"],
    "%U": ["/a", "/"],
    "%q": ["?b=c", ""],
    "%H": ["HTTP/2.0", "HTTP/1.1"],
    "%>s": ["200", "200"],
    "%s": ["200", "200"],
    "%b": ["6", "-"],
    "%B": ["6", "0"],
    "%D": ["1234568", "1234568"],
    "%{us}T": ["1234568", "1234568"],
    "%{ms}T": ["1235", "1235"],
    "%T": ["1", "1"],
    "%{s}T": ["1", "1"],
    "%X": ["X", "-"],
    "%{message}n": ["oh", "-"],
    "%{reason}n": ["why", "-"],
  };
  assertEquals(
    Object.keys(rows),
    PLACEHOLDERS.map(({ syntax }) => syntax),
  );
  const full = { ...RECORD, aborted: true, message: "oh", reason: "why" };
  const { protocol: _protocol, headers: _headers, ...rest } = RECORD;
  const peer = { address: "192.0.2.1" };
  const empty = { ...rest, peer, target: "/", bytes: 0 };
  for (const [placeholder, [ofFull, ofEmpty]] of Object.entries(rows)) {
    const format = createLogFormat(placeholder);
    assertEquals(format(full), `${ofFull}\n`, placeholder);
    assertEquals(format(empty), `${ofEmpty}\n`, placeholder);
  }
});

Deno.test("a template has fields, percent signs and escapes", () => {
  const rows: Array<[template: string, line: string]> = [
    ['"%{Referer}i" "%{user-agent}i"', '"https://a.example/" "x/1"'],
    ["%{X-None}i", "-"],
    ["100%% %s", "100% 200"],
    ['\\"%s\\"\\t\\\\\\x', '"200"\t\\\\x'],
    ["%s é %s", "200 é 200"],
    ["%s%s", "200200"],
  ];
  for (const [template, line] of rows) {
    assertEquals(createLogFormat(template)(RECORD), `${line}\n`, template);
  }
  const bytes = "\u00c3\u00bc"; // ü in UTF-8, as it comes in a field
  const headers = { get: () => bytes };
  assertEquals(
    createLogFormat("%{User-Agent}i")({ ...RECORD, headers }),
    "ü\n",
  );
});

Deno.test("an unknown placeholder, an unknown name and what is secret are TypeErrors", () => {
  const rows: Array<[format: string, message: string]> = [
    ["%z", 'Cannot log "%z": expected one of %h'],
    ["%", 'Cannot log "%"'],
    ["%s %", 'Cannot log "%"'],
    ["%{}i", 'Cannot log "%{}i"'],
    ["%{a b}i", 'Cannot log "%{a b}i"'],
    ["%{Referer", 'Cannot log "%"'],
    ["%{Referer}o", 'Cannot log "%{Referer}o"'],
    ["%{Authorization}i", 'Cannot log field "Authorization": it is secret'],
    ["%{Cookie}i", 'Cannot log field "Cookie": it is secret'],
    ["%{set-cookie}i", 'Cannot log field "set-cookie": it is secret'],
    ["%{proxy-authorization}i", "it is secret"],
    ["comon", 'Cannot log as "comon": expected http.server, common'],
    ["", 'Cannot log as ""'],
    ["toString", "Cannot log as"],
  ];
  for (const [format, message] of rows) {
    assertThrows(() => createLogFormat(format), TypeError, message);
  }
});

Deno.test("nothing of a client's gets out of its place, in any format", () => {
  const headers = { get: () => EVIL };
  const records: LogRecord[] = [
    { ...RECORD, target: EVIL },
    { ...RECORD, method: EVIL },
    { ...RECORD, headers },
    { ...RECORD, message: EVIL, error: new Error(EVIL) },
    { ...RECORD, peer: { address: EVIL, user: EVIL } },
  ];
  const template = '%h %a %m %U %q %H "%{Referer}i" %{message}n';
  for (const format of ["common", "combined", "json", template]) {
    for (const record of records) {
      const line = createLogFormat(format)(record);
      assertEquals(line.indexOf("\n"), line.length - 1, line);
      assert(!/[^\n\x20-\x7e]/.test(line), line);
    }
  }
  assertEquals(
    createLogFormat("%m")({ ...RECORD, method: EVIL }),
    `${EVIL_ESCAPED}\n`,
  );
});

Deno.test("a user stays one word, in every format that has words", () => {
  const peer = { address: "192.0.2.1", user: 'x - [d] "GET / \u00a0é' };
  for (const format of ["http.server", "common", "combined", "%h - %u ["]) {
    const line = createLogFormat(format)({ ...RECORD, peer });
    const user = /^192\.0\.2\.1 - (\S+) \[/.exec(line)?.[1];
    assertEquals(
      user,
      "x\\x20-\\x20\\x5bd\\x5d\\x20\\x22GET\\x20/\\x20\\xa0é",
      format,
    );
  }
});

Deno.test("escapeUser() escapes spaces of all kinds, and the name that stands for nobody", () => {
  const rows: Array<[user: string | undefined, text: string]> = [
    [undefined, "-"],
    ["", "-"],
    ["-", "\\x2d"],
    ["a-b", "a-b"],
    ["a b\u00a0c", "a\\x20b\\xa0c"],
    ["a\u3000b\u2003c", "a\\u{3000}b\\u{2003}c"],
    ['["]', "\\x5b\\x22\\x5d"],
  ];
  for (const [user, text] of rows) assertEquals(escapeUser(user), text);
});

Deno.test("json: an object a line, with true numbers; what is not known is left out", () => {
  const parse = (record: LogRecord) =>
    JSON.parse(createLogFormat("json")(record));
  assertEquals(parse(RECORD), {
    time: "2026-11-21T07:00:00.125Z",
    peer: "192.0.2.1",
    port: 4711,
    user: "ada",
    method: "GET",
    target: "/a?b=c",
    protocol: "HTTP/2.0",
    status: 200,
    bytes: 6,
    milliseconds: 1234.568,
    aborted: false,
    referer: "https://a.example/",
    userAgent: "x/1",
  });
  const error = new Error("oh");
  const failed = parse({ ...RECORD, message: EVIL, error, aborted: true });
  assertEquals(failed.message, EVIL);
  assertEquals(failed.error, error.stack);
  assertEquals(failed.aborted, true);
  const line = { peer: RECORD.peer, time: TIME, script: "/x", line: EVIL };
  const text = createScriptFormat("json")(line);
  assert(!/[^\n\x20-\x7e]/.test(text));
  assertEquals(JSON.parse(text), {
    time: "2026-11-21T07:00:00.125Z",
    peer: "192.0.2.1",
    script: "/x",
    line: EVIL,
  });
});

Deno.test("http.server: a client that went away is marked behind the line", () => {
  const line = formatLogRecord({ ...RECORD, aborted: true });
  assert(line.endsWith('"GET /a?b=c HTTP/2.0" 200 6 aborted\n'), line);
});

Deno.test("formatZonedDate() has the distance from UTC", () => {
  const rows: Array<[zone: number, text: string]> = [
    [0, "21/Nov/2026:07:00:00 +0000"],
    [330, "21/Nov/2026:12:30:00 +0530"],
    [-210, "21/Nov/2026:03:30:00 -0330"],
    [-480, "20/Nov/2026:23:00:00 -0800"],
    [1020, "22/Nov/2026:00:00:00 +1700"],
  ];
  for (const [zone, text] of rows) {
    assertEquals(formatZonedDate(TIME, zone), text);
  }
});

Deno.test("requestLine() tells HTTP/2 from the Host field that is not there", () => {
  const rows: Array<[url: string, host: string | null, line: string]> = [
    ["http://a/b?c", "a", "GET /b?c HTTP/1.1"],
    ["http://a/b", null, "GET /b HTTP/1.1"],
    ["https://a/b", "a", "GET /b HTTP/1.1"],
    ["https://a/b", null, "GET /b HTTP/2.0"],
    ["/b", null, "GET /b HTTP/1.1"],
  ];
  for (const [url, host, line] of rows) {
    const request = { method: "GET", url, headers: { get: () => host } };
    assertEquals(requestLine(request), line);
    assert(line.endsWith(protocolOf(request)));
  }
});

Deno.test("the README has the table of placeholders, to the letter", async () => {
  const readme = await Deno.readTextFile(
    new URL("../../lib/log/docs.md", import.meta.url),
  );
  assert(
    readme.includes(placeholdersMarkdown()),
    `Run: deno task readme\n${placeholdersMarkdown()}`,
  );
});
