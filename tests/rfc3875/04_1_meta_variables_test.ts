/** RFC 3875 §4.1: meta-variables. */

import { assert, assertEquals } from "@std/assert";
import { metaVariables, type Peer } from "../../main.ts";
import { PEER, variablesOf } from "../support/cgi.ts";

Deno.test("§4.1 a plain GET: every variable, and not one more", async () => {
  assertEquals(await variablesOf("/cgi-bin/x/info?a=b"), {
    DOCUMENT_ROOT: "/",
    GATEWAY_INTERFACE: "CGI/1.1",
    HTTP_HOST: "localhost:8000",
    PATH: "/bin",
    PATH_INFO: "/info",
    PATH_TRANSLATED: "/info",
    QUERY_STRING: "a=b",
    REMOTE_ADDR: "192.0.2.7",
    REMOTE_HOST: "192.0.2.7",
    REMOTE_PORT: "4711",
    REQUEST_METHOD: "GET",
    REQUEST_SCHEME: "http",
    REQUEST_URI: "/cgi-bin/x/info?a=b",
    SCRIPT_FILENAME: "/cgi-bin/x",
    SCRIPT_NAME: "/cgi-bin/x",
    SERVER_NAME: "localhost",
    SERVER_PORT: "8000",
    SERVER_PROTOCOL: "HTTP/1.1",
    SERVER_SOFTWARE: (await variablesOf("/cgi-bin/x")).SERVER_SOFTWARE ?? "",
  });
});

Deno.test("§4.1.1 §4.1.11 AUTH_TYPE and REMOTE_USER only when this server has authenticated", async () => {
  const headers = { Authorization: "Basic dXNlcjpwYXNz" };
  const variables = await variablesOf("/cgi-bin/x", { headers });
  assertEquals(variables.AUTH_TYPE, undefined);
  assertEquals(variables.REMOTE_USER, undefined);
  assertEquals(variables.HTTP_AUTHORIZATION, undefined);
  const told = await variablesOf("/cgi-bin/x", { headers }, {
    authorization: true,
  });
  assertEquals(told.HTTP_AUTHORIZATION, "Basic dXNlcjpwYXNz");
  assertEquals(told.REMOTE_USER, undefined);
});

Deno.test("§4.1.2 §4.1.3 CONTENT_LENGTH and CONTENT_TYPE if and only if there is content", async () => {
  const type = { "Content-Type": "text/plain; charset=x" };
  const length = (size: number) => ({
    ...type,
    "Content-Length": String(size),
  });
  const rows: ReadonlyArray<
    readonly [RequestInit, string | undefined, string | undefined]
  > = [
    [{ headers: type }, undefined, undefined],
    [{ method: "POST", headers: type }, undefined, undefined],
    [
      { method: "POST", body: "", headers: length(0) },
      "0",
      type["Content-Type"],
    ],
    [
      { method: "POST", body: "äb", headers: length(3) },
      "3",
      type["Content-Type"],
    ],
    [{ method: "PUT", body: "äbc", headers: type }, "4", type["Content-Type"]],
    [
      { method: "POST", body: new Blob(["ab"]).stream() },
      "2",
      undefined,
    ],
  ];
  for (const [init, expectedLength, expectedType] of rows) {
    const variables = await variablesOf("/cgi-bin/x", init);
    assertEquals(variables.CONTENT_LENGTH, expectedLength);
    assertEquals(variables.CONTENT_TYPE, expectedType);
    assertEquals(variables.HTTP_CONTENT_LENGTH, undefined);
    assertEquals(variables.HTTP_CONTENT_TYPE, undefined);
  }
});

Deno.test("§4.1.4 GATEWAY_INTERFACE is CGI/1.1", async () => {
  const { GATEWAY_INTERFACE } = await variablesOf("/cgi-bin/x");
  assertEquals(GATEWAY_INTERFACE, "CGI/1.1");
});

