/** Fields that anybody can write: nothing in them throws, and nothing of a client's gets believed. */

import { assert, assertEquals } from "@std/assert";
import {
  compileNetworks,
  forwardedClient,
  readAddress,
  readCredentials,
} from "../../main.ts";
import { loadPackage } from "../../scripts/packages.ts";
import { forSeeds } from "../support/random.ts";

/** The part of ipaddr.js that is used here. */
interface Oracle {
  readonly IPv4: { readonly isValidFourPartDecimal: (text: string) => boolean };
  readonly IPv6: { readonly isValid: (text: string) => boolean };
  readonly parse: (text: string) => Address;
  readonly process: (text: string) => Address;
  readonly parseCIDR: (text: string) => [range: Address, bits: number];
}

interface Address {
  readonly kind: () => string;
  readonly match: (range: Address, bits: number) => boolean;
  readonly toNormalizedString: () => string;
  readonly toString: () => string;
}

const ipaddr = await loadPackage("ipaddr.js") as Oracle;

const ADDRESS_PIECES = [
  ..."0 1 9 25 255 256 01 f ff ffff 10000 : :: : . . % / ::ffff: 192.0.2.1"
    .split(" "),
  "1.2.3.4",
  "2001:db8",
  "[",
  "]",
];
const FIELD_PIECES = [
  ...'for by proto host = = ; , " " [ ] : \\ _x unknown https'.split(" "),
  " ",
  "\t",
  "é",
  "for=192.0.2.1",
  'for="[2001:db8::1]:47011"',
  "for=10.0.0.1",
  "10.0.0.2",
  "192.0.2.9:81",
  "99999",
];

/** What the library makes of an address; it knows forms that nobody should send. */
function oracle(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  if (text.includes("%") || !text.includes(":")) return undefined;
  // It takes `::1.2.3.4` for 1.2.3.4, and numbers with leading zeros for octal ones.
  if (/^::[\d.]+$|[.:]0\d+(?:\.|$)/.test(text)) return readAddress(text);
  return ipaddr.IPv6.isValid(text)
    ? ipaddr.process(text).toString()
    : undefined;
}

Deno.test("readAddress() reads what ipaddr.js reads", () => {
  let read = 0;
  forSeeds(30_000, ({ join }) => {
    const text = join(ADDRESS_PIECES, 9);
    const expected = oracle(text);
    const found = readAddress(text);
    if (expected === undefined) return assertEquals(found, undefined, text);
    read++;
    assert(found !== undefined, text);
    assertEquals(
      ipaddr.parse(found).toNormalizedString(),
      ipaddr.parse(expected).toNormalizedString(),
      text,
    );
  });
  assert(read > 300, String(read));
});

Deno.test("compileNetworks() agrees with ipaddr.js", () => {
  let inside = 0;
  forSeeds(5000, ({ below, pick }) => {
    const [a, b] = [below(256), below(256)];
    const starts = [`10.${a}.${b}.0`, `2001:db8:${a}:${b}::`, "::"];
    const others = [
      `10.${pick([a, below(256)])}.${pick([b, below(256)])}.7`,
      `2001:db8:${pick([a, 7])}:${pick([b, 7])}::9`,
      "::1",
      `::ffff:10.${a}.${b}.1`,
    ];
    const start = pick(starts);
    const network = `${start}/${below(start.includes(":") ? 129 : 33)}`;
    const other = pick(others);
    const [range, bits] = ipaddr.parseCIDR(network);
    const address = ipaddr.process(other);
    const expected = range.kind() === address.kind() &&
      address.match(range, bits);
    if (expected) inside++;
    assertEquals(compileNetworks([network])(other), expected, network + other);
  });
  assert(inside > 500, String(inside));
});

