/** The log of the real program, on Deno and on Bun. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  command,
  runToEnd,
  start,
  startCommand,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { findProgram } from "../support/browser.ts";
import { exchange, request } from "../support/raw.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
const ALL = ["--allow-all"];

/** Reads a file until a text is in it. */
async function readUntil(path: string, text: string): Promise<string> {
  let found = "";
  await until(async () => {
    found = await Deno.readTextFile(path).catch(() => "");
    return found.includes(text);
  }, text);
  return found;
}

function permissions(directory: string): string[] {
  return ["--allow-net", "--allow-read", `--allow-write=${directory}`];
}

/** Takes some bytes of an answer, no more for a while, and goes away: Bun sees it when it does not write. */
async function leave(port: number, target: string): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await connection.write(new TextEncoder().encode(text));
  await connection.read(new Uint8Array(65_536));
  await new Promise((resolve) => setTimeout(resolve, 100));
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --log-format: one line a request, in each format`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "hello");
    const rows: Array<[format: string, line: RegExp]> = [
      [
        "common",
        /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET \/a\?end HTTP\/1\.1" 200 5\n$/,
      ],
      ["combined", /\] "GET \/a\?end HTTP\/1\.1" 200 5 "r" "x\\"y"\n$/],
      [
        "json",
        /^\{"time":"[^"]+Z","peer":"127\.0\.0\.1","port":\d+,"method":"GET","target":"\/a\?end".*"status":200,"bytes":5,"milliseconds":[\d.]+,"aborted":false,"host":"localhost","referer":"r","userAgent":"x\\"y"\}\n$/,
      ],
      [
        "%h %m %U %q %>s %B %{ms}T %X",
        /^127\.0\.0\.1 GET \/a \?end 200 5 \d+ -\n$/,
      ],
    ];
    for (const [format, line] of rows) {
      const words = ["0", directory.path, "--log-format", format];
      await using program = await start(runtime, words);
      const fields = { Referer: "r", "User-Agent": 'x"y' };
      await request(program.port, "/a?end", fields);
      await program.log("\n");
      await program.stop();
      assertMatch(program.errors(), line);
    }
  });

  Deno.test(`${runtime}: --log-file: added to, opened anew on SIGHUP, and nothing on the terminal`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const log = `${path}/access.log`;
    Deno.writeTextFileSync(log, "before\n");
    Deno.mkdirSync(`${path}/site`);
    const words = ["0", `${path}/site`, "--log-file", log, "-q"];
    await using program = await start(
      runtime,
      words,
      undefined,
      permissions(path),
    );
    await request(program.port, "/1");
    await readUntil(log, '"GET /1 HTTP/1.1" 404');
    Deno.renameSync(log, `${log}.1`);
    program.process.kill("SIGHUP");
    const isThere = () => Deno.stat(log).then(() => true, () => false);
    await until(isThere, "a new log");
    await request(program.port, "/2");
    const second = await readUntil(log, '"GET /2 HTTP/1.1" 404');
    const first = Deno.readTextFileSync(`${log}.1`);
    assertMatch(
      first,
      /^before\n.*code 404, message File not found\n.*"GET \/1 /,
    );
    assert(!first.includes("GET /2") && !second.includes("GET /1"));
    assertEquals((Deno.statSync(log).mode ?? 0) & 0o007, 0);
    await request(program.port, "/3");
    assertEquals(await program.stop(), 0);
    assertMatch(Deno.readTextFileSync(log), /"GET \/3 /);
    assertEquals(program.errors(), "");
  });

  Deno.test(`${runtime}: a log that cannot be opened, and a format that is none, end the program`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const missing = await runToEnd(
      runtime,
      ["0", path, "--log-file", `${path}/none/log`],
      { permissions: permissions(path) },
    );
    assertEquals(missing.code, 1);
    assertMatch(
      missing.errors,
      /^serve: cannot write the log ".*\/none\/log": there is no such directory\n$/,
    );
    for (const format of ["comon", "%h %z"]) {
      const unknown = await runToEnd(runtime, [path, "--log-format", format]);
      assertEquals(unknown.code, 2);
      assertMatch(unknown.errors, /^serve: cannot log .*\n$/);
    }
  });

  Deno.test(`${runtime}: a disk that is full is told once, and the server lives`, async () => {
    using directory = temporaryDirectory();
    const words = ["0", directory.path, "--log-file", "/dev/full"];
    await using program = await start(runtime, words, undefined, ALL);
    for (let count = 0; count < 3; count++) {
      assertEquals((await request(program.port, "/")).status, 200);
    }
    await program.log('serve: cannot write the log "/dev/full": ');
    await program.stop();
    assertEquals(program.errors().split("\n").length, 2, program.errors());
  });

  Deno.test(`${runtime}: a client that goes away is marked, whatever it was sent`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeFileSync(`${path}/big`, new Uint8Array(64 * MIB));
    Deno.writeTextFileSync(`${path}/a`, "hello");
    const words = ["0", path, "--log-format", "%U %>s %B %X"];
    await using program = await start(runtime, words);
    await leave(program.port, "/big");
    const lines = await program.log("/big 200");
    const [, bytes, mark] = /^\/big 200 (\d+) (\S)$/m.exec(lines) ?? [];
    assertEquals(mark, "X", lines);
    assert(Number(bytes) < 64 * MIB, lines);
    await request(program.port, "/a");
    await program.log("/a 200 5 -");
    const whole = await fetch(`${program.url}/big`);
    await whole.body?.pipeTo(new WritableStream());
    await program.log(`/big 200 ${64 * MIB} -`);
  });

  Deno.test(`${runtime}: http.server's line is marked behind its end`, async () => {
    using directory = temporaryDirectory();
    Deno.writeFileSync(`${directory.path}/big`, new Uint8Array(64 * MIB));
    await using program = await start(runtime, ["0", directory.path]);
    await leave(program.port, "/big");
    const lines = await program.log("/big HTTP");
    assertMatch(lines, /"GET \/big HTTP\/1\.1" 200 (?:\d+|-) aborted\n$/);
  });

  Deno.test(`${runtime}: nothing that a socket brings forges a line or reaches the terminal`, async () => {
    using directory = temporaryDirectory();
    const fields = [
      'User-Agent: "\x1b[2J\\ 127.0.0.1 - - "GET /forged" \xc2\x9b\xe2\x80\xae\x7f',
      'Referer: x" 200 1 "-" "-"',
      "Authorization: Basic dXNlcjpwYXNz",
    ];
    for (const format of ["combined", "json", '%u "%{User-Agent}i"']) {
      const words = ["0", directory.path, "--log-format", format];
      await using program = await start(runtime, words);
      const head = [
        'GET /"a%0d%0a?"x HTTP/1.1',
        "Host: localhost",
        "Connection: close",
      ];
      const text = [...head, ...fields].join("\r\n") + "\r\n\r\n";
      // As bytes: what is written above is Latin-1 already.
      await exchange(
        program.port,
        Uint8Array.from(text, (sign) => sign.charCodeAt(0)),
      );
      await request(program.port, "/end");
      await program.stop();
      const lines = program.errors().trimEnd().split("\n");
      for (const line of lines) {
        assert(/^[\x20-\x7e]*$/.test(line), JSON.stringify(line));
        assert(!line.startsWith('127.0.0.1 - - "GET /forged'));
        assert(!line.includes("dXNl"), line);
      }
      // DEL in a field Deno or Bun may refuse by itself: then there is one line.
      assert(lines.length === 2 || lines.length === 1, lines.join("\n"));
    }
  });

  Deno.test(`${runtime}: two programs with one log: every line is whole`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const words = ["0", path, "--log-format", "json", "--log-file"];
    const open = () =>
      start(runtime, [...words, `${path}/.log`], undefined, permissions(path));
    await using first = await open();
    await using second = await open();
    const target = `/${"x".repeat(3000)}`;
    const ask = ({ url }: { url: string }) =>
      Promise.all(Array.from({ length: 100 }, async () => {
        await (await fetch(url + target)).text();
      }));
    await Promise.all([ask(first), ask(second)]);
    await Promise.all([first.stop(), second.stop()]);
    const lines = Deno.readTextFileSync(`${path}/.log`).trimEnd().split("\n");
    assertEquals(lines.length, 200);
    for (const line of lines) assertEquals(JSON.parse(line).target, target);
  });

  Deno.test(`${runtime}: --trusted-proxy: the client is logged, and who is not trusted is not believed`, async () => {
    using directory = temporaryDirectory();
    const rows: Array<
      [proxy: string[], fields: Record<string, string>, address: string]
    > = [
      [["--trusted-proxy", "loopback"], {
        "X-Forwarded-For": "1.1.1.1, 192.0.2.7",
      }, "192.0.2.7"],
      [["--trusted-proxy", "127.0.0.0/8"], {
        Forwarded: 'for="[2001:db8::7]:9"',
      }, "2001:db8::7"],
      [
        ["--trusted-proxy", "10.0.0.0/8"],
        { "X-Forwarded-For": "192.0.2.7" },
        "127.0.0.1",
      ],
      [[], { Forwarded: "for=192.0.2.7" }, "127.0.0.1"],
    ];
    for (const [proxy, fields, address] of rows) {
      const words = ["0", directory.path, "--log-format", "%h %s", ...proxy];
      await using program = await start(runtime, words);
      await request(program.port, "/", fields);
      await program.log("200\n");
      assertEquals(program.errors(), `${address} 200\n`);
    }
    const bad = await runToEnd(runtime, ["--trusted-proxy", "10/8"]);
    assertEquals(bad.code, 2);
    assertMatch(bad.errors, /cannot trust "10\/8": expected an address/);
  });
}