Deno.test("§4.1.5 §4.1.6 PATH_INFO, and PATH_TRANSLATED only with it, never outside the root", () => {
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["", undefined],
    ["/", "/srv/www/"],
    ["/a/b", "/srv/www/a/b"],
    ["/a/b/", "/srv/www/a/b/"],
    ["//a", "/srv/www/a"],
    ["/../../etc/passwd", "/srv/www/etc/passwd"],
    ["/a/../../../etc", "/srv/www/etc"],
    ["/a\\..\\..\\etc", "/srv/www/etc"],
    ["/./a", "/srv/www/a"],
  ];
  for (const [pathInfo, translated] of rows) {
    const variables = metaVariables(new Request("http://h/"), {
      ...CONTEXT,
      script: { ...CONTEXT.script, pathInfo },
    });
    assertEquals(variables.PATH_INFO, pathInfo || undefined);
    assertEquals(variables.PATH_TRANSLATED, translated, pathInfo);
  }
});

const CONTEXT = {
  target: "/cgi-bin/x",
  query: "",
  script: { name: "/cgi-bin/x", path: "/srv/www/cgi-bin/x", pathInfo: "" },
  contentLength: undefined,
  peer: PEER,
  root: "/srv/www",
  software: "serve",
  authorization: false,
} as const;

Deno.test("§4.1.7 QUERY_STRING is always set, and not decoded", async () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["/cgi-bin/x", ""],
    ["/cgi-bin/x?", ""],
    ["/cgi-bin/x?a=%20b&c+d", "a=%20b&c+d"],
    ["/cgi-bin/x?a?b", "a?b"],
    ["/cgi-bin/x/%3Fa?b", "b"],
  ];
  for (const [path, query] of rows) {
    assertEquals((await variablesOf(path)).QUERY_STRING, query, path);
  }
});

Deno.test("§4.1.8 §4.1.9 REMOTE_ADDR is an address, REMOTE_HOST the same", async () => {
  const rows: ReadonlyArray<readonly [Peer, string]> = [
    [{ address: "192.0.2.7" }, "192.0.2.7"],
    [{ address: "2001:db8::7" }, "2001:db8::7"],
    [{ address: "fe80::1%eth0" }, "fe80::1%eth0"],
    [{ address: "unix" }, "0.0.0.0"],
    [{ address: "-" }, "0.0.0.0"],
  ];
  for (const [peer, address] of rows) {
    const variables = await variablesOf("/cgi-bin/x", { peer });
    assertEquals(variables.REMOTE_ADDR, address);
    assertEquals(variables.REMOTE_HOST, address);
  }
});

Deno.test("§4.1.12 REQUEST_METHOD is the method, case and all", async () => {
  for (const method of ["GET", "HEAD", "POST", "PROPFIND"]) {
    const { REQUEST_METHOD } = await variablesOf("/cgi-bin/x", { method });
    assertEquals(REQUEST_METHOD, method);
  }
});

Deno.test("§4.1.13 SCRIPT_NAME is decoded, begins with a slash, and ends where PATH_INFO begins", async () => {
  const { SCRIPT_NAME, REQUEST_URI } = await variablesOf("/cgi-b%69n/x/a%20b");
  assertEquals(SCRIPT_NAME, "/cgi-bin/x");
  assertEquals(REQUEST_URI, "/cgi-b%69n/x/a%20b");
});

const UNIX: Peer = { address: "unix", server: { port: 0, address: "/s" } };

Deno.test("§4.1.14 §4.1.15 SERVER_NAME is the client's word, SERVER_PORT the socket's", () => {
  const rows: ReadonlyArray<
    readonly [string | null, string, Peer, string, string]
  > = [
    [
      "example.org",
      "http://example.org/",
      { address: "-" },
      "example.org",
      "80",
    ],
    [
      "example.org:81",
      "http://example.org:81/",
      { address: "-" },
      "example.org",
      "81",
    ],
    ["example.org:81", "http://example.org:81/", PEER, "example.org", "8000"],
    [
      "192.0.2.1:81",
      "http://192.0.2.1:81/",
      { address: "-" },
      "192.0.2.1",
      "81",
    ],
    [
      "[2001:db8::1]",
      "http://[2001:db8::1]/",
      { address: "-" },
      "[2001:db8::1]",
      "80",
    ],
    [
      "[2001:db8::1]:81",
      "http://[2001:db8::1]:81/",
      { address: "-" },
      "[2001:db8::1]",
      "81",
    ],
    [
      "example.org",
      "https://example.org/",
      { address: "-" },
      "example.org",
      "443",
    ],
    [null, "http://localhost:82/", { address: "-" }, "localhost", "82"],
    [null, "/relative", { address: "-" }, "localhost", "80"],
    ["", "/relative", PEER, "localhost", "8000"],
    // A unix socket has no port; without Host, Deno has its path in the URL.
    [null, "http+unix://%2Fs/x", UNIX, "localhost", "80"],
    ["example.org", "http+unix://example.org/x", UNIX, "example.org", "80"],
    [
      "example.org:81",
      "http+unix://example.org:81/",
      UNIX,
      "example.org",
      "81",
    ],
    [null, "https://example.org:81/", { address: "-" }, "example.org", "81"],
  ];
  for (const [host, url, peer, name, port] of rows) {
    const headers = new Headers();
    if (host !== null) headers.set("host", host);
    const request = { method: "GET", url, headers };
    const variables = metaVariables(request, { ...CONTEXT, peer });
    assertEquals(variables.SERVER_NAME, name, `${host} ${url}`);
    assertEquals(variables.SERVER_PORT, port, `${host} ${url}`);
  }
});

