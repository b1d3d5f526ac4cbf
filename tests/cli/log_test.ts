import { assert, assertEquals } from "@std/assert";
import type { LostLines, Runtime } from "../../lib/ports/runtime.ts";
import {
  createLogs,
  type LogSettings,
  openLog,
} from "../../lib/program/log_writer.ts";
import { until } from "../support/wait.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { LogRecord, ScriptLine } from "../../main.ts";

const RECORD: LogRecord = {
  peer: { address: "192.0.2.1" },
  time: 0,
  milliseconds: 1,
  method: "GET",
  target: "/a",
  status: 404,
  bytes: 1,
  message: "File not found",
};
const BUG: LogRecord = {
  ...RECORD,
  status: 500,
  message: "Internal Server Error",
  error: "a bug",
};
const LINE: ScriptLine = {
  peer: RECORD.peer,
  time: 0,
  script: "/x",
  line: "from a script",
};

function fake(
  write: (lines: string) => LostLines | undefined = () => undefined,
) {
  const shown: string[] = [];
  const written: string[] = [];
  let reopenReason: string | undefined;
  const runtime: Runtime = {
    ...currentRuntime(),
    printError: (text) => void shown.push(text),
    openAppend: (path) =>
      path === "bad" ? { kind: "failed", message: "no disk" } : {
        kind: "open",
        write: (text) => {
          const lost = write(text);
          if (lost === undefined) written.push(text);
          return lost;
        },
        reopen: () => reopenReason,
      },
  };
  const failReopen = (reason: string) => reopenReason = reason;
  return { runtime, shown, written, failReopen };
}

function open(settings: Partial<LogSettings>, runtime: Runtime) {
  const whole = { format: "http.server", file: undefined, quiet: false };
  const opened = openLog(
    { ...whole, ...settings },
    runtime,
    createLogs(runtime),
  );
  assert(opened.kind === "open");
  return opened;
}

Deno.test("openLog(): what goes where", () => {
  const rows: Array<
    [settings: Partial<LogSettings>, shown: string[], written: string[]]
  > = [
    [{}, ["404", "500", "a bug", "script"], []],
    [{ quiet: true }, [], []],
    [{ file: "log" }, [], ["404", "500", "a bug", "script"]],
    [{ file: "log", quiet: true }, [], ["404", "500", "a bug", "script"]],
    [{ format: "json" }, ["404", "500", "a bug", "script"], []],
    [{ format: "json", file: "log" }, [], ["404", "500", "a bug", "script"]],
    [{ format: "common" }, ["404", "500", "a bug", "script"], []],
    [{ format: "common", file: "log" }, ["a bug", "script"], ["404", "500"]],
    [{ format: "common", file: "log", quiet: true }, [], ["404", "500"]],
    [{ format: "%s", file: "log" }, ["a bug", "script"], ["404", "500"]],
  ];
  const words: Record<string, RegExp> = {
    "404": /(?:HTTP\/1\.1" |"status":|^)404/m,
    "500": /(?:HTTP\/1\.1" |"status":|^)500 ?/m,
    "a bug": /a bug/,
    script: /from a script/,
  };
  for (const [settings, shownWords, writtenWords] of rows) {
    const { runtime, shown, written } = fake();
    const { options: { log, scriptLog }, writer } = open(settings, runtime);
    if (log !== undefined && log !== false) [RECORD, BUG].forEach(log);
    scriptLog?.(LINE);
    writer?.flush();
    for (
      const [texts, expected] of [[shown, shownWords], [written, writtenWords]]
    ) {
      const found = Object.keys(words).filter((word) =>
        words[word]?.test((texts ?? []).join(""))
      );
      assertEquals(found, expected, JSON.stringify([settings, texts]));
    }
    if (settings.format === "common") {
      const lines = [...settings.file ? written : shown].join("");
      assert(!lines.includes("File not found"), lines);
    }
  }
});

Deno.test("openLog(): a file that cannot be opened is a failure", () => {
  const settings = { format: "json", file: "bad", quiet: false };
  const { runtime } = fake();
  assertEquals(openLog(settings, runtime, createLogs(runtime)), {
    kind: "failed",
    message: 'cannot write the log "bad": no disk',
  });
});

Deno.test("openLog(): a full disk is told once, and once more when it is not", () => {
  let isFull = true;
  const { runtime, shown, written } = fake(() =>
    isFull ? { count: 2, message: "ENOSPC" } : undefined
  );
  const { options: { log }, writer } = open(
    { file: "log", format: "%U" },
    runtime,
  );
  assert(log && writer);
  for (let count = 0; count < 3; count++) {
    log(RECORD);
    log(RECORD);
    writer.flush();
  }
  isFull = false;
  log(RECORD);
  writer.flush();
  log(RECORD);
  writer.flush();
  writer.flush();
  assertEquals(written, ["/a\n", "/a\n"]);
  assertEquals(shown, [
    'serve: cannot write the log "log": ENOSPC; requests are answered, but not logged\n',
    "serve: the log is written again; 6 were lost\n",
  ]);
});

Deno.test("openLog(): lines that come together are written together", async () => {
  const { runtime, written } = fake();
  const { options: { log }, writer } = open(
    { file: "log", format: "%U" },
    runtime,
  );
  assert(log && writer);
  const paths = Array.from({ length: 2000 }, (_, index) => `/${index}\u{20ac}`);
  for (const target of paths.slice(0, 1000)) log({ ...RECORD, target });
  const first = paths.slice(0, 1000).map((path) => `${path}\n`).join("");
  await until(() => written.join("") === first);
  for (const target of paths.slice(1000)) log({ ...RECORD, target });
  writer.reopen();
  assertEquals(written.join(""), paths.map((path) => `${path}\n`).join(""));
  for (const text of written) assert(text.endsWith("\n"));
  assert(written.length < 20, `${written.length} writes`);
});

Deno.test("openLog(): sites with one file have one writer; what any of them has gathered is written at the end", () => {
  const { runtime, written } = fake();
  const logs = createLogs(runtime);
  const logOf = (file: string) => {
    const settings = { format: "%U", file, quiet: true };
    const opened = openLog(settings, runtime, logs);
    assert(opened.kind === "open" && opened.options.log);
    return opened.options.log;
  };
  const before = logOf("log");
  const after = logOf("log");
  const elsewhere = logOf("other");
  before({ ...RECORD, target: "/1" });
  after({ ...RECORD, target: "/2" });
  before({ ...RECORD, target: "/3" });
  elsewhere({ ...RECORD, target: "/4" });
  logs.flush();
  assertEquals(written, ["/1\n/2\n/3\n", "/4\n"]);
});

Deno.test("openLog(): a log that cannot be opened anew is told", () => {
  const { runtime, shown, failReopen } = fake();
  const { writer } = open({ file: "log" }, runtime);
  writer?.reopen();
  assertEquals(shown, []);
  failReopen("EACCES");
  writer?.reopen();
  assertEquals(shown, [
    'serve: cannot open the log "log" anew: EACCES; the old one is written on\n',
  ]);
});
