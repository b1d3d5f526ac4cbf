/** RFC 3875 §3: which script a request is for, and what of the path is left. */
import { assertEquals } from "@std/assert";
import { SCRIPT, scripts } from "../support/cgi.ts";

const HELLO = "Content-Type: text/plain\n\nhello";

const TREE = {
  "/cgi-bin/plain.txt": { content: "secret", executable: false },
  "/cgi-bin/sub/deep": SCRIPT,
  "/cgi-bin/a b+é%": SCRIPT,
  "/htbin/y": SCRIPT,
  "/cgi/z": SCRIPT,
  "/sub/cgi-bin/x": SCRIPT,
  "/app.py": "print()",
  "/docs/tool.py": "print()",
};

Deno.test("§3.1 a script is what is executable in a directory of scripts; all else is read", async () => {
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    ["/cgi-bin/x", 200, "hello"],
    ["/htbin/y", 200, "hello"],
    ["/%63gi-bin/x", 200, "hello"],
    ["/cgi-bin/sub/deep", 200, "hello"],
    ["/page.html", 200, "<p>static"],
    ["/sub/cgi-bin/x", 200, "#!/bin/sh\n"],
    ["/app.py", 200, "print()"],
  ];
  for (const [path, status, content] of rows) {
    const { fetch } = scripts(() => HELLO, {}, { tree: TREE });
    const response = await fetch(path);
    assertEquals([response.status, await response.text()], [status, content]);
  }
});

Deno.test("§3.1 403 and 404 in http.server's words, where no script is", async () => {
  const rows: ReadonlyArray<readonly [string, number, string]> = [
    ["/cgi-bin/", 403, "CGI script is not a plain file ('/cgi-bin/')"],
    ["/cgi-bin", 403, "CGI script is not a plain file ('/cgi-bin')"],
    ["/cgi-bin/sub/", 403, "CGI script is not a plain file ('/cgi-bin/sub/')"],
    ["/cgi-bin/none", 404, "No such CGI script ('/cgi-bin/none')"],
    ["/cgi-bin/none/info", 404, "No such CGI script ('/cgi-bin/none')"],
    ["/cgi-bin/sub/none/x", 404, "No such CGI script ('/cgi-bin/sub/none')"],
    ["/htbin/y%00", 400, "NUL in the URL"],
    [
      "/cgi-bin/plain.txt",
      403,
      "CGI script is not executable ('/cgi-bin/plain.txt')",
    ],
  ];
  const { fetch, records, commands } = scripts(() => HELLO, {}, { tree: TREE });
  for (const [path, status, message] of rows) {
    for (const method of ["GET", "HEAD", "POST"]) {
      const response = await fetch(path, { method });
      assertEquals(response.status, status, `${method} ${path}`);
      await response.text();
      await Promise.resolve();
      assertEquals(records.at(-1)?.message, message);
    }
  }
  assertEquals(commands, []);
});

Deno.test("§3.1 a directory of scripts that is not there has no scripts", async () => {
  const { fetch } = scripts(() => HELLO, { directories: ["/none"] });
  assertEquals((await fetch("/none/x")).status, 404);
  assertEquals((await fetch("/none/")).status, 404);
});

Deno.test("§3.1 a directory of scripts that is a script runs", async () => {
  for (const info of ["", "/", "/a", "/a/b"]) {
    const { fetch, commands } = scripts(() => HELLO, {
      directories: ["/one"],
    }, { tree: { "/one": SCRIPT } });
    assertEquals((await fetch(`/one${info}`)).status, 200, info);
    const { SCRIPT_NAME, PATH_INFO } = commands[0]?.variables ?? {};
    assertEquals([SCRIPT_NAME, PATH_INFO ?? ""], ["/one", info]);
  }
});