Deno.test("§4.1.14 §4.1.15 with canonicalName host, or behind a trusted proxy, the port is the client's, too", () => {
  const told = (peer: Partial<Peer>): Peer => ({ ...PEER, ...peer });
  const rows: ReadonlyArray<
    readonly [string, "socket" | "host", Peer, string, string]
  > = [
    ["example.org:81", "socket", PEER, "example.org", "8000"],
    ["example.org:81", "host", PEER, "example.org", "81"],
    ["example.org", "host", PEER, "example.org", "80"],
    ["example.org:", "host", PEER, "example.org", "80"],
    // a port that there is not, and one with zeros in front
    ["example.org:99999", "host", PEER, "example.org", "80"],
    ["example.org:0", "host", PEER, "example.org", "80"],
    ["example.org:00081", "host", PEER, "example.org", "81"],
    ["a:99999", "socket", told({ scheme: "https" }), "a", "443"],
    ["[2001:db8::1]:81", "host", PEER, "[2001:db8::1]", "81"],
    ["a", "socket", told({ scheme: "https" }), "a", "443"],
    ["a:81", "socket", told({ scheme: "https" }), "a", "81"],
    ["a:81", "socket", told({ host: "b" }), "b", "80"],
    ["a:81", "socket", told({ host: "b", scheme: "https" }), "b", "443"],
    ["a:81", "socket", told({ host: "b", hostPort: 82 }), "b", "82"],
    ["a:81", "socket", told({ hostPort: 82 }), "a", "82"],
    ["a:81", "host", told({ host: "b", hostPort: 82 }), "b", "82"],
  ];
  for (const [host, canonicalName, peer, name, port] of rows) {
    const request = new Request("http://localhost/", { headers: { host } });
    const context = { ...CONTEXT, peer, canonicalName };
    const variables = metaVariables(request, context);
    const { SERVER_NAME, SERVER_PORT } = variables;
    const what = JSON.stringify([host, canonicalName, peer]);
    assertEquals([SERVER_NAME, SERVER_PORT], [name, port], what);
    assertEquals(variables.HTTPS, peer.scheme && "on");
  }
});

Deno.test("SERVER_ADDR is the address of the socket; for all addresses that of a client on this machine", () => {
  const at = (address: string | undefined, client = "192.0.2.7"): Peer => ({
    address: client,
    server: { port: 8000, address },
  });
  const rows: ReadonlyArray<readonly [Peer, string | undefined]> = [
    [at("192.0.2.1"), "192.0.2.1"],
    [at("2001:db8::1"), "2001:db8::1"],
    [at("::"), "::"],
    [at("::", "127.0.0.1"), "127.0.0.1"],
    [at("0.0.0.0", "127.0.0.1"), "127.0.0.1"],
    [at("::", "::1"), "::1"],
    [at("192.0.2.1", "127.0.0.1"), "192.0.2.1"],
    [at(undefined), undefined],
    [UNIX, undefined],
    [{ address: "-" }, undefined],
  ];
  for (const [peer, address] of rows) {
    const request = new Request("http://localhost/");
    const variables = metaVariables(request, { ...CONTEXT, peer });
    assertEquals(variables.SERVER_ADDR, address, JSON.stringify(peer));
  }
});

