import { assert, assertEquals } from "@std/assert";
import type { Runtime } from "../../lib/ports/runtime.ts";
import { type LogSettings, openLog } from "../../lib/program/log_file.ts";
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

function fake(write: (text: string) => string | undefined = () => undefined) {
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
          const reason = write(text);
          if (reason === undefined) written.push(text);
          return reason;
        },
        reopen: () => reopenReason,
      },
  };
  const failReopen = (reason: string) => reopenReason = reason;
  return { runtime, shown, written, failReopen };
}

function open(settings: Partial<LogSettings>, runtime: Runtime) {
  const whole = { format: "http.server", file: undefined, quiet: false };
  const opened = openLog({ ...whole, ...settings }, runtime);
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
    const { options: { log, scriptLog } } = open(settings, runtime);
    if (log !== undefined && log !== false) [RECORD, BUG].forEach(log);
    scriptLog?.(LINE);
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
  assertEquals(openLog(settings, fake().runtime), {
    kind: "failed",
    message: 'cannot write the log "bad": no disk',
  });
});

Deno.test("openLog(): a full disk is told once, and once more when it is not", () => {
  let isFull = true;
  const { runtime, shown, written } = fake(() => isFull ? "ENOSPC" : undefined);
  const { options: { log } } = open({ file: "log", format: "%U" }, runtime);
  assert(log);
  for (let count = 0; count < 3; count++) log(RECORD);
  isFull = false;
  log(RECORD);
  log(RECORD);
  assertEquals(written, ["/a\n", "/a\n"]);
  assertEquals(shown, [
    'serve: cannot write the log "log": ENOSPC; requests are answered, but not logged\n',
    "serve: the log is written again; 3 were lost\n",
  ]);
});

Deno.test("openLog(): a log that cannot be opened anew is told", () => {
  const { runtime, shown, failReopen } = fake();
  const { reopen } = open({ file: "log" }, runtime);
  reopen?.();
  assertEquals(shown, []);
  failReopen("EACCES");
  reopen?.();
  assertEquals(shown, [
    'serve: cannot open the log "log" anew: EACCES; the old one is written on\n',
  ]);
});