Deno.test("§3.2 PATH_INFO is what the script's path leaves, decoded once", async () => {
  const rows: ReadonlyArray<readonly [string, string, string | undefined]> = [
    ["/cgi-bin/x", "/cgi-bin/x", undefined],
    ["/cgi-bin/x/", "/cgi-bin/x", "/"],
    ["/cgi-bin/x/a/b", "/cgi-bin/x", "/a/b"],
    ["/cgi-bin/x/a/", "/cgi-bin/x", "/a/"],
    ["/cgi-bin/x//a", "/cgi-bin/x", "//a"],
    ["/cgi-bin/x/a%2Fb", "/cgi-bin/x", "/a/b"],
    ["/cgi-bin/x/a%2541", "/cgi-bin/x", "/a%41"],
    ["/cgi-bin/x/%3Fq", "/cgi-bin/x", "/?q"],
    ["/cgi-bin/x/.git/.hidden", "/cgi-bin/x", "/.git/.hidden"],
    ["/cgi-bin/x/a/../b", "/cgi-bin/x", "/b"],
    ["/cgi-bin/x/%C3%A9", "/cgi-bin/x", "/é"],
    ["/cgi-bin/sub/deep/info", "/cgi-bin/sub/deep", "/info"],
    ["/cgi-bin/a%20b+%C3%A9%25/i", "/cgi-bin/a b+é%", "/i"],
  ];
  for (const [path, name, info] of rows) {
    const { fetch, commands } = scripts(() => HELLO, {}, { tree: TREE });
    assertEquals((await fetch(path)).status, 200, path);
    const { SCRIPT_NAME, PATH_INFO } = commands[0]?.variables ?? {};
    assertEquals([SCRIPT_NAME, PATH_INFO], [name, info], path);
  }
});

Deno.test("§3.2 PATH_INFO stays as it came where slashes in front of a script are doubled or encoded", async () => {
  const cgi = { extensions: { ".py": ["python3"] } };
  const tree = { ...TREE, "/d/index.py": "" };
  const options = { index: ["index.py"], tree };
  const rows: ReadonlyArray<
    readonly [path: string, location: string, merged: string | undefined]
  > = [
    ["//cgi-bin/x", "/cgi-bin/x", ""],
    ["//cgi-bin/x/", "/cgi-bin/x/", "/"],
    ["//cgi-bin//x/http://a", "/cgi-bin/x/http://a", "/http://a"],
    ["//cgi-bin/x/a%2fb?q=%2f", "/cgi-bin/x/a%2Fb?q=%2f", "/a/b"],
    ["//docs//tool.py//a", "/docs/tool.py//a", "//a"],
    ["/cgi-bin%2fx/a%2fb", "/cgi-bin/x/a%2Fb", undefined],
    ["/cgi-bin%2fx%2f", "/cgi-bin/x/", undefined],
    ["//d//", "/d/", ""],
  ];
  for (const [path, location, merged] of rows) {
    const { fetch } = scripts(() => HELLO, cgi, options);
    const { status, headers } = await fetch(path);
    assertEquals([status, headers.get("location")], [301, location], path);
    const { fetch: fetchMerged, commands } = scripts(() => HELLO, cgi, {
      ...options,
      mergeSlashes: true,
    });
    const response = await fetchMerged(path);
    assertEquals(response.status, merged === undefined ? 301 : 200, path);
    const info = commands[0]?.variables.PATH_INFO ?? "";
    assertEquals(info, merged ?? "", path);
  }
});

Deno.test("§3.1 other directories, nested ones, and extensions anywhere", async () => {
  const cgi = {
    directories: ["cgi", "/sub/cgi-bin/"],
    extensions: { ".py": ["python3", "-u"] },
  };
  const rows: ReadonlyArray<
    readonly [string, string | undefined, string | undefined]
  > = [
    ["/cgi/z", "/cgi/z", undefined],
    ["/sub/cgi-bin/x/i", "/sub/cgi-bin/x", "/i"],
    ["/app.py", "python3", undefined],
    ["/docs/tool.py/a", "python3", "/a"],
    ["/cgi-bin/x", undefined, undefined],
  ];
  for (const [path, program, info] of rows) {
    const { fetch, commands } = scripts(() => HELLO, cgi, { tree: TREE });
    await (await fetch(path)).text();
    const [command] = commands;
    assertEquals(command?.program, program, path);
    assertEquals(command?.variables.PATH_INFO, info, path);
    if (program === "python3") {
      assertEquals(command?.arguments, [
        "-u",
        command?.variables.SCRIPT_FILENAME ?? "",
      ]);
      assertEquals(command?.variables.REDIRECT_STATUS, "200");
    }
  }
});

