import { assertEquals } from "@std/assert";
import { nameSocket } from "../../lib/server/describe.ts";
import { anyAddresses } from "../../lib/server/listeners.ts";

Deno.test("anyAddresses(): on Windows a socket for IPv6 does not take IPv4", () => {
  assertEquals(anyAddresses("posix"), ["::"]);
  assertEquals(anyAddresses("windows"), ["::", "0.0.0.0"]);
});

Deno.test("nameSocket() names a socket as people reach it from this machine", () => {
  const rows: Array<[string, string, boolean, string, string]> = [
    ["127.0.0.1", "127.0.0.1", false, "localhost", "http://127.0.0.1:80/"],
    ["127.9.9.9", "127.9.9.9", false, "localhost", "http://127.9.9.9:80/"],
    ["::1", "::1", true, "localhost", "https://[::1]:80/"],
    ["localhost", "127.0.0.1", false, "localhost", "http://localhost:80/"],
    ["::", "::", false, "localhost", "http://localhost:80/"],
    ["0.0.0.0", "0.0.0.0", true, "localhost", "https://localhost:80/"],
    ["192.0.2.1", "192.0.2.1", false, "192.0.2.1", "http://192.0.2.1:80/"],
    ["a.example", "192.0.2.1", true, "a.example", "https://a.example:80/"],
    ["me.local", "127.0.0.1", false, "localhost", "http://me.local:80/"],
    [
      "fe80::1%eth0",
      "fe80::1%eth0",
      false,
      "fe80::1%eth0",
      "http://[fe80::1%25eth0]:80/",
    ],
  ];
  for (const [hostname, address, secure, name, url] of rows) {
    const place = { kind: "tcp", hostname, port: 0 } as const;
    const names = nameSocket(place, { address, port: 80 }, secure);
    assertEquals(names, { address, port: 80, name, url });
  }
  assertEquals(
    nameSocket(
      { kind: "unix", path: "/a b" },
      { address: "/a b", port: 0 },
      false,
    ),
    {
      address: "/a b",
      port: 0,
      name: "localhost",
      url: "http+unix://%2Fa%20b/",
    },
  );
});
