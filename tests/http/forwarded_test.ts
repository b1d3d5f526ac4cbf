import { assertEquals, assertThrows } from "@std/assert";
import { compileNetworks, forwardedClient, readAddress } from "../../main.ts";

const PROXY = "10.0.0.9";
const isTrusted = compileNetworks(["10.0.0.0/8", "2001:db8:1::/48"]);

function find(fields: Record<string, string>, address = PROXY) {
  return forwardedClient(new Headers(fields), address, isTrusted);
}

Deno.test("forwardedClient() reads Forwarded (RFC 7239)", () => {
  const rows: Array<
    [value: string, address: string | undefined, port?: number]
  > = [
    ["for=192.0.2.1", "192.0.2.1"],
    ["For=192.0.2.1", "192.0.2.1"],
    ['for="192.0.2.1:47011"', "192.0.2.1", 47_011],
    ["for=192.0.2.1:47011", "192.0.2.1", 47_011],
    ['for="[2001:db8::1]:47011"', "2001:db8::1", 47_011],
    ['for="[2001:DB8:0::1]"', "2001:db8::1"],
    ["for=2001:db8::1", "2001:db8::1"],
    ['for="[::ffff:192.0.2.1]"', "192.0.2.1"],
    ['for="192.0.2.1:_port"', "192.0.2.1"],
    ['for="192.0.2.1:99999"', "192.0.2.1"],
    ["by=203.0.113.43;for=192.0.2.1;host=a;proto=http", "192.0.2.1"],
    ["for=192.0.2.1 ; by=_x", "192.0.2.1"],
    ["for=198.51.100.1, for=192.0.2.1", "192.0.2.1"],
    ["for=192.0.2.1, for=10.0.0.1,for=10.0.0.2", "192.0.2.1"],
    ["for=10.0.0.1, for=10.0.0.2", "10.0.0.1"],
    ['for=192.0.2.1, for="[2001:db8:1::7]"', "192.0.2.1"],
    // hidden, unknown or garbled: no further than the proxy that says so
    ["for=_hidden", undefined],
    ["for=unknown", undefined],
    ["for=192.0.2.1, for=_hidden, for=10.0.0.1", "10.0.0.1"],
    ["for=192.0.2.1, , for=10.0.0.1", "10.0.0.1"],
    ["proto=https", undefined],
    ["", undefined],
    ["for=192.0.2.1;for=192.0.2.2", undefined],
    ["for=192.0.2.1, nonsense", undefined],
    ['for="192.0.2.1', undefined],
    // a quotation mark that the client opened
    ['for="192.0.2.9, for=192.0.2.1', "192.0.2.1"],
    ['for="192.0.2.9, for="[2001:db8::1]"', "2001:db8::1"],
    // forms that others read otherwise
    ["for=0177.0.0.1", undefined],
    ["for=127.1", undefined],
    ["for=2130706433", undefined],
    ["for=0x7f.0.0.1", undefined],
    ['for="[fe80::1%eth0]"', undefined],
    ['for="[192.0.2.1]:80:90"', "192.0.2.1"],
  ];
  for (const [Forwarded, address, port] of rows) {
    const client = find({ Forwarded });
    assertEquals(client?.address, address, Forwarded);
    assertEquals(client?.port, port, Forwarded);
  }
});

Deno.test("forwardedClient() reads X-Forwarded-For where there is no Forwarded", () => {
  const rows: Array<[string, string | undefined]> = [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:4000", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]:4000", "2001:db8::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["198.51.100.1,192.0.2.1 , 10.0.0.1", "192.0.2.1"],
    ["evil\u001b, 192.0.2.1", "192.0.2.1"],
    ["192.0.2.1, unknown", undefined],
    ["unknown, 10.1.1.1", "10.1.1.1"],
    ["", undefined],
  ];
  for (const [value, address] of rows) {
    const headers = {
      get: (name: string) => name === "x-forwarded-for" ? value : null,
    };
    assertEquals(forwardedClient(headers, PROXY, isTrusted)?.address, address);
  }
});

