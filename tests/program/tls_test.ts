/** TLS of the real program, on Deno and on Bun. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Made, makeCertificate } from "../support/certificates.ts";
import {
  type Program,
  type RuntimeName,
  runtimeOf,
  runToEnd,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request, writeAll } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { until } from "../support/wait.ts";

/** More than all buffers on the way hold. */
const LARGE_BYTES = 33_554_432;

/** Writes a certificate where the program reads it; each file at once, as renewing programs do. */
function install(directory: string, { cert, key }: Made): string[] {
  const write = (name: string, text: string) => {
    Deno.writeTextFileSync(`${directory}/${name}.new`, text);
    Deno.renameSync(`${directory}/${name}.new`, `${directory}/${name}`);
    return `${directory}/${name}`;
  };
  const [certFile, keyFile] = [write("cert.pem", cert), write("key.pem", key)];
  return ["--tls-cert", certFile, "--tls-key", keyFile];
}

/** A connection to somebody who shows this certificate and no other. */
async function connect(
  port: number,
  { cert }: Made,
  alpnProtocols = ["http/1.1"],
): Promise<{ connection: Deno.TlsConn; protocol: string | null }> {
  const connection = await Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts: [cert],
    alpnProtocols,
  });
  try {
    const { alpnProtocol } = await connection.handshake();
    return { connection, protocol: alpnProtocol };
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function shows(
  port: number,
  certificate: Made,
): Promise<boolean> {
  try {
    const { connection } = await connect(port, certificate);
    connection.close();
    return true;
  } catch {
    return false;
  }
}

/** A request over TLS, in the protocol that is chosen. */
async function get(
  url: string,
  { cert }: Made,
): Promise<{ status: number; text: string }> {
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const response = await fetch(url, { client });
  return { status: response.status, text: await response.text() };
}

async function redirectPort(program: Program): Promise<number> {
  await program.printed(" leads to HTTPS\n");
  const [, port] = /:(\d+)\/ leads to HTTPS/.exec(program.output()) ?? [];
  return Number(port);
}

const PROTOCOLS: Readonly<Record<RuntimeName, string>> = {
  Deno: "h2",
  Bun: "http/1.1",
  Node: "http/1.1",
};

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --tls-cert and --tls-key serve HTTPS, with HTTP/2 where the runtime can`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    using keys = temporaryDirectory();
    const certificate = await makeCertificate();
    Deno.writeTextFileSync(`${path}/a.txt`, "hello");
    await using program = await start(
      runtime,
      [
        ..."0 -b 127.0.0.1 --cgi -d".split(" "),
        path,
        ...install(keys.path, certificate),
      ],
      undefined,
      PERMISSIONS,
    );
    const { port } = program;
    assertEquals(
      program.output().split("\n")[0],
      `Serving HTTPS on 127.0.0.1 port ${port} (https://127.0.0.1:${port}/) ...`,
    );
    const url = `https://127.0.0.1:${port}`;
    assertEquals(await get(`${url}/a.txt`, certificate), {
      status: 200,
      text: "hello",
    });
    const offered = ["h2", "http/1.1"];
    const { connection, protocol } = await connect(port, certificate, offered);
    connection.close();
    assertEquals(protocol ?? "http/1.1", PROTOCOLS[runtimeOf(runtime)]);
    const { text } = await get(`${url}/cgi-bin/env`, certificate);
    for (
      const line of [
        "HTTPS=on",
        `HTTP_HOST=127.0.0.1:${port}`,
        "REQUEST_SCHEME=https",
        `SERVER_PORT=${port}`,
        "SERVER_NAME=127.0.0.1",
      ]
    ) assertMatch(text, new RegExp(`^${line}$`, "m"));
    // Who speaks HTTP gets no file.
    const plain = await request(port, "/a.txt");
    assert(plain.status !== 200, plain.wire);
    assertEquals(await program.stop(), 0);
  });

  Deno.test(`${runtime}: --redirect-http sends people to HTTPS, and to no other host`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    using keys = temporaryDirectory();
    const certificate = await makeCertificate();
    await using program = await start(runtime, [
      ..."0 -b 127.0.0.1 --redirect-http 0 -d".split(" "),
      path,
      ...install(keys.path, certificate),
    ]);
    await program.printed("leads to HTTPS");
    const { port } = program;
    const from = await redirectPort(program);
    for (const method of ["GET", "HEAD", "POST"]) {
      const { status, fields, content } = await request(
        from,
        "/a%20b//c?d=e&f",
        { Host: `a.example:${from}`, "Content-Length": "0" },
        method,
      );
      assertEquals(status, 308);
      const location = `https://a.example:${port}/a%20b//c?d=e&f`;
      assertEquals(fields.get("location"), location);
      assertEquals(fields.get("strict-transport-security"), null);
      assertEquals(content.length, 0);
    }
    for (
      const host of ["a.example/@b.example", "", "a b", "a@b", "a.example?"]
    ) {
      const { status, fields } = await request(from, "/", { Host: host });
      assertEquals([status, fields.get("location")], [400, null], host);
    }
    await program.log('"POST /a b//c?d=e&f HTTP/1.1" 308 -');
    assertEquals(await program.stop(), 0);
  });

  Deno.test(`${runtime}: --redirect-http leads to the port that HTTPS has on the same address`, async () => {
    using directory = temporaryDirectory();
    using keys = temporaryDirectory();
    const certificate = await makeCertificate();
    await using program = await start(runtime, [
      ..."0 -b 127.0.0.1:0 -b [::1]:0 --redirect-http 0 -d".split(" "),
      directory.path,
      ...install(keys.path, certificate),
    ]);
    await program.printed("leads to HTTPS");
    const ports = (text: RegExp) =>
      [...program.output().matchAll(text)].map(([, port]) => Number(port));
    const https = ports(/^Serving HTTPS on .* port (\d+)/gm);
    await until(() => ports(/:(\d+)\/ leads to HTTPS/g).length === 2);
    const from = ports(/:(\d+)\/ leads to HTTPS/g);
    assert(https[0] !== https[1]);
    for (const [index, hostname] of ["127.0.0.1", "[::1]"].entries()) {
      const url = `http://${hostname}:${from[index]}/a`;
      const response = await fetch(url, { redirect: "manual" });
      await response.body?.cancel();
      const location = `https://${hostname}:${https[index]}/a`;
      assertEquals(response.headers.get("location"), location);
    }
    assertEquals(await program.stop(), 0);
  });

  Deno.test(`${runtime}: a port for redirects that is in use ends the program, and nothing stays open`, async () => {
    using directory = temporaryDirectory();
    using keys = temporaryDirectory();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const { code, output, errors } = await runToEnd(runtime, [
      ..."0 -b 127.0.0.1 --redirect-http".split(" "),
      `${port}`,
      directory.path,
      ...install(keys.path, await makeCertificate()),
    ]);
    assertEquals([code, output], [1, ""]);
    assertMatch(
      errors,
      new RegExp(`^serve: --redirect-http: .* port ${port} is in use`),
    );
  });

  Deno.test(`${runtime}: a new certificate is shown at SIGHUP, the answers in flight are finished, a bad one is refused`, async () => {
    using directory = temporaryDirectory();
    using keys = temporaryDirectory();
    const [first, second] = [
      await makeCertificate({ name: "first" }),
      await makeCertificate({ name: "second" }),
    ];
    Deno.writeFileSync(
      `${directory.path}/large`,
      new Uint8Array(LARGE_BYTES).fill(7),
    );
    const words = install(keys.path, first);
    await using program = await start(runtime, [
      ..."0 -b 127.0.0.1 -q -d".split(" "),
      directory.path,
      ...words,
    ]);
    const { port } = program;
    const { connection } = await connect(port, first);
    await writeAll(
      connection,
      new TextEncoder().encode(
        "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      ),
    );
    const buffer = new Uint8Array(65_536);
    let received = await connection.read(buffer) ?? 0;
    assert(received > 0);

    install(keys.path, second);
    program.process.kill("SIGHUP");
    await program.log("serve: the certificate was renewed\n");
    assertEquals(await shows(port, second), true);
    assertEquals(await shows(port, first), false);

    // One key does not belong to the other certificate.
    install(keys.path, { cert: first.cert, key: second.key });
    program.process.kill("SIGHUP");
    await program.log("serve: the old certificate stays: ");
    assertEquals(await shows(port, second), true);

    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      received += count;
    }
    connection.close();
    assert(received > LARGE_BYTES, `${received} bytes`);
    assertEquals(await program.stop(), 0);
  });

  Deno.test({
    name:
      `${runtime}: at a renewal no client is refused, and a connection that is kept stays`,
    // Elsewhere another server takes over the port.
    ignore: runtimeOf(runtime) !== "Node",
    fn: async () => {
      using directory = temporaryDirectory();
      using keys = temporaryDirectory();
      const made = [
        await makeCertificate({ name: "first" }),
        await makeCertificate({ name: "second" }),
      ] as const;
      await using program = await start(runtime, [
        ..."0 -b 127.0.0.1 -q -d".split(" "),
        directory.path,
        ...install(keys.path, made[0]),
      ]);
      const { port } = program;
      const { connection: kept } = await connect(port, made[0]);
      let isOver = false;
      const caCerts = made.map(({ cert }) => cert);
      const connectAgain = async (): Promise<number> => {
        for (let count = 0;; count++) {
          if (isOver) return count;
          const where = { hostname: "127.0.0.1", port, caCerts };
          const connection = await Deno.connectTls(where);
          await connection.handshake();
          connection.close();
        }
      };
      const counts = Promise.all([connectAgain(), connectAgain()]);
      for (let time = 1; time <= 4; time++) {
        install(keys.path, made[time % 2] ?? made[0]);
        program.process.kill("SIGHUP");
        await until(() =>
          program.errors().split("was renewed\n").length === time + 1
        );
      }
      isOver = true;
      for (const count of await counts) assert(count > 1);
      const text = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
      await writeAll(kept, new TextEncoder().encode(text));
      const first = new Uint8Array(12);
      await kept.read(first);
      assertEquals(new TextDecoder().decode(first), "HTTP/1.1 200");
      kept.close();
    },
  });

  Deno.test(`${runtime}: a new certificate is shown when its files have changed, without a signal`, async () => {
    using directory = temporaryDirectory();
    using keys = temporaryDirectory();
    const first = await makeCertificate({ name: "first" });
    const second = await makeCertificate({ name: "second" });
    await using program = await start(runtime, [
      ..."0 -b 127.0.0.1 -b [::1] -d".split(" "),
      directory.path,
      ...install(keys.path, first),
    ]);
    install(keys.path, second);
    await program.log("serve: the certificate was renewed\n");
    assertEquals(await shows(program.port, second), true);
    const { status } = await get(`https://[::1]:${program.port}/`, second);
    assertEquals(status, 200);
    assertEquals(await program.stop(), 0);
  });

  Deno.test(`${runtime}: flags of TLS that need others are exit status 2`, async () => {
    const rows: Array<[string[], RegExp]> = [
      [
        ["--redirect-http", "80"],
        /^serve: --redirect-http requires --tls-cert/,
      ],
      [["--tls-key", "k"], /^serve: --tls-key requires --tls-cert to be set/],
      [
        ["--tls-cert", "c", "-b", "unix:/tmp/s"],
        /^serve: a unix socket has no TLS/,
      ],
    ];
    for (const [words, message] of rows) {
      const { code, output, errors } = await runToEnd(runtime, words);
      assertEquals([code, output], [2, ""]);
      assertMatch(errors, message);
    }
  });
}
