/** The program as a service: what it tells systemd, and the sockets that systemd passes; on every runtime. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Made, makeCertificate } from "../support/certificates.ts";
import {
  command,
  RUNTIMES,
  start,
  startCommand,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request, writeAll } from "../support/raw.ts";
import { addScript, scriptDirectory } from "../support/scripts.ts";
import {
  activate,
  HAS_SYSTEMD,
  listenToNotifications,
  SERVICE_PERMISSIONS,
} from "../support/systemd.ts";
import { freePort } from "../support/wait.ts";

const LOCAL = ["-b", "127.0.0.1"];
const encoder = new TextEncoder();

function test(name: string, fn: () => Promise<void>): void {
  const reason = HAS_SYSTEMD ? "" : " (skipped: systemd is missing)";
  Deno.test({ name: `${name}${reason}`, ignore: !HAS_SYSTEMD, fn });
}

/** A directory with a file. */
function site(): { path: string } & Disposable {
  const directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a.txt`, "hello");
  return directory;
}

for (const subject of SUBJECTS) {
  test(`${subject}: systemd is told READY=1, RELOADING=1 and READY=1 around SIGHUP, WATCHDOG=1, and STOPPING=1`, async () => {
    using directory = site();
    // A name cannot assign anything, and SIGHUP ends nothing although there is nothing to read again.
    const root = `${directory.path}/a\nMAINPID=1`;
    Deno.mkdirSync(root);
    const name = subject === "Bun"
      ? `@serve-test-${Deno.pid}`
      : `${directory.path}/notify`;
    await using systemd = await listenToNotifications(name);
    await using program = await start(
      subject,
      ["0", root, ...LOCAL],
      undefined,
      SERVICE_PERMISSIONS,
      { NOTIFY_SOCKET: name, WATCHDOG_USEC: "200000" },
    );
    const { pid } = program.process;
    await systemd.heard("READY=1");
    assertEquals(systemd.told()[0]?.lines, [
      "READY=1",
      `STATUS=serving ${directory.path}/a MAINPID=1 at ${program.url}/`,
      `MAINPID=${pid}`,
    ]);
    await systemd.heard("WATCHDOG=1", 2);
    const before = systemd.told().at(-1)?.time ?? NaN;
    program.process.kill("SIGHUP");
    await systemd.heard("READY=1", 2);
    const states = () =>
      systemd.told().filter(({ lines }) => lines[0] !== "WATCHDOG=1");
    const [, reloading, ready] = states();
    assertEquals(reloading?.lines[0], "RELOADING=1");
    assertEquals(ready?.lines, states()[0]?.lines);
    // Deno reads the clock with --allow-all only.
    const [, time] = reloading?.lines ?? [];
    if (subject === "Deno") assertEquals(time, undefined);
    else assert(Number(time?.replace("MONOTONIC_USEC=", "")) >= before, time);
    assertEquals((await request(program.port, "/")).status, 200);
    assertEquals(await program.stop("SIGTERM"), 0);
    await systemd.heard("STOPPING=1");
    assertEquals(states().length, 4);
    assertEquals(program.errors().match(/^serve: .*/m)?.[0], undefined);
  });

  test(`${subject}: sockets that systemd passes, and who came before the program was started`, async () => {
    using directory = site();
    const path = `${directory.path}/serve.sock`;
    const words = ["1", directory.path];
    const { program, port, first } = await activate(subject, words, {
      sockets: [path],
    });
    const request1 = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    await writeAll(first, encoder.encode(`${request1}\r\n`));
    assertMatch(await new Response(first.readable).text(), /^HTTP\/1.1 200 /);
    assertEquals((await request(port, "/a.txt")).text, "hello");
    assertEquals((await request(path, "/a.txt")).text, "hello");
    const [tcp = "", unix = ""] = program.output().split("\n");
    const url = `http://127.0.0.1:${port}/`;
    assertEquals(tcp, `Serving HTTP on 127.0.0.1 port ${port} (${url}) ...`);
    // Deno reads the list of unix sockets with --allow-all only.
    const name = subject === "Deno" ? "descriptor 4" : path;
    assertEquals(unix, `Serving HTTP on unix:${name} ...`);
    const log = await program.log("unix - - ");
    assertMatch(log, /^127\.0\.0\.1 - - .* 200 5\nunix - - .* 200 5$/m);
    // Nobody waits for a connection that is idle.
    const idle = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await program.stop("SIGTERM"), 0);
    assertEquals(await idle.read(new Uint8Array(1)).catch(() => null), null);
    idle.close();
    assertEquals(Deno.lstatSync(path).isSocket, true, "it is systemd's");
  });
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: a SIGHUP at the start is told behind the first READY=1`, async () => {
    using directory = site();
    using keys = temporaryDirectory();
    const [pipe, file] = [`${keys.path}/pipe`, `${keys.path}/both.pem`];
    const { cert, key } = await makeCertificate();
    Deno.writeTextFileSync(file, cert + key);
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await using systemd = await listenToNotifications(`${keys.path}/notify`);
    const redirecting = ["--redirect-http", `${await freePort()}`];
    const tls = ["--tls-cert", pipe, ...redirecting];
    const serve = [
      ...await command(runtime, SERVICE_PERMISSIONS),
      ...["0", directory.path, ...LOCAL, ...tls],
    ].map((word) => `'${word}'`).join(" ");
    // The pipe opens when the program reads it.
    const hangUp = `(exec 9>'${pipe}'; kill -HUP $$; cat '${file}' >&9)`;
    const shell = `${hangUp} & exec ${serve}`;
    await using program = await startCommand(
      runtime,
      ["bash", "-c", shell],
      undefined,
      { NOTIFY_SOCKET: `${keys.path}/notify` },
    );
    await systemd.heard("READY=1", 2);
    const states = systemd.told().map(({ lines: [state] }) => state);
    assertEquals(states, ["READY=1", "RELOADING=1", "READY=1"]);
    assertEquals(await program.stop("SIGTERM"), 0);
    assertEquals(program.errors(), "");
  });
}

/** Whether the port shows this certificate. */
async function shows(port: number, { cert }: Made): Promise<boolean> {
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const response = await fetch(`https://127.0.0.1:${port}/a.txt`, { client })
    .catch(() => undefined);
  return await response?.text() === "hello";
}

