import { assertEquals } from "@std/assert";
import { addressLines, servingLine } from "../../lib/cli/banner.ts";

Deno.test("servingLine() is http.server's, to the letter", () => {
  const rows: Array<[string, string]> = [
    [
      "0.0.0.0",
      "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n",
    ],
    ["::", "Serving HTTP on :: port 8000 (http://[::]:8000/) ...\n"],
    [
      "127.0.0.1",
      "Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...\n",
    ],
  ];
  for (const [address, line] of rows) {
    const names = { address, port: 8000, name: "localhost" };
    assertEquals(servingLine({ ...names, url: "http://localhost/" }), line);
    assertEquals(
      servingLine({ ...names, url: "https://localhost/" }),
      line.replace("HTTP", "HTTPS").replace("http:", "https:"),
    );
  }
  const unix = { address: "/s", port: 0, name: "localhost", url: "http+unix:" };
  assertEquals(servingLine(unix), "Serving HTTP on unix:/s ...\n");
});

Deno.test("addressLines() has the addresses that others can reach", () => {
  const own = [
    "127.0.0.1",
    "192.0.2.7",
    "169.254.1.1",
    "::1",
    "fe80::1",
    "2001:db8::7",
  ];
  const rows: Array<[string, readonly string[] | undefined, string]> = [
    ["::", own, "  http://192.0.2.7:80/\n  http://[2001:db8::7]:80/\n"],
    ["0.0.0.0", own, "  http://192.0.2.7:80/\n"],
    ["127.0.0.1", own, ""],
    ["::1", own, ""],
    ["192.0.2.7", own, "  http://192.0.2.7:80/\n"],
    ["192.0.2.7", undefined, "  http://192.0.2.7:80/\n"],
    [
      "::",
      undefined,
      "  To see the addresses for others, start with --allow-sys=networkInterfaces\n",
    ],
  ];
  for (const [address, addresses, lines] of rows) {
    assertEquals(addressLines(address, 80, addresses), lines, address);
  }
});
