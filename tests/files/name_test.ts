import { assertEquals } from "@std/assert";
import { isFileName, isHidden } from "../../lib/files/locate.ts";

type Row = [name: string, posix: boolean, windows: boolean];

Deno.test("isFileName() judges names by the rules of each system", () => {
  const rows: Row[] = [
    ["a", true, true],
    ["a b.txt", true, true],
    ["привет", true, true],
    ["-rf", true, true],
    ["...", true, false],
    ["", false, false],
    [".", false, false],
    ["..", false, false],
    ["a/b", false, false],
    ["a\0b", false, false],
    // separators, drives and streams
    ["a\\b", true, false],
    ["..\\..\\etc", true, false],
    ["C:", true, false],
    ["a.txt::$DATA", true, false],
    ["a:b", true, false],
    ["a?", true, false],
    ["a*", true, false],
    ["a|b", true, false],
    ["<b>", true, false],
    ['a"', true, false],
    ["a\nb", true, false],
    // names that Windows reads as shorter ones
    ["a.", true, false],
    ["a ", true, false],
    [".. ", true, false],
    // devices, with every extension
    ["con", true, false],
    ["CON", true, false],
    ["nul.txt", true, false],
    ["aux.tar.gz", true, false],
    ["prn .txt", true, false],
    ["com1", true, false],
    ["LPT9.log", true, false],
    ["com¹", true, false],
    ["CONIN$", true, false],
    ["console", true, true],
    ["com10", true, true],
    ["nullable", true, true],
    // second names of hidden files
    ["PROGRA~1", true, false],
    ["GIT~1", true, false],
    ["a~b", true, true],
  ];
  for (const [name, posix, windows] of rows) {
    assertEquals(isFileName(name, "posix"), posix, `${name} on POSIX`);
    assertEquals(isFileName(name, "windows"), windows, `${name} on Windows`);
  }
});

Deno.test("isHidden() hides what begins with a dot, but for .well-known", () => {
  const rows: Array<[string, boolean]> = [
    [".git", true],
    [".env", true],
    ["..a", true],
    [".well-known", false],
    [".well-known2", true],
    [".Well-Known", true],
    ["a.b", false],
  ];
  for (const [name, hidden] of rows) assertEquals(isHidden(name), hidden, name);
});
