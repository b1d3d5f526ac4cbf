import { assert, assertEquals } from "@std/assert";
import { type Bound, greet } from "../../lib/program/greeting.ts";
import { decodeText } from "../support/qr.ts";

const ANY: Bound = { scheme: "http", address: "::", port: 8000, path: "/" };
const LOOPBACK: Bound = {
  scheme: "http",
  address: "127.0.0.1",
  port: 8000,
  path: "/",
};
const UNIX: Bound = { scheme: "http", unix: "/run/x.sock" };

interface Greeting {
  readonly printed: string;
  readonly errors: string;
  readonly opened: readonly string[];
}

async function greeting(
  bound: Bound,
  own: readonly string[] | undefined,
  wishes: { qr?: boolean; open?: boolean },
  reason?: string,
): Promise<Greeting> {
  let printed = "";
  let errors = "";
  const opened: string[] = [];
  await greet({ bound: [bound] }, { qr: false, open: false, ...wishes }, {
    addresses: () => own,
    hasColors: () => false,
    print: (text) => printed += text,
    printError: (text) => errors += text,
    openBrowser: (url) => {
      opened.push(url);
      return Promise.resolve(reason);
    },
  });
  await new Promise((resolve) => setTimeout(resolve)); // nobody waits for the browser
  return { printed, errors, opened };
}

Deno.test("greet() shows a QR code of the address for others, IPv4 first", async () => {
  const rows: Array<[Bound, readonly string[], string]> = [
    [ANY, ["::1", "2001:db8::7", "192.0.2.7"], "http://192.0.2.7:8000/"],
    [ANY, ["::1", "2001:db8::7"], "http://[2001:db8::7]:8000/"],
    [
      { scheme: "https", address: "192.0.2.9", port: 1, path: "/static/" },
      [],
      "https://192.0.2.9:1/static/",
    ],
  ];
  for (const [bound, own, url] of rows) {
    const { printed } = await greeting(bound, own, { qr: true });
    assertEquals(decodeText(printed), url);
    // What is printed last stays in sight.
    assert(printed.startsWith("Serving "));
    if (printed.includes("  network  ")) {
      assert(printed.lastIndexOf("▀") < printed.indexOf("  network  "));
    }
  }
});

Deno.test("greet() says why there is no QR code", async () => {
  const rows: Array<[Bound, readonly string[] | undefined, string]> = [
    [LOOPBACK, ["192.0.2.7"], "only this machine can reach the server"],
    [UNIX, ["192.0.2.7"], "only this machine can reach the server"],
    [ANY, ["127.0.0.1"], "only this machine can reach the server"],
    [ANY, undefined, "the addresses for others are not known"],
  ];
  for (const [bound, own, why] of rows) {
    const { printed } = await greeting(bound, own, { qr: true });
    assert(printed.includes(`\n  No QR code: ${why}\n`), printed);
  }
});

Deno.test("greet() opens a browser only when asked, and says why it could not", async () => {
  const rows: Array<[Bound, boolean, string | undefined, string[], string]> = [
    [ANY, false, undefined, [], ""],
    [ANY, true, undefined, ["http://localhost:8000/"], ""],
    [LOOPBACK, true, undefined, ["http://127.0.0.1:8000/"], ""],
    [
      ANY,
      true,
      "it rains",
      ["http://localhost:8000/"],
      "serve: cannot open the browser: it rains\n",
    ],
    [
      UNIX,
      true,
      undefined,
      [],
      "serve: cannot open the browser: it cannot reach a socket in the file system\n",
    ],
  ];
  for (const [bound, open, reason, urls, line] of rows) {
    const { errors, opened } = await greeting(bound, [], { open }, reason);
    assertEquals(opened, urls);
    assertEquals(errors, line);
  }
});
