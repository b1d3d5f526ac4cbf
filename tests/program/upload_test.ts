/** Files that are received by the real program, on every runtime and by the executable. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Program,
  RUNTIMES,
  runToEnd,
  start,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { exchange, request, responses } from "../support/raw.ts";
import { connect } from "../support/slow.ts";

async function startUploads(
  subject: SubjectName,
  path: string,
  words: readonly string[] = ["--upload"],
): Promise<Program> {
  return await start(subject, ["0", path, ...words], undefined, [
    "--allow-net",
    "--allow-read=/",
    `--allow-write=${path}`,
  ]);
}

function put(
  { port }: Program,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const url = `http://127.0.0.1:${port}${path}`;
  return fetch(url, { method: "PUT", body, headers });
}

/** The status of the answer to a file. */
async function statusOfPut(
  ...sent: Parameters<typeof put>
): Promise<number> {
  const { status, body } = await put(...sent);
  await body?.cancel();
  return status;
}

/** The status of the answer; on Deno the connection stays open for the content. */
async function statusOf(
  port: number,
  message: string,
): Promise<number> {
  using connection = await connect(port, message);
  const { next } = responses(connection);
  const first = await next();
  return (first?.status === 100 ? await next() : first)?.status ?? 0;
}

/** The names in a directory, with those that are hidden. */
function names(path: string): readonly string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