/** Starts a program without the right of root to read everything. */
const UNPRIVILEGED = [
  "setpriv",
  "--bounding-set=-dac_override,-dac_read_search",
] as const;

for (const subject of SUBJECTS) {
  Deno.test({
    name: `${subject}: what the system refuses is 404, and the log says so`,
    ignore: findProgram("setpriv") === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      const { path } = directory;
      for (const name of ["closed", "unlisted"]) {
        Deno.mkdirSync(`${path}/${name}`);
        Deno.writeTextFileSync(`${path}/${name}/x`, "x");
      }
      Deno.writeTextFileSync(`${path}/private`, "x");
      Deno.writeTextFileSync(`${path}/favicon.ico`, "x");
      Deno.chmodSync(`${path}/private`, 0);
      Deno.chmodSync(`${path}/favicon.ico`, 0);
      Deno.chmodSync(`${path}/closed`, 0);
      Deno.chmodSync(`${path}/unlisted`, 0o100);
      const DENIED =
        "code 404, message File not found (no permission to read it)";
      const rows: Array<[target: string, message: string]> = [
        ["/private", DENIED],
        ["/favicon.ico", DENIED],
        ["/closed/x", DENIED],
        ["/closed/none", DENIED], // nobody can know
        ["/closed/none/none", DENIED],
        ["/closed/", "code 404, message No permission to list directory"],
        ["/unlisted/", "code 404, message No permission to list directory"],
        ["/unlisted/none", "code 404, message File not found"],
        ["/none/x", "code 404, message File not found"],
        ["/unlisted/x/none", "code 404, message File not found"],
      ];
      const words = [...await command(subject), "0", path];
      await using program = await startCommand(subject, [
        ...UNPRIVILEGED,
        ...words,
      ]);
      for (const [target, message] of rows) {
        const { status } = await request(program.port, target);
        assertEquals(status, 404, target);
        const log = await program.log(`"GET ${target} HTTP/1.1" 404`);
        const lines = log.split("\n");
        const at = lines.findIndex((line) => line.includes(` ${target} `));
        const before = lines[at - 1] ?? "";
        assert(before.endsWith(`] ${message}`), `${target}: ${before}`);
      }
      assertEquals((await request(program.port, "/unlisted/x")).status, 200);
    },
  });
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --log-file /dev/stderr: the standard outputs are files for a log`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    await using program = await start(
      runtime,
      ["0", directory.path, "--log-file", "/dev/stderr"],
      undefined,
      ["--allow-net", "--allow-read", "--allow-write"],
    );
    assertEquals((await request(program.port, "/a.txt")).status, 200);
    await program.log('"GET /a.txt HTTP/1.1" 200 1');
  });
}

/** Starts a program whose outputs are sockets, as those of a service that writes to journald. */
const ON_SOCKETS = `
const { spawn } = require("node:child_process");
const child = spawn(process.argv[1], process.argv.slice(2), { stdio: ["ignore", "pipe", "pipe"] });
child.stdout.pipe(process.stdout);
child.stderr.pipe(process.stderr);
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", process.exit);
`;

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --log-file /dev/stderr, which is a socket, is written to, and still after SIGHUP`, async () => {
    using directory = temporaryDirectory();
    const permissions = ["--allow-net", "--allow-read", "--allow-write"];
    await using program = await startCommand(runtime, [
      "node",
      ...["-e", ON_SOCKETS],
      ...await command(runtime, permissions),
      ...["0", directory.path, "--log-file", "/dev/stderr"],
    ]);
    await request(program.port, "/1");
    await program.log('"GET /1 HTTP/1.1" 404');
    program.process.kill("SIGHUP");
    await request(program.port, "/2");
    await program.log('"GET /2 HTTP/1.1" 404');
    await request(program.port, "/3");
    await program.log('"GET /3 HTTP/1.1" 404');
  });
}

