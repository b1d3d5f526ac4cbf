/** What fails around the program: descriptors, disks, roots, and what users put in place of ours. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  FEW_DESCRIPTORS,
  type Program,
  PROJECT,
  type RuntimeName,
  RUNTIMES,
  start,
  startModule,
  startWith,
  temporaryDirectory,
} from "../support/program.ts";
import { request, responses, writeAll } from "../support/raw.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";
import { close, connect, noise, slowDownload } from "../support/slow.ts";
import { until } from "../support/wait.ts";

const MIB = 1_048_576;
/** Half a request: Bun accepts no connection that is silent (TCP_DEFER_ACCEPT). */
const HALF = "GET /a HTTP/1.1\r\nHo";

/** How many descriptors the program has left below its limit. */
function descriptorsLeft({ process }: Program): number {
  const numbers = [...Deno.readDirSync(`/proc/${process.pid}/fd`)]
    .filter(({ name }) => Number(name) < FEW_DESCRIPTORS);
  return FEW_DESCRIPTORS - numbers.length;
}

/** Takes all descriptors of the program but some, by connections that wait for nothing. */
async function takeDescriptors(
  program: Program,
  left: number,
): Promise<Deno.Conn[]> {
  const taken: Deno.Conn[] = [];
  for (;;) {
    const free = descriptorsLeft(program);
    if (free <= left) return taken;
    // One that the program is late to take may be the last that it can.
    await connect(program.port, HALF).then((it) => taken.push(it), () => {});
    // Where the program gives one back meanwhile, there is just one more to take.
    await until(() => descriptorsLeft(program) < free, "fewer", 1000).catch(
      () => {},
    );
  }
}

/** What became of a client that asked while others asked for all descriptors. */
type Fate = "complete" | "wrong" | "503" | "refused";

