/** Where to listen: the words of `--bind` and ports. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import { parseBind, parsePort } from "../../lib/program/places.ts";
import type { Bind } from "../../lib/server/listeners.ts";
import { forSeeds } from "../support/random.ts";

function host(hostname: string, port?: number): Bind {
  return port === undefined
    ? { kind: "host", hostname }
    : { kind: "host", hostname, port };
}

Deno.test("parseBind() reads addresses, names, ports and paths", () => {
  const rows: Array<[string, Bind]> = [
    ["127.0.0.1", host("127.0.0.1")],
    ["0.0.0.0", host("0.0.0.0")],
    ["localhost", host("localhost")],
    ["a-b.example.", host("a-b.example.")],
    ["my_host", host("my_host")],
    ["127.0.0.1:8080", host("127.0.0.1", 8080)],
    ["localhost:0", host("localhost", 0)],
    ["localhost:65535", host("localhost", 65_535)],
    ["::", host("::")],
    ["::1", host("::1")],
    ["2001:db8::1:8080", host("2001:db8::1:8080")],
    ["::ffff:127.0.0.1", host("::ffff:127.0.0.1")],
    ["fe80::1%eth0", host("fe80::1%eth0")],
    ["[::1]", host("::1")],
    ["[::1]:80", host("::1", 80)],
    ["[fe80::1%eth0]:80", host("fe80::1%eth0", 80)],
    ["unix:/run/serve.sock", { kind: "unix", path: "/run/serve.sock" }],
    ["unix:serve.sock", { kind: "unix", path: "serve.sock" }],
    ["unix:/a:80", { kind: "unix", path: "/a:80" }],
    // A host of this name has a port; a path would be empty.
    ["unix", host("unix")],
  ];
  for (const [word, bind] of rows) assertEquals(parseBind(word), bind, word);
});

Deno.test("parseBind() refuses what is no address", () => {
  const rows = [
    "",
    ":80",
    "8080",
    "localhost:",
    "localhost:http",
    "localhost:-1",
    "http://localhost",
    "localhost/",
    "user@localhost",
    "a b",
    "a,b",
    "[localhost]",
    "[127.0.0.1]:80",
    "[]:80",
    "[::1",
    "::1]",
    "[::1]x",
    "[::1]:",
    "::1%a/b",
    "a:b:c",
    "1:2:3",
    "::12345",
    "unix:",
    "unix:a\0b",
  ];
  for (const word of rows) {
    assertThrows(() => parseBind(word), Error, "bad address");
  }
  assertThrows(() => parseBind("localhost:65536"), Error, "bad port 65536");
  assertThrows(() => parseBind("[::1]:99999"), Error, "bad port 99999");
});

Deno.test("parseBind() gives for any word what no name service misreads, or refuses it", () => {
  const pieces = [":", "::", "[", "]", "%", "/", "a", "1", "80", "@", "unix:"];
  forSeeds(2_000, ({ join }) => {
    const word = join(pieces, 8);
    let bind: Bind;
    try {
      bind = parseBind(word);
    } catch {
      return;
    }
    if (bind.kind === "unix") {
      assertEquals(`unix:${bind.path}`, word);
    } else {
      assertEquals(/[[\]@/\s]|^\d*$/.test(bind.hostname), false, word);
      const port = bind.port === undefined ? "" : `:${bind.port}`;
      const { hostname } = bind;
      const forms = [`${hostname}${port}`, `[${hostname}]${port}`];
      // Digits of a port may be written with zeros in front.
      assertEquals(
        forms.includes(word.replace(/:0+(\d+)$/, ":$1")),
        true,
        word,
      );
    }
  });
});

Deno.test("parsePort() reads 0 to 65535", () => {
  assertEquals(["0", "80", "65535"].map(parsePort), [0, 80, 65_535]);
  for (const word of ["", "-1", "1.5", "0x10", "65536", "http"]) {
    assertThrows(() => parsePort(word), Error, `bad port ${word}:`);
  }
});

Deno.test("--bind: any free port can be asked for twice", () => {
  const words = "-b ::1 -b 127.0.0.1:0 -b 127.0.0.1:0 -b 127.0.0.1:81";
  assertEquals(parseCommandLine(words.split(" ")).kind, "serve");
});

Deno.test("--bind is repeatable; --port-fallback and --redirect-http are read", () => {
  const line = parseCommandLine([
    ..."-b 127.0.0.1 --bind [::1]:81 -b unix:/s --port-fallback".split(" "),
  ]);
  assertEquals(line.kind === "serve" && line.settings.where, {
    binds: [host("127.0.0.1"), host("::1", 81), { kind: "unix", path: "/s" }],
    fallback: true,
  });
  const rows: Array<[string, string]> = [
    ["--redirect-http 80", "--redirect-http requires --tls-cert"],
    ["--tls-cert c --redirect-http x", "x"],
    ["--tls-key k", "--tls-key requires --tls-cert to be set"],
    ["--tls-cert c -b unix:/s", "a unix socket has no TLS"],
    ["-b 8080", '--bind: bad address "8080"'],
    ["-b ::1 -b ::1", "--bind has the same place twice: ::1, port 8000"],
    ["-b A -b a:80 80", "--bind has the same place twice: a, port 80"],
    ["-b ::1 -b ::1 0", "--bind has the same place twice"],
    ["-b unix:/s -b unix:/s", "--bind has the same place twice: unix:/s"],
  ];
  for (const [words, message] of rows) {
    const line = parseCommandLine(words.split(" "));
    assertEquals(line.kind, "invalid", words);
    assertEquals(
      line.kind === "invalid" && line.message.includes(message),
      true,
      JSON.stringify(line),
    );
  }
});
