/**
 * `--admin` with the real program: its two pages and who may read them, numbers that agree with
 * what clients got, promtool and a real Prometheus.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { findProgram } from "../support/browser.ts";
import {
  type Program,
  PROJECT,
  runtimeOf,
  RUNTIMES,
  runToEnd,
  sharing,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import {
  lint,
  PROMETHEUS,
  PROMTOOL,
  startPrometheus,
} from "../support/prometheus.ts";
import { exchange, request } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import {
  close,
  connect,
  get,
  noise,
  readHead,
  slowDownload,
} from "../support/slow.ts";
import { until } from "../support/wait.ts";

const CURL = findProgram("curl");
const ADMIN = ["-q", "-b127.0.0.1", "--admin=127.0.0.1:0"];

/** Where the admin socket is, as the program says. */
function adminOf({ output }: Program): number {
  const [, port] =
    /^ {2}Admin on http:\/\/127\.0\.0\.1:(\d+)\/ \(\/health, \/metrics\)$/m
      .exec(output()) ?? [];
  assert(port !== undefined, output());
  return Number(port);
}

/** Starts the program, and waits for what it prints last. */
async function startAdmin(
  subject: Parameters<typeof start>[0],
  words: readonly string[],
  permissions?: readonly string[],
): Promise<Program> {
  const program = await start(subject, words, undefined, permissions);
  await program.printed("Admin on ");
  return program;
}

/** The series and their values. */
async function measure(port: number): Promise<Map<string, number>> {
  const { status, text } = await request(port, "/metrics");
  assertEquals(status, 200);
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at))];
      }),
  );
}