Deno.test("§4.1.18 HTTP_HOST is the authority of HTTP/2, which has no Host field", () => {
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    ["https://example.org:81/", "example.org:81"],
    // HTTP/1.0: what Deno puts there was not said by anybody.
    ["http://localhost:81/", undefined],
    ["http+unix://%2Fs/", undefined],
    ["/relative", undefined],
  ];
  for (const [url, host] of rows) {
    const request = { method: "GET", url, headers: new Headers() };
    assertEquals(metaVariables(request, CONTEXT).HTTP_HOST, host, url);
  }
});

Deno.test("§4.1.16 SERVER_PROTOCOL, and the scheme of §3.3: HTTPS only where it is", () => {
  for (const scheme of ["http", "https"]) {
    const request = new Request(`${scheme}://example.org/`);
    const variables = metaVariables(request, CONTEXT);
    assertEquals(variables.SERVER_PROTOCOL, "HTTP/1.1");
    assertEquals(variables.REQUEST_SCHEME, scheme);
    assertEquals(variables.HTTPS, scheme === "https" ? "on" : undefined);
  }
});

Deno.test("§4.1.17 SERVER_SOFTWARE names this server, also where the Server field does not", async () => {
  const named = await variablesOf("/cgi-bin/x");
  assert(named.SERVER_SOFTWARE?.startsWith("serve/"));
  const hidden = await variablesOf("/cgi-bin/x", {}, {}, {
    serverVersion: false,
  });
  assertEquals(hidden.SERVER_SOFTWARE, named.SERVER_SOFTWARE);
  const other = await variablesOf("/cgi-bin/x", {}, {}, {
    serverVersion: "me/1",
  });
  assertEquals(other.SERVER_SOFTWARE, "me/1");
});

Deno.test("§4.1.18 fields become HTTP_ variables, but for those that must not", () => {
  const headers = new Headers([
    ["Accept", "text/html"],
    ["Accept", "text/plain"],
    ["X-Forwarded-For", "192.0.2.9"],
    ["Cookie", "a=1; b=2"],
    ["Referer", ""],
    // Each of these is told otherwise, belongs to the connection, or is a trap.
    ["Proxy", "http://evil.example"],
    ["X_Forwarded_For", "evil"],
    ["X.Dot", "evil"],
    ["Content-Type", "text/plain"],
    ["Content-Length", "5"],
    ["Authorization", "Basic x"],
    ["Proxy-Authorization", "Basic x"],
    ["Connection", "keep-alive, X-Hop"],
    ["X-Hop", "evil"],
    ["Keep-Alive", "5"],
    ["TE", "trailers"],
    ["Transfer-Encoding", "chunked"],
    ["Upgrade", "h2c"],
  ]);
  const request = { method: "GET", url: "http://h/", headers };
  const names = Object.entries(metaVariables(request, CONTEXT))
    .filter(([name]) => name.startsWith("HTTP_"));
  assertEquals(Object.fromEntries(names), {
    HTTP_ACCEPT: "text/html, text/plain",
    HTTP_COOKIE: "a=1; b=2",
    HTTP_REFERER: "",
    HTTP_X_FORWARDED_FOR: "192.0.2.9",
  });
});

Deno.test("§4.1.18 the bytes of a field reach the script: UTF-8 as UTF-8", () => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["caf\xc3\xa9", "café"],
    ["caf\xe9", "caf\xe9"],
    ["\xef\xbb\xbfbom", "\ufeffbom"],
  ];
  for (const [value, expected] of rows) {
    const request = {
      method: "GET",
      url: "http://h/",
      headers: new Headers({ "X-A": value }),
    };
    assertEquals(metaVariables(request, CONTEXT).HTTP_X_A, expected);
  }
});

Deno.test("§4.1 variables of the user are passed on, and never hide a meta-variable", async () => {
  const environment = {
    GIT_PROJECT_ROOT: "/srv/git",
    PATH: "/opt/bin",
    HTTPS: "on",
    QUERY_STRING: "mine",
  };
  const variables = await variablesOf("/cgi-bin/x?theirs", {}, { environment });
  assertEquals(variables.GIT_PROJECT_ROOT, "/srv/git");
  assertEquals(variables.PATH, "/opt/bin");
  assertEquals(variables.HTTPS, "on");
  assertEquals(variables.QUERY_STRING, "theirs");
});
