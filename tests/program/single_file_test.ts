/** What the real program serves where it is given a file, or a prefix. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  runToEnd,
  sharing,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { settle } from "../support/tagged.ts";

const LOOPBACK = ["-b", "127.0.0.1"];
/** What `--workers` and the addresses of this machine take on Deno. */
const PERMISSIONS = ["--allow-net", "--allow-read=/", "--allow-sys"];

function furnished(): { path: string } & Disposable {
  const directory = temporaryDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/d`);
  Deno.writeTextFileSync(`${path}/d/report 1.pdf`, "first");
  Deno.writeTextFileSync(`${path}/d/report 1.pdf.gz`, "coded");
  Deno.writeTextFileSync(`${path}/d/.env`, "A=b");
  Deno.writeTextFileSync(`${path}/d/other.txt`, "other");
  Deno.writeFileSync(`${path}/d/large.bin`, new Uint8Array(2_000_000).fill(7));
  Deno.symlinkSync("d/report 1.pdf", `${path}/current.pdf`);
  return directory;
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: serve FILE: the file at its name, / leads there, nothing else is there`, async () => {
    using directory = furnished();
    const { path } = directory;
    const words = ["0", `${path}/d/report 1.pdf`, ...LOOPBACK];
    await using program = await start(subject, words);
    const { port } = program;
    assertEquals(
      program.output(),
      `Serving HTTP on 127.0.0.1 port ${port} (http://127.0.0.1:${port}/report%201.pdf) ...\n`,
    );
    const root = await request(port, "/");
    assertEquals(root.status, 301);
    assertEquals(root.fields.get("location"), "/report%201.pdf");
    assertEquals((await request(port, "/report%201.pdf")).text, "first");
    const coded = { "Accept-Encoding": "gzip" };
    const whole = await request(port, "/report%201.pdf", coded);
    assertEquals(whole.text, "first");
    const targets = [
      "/report%201.pdf.gz",
      "/report%201.pdf/",
      "/other.txt",
      "/.env",
      "/../other.txt",
      "/%2e%2e/d/other.txt",
      "/report%201.pdf/../other.txt",
      "/d/",
    ];
    for (const target of targets) {
      assertEquals((await request(port, target)).status, 404, target);
    }
    // A change is seen, whether in place or by another file.
    await settle();
    assertEquals((await request(port, "/report%201.pdf")).text, "first");
    Deno.writeTextFileSync(`${path}/d/report 1.pdf`, "second");
    assertEquals((await request(port, "/report%201.pdf")).text, "second");
    Deno.writeTextFileSync(`${path}/d/new`, "third");
    Deno.renameSync(`${path}/d/new`, `${path}/d/report 1.pdf`);
    assertEquals((await request(port, "/report%201.pdf")).text, "third");
    Deno.removeSync(`${path}/d/report 1.pdf`);
    assertEquals((await request(port, "/report%201.pdf")).status, 404);
  });

  Deno.test(`${subject}: serve FILE: a link, a hidden name, -d, a large file`, async () => {
    using directory = furnished();
    const { path } = directory;
    {
      const words = ["0", `${path}/current.pdf`, ...LOOPBACK];
      await using program = await start(subject, words);
      const { port } = program;
      assertEquals((await request(port, "/current.pdf")).text, "first");
      assertEquals((await request(port, "/report%201.pdf")).status, 404);
      Deno.removeSync(`${path}/current.pdf`);
      Deno.symlinkSync("d/other.txt", `${path}/current.pdf`);
      assertEquals((await request(port, "/current.pdf")).text, "other");
    }
    {
      await using program = await start(
        subject,
        ["0", "-d", ".env", ...LOOPBACK],
        `${path}/d`,
      );
      assertEquals((await request(program.port, "/.env")).text, "A=b");
    }
    const words = ["0", `${path}/d/large.bin`, ...LOOPBACK];
    await using program = await start(subject, words);
    const url = `${program.url}/large.bin`;
    const whole = await (await fetch(url)).bytes();
    assert(whole.length === 2_000_000 && whole.every((byte) => byte === 7));
    const headers = { "Range": "bytes=-5" };
    const part = await fetch(url, { headers });
    assertEquals([part.status, await part.bytes()], [
      206,
      new Uint8Array(5).fill(7),
    ]);
  });

  Deno.test(`${subject}: serve FILE: --url-root, --workers; a path that is none says so`, async () => {
    using directory = furnished();
    const { path } = directory;
    const file = `${path}/d/other.txt`;
    const words = ["0", file, ...LOOPBACK, "--url-root", "/x"];
    await using program = await start(
      sharing(subject),
      [...words, "--workers=2"],
      undefined,
      [...PERMISSIONS, "--unstable-net"],
    );
    const { port } = program;
    for (const target of ["/", "/x", "/x/"]) {
      const { fields } = await request(port, target);
      assertEquals(fields.get("location"), "/x/other.txt", target);
    }
    assertEquals((await request(port, "/x/other.txt")).text, "other");
    assertEquals((await request(port, "/other.txt")).status, 404);
    const { code, errors } = await runToEnd(subject, ["0", `${file}x`]);
    assertEquals(code, 1);
    assertEquals(
      errors,
      `serve: cannot serve "${file}x": there is no such directory or file\n`,
    );
  });

  Deno.test(`${subject}: serve FILE: a script is run, and its document root is its directory`, async () => {
    using directory = furnished();
    const { path } = directory;
    const script =
      "echo Content-Type: text/plain; echo; echo $DOCUMENT_ROOT $SCRIPT_NAME $PATH_INFO";
    Deno.writeTextFileSync(`${path}/d/a.sh`, script);
    Deno.chmodSync(path, 0o755); // for root scripts run as nobody
    const words = ["0", `${path}/d/a.sh`, ...LOOPBACK, "--cgi-ext=.sh=/bin/sh"];
    await using program = await start(subject, words, undefined, ["-A"]);
    const { text } = await request(program.port, "/a.sh/x");
    assertEquals(text, `${path}/d /a.sh /x\n`);
    assertEquals((await request(program.port, "/other.txt")).status, 404);
  });

  Deno.test(`${subject}: --url-root: / leads there`, async () => {
    using directory = furnished();
    const words = ["0", directory.path, ...LOOPBACK, "--url-root=/static"];
    await using program = await start(subject, words);
    const { status, fields } = await request(program.port, "/?a");
    assertEquals([status, fields.get("location")], [301, "/static/?a"]);
    assertEquals((await request(program.port, "/d/")).status, 404);
    assertEquals((await request(program.port, "/static/d/")).status, 200);
  });

  Deno.test(`${subject}: scripts that are served as they are: a line says so`, async () => {
    using directory = furnished();
    const { path } = directory;
    Deno.mkdirSync(`${path}/cgi-bin`);
    Deno.writeTextFileSync(`${path}/cgi-bin/readme`, "", { mode: 0o644 });
    const words = ["0", path, ...LOOPBACK];
    const line =
      "  Scripts in cgi-bin are not run, their source is served: --cgi runs them\n";
    {
      await using program = await start(subject, words);
      await program.stop();
      assert(!program.output().includes("Scripts"), program.output());
    }
    Deno.writeTextFileSync(`${path}/cgi-bin/x`, "#!/bin/sh\n", { mode: 0o755 });
    await using program = await start(subject, words);
    await program.printed(line);
    assertEquals((await request(program.port, "/cgi-bin/x")).status, 200);
  });

  Deno.test(`${subject}: what other servers call a port: one line, exit status 2`, async () => {
    const rows: Array<[string[], RegExp]> = [
      [["-p", "8080"], /^serve: -p is --protocol; .*: serve 8080; see serve/],
      [[":8080"], /^serve: ":8080" is a port: type serve 8080; see serve/],
      [["--browse"], /^serve: unknown flag "--browse": nothing to type: /],
    ];
    for (const [words, pattern] of rows) {
      const { code, output, errors } = await runToEnd(subject, words);
      assertEquals([code, output], [2, ""]);
      assertMatch(errors, pattern);
      assertEquals(errors.split("\n").length, 2);
    }
  });
}