/** What has changed in the series of some names, without those that stay. */
function changes(
  before: Map<string, number>,
  after: Map<string, number>,
  pattern: RegExp,
): Record<string, number> {
  return Object.fromEntries(
    [...after].filter(([series]) => pattern.test(series))
      .map(([series, value]) =>
        [series, value - (before.get(series) ?? 0)] as const
      )
      .filter(([, change]) => change !== 0),
  );
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: --admin answers /health and /metrics to GET and HEAD, to who names it, and nothing else; the site has neither`, async () => {
    using directory = temporaryDirectory();
    const words = ["0", directory.path, ...ADMIN];
    await using program = await startAdmin(runtime, words);
    const admin = adminOf(program);
    const json = { Accept: "application/json" };
    const rows: Array<
      [
        target: string,
        fields: Record<string, string>,
        method: string,
        status: number,
        text: string | RegExp,
      ]
    > = [
      ["/health", {}, "GET", 200, "ok\n"],
      ["/health?x", { Accept: "text/html, */*;q=0.1" }, "GET", 200, "ok\n"],
      ["/health", json, "GET", 200, /^{"status":"ok","uptime_seconds":\d+}\n$/],
      ["/health", {}, "HEAD", 200, ""],
      ["/metrics", {}, "HEAD", 200, ""],
      ["/metrics", {}, "GET", 200, /^# HELP serve_/],
      ["/health", {}, "POST", 405, "It can only be read\n"],
      ["/metrics", {}, "OPTIONS", 405, "It can only be read\n"],
      ["/", {}, "GET", 404, "Here are /health and /metrics\n"],
      ["/metrics/", {}, "GET", 404, "Here are /health and /metrics\n"],
      ["/%6detrics", {}, "GET", 404, "Here are /health and /metrics\n"],
      // DNS rebinding: a name of an attacker leads here.
      ["/metrics", { Host: "evil.example" }, "GET", 421, /^Ask by an address/],
      ["/metrics", { Host: "localhost.evil.example" }, "GET", 421, /^Ask/],
      ["/metrics", { Host: `evil.example:${admin}` }, "GET", 421, /^Ask/],
      ["/health", { Host: "[::1]:1" }, "GET", 200, "ok\n"],
      ["/health", { Host: `127.0.0.1:${admin}` }, "GET", 200, "ok\n"],
      ["/health", { Host: "LOCALHOST" }, "GET", 200, "ok\n"],
      ["/health", { Origin: "http://localhost" }, "GET", 200, "ok\n"],
    ];
    for (const [target, fields, method, status, text] of rows) {
      const answer = await request(admin, target, fields, method);
      const row = `${method} ${target} ${JSON.stringify(fields)}`;
      assertEquals(answer.status, status, row);
      if (typeof text === "string") assertEquals(answer.text, text, row);
      else assertMatch(answer.text, text, row);
      assertEquals(answer.fields.get("cache-control"), "no-store", row);
      assertEquals(answer.fields.get("x-content-type-options"), "nosniff");
      assertEquals(answer.fields.get("access-control-allow-origin"), null);
      assert(answer.fields.has("date"), row);
      const isRead = status !== 405;
      assertEquals(answer.fields.get("allow"), isRead ? null : "GET, HEAD");
      const length = Number(answer.fields.get("content-length"));
      assert(method === "HEAD" ? length > 0 : length === answer.text.length);
    }
    const { fields } = await request(admin, "/metrics");
    assertEquals(
      fields.get("content-type"),
      "text/plain; version=0.0.4; charset=utf-8",
    );
    // A health check of HTTP/1.0 names no host.
    assertMatch(
      (await exchange(admin, "GET /health HTTP/1.0\r\n\r\n")).wire,
      /^HTTP\/1\.[01] 200 [^]*\r\n\r\nok\n$/,
    );
    for (const path of ["/health", "/metrics"]) {
      assertEquals((await request(program.port, path)).status, 404);
    }
  });

  Deno.test(`${runtime}: every request counts once, by status and kind, with the bytes that its client got`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/a.txt`, "hello ".repeat(100));
    Deno.mkdirSync(`${path}/sub`);
    Deno.mkdirSync(`${path}/in`);
    const words = ["0", path, ...ADMIN, "--cgi", "--upload=in"];
    await using program = await startAdmin(runtime, words, [
      ...PERMISSIONS,
      `--allow-write=${path}`,
      "--allow-sys=uid",
    ]);
    const { port } = program;
    const admin = adminOf(program);
    const script = "serve_scripts_started_total";
    const failed = "serve_scripts_failed_total";
    const rows: Array<
      [
        line: string,
        fields: Record<string, string>,
        series: string,
        scripts?: Record<string, number>,
      ]
    > = [
      ["GET /a.txt", {}, '200",kind="file'],
      ["HEAD /a.txt", {}, '200",kind="file'],
      ["GET /a.txt", { Range: "bytes=1-3" }, '206",kind="file'],
      ["GET /a.txt", { "If-None-Match": "*" }, '304",kind="file'],
      ["GET /a.txt", { "Accept-Encoding": "gzip" }, '200",kind="file'],
      ["GET /sub/", {}, '200",kind="listing'],
      ["GET /sub/?format=json", {}, '200",kind="listing'],
      ["GET /sub/?archive=zip", {}, '200",kind="archive'],
      ["GET /sub", {}, '301",kind="redirect'],
      ["OPTIONS /a.txt", {}, '204",kind="options'],
      ["GET /none", {}, '404",kind="error'],
      ["DELETE /a.txt", {}, '405",kind="error'],
      ["GET /a.txt", { Range: "bytes=900-" }, '416",kind="error'],
      ["GET /a.txt", { "If-Match": '"x"' }, '412",kind="error'],
      ["GET /%zz", {}, '400",kind="error'],
      ["BREW /a.txt", {}, '501",kind="error'],
      ["GET /cgi-bin/hello", {}, '200",kind="script', { [script]: 1 }],
      ["GET /cgi-bin/fail", {}, '502",kind="script', {
        [script]: 1,
        [failed]: 1,
      }],
      // A code that nobody has registered.
      ["GET /cgi-bin/fields", {}, '2xx",kind="script', { [script]: 1 }],
      ["PUT /in/b.txt", {}, '201",kind="upload'],
      ["DELETE /in/b.txt", {}, '405",kind="upload'],
    ];
    let before = await measure(admin);
    for (const [line, fields, label, scripts = {}] of rows) {
      const [method, target = ""] = line.split(" ");
      const answer = await request(port, target, fields, method);
      const row = `${line} ${JSON.stringify(fields)}`;
      const sent = answer.content.length;
      // The log gets an answer a moment after its client.
      let after = before;
      const expected = {
        [`serve_requests_total{status="${label}"}`]: 1,
        "serve_request_duration_seconds_count": 1,
        'serve_request_duration_seconds_bucket{le="+Inf"}': 1,
        ...sent === 0 ? {} : { serve_response_bytes_total: sent },
        ...scripts,
      };
      const pattern =
        /^serve_(?:requests_total|scripts_.*_total|response_bytes_total|requests_aborted_total|request_duration_seconds_count|.*\+Inf)/;
      const own = /event_loop/;
      let seen: Record<string, number> = {};
      const isCounted = async () => {
        after = await measure(admin);
        seen = Object.fromEntries(
          Object.entries(changes(before, after, pattern))
            .filter(([series]) => !own.test(series)),
        );
        return Object.keys(seen).length >= Object.keys(expected).length;
      };
      await until(isCounted, row);
      assertEquals(seen, expected, row);
      before = after;
    }
    // Nothing of the admin socket's own requests counts.
    assertEquals(
      changes(before, await measure(admin), /^serve_requests_total/),
      {},
    );
    assertEquals((await measure(admin)).get("serve_scripts_running"), 0);
  });

  Deno.test({
    name: `${runtime}: bytes are those that curl got, also of who leaves`,
    ignore: CURL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      Deno.writeFileSync(`${directory.path}/a.bin`, noise(3 * 1_048_576));
      Deno.writeTextFileSync(`${directory.path}/a.txt`, "abc ".repeat(5000));
      const words = ["0", directory.path, ...ADMIN];
      await using program = await startAdmin(runtime, words);
      const admin = adminOf(program);
      const url = `http://127.0.0.1:${program.port}/`;
      const paths = ["a.bin", "a.txt", "", "none"];
      const { stdout } = await new Deno.Command(CURL ?? "curl", {
        args: [
          "-sw%{size_download}\n",
          "-HAccept-Encoding: gzip",
          ...paths.flatMap((path) => ["-o/dev/null", url + path]),
        ],
      }).output();
      const sizes = new TextDecoder().decode(stdout).trim().split("\n");
      const sum = sizes.reduce((sum, size) => sum + Number(size), 0);
      assertEquals(sizes.length, paths.length);
      const count = "serve_request_duration_seconds_count";
      await until(async () => (await measure(admin)).get(count) === 4);
      const samples = await measure(admin);
      assertEquals(samples.get("serve_response_bytes_total"), sum);
      const encodings = 'serve_cache_entries{cache="encodings"}';
      assert((samples.get(encodings) ?? 0) > 0);
      // Who leaves in the middle is counted as such; the system takes less than all of it.
      Deno.writeFileSync(`${directory.path}/big.bin`, noise(24 * 1_048_576));
      const socket = await connect(program.port, get("/big.bin"));
      await socket.read(new Uint8Array(1000));
      close(socket);
      await until(async () =>
        (await measure(admin)).get("serve_requests_aborted_total") === 1
      );
      assertEquals((await measure(admin)).get(count), 5);
    },
  });

  Deno.test(`${runtime}: caches, answers in flight, connections, descriptors; /health says stopping until the last answer has left`, async () => {
    using directory = temporaryDirectory();
    const content = noise(24 * 1_048_576);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const words = ["0", directory.path, ...ADMIN];
    await using program = await startAdmin(runtime, words);
    const { port } = program;
    const admin = adminOf(program);
    const hits = 'serve_cache_hits_total{cache="representations"}';
    const misses = 'serve_cache_misses_total{cache="representations"}';
    // What has just been written is too young to be cached.
    await until(async () => {
      await request(port, "/a.txt");
      return (await measure(admin)).get(hits) === 1;
    });
    const before = await measure(admin);
    assert((before.get('serve_cache_bytes{cache="representations"}') ?? 0) > 1);
    for (let time = 0; time < 5; time++) await request(port, "/a.txt");
    await request(port, "/none");
    using slow = await slowDownload(port, "/big.bin");
    // Bun tells of a connection when something is sent on it.
    const idle = await connect(port, get("/none", "keep-alive"));
    await readHead(idle);
    // An answer is in flight until a moment after its client has it.
    let after = await measure(admin);
    await until(async () => {
      after = await measure(admin);
      return after.get("serve_requests_in_flight") === 1;
    });
    assertEquals(changes(before, after, /_(?:hits|misses)_/), {
      [hits]: 5,
      [misses]: 3,
    });
    if (runtime === "Deno") {
      assertEquals(after.get("serve_connections"), undefined);
      assertEquals(after.get("process_open_fds"), undefined);
    } else {
      // Those before them may not be closed yet.
      const areOpen = (count: number) => async () =>
        (await measure(admin)).get("serve_connections") === count;
      await until(areOpen(2), "two connections");
      close(idle);
      await until(areOpen(1), "one connection");
      assert((after.get("process_open_fds") ?? 0) > 4);
      assert((after.get("process_max_fds") ?? 0) >= 256);
    }
    close(idle);
    assert((after.get("process_cpu_seconds_total") ?? 0) > 0);
    assert((after.get("process_resident_memory_bytes") ?? 0) > 10_000_000);
    const startTime = after.get("process_start_time_seconds") ?? 0;
    assert(Math.abs(Date.now() / 1000 - startTime) < 600, `${startTime}`);
    await until(async () =>
      ((await measure(admin)).get("serve_event_loop_delay_seconds_count") ??
        0) > 2
    );
    program.process.kill("SIGTERM");
    await until(async () => (await request(admin, "/health")).status === 503);
    assertEquals((await request(admin, "/health")).text, "stopping\n");
    const json = { Accept: "application/json" };
    assertMatch(
      (await request(admin, "/health", json)).text,
      /^{"status":"stopping",/,
    );
    assertEquals((await measure(admin)).get("serve_requests_in_flight"), 1);
    assertEquals(await slow.finish(content), {
      length: content.length,
      same: true,
    });
    assertEquals((await program.process.status).code, 0);
  });
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: --admin says when the directory is gone, and when it is there again; over a unix socket`, async () => {
    using directory = temporaryDirectory();
    using sockets = temporaryDirectory();
    const root = `${directory.path}/site`;
    Deno.mkdirSync(root);
    const socket = `${sockets.path}/admin`;
    const words = ["0", root, "-q", "-b127.0.0.1", `--admin=unix:${socket}`];
    await using program = await startAdmin(subject, words, [
      "--allow-net",
      "--allow-read=/",
      `--allow-write=${sockets.path}`,
    ]);
    await program.printed(`  Admin on unix:${socket} (/health, /metrics)\n`);
    const health = async () => (await request(socket, "/health")).text;
    assertEquals(await health(), "ok\n");
    Deno.removeSync(root);
    await until(async () =>
      await health() === "failing: the directory is not there\n"
    );
    assertEquals((await request(socket, "/health")).status, 503);
    Deno.mkdirSync(root);
    await until(async () => await health() === "ok\n");
    assertEquals((await request(socket, "/metrics")).status, 200);
    assertEquals(await program.stop(), 0);
  });
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: a socket of --admin that cannot be opened ends the program before it answers; one for others is told of`, async () => {
    using directory = temporaryDirectory();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const at = `--admin=127.0.0.1:${port}`;
    const inUse = await runToEnd(runtime, ["0", directory.path, at]);
    assertEquals([inUse.code, inUse.output], [1, ""]);
    assertMatch(
      inUse.errors,
      /^serve: --admin: "127\.0\.0\.1" port \d+ is in use; choose another one/,
    );
    const bad = await runToEnd(runtime, ["--admin=http://x/"]);
    assertEquals(bad.code, 2);
    assertMatch(bad.errors, /^serve: --admin: bad address "http:\/\/x\/"/);
    const words = ["0", directory.path, "-q", "--admin=0.0.0.0:0"];
    await using program = await start(runtime, words);
    await program.printed(
      "  Everybody who can reach this machine can read them\n",
    );
  });
}

