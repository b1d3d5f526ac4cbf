/** A line of the log is one line, and nothing in it drives a terminal. */

import { assert, assertEquals } from "@std/assert";
import { formatLogRecord, type LogRecord } from "../../main.ts";

const RECORD: LogRecord = {
  peer: { address: "127.0.0.1" },
  time: 0,
  milliseconds: 1,
  method: "GET",
  target: "/",
  status: 200,
  bytes: 1,
};

Deno.test("control characters and backslashes are escaped, wherever they come from", () => {
  const evil = '\r\n127.0.0.1 - - "x"\x1b[2J\x7f\x9b\0\\\u202e\u2028';
  const escaped =
    '\\x0d\\x0a127.0.0.1 - - "x"\\x1b[2J\\x7f\\x9b\\x00\\\\\\u{202e}\\u{2028}';
  const rows: Array<Partial<LogRecord>> = [
    { target: evil },
    { method: evil },
    { peer: { address: evil } },
    { message: evil },
  ];
  for (const row of rows) {
    const text = formatLogRecord({ ...RECORD, ...row });
    assert(text.includes(escaped), JSON.stringify(text));
    assertEquals(text.split("\n").length, "message" in row ? 3 : 2);
    assert(!/[^\n\x20-\x7e]/.test(text));
  }
});
