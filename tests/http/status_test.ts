import { assert, assertEquals } from "@std/assert";
import { RESPONSES, statusText } from "../../lib/http/registry.ts";

Deno.test("RESPONSES has the phrases of RFC 9110 §15 and of the registry", () => {
  const rows: Array<[number, string]> = [
    [100, "Continue"],
    [200, "OK"],
    [203, "Non-Authoritative Information"],
    [207, "Multi-Status"],
    [226, "IM Used"],
    [304, "Not Modified"],
    [404, "Not Found"],
    [407, "Proxy Authentication Required"],
    [413, "Content Too Large"],
    [414, "URI Too Long"],
    [416, "Range Not Satisfiable"],
    [422, "Unprocessable Content"],
    [431, "Request Header Fields Too Large"],
    [501, "Not Implemented"],
    [505, "HTTP Version Not Supported"],
    [511, "Network Authentication Required"],
  ];
  for (const [code, phrase] of rows) assertEquals(statusText(code)[0], phrase);
});

Deno.test("RESPONSES explains every code that has a phrase", () => {
  for (const [code, [phrase, explanation]] of Object.entries(RESPONSES)) {
    assert(phrase !== "???", code);
    assert(explanation.length > 10 && !explanation.endsWith("."), code);
  }
});

Deno.test("statusText() knows nothing of what is not registered", () => {
  assertEquals(statusText(299), ["???", "???"]);
});
