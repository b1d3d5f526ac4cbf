import { isHost } from "../../lib/http/target.ts";
import { assertEquals, assertThrows } from "@std/assert";
import {
  checkedField,
  fieldValue,
  isToken,
  overrideFields,
} from "../../lib/http/field.ts";

Deno.test("isHost() accepts what RFC 9110 §7.2 has and nothing that could reach the path", () => {
  const rows: Array<[string, boolean]> = [
    ["", true],
    ["localhost", true],
    ["example.com:8000", true],
    ["127.0.0.1:80", true],
    ["[::1]:8000", true],
    ["[::ffff:127.0.0.1]", true],
    ["ex%41mple", true],
    ["a_b.example", true],
    ["example.com:", true],
    ["a/b", false],
    ["a?b", false],
    ["a#b", false],
    ["a@b", false],
    ["a b", false],
    ["a\\b", false],
    ["a, b", false],
    ["%zz", false],
    ["a:b", false],
    ["a:80:80", false],
    ["a:999999", false],
    ["::1", false],
    ["[::1", false],
    ["пример", false],
    ["a\tb", false],
  ];
  for (const [text, expected] of rows) {
    assertEquals(isHost(text), expected, text);
  }
});

Deno.test("isToken() knows the characters of RFC 9110 §5.6.2", () => {
  for (const text of ["X-A", "a", "!#$%&'*+-.^_`|~09azAZ"]) {
    assertEquals(isToken(text), true, text);
  }
  for (const text of ["", "a b", "a:", "a\n", "é", '"', "(", "a/b"]) {
    assertEquals(isToken(text), false, text);
  }
});

Deno.test("checkedField() refuses what could break the message", () => {
  assertEquals(checkedField("X-A", "  b\tc "), ["X-A", "b\tc"]);
  assertEquals(checkedField("X-A", ""), ["X-A", ""]);
  const rows = [
    ["", "a"],
    ["X A", "a"],
    ["X-A", "a\r\nX-B: c"],
    ["X-A", "a\nb"],
    ["X-A", "a\0"],
    ["X-A", "\x1b[2J"],
    ["X-A", "привет"],
    ["Content-Length", "5"],
    ["transfer-encoding", "chunked"],
    ["Connection", "close"],
    ["Content-Range", "bytes 0-1/2"],
    ["Date", "now"],
    ["ETag", '"mine"'],
    ["Last-Modified", "now"],
    ["Content-Encoding", "gzip"],
  ] as const;
  for (const [name, value] of rows) {
    assertThrows(() => checkedField(name, value), TypeError);
  }
});

Deno.test("fieldValue() finds by name in any case", () => {
  const fields = [["ETag", "1"], ["etag", "2"]] as const;
  assertEquals(fieldValue(fields, "ETAG"), "1");
  assertEquals(fieldValue(fields, "Vary"), undefined);
});

Deno.test("overrideFields() lets the others win and keeps all of them", () => {
  const fields = [["A", "1"], ["B", "2"]] as const;
  assertEquals(overrideFields(fields, []), fields);
  assertEquals(overrideFields(fields, [["b", "3"], ["B", "4"]]), [
    ["A", "1"],
    ["b", "3"],
    ["B", "4"],
  ]);
});
