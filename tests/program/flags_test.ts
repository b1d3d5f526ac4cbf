/**
 * Flags of which no other test of the real program speaks, on Deno and on Bun; and that
 * there is none of which no test speaks.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import {
  PROJECT,
  RUNTIMES,
  runToEnd,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { exchange, request } from "../support/raw.ts";
import { addScript, PERMISSIONS, scriptDirectory } from "../support/scripts.ts";

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: --url-root serves below a prefix, bounded at a segment`, async () => {
    using directory = temporaryDirectory();
    Deno.mkdirSync(`${directory.path}/sub`);
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const words = ["0", directory.path, "--url-root", "/static"];
    await using program = await start(runtime, words);
    const { port } = program;
    assertEquals(
      program.output().split("\n")[0],
      `Serving HTTP on :: port ${port} (http://[::]:${port}/static/) ...`,
    );
    await program.printed(`  local `);
    await program.printed(` http://localhost:${port}/static/\n`);
    const rows: Array<[path: string, status: number, location?: string]> = [
      ["/static/a.txt", 200],
      ["/static", 301, "/static/"],
      ["/static/sub?q", 301, "/static/sub/?q"],
      ["/staticfoo", 404],
      ["/a.txt", 404],
    ];
    for (const [path, status, location = null] of rows) {
      const { fields, ...answer } = await request(program.port, path);
      assertEquals([answer.status, fields.get("location")], [status, location]);
    }
    const { code, errors } = await runToEnd(runtime, ["--url-root", "static"]);
    assertEquals(code, 2);
    assertMatch(errors, /cannot serve below "static": expected a path/);
  });

  Deno.test(`${runtime}: --listing says how a directory is listed, --no-readme leaves its README out`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    Deno.writeTextFileSync(`${directory.path}/README.md`, "# Hello there");
    const rows: Array<[flags: string[], status: number, seen: string[]]> = [
      [[], 200, ["<table", "Hello there"]],
      [["--no-readme"], 200, ["<table"]],
      [["--listing", "plain"], 200, ["Directory listing for"]],
      [["--listing=none"], 404, []],
      [["--no-listing"], 404, []],
    ];
    for (const [flags, status, seen] of rows) {
      const words = ["0", directory.path, ...flags];
      await using program = await start(runtime, words);
      const response = await fetch(program.url, {
        headers: { accept: "text/html" },
      });
      const text = await response.text();
      const found = ["<table", "Directory listing for", "Hello there"].filter((
        part,
      ) => text.includes(part));
      assertEquals([response.status, found], [status, seen], flags.join(" "));
    }
    const { code, errors } = await runToEnd(runtime, ["--listing", "nice"]);
    assertEquals(code, 2);
    assertMatch(errors, /--listing needs page, plain or none, not "nice"/);
  });

  Deno.test(`${runtime}: --no-archive, --archive-max-entries, --archive-max-bytes`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a".repeat(2000));
    Deno.writeTextFileSync(`${directory.path}/b.txt`, "b");
    const rows: Array<[flags: string[], status: number, type: string]> = [
      [[], 200, "application/zip"],
      [["--no-archive"], 200, "text/html; charset=utf-8"],
      [["--archive-max-entries=1"], 403, "text/html; charset=utf-8"],
      [["--archive-max-bytes", "1K"], 403, "text/html; charset=utf-8"],
    ];
    for (const [flags, status, type] of rows) {
      const words = ["0", directory.path, ...flags];
      await using program = await start(runtime, words);
      const headers = { accept: "text/html" };
      const { port } = program;
      const url = `http://127.0.0.1:${port}/?archive=zip`;
      const response = await fetch(url, { headers });
      const text = await response.text();
      const got = [response.status, response.headers.get("content-type")];
      assertEquals(got, [status, type], flags.join(" "));
      const [flag = ""] = (flags[0] ?? "").split("=");
      if (status === 403) assertMatch(text, new RegExp(flag));
    }
  });

  Deno.test(`${runtime}: --merge-slashes answers //a//b at once, for files and scripts`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    Deno.mkdirSync(`${path}/sub`);
    Deno.writeTextFileSync(`${path}/sub/a.txt`, "a");
    addScript(
      `${path}/cgi-bin/path`,
      '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n%s" "$PATH_INFO"\n',
    );
    const words = ["0", path, "--merge-slashes", "--cgi"];
    await using program = await start(runtime, words, undefined, [
      ...PERMISSIONS,
      "--allow-sys=uid",
    ]);
    const rows: Array<[path: string, status: number, content: string]> = [
      ["//sub//a.txt", 200, "a"],
      ["/cgi-bin/path//x", 200, "//x"],
      ["/cgi-bin/path/a%2Fb", 200, "/a/b"],
      ["//cgi-bin//path/x//y", 200, "/x//y"],
      ["/sub%2fa.txt", 301, ""],
      ["//sub", 301, ""],
    ];
    for (const [path, status, content] of rows) {
      const answer = await request(program.port, path);
      assertEquals([answer.status, answer.text], [status, content], path);
    }
  });

  Deno.test(`${runtime}: --no-compress and --no-sidecars leave files as they are`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/a.txt`, "a".repeat(5000));
    Deno.writeTextFileSync(`${path}/b.bin`, "plain");
    Deno.writeTextFileSync(`${path}/b.bin.gz`, "coded");
    const fields = { "Accept-Encoding": "gzip" };
    const codings = async (words: readonly string[]) => {
      await using program = await start(runtime, ["0", path, ...words]);
      const answers = ["/a.txt", "/b.bin"].map(async (target) =>
        (await request(program.port, target, fields)).fields
          .get("content-encoding")
      );
      return await Promise.all(answers);
    };
    assertEquals(await codings([]), ["gzip", "gzip"]);
    assertEquals(await codings(["--no-compress"]), [null, "gzip"]);
    assertEquals(await codings(["--no-sidecars"]), ["gzip", null]);
  });

  Deno.test(`${runtime}: --cgi-dir, --cgi-user, --cgi-authorization, --cgi-index-query, --cgi-compress, --cgi-max-body`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    Deno.mkdirSync(`${path}/tools`);
    Deno.chmodSync(`${path}/tools`, 0o755);
    addScript(
      `${path}/tools/tell`,
      `#!/bin/sh
printf 'Content-Type: text/plain\\n\\n'
id -un; echo "$HTTP_AUTHORIZATION"; echo "$@"; head -c 5000 /dev/zero | tr '\\0' x
`,
    );
    const user = Deno.uid() === 0 ? ["--cgi-user", "root"] : [];
    const words = ["0", path, "--cgi-dir", "tools", "--cgi-max-body", "10"];
    const permissions = [...PERMISSIONS, "--allow-sys=uid"];
    const program = await start(
      runtime,
      [
        ...words,
        ...user,
        "--cgi-authorization",
        "--cgi-index-query",
        "--cgi-compress",
      ],
      undefined,
      permissions,
    );
    await using _program = program;
    const told = await request(program.port, "/tools/tell?one+two", {
      Authorization: "Basic YTpi",
    });
    const [name, authorization, searched] = told.text.split("\n");
    if (Deno.uid() === 0) assertEquals(name, "root");
    assertEquals([authorization, searched], ["Basic YTpi", "one two"]);
    const coded = await request(program.port, "/tools/tell", {
      "Accept-Encoding": "gzip",
    });
    assertEquals(coded.fields.get("content-encoding"), "gzip");
    assert(coded.content.length < 1000);
    const post = (length: number) =>
      exchange(
        program.port,
        `POST /cgi-bin/cat HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${
          "x".repeat(length)
        }`,
      );
    assertEquals((await post(10)).status, 200);
    assertEquals((await post(11)).status, 413);
  });
}

Deno.test("every flag is in a test that runs the real program", () => {
  const directory = `${PROJECT}tests/program`;
  const paths = [...Deno.readDirSync(directory)]
    .map(({ name }) => `${directory}/${name}`);
  const text = [...paths, `${PROJECT}tests/http_server_parity_test.ts`]
    .map((path) => Deno.readTextFileSync(path)).join("\n")
    // A flag in the name of a test, or in a comment, is given to nobody.
    .replaceAll(/Deno\.test\([^]*?=>|\/\*[^]*?\*\/|^ *\/\/.*/gm, "");
  const missing = FLAG_TABLE.filter(({ name, on }) =>
    !new RegExp(`["\`\\s]--${on === true ? "no-" : ""}${name}["\`=\\s]`).test(
      text,
    )
  );
  assertEquals(missing.map(({ name }) => name), []);
});
