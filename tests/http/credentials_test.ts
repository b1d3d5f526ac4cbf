import { assertEquals, assertThrows } from "@std/assert";
import { basicChallenge, readCredentials } from "../../main.ts";

function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

Deno.test("readCredentials() reads RFC 7617, and nothing else", () => {
  const rows: Array<[value: string | null, user?: string, password?: string]> =
    [
      // the examples of RFC 7617 §2 and §2.1
      ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
      ["Basic dGVzdDoxMjPCow==", "test", "123£"],
      ["BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
      [`Basic  ${encode("a:b")}`, "a", "b"],
      [`Basic ${encode("a:b:c:")}`, "a", "b:c:"],
      [`Basic ${encode("a:")}`, "a", ""],
      [`Basic ${encode(":b")}`, "", "b"],
      // Normalization Form C
      [`Basic ${encode("u\u0308:o\u0308")}`, "ü", "ö"],
      [null],
      [""],
      ["Basic"],
      ["Basic "],
      [`Bearer ${encode("a:b")}`],
      [`Basic ${encode("ab")}`], // no colon
      [`Basic ${encode("a:b\0")}`],
      [`Basic ${encode("a\n:b")}`],
      ["Basic !!!!"],
      ["Basic YTpi="], // bad padding
      [`Basic ${btoa("a:\xff")}`], // not UTF-8
      [`Basic ${encode("a:b")}, Basic ${encode("c:d")}`],
      [`Basic ${encode("a:b")} x`],
    ];
  for (const [value, user, password] of rows) {
    const expected = user === undefined ? undefined : { user, password };
    assertEquals(readCredentials(value) as unknown, expected, String(value));
  }
});

Deno.test("basicChallenge() quotes the realm, and refuses what cannot be quoted", () => {
  assertEquals(
    basicChallenge('a "b" \\c'),
    'Basic realm="a \\"b\\" \\\\c", charset="UTF-8"',
  );
  for (const realm of ["", "é", "a\r\nSet-Cookie: x", "\x7f"]) {
    assertThrows(() => basicChallenge(realm), TypeError, "as realm");
  }
});
