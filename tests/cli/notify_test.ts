/** What systemd is told, by a `systemd-notify` that only takes notes. */
import { assertEquals } from "@std/assert";
import { createNotifier, type Notifier } from "../../lib/program/notify.ts";
import type { OpenSocket } from "../../lib/server/listeners.ts";
import type { Command, Runtime } from "../../main.ts";
import { until } from "../support/wait.ts";

const NONE = new ReadableStream<never>({ start: (stream) => stream.close() });

interface Notes {
  readonly notifier: Notifier;
  readonly commands: Command[];
  readonly messages: () => readonly string[];
  readonly errors: string[];
}

async function takeNotes(
  { watchdog, code = 0, missing, uptime = "12.34 1.00\n" }: {
    watchdog?: number;
    code?: number;
    missing?: string;
    uptime?: string | null;
  } = {},
): Promise<Notes> {
  const commands: Command[] = [];
  const errors: string[] = [];
  const runtime = {
    files: {
      stat: (path: string) => path.startsWith("/usr/bin/") ? {} : undefined,
    },
    processes: {
      environment: { PATH: "/opt/bin:/usr/bin:/bin" },
      start: (command: Command) => {
        commands.push(command);
        return Promise.resolve({
          input: undefined,
          output: NONE,
          errors: new Response(code === 0 ? "" : "Failed\nto notify\n").body,
          ended: Promise.resolve({ code, signal: undefined }),
        });
      },
    },
    processId: 100,
    missingRunPermission: () => missing,
    readText: () =>
      uptime === null
        ? { kind: "failed", message: "" }
        : { kind: "text", text: uptime },
    printError: (text: string) => void errors.push(text),
  } as unknown as Runtime;
  const notifier = await createNotifier("@n", watchdog, runtime);
  const messages = () => commands.map((one) => one.arguments.join("|"));
  return { notifier, commands, messages, errors };
}

const NEVER = new Promise<never>(() => {});
const ALIVE = () => Promise.resolve(0);

/** A socket, and a thread that may hang. */
function socketsOf(inFlight: () => Promise<number>) {
  const socket = { url: "http://[::1]:1/", inFlight: () => 0 };
  const thread = { ...socket, inFlight };
  return {
    main: { listeners: [socket] as unknown as readonly OpenSocket[] },
    all: { listeners: [socket, thread] as unknown as readonly OpenSocket[] },
  };
}

Deno.test("a notifier tells READY=1, RELOADING=1 between two of them, and STOPPING=1, in their order", async () => {
  const { notifier, commands, messages, errors } = await takeNotes();
  const stop = Promise.withResolvers<void>();
  notifier.ready("/srv/a b", socketsOf(ALIVE), stop.promise);
  notifier.hangUps.begin();
  notifier.hangUps.end();
  await notifier.finish();
  stop.resolve();
  await stop.promise;
  await notifier.finish();
  const ready =
    "READY=1|STATUS=serving /srv/a b at http://[::1]:1/|MAINPID=100";
  assertEquals(messages(), [
    ready,
    // Never behind the clock of systemd: a hundredth of a second is added.
    "RELOADING=1|MONOTONIC_USEC=12350000",
    ready,
    "STOPPING=1",
  ]);
  assertEquals(commands[0]?.program, "/usr/bin/systemd-notify");
  assertEquals(commands[0]?.variables, {
    PATH: "/opt/bin:/usr/bin:/bin",
    NOTIFY_SOCKET: "@n",
  });
  assertEquals(errors, []);
});

Deno.test("RELOADING=1 goes without a time where the clock cannot be read", async () => {
  for (const uptime of [null, "", "x"]) {
    const { notifier, messages } = await takeNotes({ uptime });
    notifier.hangUps.begin();
    await notifier.finish();
    assertEquals(messages(), ["RELOADING=1"]);
  }
});

Deno.test("a name in the status is one line: it assigns nothing", async () => {
  for (const end of ["\n", "\r\n", "\u2028", "\0"]) {
    const { notifier, commands } = await takeNotes();
    notifier.ready(`/a${end}MAINPID=1`, socketsOf(ALIVE), NEVER);
    await notifier.finish();
    assertEquals(
      commands[0]?.arguments[1],
      "STATUS=serving /a MAINPID=1 at http://[::1]:1/",
    );
  }
});

Deno.test("WATCHDOG=1 is told again and again while all is alive, and no more when something hangs", async () => {
  const { notifier, messages } = await takeNotes({ watchdog: 10 });
  let alive = 3;
  const inFlight = () => alive-- > 0 ? Promise.resolve(1) : NEVER;
  notifier.ready("/", socketsOf(inFlight), NEVER);
  await until(() => alive < 0);
  await notifier.finish();
  const told = messages().filter((message) => message === "WATCHDOG=1");
  assertEquals(told.length, 3);
  assertEquals(alive, -1, "what hangs is not asked again");
});

Deno.test("what cannot be told is one line, once", async () => {
  const rows: Array<[Parameters<typeof takeNotes>[0], string]> = [
    [{ code: 1 }, "Failed to notify"],
    [
      { missing: "--allow-run=systemd-notify" },
      "start with --allow-run=systemd-notify",
    ],
  ];
  for (const [how, reason] of rows) {
    const { notifier, errors } = await takeNotes(how);
    notifier.ready("/", socketsOf(ALIVE), NEVER);
    notifier.hangUps.begin();
    await notifier.finish();
    const line = "serve: systemd was not told READY=1:";
    assertEquals(errors, [`${line} ${reason}\n`]);
  }
});
