import { assertEquals } from "@std/assert";
import { openerOf, whenFailed } from "../../lib/runtime/spawn.ts";

Deno.test("openerOf() has a program that is no shell for every system", () => {
  const url = "http://localhost/?a&b%20c";
  const rows: Array<[string, string, string[]]> = [
    ["linux", "xdg-open", [url]],
    ["freebsd", "xdg-open", [url]],
    ["darwin", "open", [url]],
    ["windows", "rundll32", ["url.dll,FileProtocolHandler", url]],
    ["win32", "rundll32", ["url.dll,FileProtocolHandler", url]],
  ];
  for (const [system, program, words] of rows) {
    assertEquals(openerOf(system, url), { program, arguments: words });
  }
});

Deno.test("whenFailed() has words for failures only", () => {
  assertEquals(whenFailed("open", 0), undefined);
  assertEquals(whenFailed("open", 3), "open ended with status 3");
  assertEquals(whenFailed("xdg-open", 4), "xdg-open ended with status 4");
  assertEquals(whenFailed("xdg-open", 3), "xdg-open has found no browser");
});