Deno.test("a client's field that a proxy passes on is not believed: both must name the same", () => {
  assertEquals(
    find({ Forwarded: "for=1.1.1.1", "X-Forwarded-For": "192.0.2.1" }),
    undefined,
  );
  const rows: Array<
    [
      forwarded: string,
      older: string,
      proto: string,
      port: unknown,
      scheme: unknown,
    ]
  > = [
    ["for=192.0.2.1;proto=https", "192.0.2.1", "https", undefined, "https"],
    ["for=192.0.2.1;proto=https", "192.0.2.1", "http", undefined, undefined],
    ["for=192.0.2.1;proto=https", "192.0.2.1", "", undefined, undefined],
    ["for=192.0.2.1", "192.0.2.1", "https", undefined, undefined],
    ['for="192.0.2.1:4"', "192.0.2.1:4", "", 4, undefined],
    ['for="192.0.2.1:4"', "192.0.2.1", "", undefined, undefined],
    ["for=192.0.2.1", "192.0.2.1:4", "", undefined, undefined],
  ];
  for (const [Forwarded, older, proto, port, scheme] of rows) {
    const fields = { "X-Forwarded-For": older, "X-Forwarded-Proto": proto };
    const found = find({ Forwarded, ...fields });
    const expected = { address: "192.0.2.1", port, scheme };
    assertEquals(found, expected as typeof found, Forwarded + older + proto);
  }
});

Deno.test("no more than 32 elements are read: the nearest of them is the client, as where one is hidden", () => {
  const proxies = (count: number) =>
    Array.from({ length: count }, (_, index) => `10.0.1.${index}`);
  const rows: Array<[addresses: string[], address: string]> = [
    [["192.0.2.1", ...proxies(31)], "192.0.2.1"],
    [["192.0.2.1", ...proxies(32)], "10.0.1.0"],
    [["192.0.2.1", "10.0.2.1", ...proxies(32)], "10.0.1.0"],
  ];
  for (const [addresses, address] of rows) {
    const older = { "X-Forwarded-For": addresses.join(",") };
    const Forwarded = addresses.map((address) => `for=${address}`).join();
    assertEquals(find(older)?.address, address);
    assertEquals(find({ Forwarded })?.address, address);
  }
});