for (const runtime of RUNTIMES) {
  test(`${runtime}: HTTPS on a socket that systemd passes, with a certificate that changes`, async () => {
    using directory = site();
    using keys = temporaryDirectory();
    const file = `${keys.path}/both.pem`;
    const install = ({ cert, key }: Made) =>
      Deno.writeTextFileSync(file, cert + key);
    const [one, other] = [await makeCertificate(), await makeCertificate()];
    install(one);
    const words = [directory.path, "--tls-cert", file];
    const { program, port, first } = await activate(runtime, words);
    first.close();
    await using _program = program;
    assertEquals([await shows(port, one), await shows(port, other)], [
      true,
      false,
    ]);
    install(other);
    program.process.kill("SIGHUP");
    await program.log("serve: the certificate was renewed\n");
    assertEquals([await shows(port, one), await shows(port, other)], [
      false,
      true,
    ]);
  });

  test(`${runtime}: what does not go with sockets that systemd passes is told in one line`, async () => {
    using directory = site();
    const passed =
      "the sockets that systemd passes (LISTEN_FDS); see serve --help";
    const rows: Array<[string, number, string]> = [
      ["--bind ::1", 2, `--bind has no place beside ${passed}`],
      [
        "",
        1,
        "cannot listen on the socket that was passed as descriptor 3: listen EINVAL: invalid argument",
      ],
      ...runtime === "Deno"
        ? [[
          "--cgi",
          2,
          `--cgi: on Deno other programs would get ${passed}`,
        ]] as Array<[string, number, string]>
        : [],
    ];
    const program = await command(runtime, SERVICE_PERMISSIONS);
    for (const [words, status, message] of rows) {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: [
          "-c",
          `LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" ${words} 3</etc/passwd`,
          "sh",
          ...[...program, directory.path],
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const decoder = new TextDecoder();
      // Bun adds an address.
      const line = decoder.decode(stderr).replace(/ ::\n$/, "\n");
      assertEquals(line, `serve: ${message}\n`);
      assertEquals([code, decoder.decode(stdout)], [status, ""]);
    }
  });

  test(`${runtime}: no script gets the variables of systemd, or a socket that it passes`, async () => {
    using directory = scriptDirectory();
    const path = `${directory.path}/cgi-bin/all`;
    const list = 'for f in /proc/self/fd/*; do echo "$f $(readlink $f)"; done';
    const head = "printf 'Content-Type: text/plain\\n\\n'";
    addScript(path, `#!/bin/sh\n${head}\nenv\n${list}\n`);
    const variables = {
      ...{ NOTIFY_SOCKET: "/nowhere", WATCHDOG_USEC: "30000000" },
      WATCHDOG_PID: "",
    };
    // On Deno the program refuses --cgi beside sockets that are passed.
    const { program, port, first } = runtime === "Deno"
      ? await startAlone(directory.path, variables)
      : await activate(runtime, [directory.path, "--cgi"], { variables });
    first?.close();
    await using _program = program;
    const { status, text } = await request(port, "/cgi-bin/all");
    assertEquals(status, 200);
    assertMatch(text, /^SERVER_PROTOCOL=/m);
    assertMatch(text, /^\/proc\/self\/fd\/0 /m);
    const inherited =
      /^(?:LISTEN_|NOTIFY_|WATCHDOG_|.*\/fd\/(?!0|1|2).* socket:).*$/m;
    assertEquals(inherited.exec(text)?.[0], undefined);
    const line = await program.log("was not told READY=1: ");
    assertMatch(line, /^serve: systemd was not told READY=1: .+$/m);
  });
}

async function startAlone(path: string, variables: Record<string, string>) {
  const words = ["0", path, "--cgi", ...LOCAL];
  const program = await start("Deno", words, undefined, ["-A"], variables);
  return { program, port: program.port, first: undefined };
}

test("a socket that was passed to another process is left alone", async () => {
  using directory = site();
  const { program, first, port } = await activate(
    "Bun",
    ["0", directory.path, ...LOCAL],
    { by: ["env", "LISTEN_PID=1"] },
  );
  first.close();
  await using _program = program; // as below a shell
  assert(program.port !== port, program.output());
  assertEquals((await request(program.port, "/a.txt")).text, "hello");
});

test("Deno: systemd is told of a program whose threads need no other", async () => {
  using directory = site();
  const name = `${directory.path}/notify`;
  await using systemd = await listenToNotifications(name);
  await using program = await start(
    "Deno",
    ["0", directory.path, ...LOCAL, "--workers=2"],
    undefined,
    SERVICE_PERMISSIONS,
    { NOTIFY_SOCKET: name },
  );
  assertEquals(await program.stop("SIGTERM"), 0);
  const told = await systemd.heard("STOPPING=1");
  const states = told.map(({ lines: [state] }) => state);
  assertEquals([states, program.errors()], [["READY=1", "STOPPING=1"], ""]);
});

test("Deno: without permission to run systemd-notify one line says so, and the program serves", async () => {
  using directory = site();
  await using program = await start(
    "Deno",
    ["0", directory.path, ...LOCAL],
    undefined,
    ["--allow-net", "--allow-read=/", "--allow-env"],
    { NOTIFY_SOCKET: "/run/nobody", WATCHDOG_USEC: "20000" },
  );
  assertEquals((await request(program.port, "/a.txt")).text, "hello");
  const errors = await program.log("kill\n");
  assertEquals(
    errors.match(/^serve: .*$/gm),
    [
      "serve: systemd was not told READY=1: start with --allow-run, or just --allow-sys=uid --allow-run=/usr/bin/systemd-notify,kill",
    ],
  );
});

for (const runtime of ["Bun", "Deno"] as const) {
  test(`${runtime}: slow heads and idle connections end on a socket that systemd passes`, async () => {
    using directory = site();
    const { program, port, first } = await activate(runtime, [
      directory.path,
      ...["--header-timeout", "1", "--idle-timeout", "1"],
    ]);
    await using _program = program;
    assert(!program.output().includes("no effect"), program.output());
    const ended = async (connection: Deno.Conn) => {
      const text = await new Response(connection.readable).text();
      return text.split("\r\n")[0];
    };
    const idle = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(
      idle,
      encoder.encode("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    await writeAll(first, encoder.encode("GET /a.txt HTTP/1.1\r\nHo"));
    assertEquals(await ended(idle), "HTTP/1.1 200 OK");
    // Node.js tells it, and so does Deno here; Bun does not.
    const told = runtime === "Deno" ? "HTTP/1.1 408 Request Timeout" : "";
    assertEquals(await ended(first), told);
  });
}