Deno.test("§3.1 an index by extension is run", async () => {
  const { fetch, commands } = scripts(
    () => HELLO,
    { extensions: { ".php": "php-cgi" } },
    { tree: { "/shop/index.php": "<?php", "/shop/INFO.PHP": "<?php" } },
  );
  assertEquals(await (await fetch("/shop/")).text(), "hello");
  assertEquals(commands[0]?.variables.SCRIPT_NAME, "/shop/index.php");
  assertEquals(await (await fetch("/shop/INFO.PHP")).text(), "hello");
});

Deno.test("§3.1 with scripts, POST elsewhere is 501, and other methods are as before", async () => {
  const { fetch, records } = scripts(() => HELLO);
  const rows: ReadonlyArray<readonly [string, string, number]> = [
    ["POST", "/page.html", 501],
    ["POST", "/none", 501],
    ["POST", "/", 501],
    ["PUT", "/page.html", 405],
    ["OPTIONS", "/page.html", 204],
    ["DELETE", "/none", 404],
  ];
  for (const [method, path, status] of rows) {
    const response = await fetch(path, { method });
    assertEquals(response.status, status, `${method} ${path}`);
    if (status !== 501) continue;
    await Promise.resolve();
    assertEquals(records.at(-1)?.message, "Can only POST to CGI scripts");
  }
});

Deno.test("§3.1 every registered method reaches a script", async () => {
  for (
    const method of [
      "GET",
      "POST",
      "PUT",
      "DELETE",
      "PATCH",
      "PROPFIND",
      "OPTIONS",
    ]
  ) {
    const { fetch, commands } = scripts(() => HELLO);
    assertEquals((await fetch("/cgi-bin/x", { method })).status, 200);
    assertEquals(commands[0]?.variables.REQUEST_METHOD, method);
  }
});

Deno.test("§9.5 what is run is never sent as text, whatever leads to it", async () => {
  const options = { tree: { ...TREE, "/docs/tool.py.gz": "coded" } };
  const cgi = { extensions: { ".py": "python3" } };
  const { fetch } = scripts(() => HELLO, cgi, options);
  const listing = await (await fetch("/")).text();
  assertEquals(listing.includes('href="cgi-bin'), false);
  for (const path of ["/docs/tool.py", "/docs/tool.py?download", "/app.py"]) {
    assertEquals(await (await fetch(path)).text(), "hello");
  }
});

Deno.test("§7 on Windows the extension says what runs a script", async () => {
  const tree = {
    "/cgi-bin/a.py": "print()",
    "/cgi-bin/b.exe": "MZ",
    "/cgi-bin/c.txt": "text",
    "/cgi-bin/d.bat": "echo",
  };
  const rows: ReadonlyArray<readonly [string, number, string | undefined]> = [
    ["/cgi-bin/a.py", 200, "python"],
    ["/cgi-bin/b.exe", 200, "/cgi-bin/b.exe"],
    ["/cgi-bin/c.txt", 403, undefined],
    ["/cgi-bin/d.bat", 403, undefined],
  ];
  const { memoryFiles } = await import("../../main.ts");
  for (const [path, status, program] of rows) {
    const files = memoryFiles(tree, { os: "windows" });
    const { fetch, commands } = scripts(() => HELLO, {}, { files });
    assertEquals((await fetch(path)).status, status, path);
    assertEquals(commands[0]?.program, program, path);
  }
});