const LARGE = new Uint8Array(5_000_000).map((_, index) => index % 251);

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: PUT, parts, forms and folders are received, refusals leave nothing`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    await using program = await startUploads(subject, path, [
      "--upload",
      "--upload-max=6M",
    ]);
    const created = await put(program, "/a/large.bin", LARGE);
    assertEquals(created.status, 201);
    assertEquals(created.headers.get("location"), "/a/large.bin");
    assertEquals(await created.text(), "/a/large.bin\n");
    assertEquals(Deno.readFileSync(`${path}/a/large.bin`), LARGE);
    assertEquals((Deno.statSync(`${path}/a/large.bin`).mode ?? 0) & 0o111, 0);
    const { port } = program;
    const head = (length: string, body = "") =>
      exchange(
        port,
        `PUT /a/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${length}\r\n\r\n${body}`,
      );
    // The client leaves; then it goes on.
    const first = await head(
      "Content-Range: bytes 0-4/10\r\nContent-Length: 5",
      "hello",
    );
    assertEquals(first.status, 202);
    const asked = await request(port, "/a/x", {}, "HEAD");
    assertEquals(asked.status, 404);
    assertEquals(asked.fields.get("upload-offset"), "5");
    assertEquals(asked.fields.get("upload-length"), "10");
    const rest = { "content-range": "bytes 5-9/10" };
    assertEquals(await statusOfPut(program, "/a/x", "world", rest), 201);
    assertEquals(Deno.readTextFileSync(`${path}/a/x`), "helloworld");
    const form = new FormData();
    form.append("file", new File(["one"], "ä.txt"));
    form.append("file", new File([LARGE], "ordner/b.bin"));
    const posted = await fetch(`http://127.0.0.1:${port}/a/`, {
      method: "POST",
      body: form,
      headers: { accept: "application/json" },
    });
    assertEquals(posted.status, 201);
    assertEquals(await posted.json(), {
      paths: ["/a/%C3%A4.txt", "/a/ordner/b.bin"],
    });
    assertEquals(Deno.readFileSync(`${path}/a/ordner/b.bin`), LARGE);
    const made = await request(port, "/new/", {}, "MKCOL");
    assertEquals(made.status, 201);
    const rows: readonly (readonly [string, Record<string, string>, number])[] =
      [
        ["/.x", {}, 403],
        ["/con", {}, 400],
        ["/x", { origin: "http://a.example" }, 403],
        ["/x", { range: "bytes=0-1" }, 400],
        ["/x", { "content-range": "bytes 3-7/8" }, 409],
        ["/x", { "if-match": "*" }, 412],
        ["/x", { "repr-digest": "sha-256=:AAAA:" }, 400],
      ];
    for (const [target, fields, status] of rows) {
      const response = await put(program, target, "hello", fields);
      assertEquals(response.status, status, JSON.stringify(fields));
      await response.body?.cancel();
    }
    const deleted = await request(port, "/a/x", {}, "DELETE");
    assertEquals(deleted.fields.get("allow"), "GET, HEAD, OPTIONS, PUT");
    assertEquals(names(path), ["a", "new"]);
    assertMatch(
      await program.log("PUT /a/large.bin"),
      /"PUT \/a\/large.bin HTTP\/1.1" 201 /,
    );
  });

  Deno.test(`${subject}: what is refused by its head is answered before the content comes`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const words = ["--upload", "--upload-max=1M", "--upload-auth=a:b"];
    await using program = await startUploads(subject, path, words);
    const login = `Authorization: Basic ${btoa("a:b")}`;
    const rows = [
      [login, "/x", 413],
      ["X: y", "/x", 401],
      [login, "/.x", 403],
      [`${login}\r\nIf-Match: *`, "/y", 412],
    ] as const;
    for (const [fields, target, status] of rows) {
      // 2 MB are announced, and never sent.
      const length = status === 413 ? 2_000_000 : 1000;
      const message =
        `PUT ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
      assertEquals(await statusOf(program.port, message), status, target);
    }
    assertEquals(names(path), []);
  });
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: --upload-only, --on-duplicate, --upload-total, --upload-keep-free, --upload-at-once`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.mkdirSync(`${path}/in`);
    Deno.writeTextFileSync(`${path}/in/secret.txt`, "secret");
    await using program = await startUploads(runtime, path, [
      "--upload=in",
      "--upload-only",
      "--on-duplicate=refuse",
      "--upload-total=8K",
      "--upload-keep-free=1M",
      "--upload-at-once=1",
    ]);
    const { port } = program;
    assertEquals((await request(port, "/in/secret.txt")).status, 404);
    const page = await request(port, "/in/?format=json");
    assertEquals(page.status, 200);
    assert(!page.text.includes("secret"));
    assertEquals(await statusOfPut(program, "/x", "x"), 404);
    assertEquals(await statusOfPut(program, "/in/secret.txt", "x"), 409);
    assertEquals(await statusOfPut(program, "/in/a", "x"), 201);
    using slow = await Deno.connect({ hostname: "127.0.0.1", port });
    await slow.write(
      new TextEncoder().encode(
        "PUT /in/b HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
      ),
    );
    let second = 0;
    for (let left = 100; left > 0 && second !== 503; left--) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const response = await put(program, "/in/a", "x", { "if-match": "*" });
      second = response.status === 409 ? 0 : response.status;
      await response.body?.cancel();
      if (second === 0) {
        const other = await put(program, "/in/z.tmp", "x".repeat(9000));
        second = other.status;
        await other.body?.cancel();
      }
    }
    assertEquals(second, 503);
  });

  Deno.test(`${runtime}: --upload says at the start what is wrong`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/file`, "x");
    const rows: readonly (readonly [readonly string[], number, RegExp])[] = [
      [
        ["--upload=none"],
        1,
        /--upload "none": there is no such directory in ".*": make it first/,
      ],
      [["--upload=file"], 1, /there is no such directory/],
      [["--upload=.."], 2, /below the root/],
      [["--upload", "--workers=2"], 2, /needs one thread/],
    ];
    for (const [words, status, message] of rows) {
      const { code, errors } = await runToEnd(runtime, ["0", path, ...words]);
      assertMatch(errors, message);
      assertEquals(code, status);
    }
  });
}

Deno.test("Deno: --upload without --allow-write names the directory", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const { code, errors } = await runToEnd("Deno", ["0", path, "--upload"]);
  const real = Deno.realPathSync(path);
  assert(errors.includes(`start with --allow-write=${real}`), errors);
  assertEquals(code, 1);
});