Deno.test("forwardedClient() never throws, and finds an address or nothing", () => {
  const isTrusted = compileNetworks(["10.0.0.0/8"]);
  let found = 0;
  forSeeds(20_000, ({ join, pick }) => {
    const headers = new Headers();
    const names = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"];
    headers.append(pick(names), join(FIELD_PIECES, 12));
    if (pick([true, false])) headers.append(pick(names), join(FIELD_PIECES, 5));
    const client = forwardedClient(headers, "10.0.0.9", isTrusted);
    if (client === undefined) return;
    found++;
    assertEquals(readAddress(client.address), client.address);
    assert(client.port === undefined || client.port <= 65_535);
    assert(["http", "https", undefined].includes(client.scheme));
  });
  assert(found > 200, String(found));
});

Deno.test("forwardedClient() believes what a trusted proxy adds, whatever stands before it", () => {
  const isTrusted = compileNetworks(["10.0.0.0/8"]);
  const rows: Array<[name: string, added: string, address: string]> = [
    ["Forwarded", "for=192.0.2.77", "192.0.2.77"],
    ["Forwarded", 'for="[2001:db8::7]:1";proto=https', "2001:db8::7"],
    ["X-Forwarded-For", "192.0.2.77", "192.0.2.77"],
  ];
  forSeeds(5000, ({ join, pick }) => {
    const [name, added, address] = pick(rows);
    const headers = new Headers();
    headers.append(name, join(FIELD_PIECES, 10));
    headers.append(name, added);
    assertEquals(
      forwardedClient(headers, "10.0.0.9", isTrusted)?.address,
      address,
      String(headers.get(name)),
    );
  });
});

Deno.test("forwardedClient(): a field beside the proxy's takes away, and adds nothing", () => {
  const isTrusted = compileNetworks(["10.0.0.0/8"]);
  const rows: ReadonlyArray<Record<string, string>> = [
    { "Forwarded": "for=192.0.2.9" },
    { "Forwarded": 'for="192.0.2.9:81";proto=http' },
    { "X-Forwarded-For": "192.0.2.9" },
    { "X-Forwarded-For": "192.0.2.9:81", "X-Forwarded-Proto": "http" },
  ];
  const invented = [
    ...["192.0.2.9", "192.0.2.9:81", "10.0.0.1", "192.0.2.9:82", ",", ", "],
    ...["for=192.0.2.9", 'for="192.0.2.9:82"', ";proto=https", ";proto=http"],
  ];
  let kept = 0;
  forSeeds(10_000, ({ join, pick }) => {
    const proxy = pick(rows);
    const own = forwardedClient(new Headers(proxy), "10.0.0.9", isTrusted);
    const beside = "Forwarded" in proxy
      ? {
        "X-Forwarded-For": pick([...invented, join(invented, 3)]),
        ...pick([{}, { "X-Forwarded-Proto": pick(["http", "https", ""]) }]),
      }
      : { "Forwarded": pick([...invented, join(invented, 3)]) };
    const headers = new Headers({ ...proxy, ...beside });
    const found = forwardedClient(headers, "10.0.0.9", isTrusted);
    if (found === undefined) return;
    kept++;
    for (const [name, value] of Object.entries(found)) {
      if (value === undefined) continue;
      const expected = own?.[name as keyof typeof own];
      assertEquals(value, expected, JSON.stringify([...headers]));
    }
  });
  assert(kept > 500, String(kept));
});

Deno.test("readCredentials() never throws, and gives no control characters", () => {
  let read = 0;
  forSeeds(5000, ({ join, pick, below }) => {
    const pieces = ["a", ":", "é", "\0", "\n", "\x80", "\x9b", "ÿ", " "];
    const code = btoa(join(pieces, 8)).slice(0, 12 - below(3));
    const value = join(["Basic", "basic", "BASIC", " ", "\t", "x"], 2) +
      pick([" ", ""]) + code;
    const credentials = readCredentials(pick([value, `Basic ${code}`]));
    if (credentials === undefined) return;
    read++;
    assert(!credentials.user.includes(":"));
    assert(!/\p{Cc}/u.test(credentials.user + credentials.password));
  });
  assert(read > 30, String(read));
});