Deno.test("Deno: --log-file says which permission is missing", async () => {
  const { code, errors } = await runToEnd("Deno", ["--log-file", "/tmp/x.log"]);
  assertEquals(code, 1);
  assertMatch(
    errors,
    /"\/tmp\/x\.log": start with --allow-write=\/tmp\/x\.log/,
  );
});

Deno.test("Deno: --log-file on a device says what to name in its place, and not to give every permission", async () => {
  const permissions = ["--allow-net", "--allow-read", "--allow-write"];
  const words = ["--log-file", "/dev/full"];
  const { code, errors } = await runToEnd("Deno", words, { permissions });
  assertEquals(code, 1);
  assertEquals(
    errors,
    'serve: cannot write the log "/dev/full": Deno opens what is in /dev, /proc and /sys with --allow-all alone; name another file, /dev/stdout or /dev/stderr\n',
  );
});

for (const subject of ["Deno", "Bun"] as const) {
  Deno.test(`${subject}: SIGHUP as soon as the log is open is obeyed when the threads answer`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const log = `${path}/access.log`;
    const words = ["0", path, "--log-file", log, "--workers=2"];
    const serve = [...await command(subject, ALL), ...words]
      .map((word) => `'${word}'`).join(" ");
    const rotate = `until [ -e '${log}' ]; do sleep 0.01; done
mv '${log}' '${log}.1'; kill -HUP $$`;
    const shell = `(${rotate}) & exec ${serve}`;
    await using program = await startCommand(subject, ["bash", "-c", shell]);
    const isThere = () => Deno.stat(log).then(() => true, () => false);
    await until(isThere, "a new log");
    await request(program.port, "/1");
    await readUntil(log, '"GET /1 HTTP/1.1" 404');
    assertEquals(await program.stop(), 0);
  });
}
