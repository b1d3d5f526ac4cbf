/** The command line of the real program, on every runtime. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  command,
  FEW_DESCRIPTORS,
  productOf,
  PROJECT,
  runToEnd,
  sharing,
  start,
  startDenoServe,
  startWith,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { socketsOf } from "../support/process_list.ts";
import { request } from "../support/raw.ts";
import { until } from "../support/wait.ts";

interface Row {
  readonly words: readonly string[];
  readonly code: number;
  readonly errors: RegExp;
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: mistakes are told in one line, with their exit status`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    using taken = Deno.listen({ hostname: "::", port: 0 });
    const { port } = taken.addr as Deno.NetAddr;
    const rows: Row[] = [
      {
        words: ["--nope"],
        code: 2,
        errors: /unknown flag "--nope"; see serve --help$/,
      },
      { words: ["65536"], code: 2, errors: /bad port 65536/ },
      {
        words: ["0", "nowhere"],
        code: 1,
        errors: /cannot serve "nowhere": there is no such directory or file$/,
      },
      {
        words: ["0", "/dev/null"],
        code: 1,
        errors: /it is neither a directory nor a file$/,
      },
      {
        words: ["-H", "Content-Length: 1"],
        code: 2,
        errors: /that field is the server's business/,
      },
      {
        words: ["-H", "/a.js=Content-Encoding: gzip"],
        code: 2,
        errors:
          /only names that end in \.br \(br\), \.zst \(zstd\), \.gz \(gzip\) can have it/,
      },
      {
        words: [path, "--content-type", "text"],
        code: 2,
        errors: /cannot use "text" as media type.*see serve --help$/,
      },
      {
        words: [path, "--cors=a.example"],
        code: 2,
        errors: /cannot allow origin "a\.example".*see serve --help$/,
      },
      {
        words: [path, "--cache-control", "/a=é"],
        code: 2,
        errors: /cannot add header "Cache-Control".*see serve --help$/,
      },
      {
        words: [path, "--immutable", "nowhere"],
        code: 1,
        errors: /--immutable "nowhere": there is no such directory in/,
      },
      {
        words: [path, "--cache-control", "*.js=max-age=1"],
        code: 2,
        errors: /cannot use "\*\.js=max-age=1" as Cache-Control/,
      },
      {
        words: ["nowhere"],
        code: 1,
        errors: /cannot serve "nowhere": there is no such directory or file$/,
      },
      {
        words: ["-d", "/dev/null"],
        code: 1,
        errors: /it is neither a directory nor a file$/,
      },
      {
        words: [`${port}`, path],
        code: 1,
        errors: new RegExp(
          `port ${port} is in use; choose another one, or 0 for any free one, or --port-fallback for the next one$`,
        ),
      },
      {
        words: ["0", path, "-b", "203.0.113.1"],
        code: 1,
        errors:
          /cannot listen on "203\.0\.113\.1" port 0: this machine has no such address$/,
      },
      {
        words: ["0", path, "-b", "no-such-host.invalid"],
        code: 1,
        errors:
          /cannot listen on "no-such-host\.invalid" port 0: there is no such host$/,
      },
    ];
    for (const { words, code, errors } of rows) {
      const finished = await runToEnd(runtime, words);
      const what = `${words.join(" ")}: ${finished.errors}`;
      assertEquals(finished.code, code, what);
      assertMatch(finished.errors.trimEnd(), errors, what);
      assert(finished.errors.startsWith("serve: "), what);
      assertEquals(finished.errors.trimEnd().split("\n").length, 1, what);
      assertEquals(finished.output, "", what);
    }
  });

  Deno.test(`${runtime}: --help and --version`, async () => {
    const help = await runToEnd(runtime, ["--help"]);
    assertEquals(help.code, 0);
    assert(help.output.startsWith("usage: serve [flags] [port] [directory]\n"));
    const version = await runToEnd(runtime, ["--version"]);
    assertMatch(
      version.output,
      new RegExp(
        `^serve \\d+\\.\\d+\\.\\d+ \\(${
          RegExp.escape(productOf(runtime))
        }/\\S+, [a-z]+-(x64|arm64)(-\\w+)*\\)\n$`,
      ),
    );
  });

  Deno.test(`${runtime}: the first line is http.server's, the addresses follow`, async () => {
    using directory = temporaryDirectory();
    await using named = await start(runtime, [
      "0",
      directory.path,
      "-b",
      "localhost",
    ]);
    assertMatch(named.output(), /^Serving HTTP on (127\.0\.0\.1|::1) port/);
    const rows: Array<[string[], string, RegExp]> = [
      [
        [],
        "[::]",
        /^ {2}local +http:\/\/localhost:PORT\/\n(?: {2}(?:network| {7}) +http:\/\/.+:PORT\/\n| {2}To see .*\n)*$/,
      ],
      [["-b", "127.0.0.1"], "127.0.0.1", /^$/],
      [["-b", "::1"], "[::1]", /^$/],
      [["-b", "[::1]"], "[::1]", /^$/],
    ];
    for (const [words, host, rest] of rows) {
      await using program = await start(runtime, [
        "0",
        directory.path,
        ...words,
      ]);
      const output = program.output().replaceAll(`${program.port}`, "PORT");
      const [first = "", ...lines] = output.split("\n");
      const address = host.replaceAll(/[[\]]/g, "");
      assertEquals(
        first,
        `Serving HTTP on ${address} port PORT (http://${host}:PORT/) ...`,
      );
      assertMatch(lines.join("\n"), rest);
    }
  });

  Deno.test(`${runtime}: each flag of what is served does what it says`, async () => {
    using directory = temporaryDirectory();
    const root = directory.path;
    Deno.mkdirSync(`${root}/www`);
    Deno.writeTextFileSync(`${root}/secret.txt`, "secret");
    Deno.writeTextFileSync(`${root}/www/README`, "readme");
    Deno.writeTextFileSync(`${root}/www/.env`, "env");
    Deno.symlinkSync("../secret.txt", `${root}/www/link.txt`);
    await using program = await start(runtime, [
      "0",
      ...["-d", `${root}/www`, "-H", "X-A", "1", "--header", "X-B: 2"],
      ...["--content-type", "text/plain", "--dotfiles", "--follow-symlinks"],
    ]);
    const readme = await request(program.port, "/README");
    assertEquals(readme.fields.get("x-a"), "1");
    assertEquals(readme.fields.get("x-b"), "2");
    assertEquals(
      readme.fields.get("content-type"),
      "text/plain; charset=utf-8",
    );
    assertEquals((await request(program.port, "/.env")).text, "env");
    assertEquals((await request(program.port, "/link.txt")).text, "secret");
    await using strict = await start(runtime, ["0", `${root}/www`, "-q"]);
    assertEquals((await request(strict.port, "/.env")).status, 404);
    assertEquals((await request(strict.port, "/link.txt")).status, 404);
    assertEquals(await strict.stop(), 0);
    assertEquals(strict.errors(), ""); // --quiet
  });

  Deno.test(`${runtime}: without a directory, the working directory is served`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "here");
    const program = await start(runtime, ["0"], directory.path);
    await using _program = program;
    assertEquals((await request(program.port, "/a")).text, "here");
  });

  const words = { SIGINT: "Keyboard interrupt", SIGTERM: "SIGTERM" };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.test(`${runtime}: ${signal} finishes what is in flight, then exits 0`, async () => {
      using directory = temporaryDirectory();
      const size = 30_000_000;
      Deno.writeFileSync(`${directory.path}/large`, new Uint8Array(size));
      const program = await start(runtime, ["0", directory.path]);
      await using _program = program;
      using idle = await Deno.connect({ port: program.port });
      const response = await fetch(`${program.url}/large`);
      const reader = response.body?.getReader();
      let received = (await reader?.read())?.value?.length ?? 0;
      const stopped = program.stop(signal);
      const farewell = `\n${words[signal]} received, exiting.\n`;
      await program.printed(farewell);
      await refused(program.port);
      for (;;) {
        const chunk = await reader?.read();
        if (chunk?.value === undefined) break;
        received += chunk.value.length;
      }
      assertEquals(received, size);
      assertEquals(await stopped, 0);
      // Whether it took long enough to be told is a matter of time.
      const [, told] = program.output().split(farewell);
      assertMatch(told ?? "-", /^(?:Waiting up to 10 s for 1 answer .*\n)?$/);
      assert(program.errors().includes(`"GET /large HTTP/1.1" 200 ${size}`));
      assert(idle.localAddr !== undefined);
    });
  }

  for (const workers of ["1", "2"]) {
    Deno.test(`${runtime}: with answers in flight Ctrl-C says for how many it waits; a second one ends at once, and says what was cut; --workers=${workers}`, async () => {
      using directory = temporaryDirectory();
      Deno.writeFileSync(`${directory.path}/large`, new Uint8Array(30_000_000));
      const words = ["0", directory.path, "-q", `--workers=${workers}`];
      const permissions = ["--allow-net", "--allow-read=/", "--unstable-net"];
      const subject = workers === "1" ? runtime : sharing(runtime);
      const program = await start(subject, words, undefined, permissions);
      await using _program = program;
      const readers = await Promise.all([1, 2].map(async () => {
        const connection = await Deno.connect({ port: program.port });
        const head = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
        await connection.write(new TextEncoder().encode(head));
        assert((await connection.read(new Uint8Array(1000)) ?? 0) > 0);
        return connection;
      }));
      const stopped = program.stop("SIGINT");
      const waiting =
        "\nKeyboard interrupt received, exiting.\nWaiting up to 10 s for 2 answers in flight; Ctrl-C again ends at once.\n";
      await program.printed(waiting);
      program.process.kill("SIGINT");
      assertEquals(await stopped, 0);
      assert(program.output().endsWith(`${waiting}\n2 answers were cut.\n`));
      assertEquals(program.errors(), "");
      for (const reader of readers) reader.close();
    });
  }

  Deno.test(`${runtime}: answers that are complete, by -q and from memory, too, are not in flight`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "a".repeat(5000));
    Deno.writeFileSync(`${directory.path}/large`, new Uint8Array(3_000_000));
    await using program = await start(runtime, ["0", directory.path, "-q"]);
    const { port } = program;
    const before = socketsOf(program.process.pid);
    for (const path of ["/a", "/a", "/large", "/", "/none", "/a?x"]) {
      await request(port, path);
      await request(port, path, { Range: "bytes=1-2" }, "HEAD");
    }
    // Clients that leave in the middle of an answer, and one that asks for nothing.
    for (const path of ["/large", "/a"]) {
      const connection = await Deno.connect({ port });
      const head = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
      await connection.write(new TextEncoder().encode(head));
      await connection.read(new Uint8Array(10));
      connection.close();
    }
    // That they have left, the program learns when the system tells it.
    await until(() => socketsOf(program.process.pid) <= before, "they left");
    using _idle = await Deno.connect({ port });
    assertEquals(await program.stop("SIGINT"), 0);
    const farewell = "\nKeyboard interrupt received, exiting.\n";
    assert(program.output().endsWith(farewell), program.output());
  });

  Deno.test(`${runtime}: a reader of the first line only does not end the server`, async () => {
    using directory = temporaryDirectory();
    const [program, ...words] = await command(runtime);
    const child = new Deno.Command(program, {
      args: [...words, "0", directory.path],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let port: string | undefined;
    let text = "";
    for await (const chunk of child.stdout) {
      text += new TextDecoder().decode(chunk);
      [, port] = / port (\d+) /.exec(text) ?? [];
      if (port !== undefined) break; // which closes the pipe
    }
    await child.stderr.cancel();
    for (let time = 0; time < 3; time++) {
      assertEquals((await request(Number(port), "/")).status, 200);
    }
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
  });
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: a signal right after the first line exits 0`, async () => {
    using directory = temporaryDirectory();
    const [program, ...words] = await command(runtime);
    for (let time = 0; time < 3; time++) {
      const child = new Deno.Command(program, {
        args: [...words, "0", directory.path],
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 0);
      await reader.cancel();
    }
  });

  Deno.test(`${runtime}: connections that are idle, silent or in half a request do not delay the end`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    const program = await start(runtime, ["0", directory.path]);
    await using _program = program;
    const encoder = new TextEncoder();
    const connections = [
      "",
      "GET /a HTTP/1.1\r\nHo",
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
      .map(async (text) => {
        const connection = await Deno.connect({ port: program.port });
        if (text !== "") await connection.write(encoder.encode(text));
        return connection;
      });
    const open = await Promise.all(connections);
    await program.log('"GET /a HTTP/1.1" 200 1');
    const before = performance.now();
    assertEquals(await program.stop(), 0);
    // Far less than the ten seconds that an answer would be given.
    assert(performance.now() - before < 8000);
    for (const connection of open) connection.close();
  });

  Deno.test(`${runtime}: the server outlives a lack of descriptors`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    const words = ["0", directory.path];
    await using program = await startWith(FEW_DESCRIPTORS, runtime, words);
    const { port } = program;
    const open: Deno.Conn[] = [];
    for (let time = 0; time < FEW_DESCRIPTORS + 20; time++) {
      const connection = await Deno.connect({ port }).catch(() => undefined);
      if (connection !== undefined) open.push(connection);
    }
    assert(open.length > 50);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const connection of open) connection.close();
    await until(async () =>
      (await request(port, "/a").catch(() => undefined))?.status === 200
    );
    assertEquals(await program.stop("SIGTERM"), 0);
  });
}

async function refused(port: number): Promise<void> {
  await until(async () => {
    const connection = await Deno.connect({ port }).catch(() => undefined);
    connection?.close();
    return connection === undefined;
  });
}

Deno.test("Deno: a missing permission is named, with exit status 1", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const rows: Array<[string[], RegExp]> = [
    [[], /no permission to read ".*"; start with --allow-read=\/\n$/],
    [["--allow-net"], /start with --allow-read=\/\n$/],
    [["--allow-read=/etc", "--allow-net"], /start with --allow-read=\/\n$/],
    [
      ["--allow-read"],
      /no permission to listen on port 0; start with --allow-net\n$/,
    ],
  ];
  for (const [permissions, expected] of rows) {
    const { code, errors } = await runToEnd("Deno", ["0", path], {
      permissions,
    });
    assertEquals(code, 1, errors);
    assertMatch(errors, expected);
    assertEquals(errors.trimEnd().split("\n").length, 1);
  }
});

Deno.test("Deno: the directory is all that must be readable", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a`, "a");
  Deno.symlinkSync("/etc/passwd", `${directory.path}/passwd`);
  const permissions = ["--allow-net", `--allow-read=${directory.path}`];
  await using program = await start(
    "Deno",
    ["0", directory.path],
    undefined,
    permissions,
  );
  assertEquals((await request(program.port, "/a")).text, "a");
  assertEquals((await request(program.port, "/passwd")).status, 404);
});

Deno.test("Deno: deno serve with lib/program/fetch.ts says at its start what is wrong", async () => {
  using directory = temporaryDirectory();
  const rows: Array<[string[], Record<string, string>, string]> = [
    [
      ["--allow-read"],
      { SERVE_DIRECTORY: directory.path },
      "start with --allow-env",
    ],
    [
      ["--allow-read", "--allow-env"],
      { SERVE_DIRECTORY: "/nowhere" },
      "there is no such directory",
    ],
    [
      ["--allow-env"],
      { SERVE_DIRECTORY: directory.path },
      "start with --allow-read=/",
    ],
    [
      ["--allow-read", "--allow-env"],
      { SERVE_DOTFILES: "maybe" },
      'SERVE_DOTFILES: expected 1 or 0, not "maybe"',
    ],
    [
      ["--allow-read", "--allow-env"],
      { SERVE_CONFIG: `${directory.path}/serve.json` },
      'serve.json:1:2: unknown setting "cros" (did you mean cors?)',
    ],
  ];
  Deno.writeTextFileSync(`${directory.path}/serve.json`, '{"cros": true}');
  for (const [permissions, env, expected] of rows) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "serve",
        "--no-prompt",
        "--port",
        "0",
        ...permissions,
        `${PROJECT}lib/program/fetch.ts`,
      ],
      env,
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assert(code !== 0 && errors.includes(expected), errors);
  }
});

Deno.test("Deno: deno serve runs lib/program/fetch.ts, configured by the environment", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/.env`, "env");
  using settings = temporaryDirectory();
  const file = `${settings.path}/serve.json`;
  // What a handler does not do is left to `deno serve`.
  const text = { header: "X-A: 2", isolate: true, port: 1, bind: "a.invalid" };
  Deno.writeTextFileSync(file, JSON.stringify(text));
  await using program = await startDenoServe(
    ["--port", "0", "--allow-read", "--allow-env"],
    {
      SERVE_CONFIG: file,
      SERVE_DIRECTORY: directory.path,
      SERVE_DOTFILES: "1",
      SERVE_HEADER: "X-A: 1\nX-B: 2",
    },
  );
  const response = await request(program.port, "/.env");
  assertEquals(response.text, "env");
  const fields = ["x-a", "x-b", "cross-origin-opener-policy"]
    .map((name) => response.fields.get(name));
  assertEquals(fields, ["1", "2", "same-origin"]);
});
