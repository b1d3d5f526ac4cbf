/** The design's section "CGI/1.1 here": limits, failures, and what is left of a script. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  createHandler,
  type Files,
  type Peer,
  type Processes,
} from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { PEER, SCRIPT, scripts } from "../support/cgi.ts";
import { temporaryDirectory } from "../support/program.ts";
import { filesOf } from "../support/site.ts";

const TYPE = "Content-Type: text/plain\n";

function tick(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("504 when there is no header block in time, and the script is ended", async () => {
  const { fetch, signals, records, running } = scripts(
    () => ({ output: ["Content-Type: a/b\n"], endless: true }),
    { timeout: 20 },
  );
  const response = await fetch("/cgi-bin/x");
  assertEquals(response.status, 504);
  await response.text();
  await tick();
  assertEquals([signals, running()], [["SIGTERM"], 0]);
  assertEquals(
    (records[0]?.error as Error).message,
    "CGI script wrote no header block within 0.02 s",
  );
});

Deno.test("the time is for the header block alone: an endless script goes on", async () => {
  const { fetch, signals } = scripts(
    () => ({ output: [`${TYPE}\n`, "first\n"], endless: true }),
    { timeout: 20 },
  );
  const response = await fetch("/cgi-bin/x");
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assertEquals(new TextDecoder().decode(first?.value), "first\n");
  await tick(60);
  assertEquals(signals, []);
  await reader?.cancel();
  assertEquals(signals, ["SIGTERM"]);
});

Deno.test("503 with Retry-After when all places are taken, until one is free", async () => {
  const { fetch } = scripts(
    () => ({ output: [`${TYPE}\n`, "x"], endless: true }),
    { maxProcesses: 2 },
  );
  const first = await fetch("/cgi-bin/x");
  const second = await fetch("/cgi-bin/x");
  const third = await fetch("/cgi-bin/x");
  assertEquals([first.status, second.status, third.status], [200, 200, 503]);
  assertEquals(third.headers.get("retry-after"), "1");
  assertEquals((await fetch("/page.html")).status, 200);
  await first.body?.cancel();
  await tick();
  const fourth = await fetch("/cgi-bin/x");
  assertEquals(fourth.status, 200);
  await Promise.all([second.body?.cancel(), fourth.body?.cancel()]);
});

Deno.test("a local redirect needs no second place", async () => {
  const { fetch } = scripts(
    ({ variables }) =>
      variables.PATH_INFO === undefined
        ? "Location: /cgi-bin/x/to\n\n"
        : `${TYPE}\nhello`,
    { maxProcesses: 1 },
  );
  assertEquals(await (await fetch("/cgi-bin/x")).text(), "hello");
});

Deno.test("a client that leaves before the header block: the script is ended", async () => {
  const { fetch, signals, records } = scripts(() => ({
    output: [],
    endless: true,
  }));
  const controller = new AbortController();
  const pending = fetch("/cgi-bin/x", { signal: controller.signal });
  await tick();
  controller.abort();
  assertEquals((await pending).status, 499);
  await tick();
  assertEquals(signals, ["SIGTERM"]);
  assertEquals(
    records[0]?.message,
    "The client left before the CGI script had answered",
  );
});

Deno.test("no script starts for a client that has gone", async () => {
  const rows: Array<[string, RequestInit & { peer?: Peer }]> = [
    ["without an address", { peer: { address: "-", gone: true } }],
    ["signal", { signal: AbortSignal.abort() }],
    ["Bun", { peer: { ...PEER, isAnswered: () => true } }],
    ["with content", {
      peer: { ...PEER, gone: true },
      method: "POST",
      body: "x",
    }],
  ];
  for (const [what, init] of rows) {
    const { fetch, commands } = scripts(() => "Content-Type: a/b\n\nx");
    assertEquals((await fetch("/cgi-bin/x", init)).status, 499, what);
    assertEquals(commands.length, 0, what);
  }
});

Deno.test("a script that a signal ends behind its header block cuts the connection, and the log says so", async () => {
  for (const status of [200, 500]) {
    const { fetch, records, lines } = scripts(() => ({
      output: [`Status: ${status}\n${TYPE}\n`, "half"],
      errors: "Traceback\n  oh\r\nno end",
      exit: { code: 139, signal: "SIGSEGV" },
    }));
    const response = await fetch("/cgi-bin/x");
    assertEquals(response.status, status);
    await assertRejects(() => response.text());
    await tick(10);
    assertEquals(
      lines.map((line) => line.line),
      ["Traceback", "  oh", "no end", "ended by SIGSEGV"],
    );
    assertEquals(lines[0]?.script, "/cgi-bin/x");
    const { message, stack } = records[0]?.error as Error;
    assertEquals(message, "CGI script failed in the middle of its content");
    assertEquals(stack, undefined);
  }
});

Deno.test("an exit status other than 0 cuts nothing, and the log tells it: good pages end with 1 (squid's cachemgr)", async () => {
  const exit = { code: 255, signal: undefined };
  const blocks = ["", "Content-Length: 5\n", "Status: 500\n", "Status: 404\n"];
  for (const more of blocks) {
    const block = `${TYPE}${more}`;
    const { fetch, lines, records } = scripts(() => ({
      output: [`${block}\nhello`],
      exit,
    }));
    assertEquals(await (await fetch("/cgi-bin/x")).text(), "hello");
    await tick(10);
    assertEquals(lines.map(({ line }) => line), ["exit status 255"]);
    assertEquals(records[0]?.error, undefined);
  }
});

Deno.test("Content-Length is checked against what is written", async () => {
  const rows: ReadonlyArray<readonly [readonly string[], string]> = [
    [["hel"], "CGI script wrote 3 bytes after Content-Length: 5"],
    [[], "CGI script wrote 0 bytes after Content-Length: 5"],
  ];
  for (const [pieces, reason] of rows) {
    const { fetch, records } = scripts(() => ({
      output: [`${TYPE}Content-Length: 5\n\n`, ...pieces],
    }));
    const response = await fetch("/cgi-bin/x");
    assertEquals(response.headers.get("content-length"), "5");
    await assertRejects(() => response.text());
    await tick(10);
    assertEquals((records[0]?.error as Error).message, reason);
  }
  const complete = [
    ["hello"],
    ["he", "llo"],
    // As `len()` of a text in UTF-8 counts: so many bytes, and the log tells of more.
    ["hello!"],
    ["hel", "lo!"],
    ["hello", "!", "!"],
  ];
  for (const pieces of complete) {
    const { fetch, lines, records } = scripts(() => ({
      output: [`${TYPE}Content-Length: 5\n\n`, ...pieces],
    }));
    assertEquals(await (await fetch("/cgi-bin/x")).text(), "hello");
    await tick(10);
    const told = pieces.join("") === "hello"
      ? []
      : ["more content than Content-Length: 5"];
    assertEquals(lines.map(({ line }) => line), told, pieces.join("|"));
    assertEquals(records[0]?.error, undefined);
  }
  const { fetch: ask, lines } = scripts(() => ({
    output: [`${TYPE}Content-Length: 5\n\nhello`, "!"],
  }));
  assertEquals(await (await ask("/cgi-bin/x")).text(), "hello");
  await tick(10);
  assertEquals(lines.map(({ line }) => line), [
    "more content than Content-Length: 5",
  ]);
  const { fetch } = scripts(() => `${TYPE}Content-Length: 0\n\n`);
  assertEquals(await (await fetch("/cgi-bin/x")).text(), "");
});

Deno.test("an answer that is complete by its length does not end the script", async () => {
  const { promise: endless, resolve: finish } = Promise.withResolvers<void>();
  const { fetch, signals, running } = scripts(() => ({
    output: [`${TYPE}Content-Length: 5\n\n`, "hello"],
    endless,
  }), { timeout: 10 });
  const response = await fetch("/cgi-bin/x");
  assertEquals(await response.text(), "hello");
  await tick(50);
  assertEquals([signals, running()], [[], 1]);
  finish();
  await tick();
  assertEquals([signals, running()], [[], 0]);
});

Deno.test("output is read as fast as it is taken", async () => {
  let written = 0;
  function* output() {
    yield `${TYPE}\n`;
    for (; written < 1000; written++) yield "x";
  }
  const { fetch } = scripts(() => ({ output: output() }));
  const response = await fetch("/cgi-bin/x");
  await tick(5);
  assertEquals(written, 0);
  const reader = response.body?.getReader();
  for (let count = 0; count < 10; count++) await reader?.read();
  await tick(5);
  assert(written <= 10, `${written}`);
  await reader?.cancel();
});

const FAILURES: ReadonlyArray<
  readonly [
    Awaited<ReturnType<Processes["start"]>> & { kind: string },
    number,
    string,
  ]
> = [
  [
    { kind: "absent", message: "why" },
    502,
    "CGI script could not be started ('/cgi-bin/x')",
  ],
  [
    { kind: "failed", message: "why" },
    502,
    "CGI script could not be started ('/cgi-bin/x')",
  ],
  [
    { kind: "denied", message: "why" },
    403,
    "CGI script is not executable ('/cgi-bin/x')",
  ],
  [
    { kind: "permission", message: "why" },
    500,
    "CGI script could not be started ('/cgi-bin/x')",
  ],
  [{ kind: "busy", message: "why" }, 503, "Too many CGI scripts are running"],
];

Deno.test("a script that cannot be started: the client learns that, the log why", async () => {
  for (const [failure, status, message] of FAILURES) {
    const processes: Processes = {
      environment: { PATH: "/bin" },
      chooseUser: () => ({ kind: "own" }),
      endAll: () => Promise.resolve(),
      start: () => Promise.resolve(failure),
    };
    const { fetch, records } = scripts(() => "", {
      processes,
      maxProcesses: 1,
    });
    for (let turn = 0; turn < 2; turn++) {
      const response = await fetch("/cgi-bin/x");
      assertEquals(response.status, status, failure.kind);
      assertEquals((await response.text()).includes("why"), false);
      await tick();
      assertEquals(records.at(-1)?.message, message);
      assert((records.at(-1)?.error as Error).message.endsWith("why"));
    }
  }
});

Deno.test("502 for a text without an interpreter, which shells would run all the same", async () => {
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["echo", 502],
    ["", 502],
    [" #!/bin/sh", 502],
    ["#!/bin/sh", 200],
    ["\x7fELF\x02\x01\x01\0\0", 200],
  ];
  for (const [content, status] of rows) {
    const tree = { "/cgi-bin/y": { content, executable: true } };
    const { fetch, records } = scripts(() => `${TYPE}\nx`, {}, { tree });
    const response = await fetch("/cgi-bin/y");
    assertEquals(response.status, status, content);
    await response.text();
    await tick();
    if (status === 200) continue;
    assertEquals(
      (records[0]?.error as Error).message,
      'CGI script could not be started: it does not begin with "#!" and its interpreter',
    );
  }
});

Deno.test("what a script is, is read once for each of its states", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const script = `${path}/cgi-bin/x`;
  const write = (text: string): void => {
    Deno.writeTextFileSync(script, text);
    Deno.chmodSync(script, 0o755);
  };
  Deno.mkdirSync(`${path}/cgi-bin`);
  write("#!/usr/bin/php-cgi\n");
  let opened = 0;
  const { files } = currentRuntime();
  const counted: Files = {
    ...files,
    open: (path) => {
      if (path === script) opened++;
      return files.open(path);
    },
  };
  let past = 10_000;
  const clock = { now: () => Date.now() + past };
  const { fetch, commands } = scripts(() => `${TYPE}\nran`, {}, {
    root: path,
    files: counted,
    clock,
  });
  const ask = async (): Promise<number> => {
    const response = await fetch("/cgi-bin/x");
    await response.text();
    return response.status;
  };
  const mapped = () => commands.at(-1)?.variables.REDIRECT_STATUS;
  assertEquals([await ask(), await ask(), opened], [200, 200, 1]);
  assertEquals(commands.map(mapped), ["200", "200"]);
  write("#!/bin/sh\n# longer than before\n");
  assertEquals([await ask(), mapped(), opened], [200, undefined, 2]);
  write("text");
  assertEquals([await ask(), await ask(), opened], [502, 502, 3]);
  write("#!/usr/bin/php-cgi\n");
  past = 0; // it may change again without a trace
  assertEquals([await ask(), await ask(), opened], [200, 200, 5]);
});

Deno.test("the working directory is the script's own; there are no arguments", async () => {
  const { fetch, commands } = scripts(() => `${TYPE}\nx`, {}, {
    tree: { "/cgi-bin/a/b": SCRIPT },
  });
  await (await fetch("/cgi-bin/a/b/info?q")).text();
  assertEquals(commands[0]?.directory, "/cgi-bin/a");
  assertEquals(commands[0]?.program, "/cgi-bin/a/b");
  assertEquals(commands[0]?.arguments, []);
});

Deno.test("CORS: a script's own policy counts, and ours where it has none", async () => {
  const rows = [
    [
      `${TYPE}Access-Control-Allow-Origin: https://a.example\n`,
      "https://a.example",
    ],
    [TYPE, "*"],
  ] as const;
  for (const [block, origin] of rows) {
    const { fetch } = scripts(() => `${block}\nx`, {}, { cors: true });
    const { headers } = await fetch("/cgi-bin/x");
    assertEquals(headers.get("access-control-allow-origin"), origin);
  }
});

Deno.test("without the option nothing is run: scripts are files like others", async () => {
  const files = filesOf({ "/cgi-bin/x": SCRIPT });
  const handler = createHandler({ root: "/", files, log: false });
  const get = await handler(new Request("http://localhost/cgi-bin/x"));
  assertEquals([get.status, await get.text()], [200, "#!/bin/sh\n"]);
  const request = new Request("http://localhost/cgi-bin/x", { method: "POST" });
  assertEquals((await handler(request)).status, 405);
});

Deno.test("what is wrong with the options is said at once", () => {
  const processes: Processes = {
    environment: { PATH: "/bin" },
    chooseUser: (name) =>
      name === undefined
        ? { kind: "own" }
        : { kind: "refused", message: `there is no user "${name}"` },
    endAll: () => Promise.resolve(),
    start: () => Promise.reject(new Error("unused")),
  };
  const rows = [
    [{ directories: ["/"] }, TypeError],
    [{ directories: ["/a/../b"] }, TypeError],
    [{ directories: ["a\\b"] }, TypeError],
    [{ extensions: { py: "python3" } }, TypeError],
    [{ extensions: { ".py": "" } }, TypeError],
    [{ extensions: { ".py": [] } }, TypeError],
    [{ environment: { "A=B": "c" } }, TypeError],
    [{ environment: { A: "b\0" } }, TypeError],
    [{ timeout: 0 }, RangeError],
    [{ timeout: 1.5 }, RangeError],
    [{ timeout: 2 ** 31 }, RangeError],
    [{ extensions: { ".py": "venv/bin/python" } }, TypeError],
    [{ directories: "cgi" as never }, TypeError],
    [{ user: 1000 as never }, TypeError],
    [{ maxBody: -1 }, RangeError],
    [{ maxProcesses: NaN }, RangeError],
    [{ user: "none" }, Error],
    [{ canonicalName: "dns" as never }, TypeError],
  ] as const;
  for (const [cgi, kind] of rows) {
    assertThrows(
      () => createHandler({ root: "/", cgi: { ...cgi, processes } }),
      kind,
    );
  }
  createHandler({ root: "/", cgi: { processes } });
});

Deno.test("a bare status, and then nothing: the time, and the client, end it", async () => {
  for (const ends of ["time", "client"]) {
    const { fetch, signals } = scripts(
      () => ({ output: ["Status: 404\n\n"], endless: true }),
      { timeout: ends === "time" ? 20 : 10_000 },
    );
    const controller = new AbortController();
    const pending = fetch("/cgi-bin/x", { signal: controller.signal });
    await tick(5);
    if (ends === "client") controller.abort();
    assertEquals((await pending).status, ends === "time" ? 504 : 499);
    assertEquals(signals, ["SIGTERM"]);
  }
});

Deno.test("a status without content waits for nothing", async () => {
  const { promise: endless, resolve: finish } = Promise.withResolvers<void>();
  const { fetch } = scripts(() => ({ output: ["Status: 204\n\n"], endless }));
  assertEquals((await fetch("/cgi-bin/x")).status, 204);
  finish();
  await tick();
});

Deno.test("the time does not run while the client sends", async () => {
  const body = new ReadableStream({
    async pull(controller) {
      await tick(40);
      if (pieces-- === 0) controller.close();
      else controller.enqueue(new Uint8Array(1));
    },
  }, { highWaterMark: 0 });
  let pieces = 5;
  const { fetch } = scripts((_, input) => {
    const content = new Response(input).arrayBuffer();
    return {
      output: [],
      endless: content.then(() => {}),
    };
  }, { timeout: 150 });
  const headers = { "Content-Length": "5" };
  const response = await fetch("/cgi-bin/x", { method: "POST", body, headers });
  // It has written nothing in the end, but it had the time for it.
  assertEquals(response.status, 502);
});

Deno.test("a log that throws changes nothing", async () => {
  const { fetch } = scripts(
    () => ({
      output: [`${TYPE}\n`, "hello"],
      errors: "oh\nno\n",
    }),
    {
      stderr: () => {
        throw new Error("full");
      },
    },
  );
  assertEquals(await (await fetch("/cgi-bin/x")).text(), "hello");
  await tick(5);
});

Deno.test("long lines of complaint are reported in pieces, whether they end or not", async () => {
  for (const end of ["", "\n"]) {
    const { fetch, lines } = scripts(() => ({
      output: [`${TYPE}\n`],
      errors: "x".repeat(10_000) + end,
    }));
    await (await fetch("/cgi-bin/x")).text();
    await tick(5);
    assertEquals(lines.map(({ line }) => line.length), [4096, 4096, 1808]);
  }
});

Deno.test("507 when content cannot be put anywhere; what holds it is given up", async () => {
  let open = 0;
  const openSpool = () => {
    open++;
    return {
      write: () => Promise.reject(new Error("ENOSPC")),
      read: () => new Blob().stream(),
      close: () => void open--,
    };
  };
  const { fetch, commands, records } = scripts(() => "", { openSpool });
  const body = new Blob(["hello"]).stream();
  const response = await fetch("/cgi-bin/x", { method: "POST", body });
  assertEquals([response.status, open, commands.length], [507, 0, 0]);
  await response.text();
  await tick();
  assertEquals((records[0]?.error as Error).message, "ENOSPC");
});

Deno.test("a place is taken before content is collected", async () => {
  const { fetch } = scripts(
    () => ({ output: [`${TYPE}\n`, "x"], endless: true }),
    {
      maxProcesses: 1,
      openSpool: () => {
        throw new Error("nothing is collected");
      },
    },
  );
  const first = await fetch("/cgi-bin/x");
  const body = new Blob(["hello"]).stream();
  const second = await fetch("/cgi-bin/x", { method: "POST", body });
  assertEquals(second.status, 503);
  await first.body?.cancel();
});

Deno.test("what leads to a script otherwise is absent: links, and other spellings", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/cgi-bin`);
  Deno.writeTextFileSync(`${path}/cgi-bin/x`, "#!/bin/sh\n");
  Deno.chmodSync(`${path}/cgi-bin/x`, 0o755);
  Deno.writeTextFileSync(`${path}/app.py`, "secret");
  Deno.symlinkSync("cgi-bin/x", `${path}/page.html`);
  Deno.symlinkSync("cgi-bin/x", `${path}/index.html`);
  Deno.symlinkSync("cgi-bin", `${path}/dir`);
  Deno.symlinkSync("app.py", `${path}/text.txt`);
  Deno.symlinkSync("app.py", `${path}/run.py`);
  const { files } = currentRuntime();
  const { fetch, commands } = scripts(
    () => `${TYPE}\nran`,
    { extensions: { ".py": "python3" } },
    { root: path, files },
  );
  for (const name of ["page.html", "dir/", "dir", "dir/x", "text.txt"]) {
    assertEquals((await fetch(`/${name}`)).status, 404, name);
  }
  assertEquals(commands, []);
  assertEquals(await (await fetch("/run.py")).text(), "ran");
  assertEquals(await (await fetch("/cgi-bin/x")).text(), "ran");
  const listing = await (await fetch("/")).text();
  assertEquals(
    [...listing.matchAll(/<th[^>]*><a href="([^"]*)"/g)].map(([, href]) =>
      href
    ),
    ["app.py", "run.py"],
  );
});

Deno.test("408 for a client that stops in the middle of its content, and the place is free", async () => {
  for (const length of ["10", undefined]) {
    const { fetch } = scripts(
      () => ({ output: [`${TYPE}\n`, "hello"] }),
      { maxProcesses: 1, timeout: 20 },
    );
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
    });
    const response = await fetch("/cgi-bin/x", {
      method: "POST",
      body,
      headers: length === undefined ? {} : { "Content-Length": length },
    });
    assertEquals(response.status, 408);
    await tick(5);
    assertEquals((await fetch("/cgi-bin/x")).status, 200);
  }
});

Deno.test("who keeps the output of a script open that has ended, holds no place", async () => {
  let inherited = true;
  const { fetch } = scripts(
    () => ({ output: [`${TYPE}\n`, "x"], inherited }),
    { maxProcesses: 1 },
  );
  assertEquals((await fetch("/cgi-bin/x", { method: "HEAD" })).status, 200);
  await tick(1100);
  inherited = false;
  const response = await fetch("/cgi-bin/x");
  assertEquals([response.status, await response.text()], [200, "x"]);
});

Deno.test("a script that writes for ever what nobody wants is ended", async () => {
  function* output() {
    yield `${TYPE}\n`;
    for (;;) yield new Uint8Array(1_048_576);
  }
  const { fetch, signals } = scripts(() => ({ output: output() }));
  assertEquals((await fetch("/cgi-bin/x", { method: "HEAD" })).status, 200);
  await tick(100);
  assertEquals(signals, ["SIGTERM"]);
});

Deno.test("500 when starting a script fails in a way that nobody foresaw; its place is free", async () => {
  const processes: Processes = {
    environment: { PATH: "/bin" },
    chooseUser: () => ({ kind: "own" }),
    endAll: () => Promise.resolve(),
    start: () => Promise.reject(new TypeError("bug")),
  };
  const { fetch } = scripts(() => "", { processes, maxProcesses: 1 });
  assertEquals((await fetch("/cgi-bin/x")).status, 500);
  assertEquals((await fetch("/cgi-bin/x")).status, 500);
});