for (const subject of RUNTIMES.map(sharing)) {
  Deno.test(`${subject}: with --workers the numbers are those of all threads`, async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const words = ["0", directory.path, ...ADMIN, "--workers=2"];
    await using program = await startAdmin(subject, words);
    const { port } = program;
    const admin = adminOf(program);
    await Promise.all(
      Array.from({ length: 60 }, () => request(port, "/a.txt")),
    );
    const series = 'serve_requests_total{status="200",kind="file"}';
    await until(async () => (await measure(admin)).get(series) === 60);
    const samples = await measure(admin);
    assertEquals(samples.get("serve_response_bytes_total"), 60);
    const lookups = [...samples]
      .filter(([series]) =>
        /^serve_cache_(?:hits|misses)_total{cache="r/.test(series)
      )
      .reduce((sum, [, value]) => sum + value, 0);
    assertEquals(lookups, 60);
    assertEquals(
      samples.has("serve_connections"),
      runtimeOf(subject) !== "Deno",
    );
    assertEquals(samples.get(buildSeries(samples)), 1);
    assertEquals(await program.stop(), 0);
  });
}

function buildSeries(samples: Map<string, number>): string {
  return [...samples.keys()]
    .find((series) => series.startsWith("serve_build_info{")) ?? "";
}

Deno.test({
  name:
    "promtool has nothing against the numbers, and Prometheus scrapes them, on every runtime",
  ignore: PROMETHEUS === undefined || PROMTOOL === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "a");
    const words = ["0", directory.path, ...ADMIN];
    const programs = await Promise.all(
      RUNTIMES.map((runtime) => startAdmin(runtime, words)),
    );
    try {
      const admins = programs.map(adminOf);
      for (const [index, { port }] of programs.entries()) {
        await request(port, "/a.txt");
        await request(port, "/");
        const { text } = await request(admins[index] ?? 0, "/metrics");
        assertEquals(await lint(text), "", RUNTIMES[index]);
        assertMatch(text, /^# TYPE serve_requests_total counter$/m);
      }
      const configuration = Deno.readTextFileSync(
        `${PROJECT}scripts/deploy/prometheus.yml`,
      )
        .replace("scrape_interval: 15s", "scrape_interval: 1s")
        .replace(
          /^( *- )127\.0\.0\.1:9464$/m,
          admins.map((port) => `$1127.0.0.1:${port}`).join("\n"),
        );
      await using prometheus = await startPrometheus(configuration);
      const all = (value: number) =>
        Object.fromEntries(
          admins.map((port) => [`127.0.0.1:${port}`, value]),
        );
      const isEqual = async (expression: string, value: number) => {
        const found = await prometheus.query(expression);
        return JSON.stringify(Object.entries(found).toSorted()) ===
          JSON.stringify(Object.entries(all(value)).toSorted());
      };
      const files = 'serve_requests_total{status="200",kind="file"}';
      await until(() => isEqual("up", 1), "up");
      await until(() => isEqual(files, 1), files);
      const sum = "sum by (instance) (serve_requests_total)";
      await until(() => isEqual(sum, 2), sum);
    } finally {
      await Promise.all(programs.map((program) => program.stop()));
    }
  },
});
