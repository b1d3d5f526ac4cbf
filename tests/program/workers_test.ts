/** Several threads on one port, on every runtime: one log, one end. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeCertificate } from "../support/certificates.ts";
import { processesWith } from "../support/process_list.ts";
import {
  runToEnd,
  sharing,
  start,
  startDenoServe,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { noise, slowDownload } from "../support/slow.ts";
import { freePort, until } from "../support/wait.ts";

/** How many sockets listen on a port: Linux has a row for each (proc(5), state 0A). */
function listeners(port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"]
    .flatMap((name) => Deno.readTextFileSync(`/proc/net/${name}`).split("\n"))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(end) && state === "0A")
    .length;
}

for (const runtime of SUBJECTS.map(sharing)) {
  Deno.test(`${runtime}: --workers: all threads listen on one port, and write one log`, async () => {
    using directory = temporaryDirectory();
    using logs = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const file = `${logs.path}/log`;
    const words = ["0", directory.path, "--workers", "3", "--log-file", file];
    const permissions = [
      "--allow-net",
      "--allow-read",
      `--allow-write=${logs.path}`,
    ];
    const program = await start(runtime, words, undefined, permissions);
    await using _program = program;
    assertEquals(listeners(program.port), 3);
    const padding = "x".repeat(2000);
    const answers = Array.from(
      { length: 150 },
      (_, number) => request(program.port, `/a.txt?${number}-${padding}`),
    );
    for (const { status, text } of await Promise.all(answers)) {
      assertEquals([status, text], [200, "a"]);
    }
    assertEquals(await program.stop(), 0);
    const lines = Deno.readTextFileSync(file).split("\n");
    assertEquals(lines.pop(), "");
    const numbers = lines.map((line) => {
      assert(line.endsWith(`-${padding} HTTP/1.1" 200 1`), line);
      return Number(/\?(\d+)-/.exec(line)?.[1]);
    });
    assertEquals(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: 150 }, (_, number) => number),
    );
    assertEquals(program.errors(), "");
    assertEquals(
      program.output().match(/^Serving HTTP on/gm)?.length,
      1,
    );
  });

  Deno.test(`${runtime}: --workers: a signal ends all threads, and no answer that was begun is lost`, async () => {
    using directory = temporaryDirectory();
    const bytes = noise(8_388_608);
    Deno.writeFileSync(`${directory.path}/large`, bytes);
    const words = ["0", directory.path, "--workers", "2"];
    const program = await start(runtime, words);
    await using _program = program;
    const downloads = await Promise.all(
      Array.from({ length: 8 }, () => slowDownload(program.port, "/large")),
    );
    const stopped = program.stop("SIGTERM");
    await program.printed("SIGTERM received, exiting.");
    await until(() => listeners(program.port) === 0);
    for (const download of downloads) {
      const { same } = await download.finish(bytes);
      assertEquals(same, true);
      download[Symbol.dispose]();
    }
    assertEquals(await stopped, 0);
    const lines = program.errors().match(
      /"GET \/large HTTP\/1\.1" 200 8388608$/gm,
    );
    assertEquals(lines?.length, 8);
  });

  Deno.test(`${runtime}: --workers: scripts run, and end with the program`, async () => {
    using directory = scriptDirectory();
    const program = await start(
      runtime,
      ["0", directory.path, "--cgi", "--workers", "2"],
      undefined,
      PERMISSIONS,
    );
    await using _program = program;
    assertEquals(
      (await request(program.port, "/cgi-bin/hello")).text,
      "hello\n",
    );
    const mark = `8${crypto.getRandomValues(new Uint16Array(1))[0]}7`;
    const waiting = request(program.port, `/cgi-bin/stubborn?${mark}`);
    await until(() => processesWith(mark).length > 0);
    const stopped = program.stop();
    await program.printed("Keyboard interrupt received, exiting.");
    program.process.kill("SIGINT"); // at once
    assertEquals(await stopped, 0);
    await waiting;
    await until(() => processesWith(mark).length === 0);
  });

  Deno.test(`${runtime}: --workers: a new certificate is shown by all threads`, async () => {
    using directory = temporaryDirectory();
    using keys = temporaryDirectory();
    const install = ({ cert, key }: { cert: string; key: string }) => {
      Deno.writeTextFileSync(`${keys.path}/pem.new`, cert + key);
      Deno.renameSync(`${keys.path}/pem.new`, `${keys.path}/pem`);
    };
    const first = await makeCertificate({ name: "first" });
    const second = await makeCertificate({ name: "second" });
    install(first);
    const program = await start(runtime, [
      ...["0", directory.path, "-b", "127.0.0.1", "--workers", "2"],
      ...["--tls-cert", `${keys.path}/pem`],
    ]);
    await using _program = program;
    const shown = async ({ cert }: { cert: string }) => {
      const { port } = program;
      const where = { hostname: "127.0.0.1", port, caCerts: [cert] };
      const connection = await Deno.connectTls(where);
      await connection.handshake().finally(() => connection.close());
    };
    for (let time = 0; time < 6; time++) await shown(first);
    install(second);
    await program.log("serve: the certificate was renewed\n");
    await until(async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, () => shown(second)),
      );
      return results.every(({ status }) => status === "fulfilled");
    });
    assertEquals(await program.stop(), 0);
  });

  Deno.test(`${runtime}: --workers: a port that somebody has is in use, also when they share it`, async () => {
    using directory = temporaryDirectory();
    const words = ["0", directory.path, "--workers", "2"];
    await using program = await start(runtime, words);
    const again = [`${program.port}`, directory.path, "--workers", "2"];
    const { code, errors } = await runToEnd(runtime, again);
    assertEquals(code, 1, errors);
    assertMatch(errors, /^serve: port \d+ is in use; choose another one/);
  });

  Deno.test(`${runtime}: --workers: 1 is no thread, auto is one a core, and nonsense is exit status 2`, async () => {
    using directory = temporaryDirectory();
    const rows = [["1", 1], ["auto", navigator.hardwareConcurrency]] as const;
    for (const [count, expected] of rows) {
      const words = ["0", directory.path, "--workers", count];
      await using program = await start(runtime, words);
      assertEquals(listeners(program.port), expected);
    }
    const wrong: Array<[string[], RegExp]> = [
      [
        ["--workers", "0"],
        /--workers needs 1 to 256, or auto, not "0"/,
      ],
      [["--workers", "many"], /not "many"/],
      [["--workers", "257"], /not "257"/],
      [
        ["--workers", "2", "-b", "unix:/tmp/x"],
        /a unix socket cannot be shared by --workers/,
      ],
    ];
    for (const [words, message] of wrong) {
      const { code, errors } = await runToEnd(runtime, words);
      assertEquals(code, 2, errors);
      assertMatch(errors, message);
    }
  });
}

Deno.test("Deno: deno serve --parallel runs lib/program/fetch.ts in several threads", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
  await using program = await startDenoServe(
    [
      ...["--parallel", "--port", `${freePort()}`],
      ...["--allow-read", "--allow-env"],
    ],
    { SERVE_DIRECTORY: directory.path, DENO_JOBS: "3" },
  );
  const answers = Array.from(
    { length: 30 },
    () => request(program.port, "/a.txt"),
  );
  for (const { text } of await Promise.all(answers)) assertEquals(text, "a");
  const lines = () =>
    program.errors().match(/"GET \/a\.txt HTTP\/1\.1" 200 1$/gm)?.length;
  await until(() => lines() === 30, "30 lines");
  // `deno serve --parallel` (2.9.6, any handler) sometimes does not end of a SIGTERM soon after its start.
  await program.stop("SIGKILL");
});