Deno.test("the scheme is that of the same element", () => {
  const rows: Array<[Record<string, string>, string | undefined]> = [
    [{ Forwarded: "for=192.0.2.1;proto=https" }, "https"],
    [{ Forwarded: "for=192.0.2.1;proto=HTTP" }, "http"],
    [{ Forwarded: "for=192.0.2.1;proto=gopher" }, undefined],
    [
      { Forwarded: "for=192.0.2.1;proto=https, for=10.0.0.1;proto=http" },
      "https",
    ],
    [
      { Forwarded: "for=1.1.1.1;proto=https, for=192.0.2.1;proto=http" },
      "http",
    ],
    [{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" }, "https"],
    [{
      "X-Forwarded-For": "192.0.2.1, 10.0.0.1",
      "X-Forwarded-Proto": "https, http",
    }, "https"],
    [
      {
        "X-Forwarded-For": "192.0.2.1, 10.0.0.1",
        "X-Forwarded-Proto": "https",
      },
      "https",
    ],
    [{ "X-Forwarded-For": "192.0.2.1" }, undefined],
  ];
  for (const [fields, scheme] of rows) {
    assertEquals(find(fields)?.scheme, scheme, JSON.stringify(fields));
  }
});

Deno.test("from others the fields are not believed", () => {
  for (const address of ["192.0.2.1", "::1", "unix", "-", "", "11.0.0.1"]) {
    assertEquals(find({ Forwarded: "for=192.0.2.7" }, address), undefined);
  }
});

Deno.test("compileNetworks() knows networks, addresses and words", () => {
  const rows: Array<[string[], string[], string[]]> = [
    [["10.0.0.0/8"], ["10.255.0.1", "::ffff:10.0.0.1"], [
      "11.0.0.1",
      "::a00:1",
    ]],
    [["10.1.2.3/8"], ["10.9.9.9"], []],
    [["192.0.2.1"], ["192.0.2.1"], ["192.0.2.2"]],
    [["0.0.0.0/0"], ["1.2.3.4"], ["::1"]],
    [["::/0"], ["::1"], ["1.2.3.4"]],
    [["::ffff:10.0.0.0/104"], ["10.3.4.5"], ["11.0.0.1"]],
    [["fe80::/10"], ["fe80::1%eth0"], ["fec0::1"]],
    [["loopback"], ["127.0.0.1", "127.9.9.9", "::1"], ["10.0.0.1", "unix"]],
    [["private"], ["10.0.0.1", "172.31.0.1", "192.168.1.1", "fd00::1"], [
      "172.32.0.1",
      "127.0.0.1",
    ]],
    [["unix"], ["unix"], ["127.0.0.1", "-"]],
    [[], [], ["127.0.0.1", "unix"]],
  ];
  for (const [networks, inside, outside] of rows) {
    const isInside = compileNetworks(networks);
    for (const address of inside) {
      assertEquals(isInside(address), true, address);
    }
    for (const address of outside) {
      assertEquals(isInside(address), false, address);
    }
  }
});

Deno.test("compileNetworks() refuses what it cannot read", () => {
  for (
    const text of [
      "",
      "a",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
      "::/129",
      "::ffff:10.0.0.0/95",
      "10.0/8",
      "[::1]",
      "toString",
      "fe80::1%eth0",
    ]
  ) {
    assertThrows(() => compileNetworks([text]), TypeError, "Cannot trust");
  }
});

Deno.test("readAddress() gives the canonical form", () => {
  assertEquals(readAddress("2001:0db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
  assertEquals(readAddress("::"), "::");
  assertEquals(readAddress("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
  assertEquals(readAddress("::ffff:0:0"), "0.0.0.0");
});

Deno.test("forwardedClient() reads the host and the port that were asked for", () => {
  const rows: Array<
    [Record<string, string>, host: string | undefined, port?: number]
  > = [
    [{ Forwarded: "for=192.0.2.1;host=example.org" }, "example.org"],
    [{ Forwarded: 'for=192.0.2.1;host="a:8443"' }, "a", 8443],
    [
      { Forwarded: 'for=192.0.2.1;host="[2001:db8::1]:81"' },
      "[2001:db8::1]",
      81,
    ],
    // The client's own element stands to the left.
    [{ Forwarded: "host=evil, for=192.0.2.1;host=a" }, "a"],
    [{ Forwarded: "for=192.0.2.1" }, undefined],
    [{ Forwarded: 'for=192.0.2.1;host="a/b?x"' }, undefined],
    [{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "a" }, "a"],
    [{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "a:81" }, "a", 81],
    [
      {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "a:81",
        "X-Forwarded-Port": "443",
      },
      "a",
      443,
    ],
    [
      { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "443" },
      undefined,
      443,
    ],
    // Apache appends a host for each proxy, beside each address.
    [
      {
        "X-Forwarded-For": "192.0.2.9, 192.0.2.1, 10.0.0.1",
        "X-Forwarded-Host": "evil, a, inner",
      },
      "a",
    ],
    [
      {
        "X-Forwarded-For": "192.0.2.9, 192.0.2.1",
        "X-Forwarded-Host": "evil, b, a",
      },
      "a",
    ],
    [{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "a b" }, undefined],
    [{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "" }, undefined],
    [
      { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "99999" },
      undefined,
    ],
    // Without an address nothing is told; of both fields what both tell.
    [{ "X-Forwarded-Host": "a" }, undefined],
    [
      {
        Forwarded: "for=192.0.2.1;host=a",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "evil",
      },
      undefined,
    ],
    [
      {
        Forwarded: 'for=192.0.2.1;host="a:81"',
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "a:81",
      },
      "a",
      81,
    ],
  ];
  for (const [fields, host, port] of rows) {
    const client = find(fields);
    assertEquals(client?.host, host, JSON.stringify(fields));
    assertEquals(client?.hostPort, port, JSON.stringify(fields));
    assertEquals(find(fields, "192.0.2.200"), undefined);
  }
});
