/** Logging in (RFC 7617) and who asks, over files in memory. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import bcrypt from "bcryptjs";
import { createBcryptVerify } from "../../lib/program/bcrypt.ts";
import { parseHtpasswd } from "../../lib/program/users_file.ts";
import { createHandler, type SiteOptions } from "../../main.ts";
import { filesOf, loggedSite, site, watched } from "../support/site.ts";

const CHALLENGE = 'Basic realm="serve", charset="UTF-8"';

function authorization(user: string, password: string): HeadersInit {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

const LOCKED: Partial<SiteOptions> = {
  basicAuth: { users: { ada: "a:b", "jürgen": "geheimnis" } },
};

Deno.test("401 without, and with wrong credentials, whatever the method and the path", async () => {
  const fetch = site({ "/a": "secret" }, LOCKED);
  const rows: Array<[method: string, path: string, headers: HeadersInit]> = [
    ["GET", "/a", {}],
    ["HEAD", "/a", {}],
    ["GET", "/nowhere", {}],
    ["GET", "/%zz", {}],
    ["POST", "/a", {}],
    ["PURGE", "/a", {}],
    ["OPTIONS", "/a", {}],
    ["OPTIONS", "/a", {
      Origin: "https://a.example",
      "Access-Control-Request-Method": "GET",
    }],
    ["GET", "/a", authorization("ada", "wrong")],
    ["GET", "/a", authorization("nobody", "a:b")],
    ["GET", "/a", authorization("ada:a", "b:")],
    ["GET", "/a", authorization("", "")],
    ["GET", "/a", authorization("constructor", "undefined")],
    ["GET", "/a", { Authorization: "Bearer x" }],
  ];
  for (const [method, path, headers] of rows) {
    const response = await fetch(path, { method, headers });
    assertEquals(response.status, 401, `${method} ${path}`);
    assertEquals(response.headers.get("www-authenticate"), CHALLENGE);
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(response.headers.get("allow"), null);
    assert(!(await response.text()).includes("secret"));
  }
});

Deno.test("200 with the password, in UTF-8 and with colons; the log has the user", async () => {
  for (const [user, password] of [["ada", "a:b"], ["jürgen", "geheimnis"]]) {
    const { fetch, logged } = loggedSite({ "/a": "x" }, LOCKED);
    const headers = authorization(user ?? "", password ?? "");
    assertEquals(await (await fetch("/a", { headers })).text(), "x");
    assertEquals((await logged()).peer.user, user);
  }
});

Deno.test("nobody is named in the log who has not logged in", async () => {
  const { fetch, logged } = loggedSite({}, LOCKED);
  const headers = authorization("ada", "wrong");
  await (await fetch("/", { headers, peer: { address: "::1", user: "x" } }))
    .text();
  assertEquals((await logged()).peer.user, undefined);
});

Deno.test("nothing is looked up before somebody has logged in", async () => {
  const looked: string[] = [];
  const files = filesOf({ "/a": "x" });
  const stat = (path: string) => {
    looked.push(path);
    return files.stat(path);
  };
  const { opened, files: seen } = watched({ ...files, stat });
  const fetch = site({}, { ...LOCKED, files: seen });
  await (await fetch("/a")).text();
  assertEquals([looked, opened], [[], []]);
  await (await fetch("/a", { headers: authorization("ada", "a:b") })).text();
  assert(looked.length > 0);
});

Deno.test("a preflight needs no password where other origins may read, and learns nothing", async () => {
  const fetch = site({ "/a": "x" }, { ...LOCKED, cors: true });
  const headers = {
    Origin: "https://a.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "authorization",
  };
  for (const path of ["/a", "/nowhere"]) {
    const response = await fetch(path, { method: "OPTIONS", headers });
    assertEquals(response.status, 204);
    assertEquals(
      response.headers.get("access-control-allow-headers"),
      "authorization",
    );
  }
  const get = await fetch("/a", { headers: { Origin: "https://a.example" } });
  assertEquals(get.status, 401);
  assertEquals(get.headers.get("access-control-allow-origin"), "*");
  assertEquals((await fetch("/a", { method: "OPTIONS" })).status, 401);
});

Deno.test("what is outside the mount is the caller's, without a password", async () => {
  const handler = createHandler({
    root: "/",
    files: filesOf({ "/a": "x" }),
    urlRoot: "/in",
    fallthrough: true,
    log: false,
    basicAuth: { users: { ada: "a" } },
  });
  assertEquals(await handler(new Request("http://localhost/out")), undefined);
  for (const path of ["/in/a", "/in/nowhere"]) {
    const response = await handler(new Request(`http://localhost${path}`));
    assertEquals(response?.status, 401);
  }
});

Deno.test("verify: decides about others; busy is 503, and what it throws 500", async () => {
  const verify = (user: string, password: string) => {
    if (user === "busy") return "busy";
    if (user === "bug") throw new Error("a bug");
    return Promise.resolve(user === "eve" && password === "e");
  };
  const { fetch, records } = loggedSite({ "/a": "x" }, {
    basicAuth: { realm: "r", users: { ada: "a" }, verify },
  });
  const rows: Array<[user: string, password: string, status: number]> = [
    ["ada", "a", 200],
    ["eve", "e", 200],
    ["eve", "x", 401],
    ["busy", "", 503],
    ["bug", "", 500],
  ];
  for (const [user, password, status] of rows) {
    const response = await fetch("/a", {
      headers: authorization(user, password),
    });
    await response.text();
    assertEquals(response.status, status, user);
    if (status === 503) assertEquals(response.headers.get("retry-after"), "1");
  }
  assertEquals((records.at(-1)?.error as Error).message, "a bug");
});

Deno.test("options that are not of their kind are TypeErrors, without any password", () => {
  const rows: Array<[Partial<SiteOptions>, string]> = [
    [{ basicAuth: {} }, "there are no users"],
    [{ basicAuth: { users: { "a:b": "secret" } } }, 'user "a:b"'],
    [{ basicAuth: { users: { a: "secret\n" } } }, 'user "a"'],
    [{ basicAuth: { users: { a: 1 as unknown as string } } }, 'user "a"'],
    [{ basicAuth: { users: { a: "" }, realm: "é" } }, "as realm"],
    [{ trustedProxies: ["10/8"] }, 'Cannot trust "10/8"'],
    [{ trustedProxies: "loopback" as unknown as string[] }, "expected a list"],
  ];
  for (const [options, message] of rows) {
    assertThrows(() => site({}, options), TypeError, message);
    let text = "";
    try {
      site({}, options);
    } catch (error) {
      text = String(error);
    }
    assert(!text.includes("secret"), text);
  }
});

Deno.test("trustedProxies: the client takes the place of the proxy", async () => {
  const rows: Array<[address: string, client: string]> = [
    ["10.0.0.1", "192.0.2.1"],
    ["192.0.2.9", "192.0.2.9"],
  ];
  for (const [address, client] of rows) {
    const { fetch, logged } = loggedSite({}, {
      trustedProxies: ["10.0.0.0/8"],
    });
    const headers = { "X-Forwarded-For": "1.1.1.1, 192.0.2.1" };
    await (await fetch("/", { headers, peer: { address, port: 1 } })).text();
    assertEquals((await logged()).peer.address, client);
  }
});

Deno.test("basicAuth: nobody checks the password of a client that has gone", async () => {
  let checked = 0;
  const verify = () => {
    checked++;
    return true;
  };
  const { fetch, logged } = loggedSite({}, { basicAuth: { verify } });
  const headers = { Authorization: `Basic ${btoa("ada:right")}` };
  const peer = { address: "-", gone: true };
  assertEquals((await fetch("/", { headers, peer })).status, 499);
  assertEquals(checked, 0);
  const { aborted, peer: { user } } = await logged();
  assertEquals([aborted, user], [true, undefined]);
});

const HASHES = new Map([
  ["ada", bcrypt.hashSync("right", 4)],
  ["bob", bcrypt.hashSync("other", 5).replace("$2b$", "$2y$")],
]);

Deno.test("createBcryptVerify() knows right from wrong, also the second time", async () => {
  const verify = createBcryptVerify(() => HASHES, undefined, () => {});
  for (let round = 0; round < 2; round++) {
    assertEquals(await verify("ada", "right"), true);
    assertEquals(await verify("bob", "other"), true);
    assertEquals(await verify("ada", "other"), false);
    assertEquals(await verify("eve", "right"), false);
    assertEquals(await verify("eve", "other"), false);
    assertEquals(await verify("", ""), false);
  }
});

Deno.test("createBcryptVerify() compares for unknown users, too, with always the same hash", async () => {
  const compared: string[] = [];
  const compare = (_password: string, hash: string) => {
    compared.push(hash);
    return Promise.resolve(true); // whatever the hash says, nobody is nobody
  };
  const verify = createBcryptVerify(() => HASHES, compare);
  for (const password of ["1", "2", "3"]) {
    assertEquals(await verify("nobody", password), false);
  }
  assertEquals(compared.length, 3);
  assertEquals(new Set(compared).size, 1);
});

Deno.test("createBcryptVerify(): one at a time, each pair once, and a queue that ends", async () => {
  let running = 0;
  let calls = 0;
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const compare = async (password: string) => {
    assertEquals(++running, 1);
    calls++;
    await gate;
    running--;
    return password === "right";
  };
  const verify = createBcryptVerify(() => HASHES, compare);
  const same = Array.from({ length: 50 }, () => verify("ada", "right"));
  const flood = Array.from({ length: 50 }, (_, i) => verify("ada", `${i}`));
  // The queue is full, and the gate is still shut: whoever has no place is told so at once.
  let told = 0;
  flood.forEach((verdict) =>
    Promise.resolve(verdict).then((verdict) => {
      if (verdict === "busy" && ++told === 34) open();
    })
  );
  assertEquals(new Set(await Promise.all(same)), new Set([true]));
  const verdicts = await Promise.all(flood);
  const busy = verdicts.filter((verdict) => verdict === "busy").length;
  assertEquals(verdicts.filter((verdict) => verdict === false).length, 16);
  assertEquals(busy, 34);
  assertEquals(calls, 17);
  assertEquals(await verify("ada", "right"), true);
  assertEquals(calls, 17);
});

Deno.test("createBcryptVerify(): a client has two places at most, and others the rest", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<boolean>();
  const verify = createBcryptVerify(() => HASHES, () => gate);
  const rows: Array<[addresses: string[], busy: number]> = [
    [["192.0.2.1", "192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"], 2],
    [["192.0.2.2"], 0],
    [["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3%eth0"], 1],
    [["2001:db8:0:1::1"], 0],
    // A proxy for many clients.
    [["unix", "unix", "unix"], 0],
    // All who have no address are one client.
    [["-", "-", "-", "unknown"], 2],
  ];
  let told = 0;
  const asked = rows.map(([addresses]) =>
    addresses.map(async (address, index) => {
      const verdict = await verify("ada", `${addresses} ${index}`, { address });
      // The gate is still shut: whoever has no place is told so at once.
      if (verdict === "busy" && ++told === 5) open(false);
      return verdict;
    })
  );
  for (const [index, [addresses, busy]] of rows.entries()) {
    const verdicts = await Promise.all(asked[index] ?? []);
    const found = verdicts.filter((verdict) => verdict === "busy").length;
    assertEquals(found, busy, String(addresses));
  }
  assertEquals(await verify("ada", "later", { address: "192.0.2.1" }), false);
});

Deno.test("createBcryptVerify(): what was found out is kept as long as the hash of the user", async () => {
  let users: ReadonlyMap<string, string> = HASHES;
  let calls = 0;
  const verify = createBcryptVerify(() => users, (password, hash) => {
    calls++;
    return Promise.resolve(
      `${password} ${hash}` === `right ${HASHES.get("ada")}`,
    );
  });
  assertEquals(await verify("ada", "right"), true);
  users = new Map([...HASHES, ["eve", "another"]]);
  assertEquals(await verify("ada", "right"), true);
  assertEquals(calls, 1);
  users = new Map([["ada", "another"]]);
  assertEquals(await verify("ada", "right"), false);
  users = new Map([["bob", HASHES.get("bob") ?? ""]]);
  assertEquals(await verify("ada", "right"), false);
  users = new Map();
  assertEquals(await verify("ada", "right"), false);
  assertEquals(calls, 3);
  users = HASHES;
  assertEquals(await verify("ada", "right"), true);
});

Deno.test("createBcryptVerify() goes on when a comparison throws", async () => {
  let calls = 0;
  const verify = createBcryptVerify(() => HASHES, () => {
    calls++;
    return calls === 1 ? Promise.reject(new Error("x")) : Promise.resolve(true);
  });
  const first = await Promise.resolve(verify("ada", "a")).catch((e) => e);
  assert(first instanceof Error);
  assertEquals(await verify("ada", "a"), true);
});

Deno.test("parseHtpasswd() reads bcrypt, and says which line is wrong and what to do", () => {
  const hash = HASHES.get("ada") ?? "";
  const other = HASHES.get("bob") ?? "";
  const parsed = parseHtpasswd(
    `# users\r\n\nada:${hash}\r\nbob:${other}  \nu\u0308:${hash}`,
  );
  assert(parsed.kind === "users");
  assertEquals([...parsed.users], [["ada", hash], ["bob", other], ["ü", hash]]);
  for (const text of ["", "# only\n"]) {
    assertEquals(parseHtpasswd(text), { kind: "users", users: new Map() });
  }
  const rows: Array<[text: string, message: string]> = [
    ["ada", "line 1: expected USER:HASH"],
    [`:${hash}`, "line 1: expected USER:HASH"],
    [`a:${hash}\na:${hash}`, 'line 2: "a" is there twice'],
    [
      "\na:$apr1$x$y",
      "line 2: only bcrypt hashes are known; make one with htpasswd -B",
    ],
    ["a:{SHA}secret", "line 1: only bcrypt hashes are known"],
    ["a:secret", "line 1: only bcrypt hashes are known"],
    ["a:$2y$05$secret", "line 1: this bcrypt hash is cut"],
    [
      `a:${hash.replace("$04$", "$31$")}`,
      "line 1: this bcrypt hash is cut, or its cost",
    ],
    [`a:${hash}:comment`, "line 1: this bcrypt hash is cut"],
  ];
  for (const [text, message] of rows) {
    const invalid = parseHtpasswd(text);
    assert(invalid.kind === "invalid", text);
    assert(invalid.message.startsWith(message), invalid.message);
    assert(!invalid.message.includes("secret"));
  }
});
