import { assertEquals } from "@std/assert";
import { rawTarget, readTarget } from "../../lib/http/target.ts";
import { rawRequest } from "../support/site.ts";

type Row = [
  target: string,
  segments: string[],
  directory: boolean,
  query?: string,
];

Deno.test("readTarget() reads paths as the WHATWG URL parser does", () => {
  const rows: Row[] = [
    ["/", [], true],
    ["", [], true],
    ["?q", [], true, "?q"],
    ["/a", ["a"], false],
    ["/a/", ["a"], true],
    ["/a/b?c?d", ["a", "b"], false, "?c?d"],
    ["/a?", ["a"], false, "?"],
    ["/a#b?c", ["a"], false],
    ["/a?b#c", ["a"], false, "?b"],
    ["/a/../b", ["b"], false],
    ["/a/./b", ["a", "b"], false],
    ["/a/.", ["a"], true],
    ["/a/..", [], true],
    ["/a/.b/..c/...", ["a", ".b", "..c", "..."], false],
    ["/../..", [], true],
    ["/../../a", ["a"], false],
    ["/a/%2e%2E/b", ["b"], false],
    ["/a/.%2e/%2E./b", ["b"], false],
    ["/a\\b", ["a", "b"], false],
    ["/a\\..\\b", ["b"], false],
    ["\\a", ["a"], false],
    // empty segments stay, and are found to be no names later
    ["//a", ["", "a"], false],
    ["/a//", ["a", ""], true],
    ["/a//b", ["a", "", "b"], false],
    ["//", [""], true],
    // each segment is decoded once, after splitting
    ["/a%20b", ["a b"], false],
    ["/a%2fb", ["a/b"], false],
    ["/a%5cb", ["a\\b"], false],
    ["/..%2f..%2fetc", ["../../etc"], false],
    ["/%252e%252e/a", ["%2e%2e", "a"], false],
    ["/a%3fb%23c", ["a?b#c"], false],
    ["/%d0%bf", ["п"], false],
    ["/п", ["п"], false],
    ["/...", ["..."], false],
    ["/a+b", ["a+b"], false],
  ];
  for (const [target, segments, directory, query = ""] of rows) {
    assertEquals(
      readTarget(rawRequest(target)),
      { kind: "path", segments, directory, query },
      target,
    );
  }
});

Deno.test("readTarget() agrees with the URL parser that Bun has applied already", () => {
  const targets = ["/a/../b/", "/a/%2e%2e/b", "/a\\b", "/./a//..", "/a/..//b"];
  for (const target of targets) {
    const { href } = new URL(target, "http://localhost");
    assertEquals(
      readTarget(rawRequest(target)),
      readTarget({ method: "GET", url: href, headers: new Headers() }),
      target,
    );
  }
});

Deno.test("readTarget() finds malformed targets", () => {
  const rows: Array<[string, string]> = [
    ["/%", "Bad percent-encoding in the URL"],
    ["/%zz", "Bad percent-encoding in the URL"],
    ["/a%2", "Bad percent-encoding in the URL"],
    ["/%00", "NUL in the URL"],
    ["/a%00.txt", "NUL in the URL"],
    ["/%c0%ae%c0%ae/", "The URL is not in UTF-8"],
    ["/%ff", "The URL is not in UTF-8"],
    ["/%ed%a0%80", "The URL is not in UTF-8"],
    ["/a/%c0%ae/../b/%zz", "Bad percent-encoding in the URL"],
  ];
  for (const [target, reason] of rows) {
    assertEquals(
      readTarget(rawRequest(target)),
      { kind: "malformed", reason },
      target,
    );
  }
});

Deno.test("readTarget() does not read the path out of a bad Host field", () => {
  for (const host of ["a/b?x#", "a@b", "a b", "a\\b", "%zz"]) {
    assertEquals(
      readTarget(rawRequest("/", { host })),
      { kind: "malformed", reason: "Bad Host field" },
      host,
    );
  }
});

Deno.test("readTarget() knows the other forms of RFC 9112 §3.2", () => {
  const headers = new Headers();
  const of = (method: string, url: string) =>
    readTarget({ method, url, headers });
  const root = { kind: "path", segments: [], directory: true, query: "" };
  assertEquals(of("OPTIONS", "http://h/*"), { kind: "asterisk" });
  assertEquals(of("OPTIONS", "*"), { kind: "asterisk" });
  assertEquals(of("GET", "*"), {
    kind: "malformed",
    reason: "Only OPTIONS has the target *",
  });
  assertEquals(of("GET", "http://h/*"), {
    kind: "path",
    segments: ["*"],
    directory: false,
    query: "",
  });
  // authority-form, as Deno and as Bun show it
  assertEquals(of("CONNECT", "http://h:80") as unknown, root);
  assertEquals(of("CONNECT", "h:80") as unknown, root);
  // HTTP/1.0 without Host, as Bun shows it
  assertEquals(of("GET", "/a?http://b/"), {
    kind: "path",
    segments: ["a"],
    directory: false,
    query: "?http://b/",
  });
});

Deno.test("rawTarget() is what stood in the request line", () => {
  assertEquals(rawTarget(rawRequest("/a/../b%20c?d#e")), "/a/../b%20c?d");
  assertEquals(rawTarget(rawRequest("/*", { method: "OPTIONS" })), "*");
});
