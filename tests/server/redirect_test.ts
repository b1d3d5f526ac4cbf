/** `--redirect-http`: where people are sent, and who decides that. */
import { assert, assertEquals } from "@std/assert";
import { fieldValue } from "../../lib/http/field.ts";
import { redirectReply } from "../../lib/server/redirect.ts";
import { forSeeds } from "../support/random.ts";

function reply(
  host: string | null,
  target: string,
  port = 443,
  method = "GET",
) {
  // As Deno writes it: the Host field, and the target to the letter.
  const url = `http://${host ?? "localhost"}${target}`;
  const headers = { get: (name: string) => name === "host" ? host : null };
  return redirectReply({ method, url, headers }, port);
}

function locationOf(...parameters: Parameters<typeof reply>) {
  return fieldValue(reply(...parameters).fields, "location");
}

Deno.test("redirectReply() keeps host, path and query, and knows the port", () => {
  const rows: Array<[string, string, number, string]> = [
    ["a.example", "/", 443, "https://a.example/"],
    ["a.example:80", "/b?c=d&e", 443, "https://a.example/b?c=d&e"],
    ["a.example:8080", "/b", 8443, "https://a.example:8443/b"],
    ["[::1]:80", "/", 443, "https://[::1]/"],
    ["[::1]", "/", 8443, "https://[::1]:8443/"],
    ["a.example:", "/", 443, "https://a.example/"],
    ["a.example", "//b.example/", 443, "https://a.example//b.example/"],
    ["a.example", "/%0d%0aX:%20y", 443, "https://a.example/%0d%0aX:%20y"],
    ["a.example", "/\\b.example", 443, "https://a.example/\\b.example"],
    ["a.example", "/a/../b", 443, "https://a.example/a/../b"],
  ];
  for (const [host, target, port, location] of rows) {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS", "X"]) {
      const { status } = reply(host, target, port, method);
      assertEquals(status, 308);
      assertEquals(locationOf(host, target, port, method), location);
    }
  }
});

Deno.test("redirectReply() sends nobody where a bad Host field says", () => {
  const hosts = [
    null,
    "",
    ":80",
    "a b",
    "a/b",
    "user@a.example",
    "a.example?",
    "a.example#",
    "a\\b",
    "a.example\r\nX: y",
    "a.example, b.example:80:90",
    "[::1",
    "é.example",
    "a.example:80a",
    "[]",
  ];
  for (const host of hosts) {
    assertEquals(reply(host, "/").status, 400, String(host));
  }
  assertEquals(reply("a.example", "/é").status, 400);
  assertEquals(reply("a.example", "/a b").status, 400);
  assertEquals(reply("a.example", "/*", 443, "OPTIONS").status, 400);
  assertEquals(reply("a.example", "", 443, "CONNECT").status, 400);
});

Deno.test("redirectReply() never leads to another host than the Host field names", () => {
  const pieces = [
    ..."a . : / \\ ? # @ [ ] % 2 , ; \r \n \t é ::1 a.example 80 //".split(" "),
    " ",
  ];
  forSeeds(3_000, ({ join }) => {
    const host = join(pieces, 6);
    const target = `/${join(pieces, 6)}`;
    const location = locationOf(host, target, 8443);
    if (location === undefined) return;
    assert(/^[\x21-\x7e]+$/.test(location), location);
    const [, name] = /^(\[.*\]|[^:]*)/.exec(host) ?? [];
    assert(location.startsWith(`https://${name}:8443/`), location);
    // What a client makes of it: another host only where the name itself is odd, like `2`.
    if (!URL.canParse(`https://${name}/`)) return;
    assertEquals(new URL(location).host, new URL(`https://${name}:8443/`).host);
  });
});
