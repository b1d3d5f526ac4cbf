import { assertEquals } from "@std/assert";
import {
  type Bound,
  localUrl,
  networkUrls,
  type Scheme,
  servingLine,
  startText,
} from "../../lib/program/greeting.ts";

const OWN = [
  "127.0.0.1",
  "192.0.2.7",
  "169.254.1.1",
  "::1",
  "fe80::1",
  "2001:db8::7",
];
const UNIX: Bound = { scheme: "http", unix: "/run/x.sock" };

function at(
  address: string,
  port = 80,
  scheme: Scheme = "http",
  path = "/",
): Bound {
  return { scheme, address, port, path };
}

Deno.test("servingLine() is http.server's, to the letter", () => {
  const rows: Array<[Bound, string]> = [
    [
      at("0.0.0.0", 8000),
      "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n",
    ],
    [
      at("::", 8000),
      "Serving HTTP on :: port 8000 (http://[::]:8000/) ...\n",
    ],
    [
      at("127.0.0.1", 8000),
      "Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...\n",
    ],
    [
      at("::", 8443, "https"),
      "Serving HTTPS on :: port 8443 (https://[::]:8443/) ...\n",
    ],
    [
      at("::", 8000, "http", "/static/"),
      "Serving HTTP on :: port 8000 (http://[::]:8000/static/) ...\n",
    ],
    [UNIX, "Serving HTTP on unix:/run/x.sock ...\n"],
    [
      { scheme: "https", unix: "/x" },
      "Serving HTTPS on unix:/x ...\n",
    ],
  ];
  for (const [bound, line] of rows) assertEquals(servingLine(bound), line);
});

Deno.test("networkUrls() has the addresses that others can reach", () => {
  const v4 = "http://192.0.2.7:80/";
  const v6 = "http://[2001:db8::7]:80/";
  const rows: Array<
    [Bound[], readonly string[] | undefined, string[] | undefined]
  > = [
    [[at("::")], OWN, [v4, v6]],
    [[at("0.0.0.0")], OWN, [v4]],
    [[at("127.0.0.1")], OWN, []],
    [[at("::1")], OWN, []],
    [[at("192.0.2.7")], OWN, [v4]],
    [[at("192.0.2.7")], undefined, [v4]],
    [[at("::")], undefined, undefined],
    [[at("127.0.0.1"), at("::")], undefined, undefined],
    [[UNIX], undefined, []],
    [[], OWN, []],
    [[at("::"), at("0.0.0.0")], OWN, [v4, v6]],
    [[at("127.0.0.1"), at("192.0.2.7")], OWN, [v4]],
    [[at("192.0.2.7", 81, "https")], OWN, ["https://192.0.2.7:81/"]],
    [[at("0.0.0.0", 80, "http", "/a/")], OWN, ["http://192.0.2.7:80/a/"]],
  ];
  for (const [bound, own, urls] of rows) {
    assertEquals(networkUrls(bound, own), urls, JSON.stringify(bound));
  }
});

Deno.test("localUrl() is for a browser on this machine", () => {
  const rows: Array<[Bound[], string | undefined]> = [
    [[at("::")], "http://localhost:80/"],
    [[at("0.0.0.0", 1, "https")], "https://localhost:1/"],
    [[at("::", 1, "http", "/a/")], "http://localhost:1/a/"],
    [[at("127.0.0.2")], "http://127.0.0.2:80/"],
    [[at("2001:db8::7")], "http://[2001:db8::7]:80/"],
    [[UNIX, at("::1")], "http://[::1]:80/"],
    [[UNIX], undefined],
    [[], undefined],
  ];
  for (const [bound, url] of rows) assertEquals(localUrl(bound), url);
});

Deno.test("startText() is the first line, and below it what is worth knowing", () => {
  const bound = [at("::", 443, "https")];
  const half = "AB:".repeat(16);
  const fingerprint = half + "CD:".repeat(15) + "CD";
  const code = "  █▀█\n";
  const startUp = { bound, own: OWN, code, fingerprint, notices: ["Mind."] };
  const first = "Serving HTTPS on :: port 443 (https://[::]:443/) ...\n";
  assertEquals(
    startText(startUp, false),
    `${first}${code}  local    https://localhost:443/
  network  https://192.0.2.7:443/
           https://[2001:db8::7]:443/
  SHA-256  ${half}
           ${fingerprint.slice(half.length)}
  Mind.
`,
  );
  const colored = startText(startUp, true);
  assertEquals(colored.startsWith(first), true);
  assertEquals(
    colored.split("\n")[3],
    "  \x1b[2mnetwork\x1b[0m  \x1b[36mhttps://192.0.2.7:443/\x1b[0m",
  );
  // deno-lint-ignore no-control-regex
  const plain = colored.replaceAll(/\x1b\[\d+m/g, "");
  assertEquals(plain, startText(startUp, false));
});

Deno.test("startText() does not repeat what the first line says", () => {
  const rows: Array<[Bound[], readonly string[] | undefined, string]> = [
    [[at("127.0.0.1")], OWN, ""],
    [[at("127.0.0.1")], undefined, ""],
    [[at("::1")], OWN, ""],
    [[UNIX], undefined, ""],
    [[at("192.0.2.7")], OWN, "  network  http://192.0.2.7:80/\n"],
    [
      [at("::")],
      undefined,
      "  local  http://localhost:80/\n" +
      "  To see the addresses for others, start with --allow-sys=networkInterfaces\n",
    ],
    [[at("::")], [], "  local  http://localhost:80/\n"],
    [[at("::"), at("0.0.0.0")], [], "  local  http://localhost:80/\n"],
  ];
  for (const [bound, own, rest] of rows) {
    const text = startText({ bound, own }, false);
    assertEquals(text, bound.map(servingLine).join("") + rest);
  }
});