/** Asks, waits for the others, and reads all that comes. */
async function crowd(
  port: number,
  others: Promise<void>,
  expected: Uint8Array,
): Promise<Fate> {
  const download = await slowDownload(port, "/big.bin").catch(() => undefined);
  if (download === undefined) return "refused";
  await others;
  using _download = download;
  if (/^HTTP\/1.1 503 /.test(download.head)) {
    assertMatch(download.head, /^retry-after: 1$/im);
    return "503";
  }
  const { length, same } = await download.finish(expected);
  return same && length === expected.length ? "complete" : "wrong";
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: without descriptors answers in flight finish, others are 503 or wait, and all is well afterwards`, async () => {
    using directory = temporaryDirectory();
    const content = noise(8 * MIB);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    Deno.writeTextFileSync(`${directory.path}/a`, "a");
    const words = ["0", directory.path];
    await using program = await startWith(FEW_DESCRIPTORS, runtime, words);
    const { port } = program;
    // A client takes two, its connection and its file: the last one finds just one.
    const isEven = descriptorsLeft(program) % 2 === 0;
    using _odd = isEven ? await connect(port, HALF) : undefined;
    const { promise: others, resolve } = Promise.withResolvers<void>();
    const clients = Array.from(
      { length: Math.ceil(descriptorsLeft(program) * 0.75) },
      () => crowd(port, others, content),
    );
    await program.log(" 503 ");
    resolve();
    const fates = await Promise.all(clients);
    assertEquals(fates.includes("wrong"), false);
    assert(fates.filter((fate) => fate === "complete").length > 10);
    assert(fates.includes("503"));
    // Deno's socket is closed until there are descriptors; Bun lets them wait.
    if (runtime === "Bun") assertEquals(fates.includes("refused"), false);
    await until(async () =>
      (await request(port, "/a").catch(() => undefined))?.status === 200
    );
    assertEquals(await program.stop("SIGTERM"), 0);
    const log = program.errors();
    const refusals = log.match(/" 503 \d+$/gm)?.length;
    assertEquals(log.match(/\] EMFILE: /g)?.length, refusals);
    assert(!/^\s+at |\] +at /m.test(log), log);
  });

  Deno.test(`${runtime}: a signal does not lose what was begun before descriptors were missing`, async () => {
    using directory = temporaryDirectory();
    const content = noise(12 * MIB);
    Deno.writeFileSync(`${directory.path}/big.bin`, content);
    const words = ["0", directory.path];
    await using program = await startWith(FEW_DESCRIPTORS, runtime, words);
    using download = await slowDownload(program.port, "/big.bin");
    const taken = await takeDescriptors(program, 1);
    for (let time = 0; time < 3; time++) {
      await connect(program.port, HALF).then((it) => taken.push(it), () => {});
    }
    // Deno tells, and starts anew; Bun does not even notice.
    if (runtime === "Deno") await program.log("want of descriptors");
    for (const connection of taken) close(connection);
    program.process.kill("SIGTERM");
    await program.printed("exiting");
    const { length, same } = await download.finish(content);
    assertEquals([length, same], [content.length, true]);
    assertEquals((await program.process.status).code, 0);
  });

  Deno.test(`${runtime}: a script that no descriptors are left for is 503`, async () => {
    using directory = temporaryDirectory();
    Deno.chmodSync(directory.path, 0o755);
    Deno.mkdirSync(`${directory.path}/cgi-bin`, { mode: 0o755 });
    addScript(
      `${directory.path}/cgi-bin/hello`,
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\nContent-Length: 5\\n\\nhello'\n",
    );
    const words = ["0", directory.path, "--cgi"];
    await using program = await startWith(
      FEW_DESCRIPTORS,
      runtime,
      words,
      PERMISSIONS,
    );
    const text = "GET /cgi-bin/hello HTTP/1.1\r\nHost: a\r\n\r\n";
    const kept = await connect(program.port);
    const { next } = responses(kept);
    const taken: Deno.Conn[] = [];
    const statuses: string[] = [];
    for (let left = 9; left > 0; left--) {
      // The first time all is there, and the runtime gets what it keeps.
      if (left < 9) taken.push(...await takeDescriptors(program, left));
      await writeAll(kept, new TextEncoder().encode(text));
      statuses.push(`${(await next())?.status}`);
    }
    for (const connection of [kept, ...taken]) close(connection);
    assert(statuses.every((status) => status === "200" || status === "503"));
    assertEquals(statuses.at(-1), "503");
  });

  Deno.test(`${runtime}: a root that disappears is 404, and is served when it comes back`, async () => {
    using directory = temporaryDirectory();
    const root = `${directory.path}/root`;
    const furnish = () => {
      Deno.mkdirSync(root);
      Deno.writeTextFileSync(`${root}/a`, "a");
    };
    furnish();
    // Of --allow-read=/ only the directory is kept, and not what a link leads to.
    const permissions = ["--allow-net", "--allow-read"];
    await using program = await start(
      runtime,
      ["0", root],
      undefined,
      permissions,
    );
    const statuses = async () => {
      const targets = ["/a", "/"];
      const answers = targets.map((target) => request(program.port, target));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    assertEquals(await statuses(), [200, 200]);
    for (let time = 0; time < 2; time++) {
      Deno.renameSync(root, `${root}-${time}`);
      assertEquals(await statuses(), [404, 404]);
      Deno.writeTextFileSync(root, "no directory");
      assertEquals(await statuses(), [404, 404]);
      Deno.removeSync(root);
      Deno.symlinkSync(`${root}-${time}`, root);
      assertEquals(await statuses(), [200, 200]);
      Deno.removeSync(root);
      Deno.symlinkSync(root, root);
      assertEquals(await statuses(), [404, 404]);
      Deno.removeSync(root);
      furnish();
      assertEquals(await statuses(), [200, 200]);
    }
    assertEquals(await program.stop("SIGTERM"), 0);
    assert(!program.errors().includes(" 500 "), program.errors());
  });
}

/**
 * A server that embeds the handler as our program does: with an `onError` that is silent,
 * else the runtime tells what is in the log once more. Bun waits for less than ours.
 */
const LISTEN: Readonly<Record<RuntimeName, string>> = {
  Deno: `Deno.serve({ port: 0, onListen() {}, onError }, handler).addr`,
  Bun: `Bun.serve({ port: 0, idleTimeout: 2, fetch: handler, error: onError })`,
  Node: `await listen(handler, { port: 0, onError })`,
};

/** Writes a module that serves what \`handler\` is in it. */
function embed(path: string, runtime: RuntimeName, source: string): string {
  const module = `${path}/embed.ts`;
  Deno.writeTextFileSync(
    module,
    `import { createHandler, listen, memoryFiles } from "${PROJECT}lib/mod.ts";
    const root = ${JSON.stringify(path)};
    ${source}
    const onError = () => new Response(null, { status: 500 });
    const { port } = ${LISTEN[runtime]};
    console.log(\` port \${port} \`);`,
  );
  return module;
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: a file that shrinks while it is sent cuts the connection`, async () => {
    using directory = temporaryDirectory();
    const content = noise(12 * MIB);
    const source = "const handler = createHandler({ root });";
    const module = embed(directory.path, runtime, source);
    await using program = await startModule(runtime, module);
    const path = `${directory.path}/big.bin`;
    // Bun takes some seconds to see that a connection is idle.
    for (const left of runtime === "Bun" ? [5 * MIB] : [5 * MIB, 0]) {
      Deno.writeFileSync(path, content);
      using download = await slowDownload(
        program.port,
        "/big.bin",
        "keep-alive",
      );
      Deno.truncateSync(path, left);
      const { length, same } = await download.finish(content);
      assert(length < content.length);
      assertEquals(same, true);
    }
    if (runtime === "Deno") {
      // The client learns it first.
      const lines = () => program.errors().match(/became shorter/g)?.length;
      await until(() => lines() === 2, "two lines");
      const log = program.errors();
      assertEquals(lines(), 2);
      assert(!/\] +at /.test(log), log);
    }
  });

  Deno.test(`${runtime}: a disk that fails in the middle of a file cuts the connection, logged once`, async () => {
    using directory = temporaryDirectory();
    const module = embed(
      directory.path,
      runtime,
      `const memory = memoryFiles({ "/big.bin": new Uint8Array(${4 * MIB}) });
      const content = () => {
        let reject;
        const ended = new Promise((_, fail) => void (reject = fail));
        ended.catch(() => {});
        let taken = 0;
        const pull = (controller) => {
          if ((taken += 65_536) <= ${2 * MIB}) {
            controller.enqueue(new Uint8Array(65_536));
          } else {
            const error = new Error("EIO: i/o error, read");
            reject(error);
            controller.error(error);
          }
        };
        const body = new ReadableStream({ pull }, { highWaterMark: 0 });
        return { body, ended, taken: () => taken };
      };
      const open = (path) => {
        const file = memory.open(path);
        return file && { ...file, content };
      };
      const handler = createHandler({ root: "/", files: { ...memory, open } });`,
    );
    await using program = await startModule(runtime, module);
    for (const fields of [{}, { Range: "bytes=1-4000000" }]) {
      const { wire } = await request(program.port, "/big.bin", fields);
      assertMatch(wire, /^HTTP\/1.1 20[06] /);
      assert(wire.length < 3 * MIB, `${wire.length}`);
      assert(!wire.endsWith("\r\n0\r\n\r\n"));
    }
    // Bun itself prints what fails in a stream, without a date.
    const lines = () => program.errors().match(/\] Error: EIO:/g) ?? [];
    await until(() => lines().length >= 2);
    assertEquals((await request(program.port, "/")).status, 200);
    assertEquals(lines().length, 2);
  });
}

interface Bug {
  /** What the handler at \`/NAME\` is told. */
  readonly options: string;
  /** What meets the bug, and what does not. */
  readonly target: string;
  readonly fine?: string;
  readonly status?: number;
}

/** Bugs in what a user puts in place of ours, by the option. */
const BUGS: Readonly<Record<string, Bug>> = {
  resolve: {
    options:
      "resolve: (target, next) => target.segments.includes('bug') ? fail('resolve') : next(target)",
    target: "bug",
  },
  list: { options: "list: () => fail('list')", target: "" },
  listLater: {
    options: "list: async () => { await 0; fail('listLater'); }",
    target: "",
  },
  guessType: {
    options:
      "guessType: (name) => name === 'bug' ? fail('guessType') : 'text/plain'",
    target: "bug",
  },
  errorPage: { options: "errorPage: () => fail('errorPage')", target: "nope" },
  files: {
    options:
      "files: { ...memory, open: (path) => path === '/bug' ? fail('files') : memory.open(path) }, root: '/'",
    target: "bug",
  },
  filesLater: {
    options:
      "files: { ...memory, stat: async (path) => path === '/bug' ? fail('filesLater') : memory.stat(path) }, root: '/'",
    target: "bug",
  },
};

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: a bug in what a user puts in place of ours is 500, with its stack in the log; others are answered`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const handlers = Object.entries(BUGS).map(([name, { options }]) =>
      `${name}: createHandler({ root, urlRoot: "/${name}", ${options} }),`
    );
    Deno.writeTextFileSync(`${path}/bug`, "bug");
    Deno.writeTextFileSync(`${path}/fine`, "fine");
    const module = embed(
      path,
      runtime,
      `const fail = (name) => { throw new Error(\`bug in \${name}\`); };
      const memory = memoryFiles({ "/bug": "bug", "/fine": "fine" });
      const handlers = {
        ${handlers.join("\n")}
        log: createHandler({ root, urlRoot: "/log", log: () => fail("log") }),
      };
      const handler = (request, source) =>
        handlers[new URL(request.url).pathname.split("/")[1]](request, source);`,
    );
    await using program = await startModule(runtime, module);
    const { port } = program;
    for (const [name, { target }] of Object.entries(BUGS)) {
      const [bug, fine] = await Promise.all([
        request(port, `/${name}/${target}`),
        request(port, `/${name}/fine`),
      ]);
      assertEquals(bug.status, 500, name);
      assertMatch(bug.text, /Message: Internal Server Error\./);
      assert(!bug.text.includes("bug in"), name);
      assertEquals(fine.text, "fine", name);
      const log = await program.log(`"GET /${name}/${target} HTTP/1.1" 500`);
      assertMatch(log, new RegExp(`\\] Error: bug in ${name}\n.*\\] +at `));
    }
    // A log that fails has nobody to tell.
    assertEquals((await request(port, "/log/fine")).text, "fine");
    assertEquals((await request(port, "/log/fine")).text, "fine");
  });
}
