/** What systemd tells by variables (sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3)). */
import { assertEquals } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import { readSystemd, socketsHindrance } from "../../lib/program/service.ts";
import type { Processes } from "../../main.ts";

const PROCESS_ID = 100;
const NOTHING = { notifySocket: undefined, watchdog: undefined, sockets: [] };

Deno.test("readSystemd() reads what is for this process, and leaves none of the variables behind", () => {
  const socket = { notifySocket: "/run/n" };
  const inherited = (...descriptors: number[]) => ({
    sockets: descriptors.map((descriptor) => ({
      kind: "inherited",
      descriptor,
    })),
  });
  const rows: Array<[Record<string, string>, Record<string, unknown>]> = [
    [{}, {}],
    [{ NOTIFY_SOCKET: "/run/n" }, socket],
    [{ NOTIFY_SOCKET: "@n" }, { notifySocket: "@n" }],
    [{ NOTIFY_SOCKET: "" }, {}],
    // The watchdog is of nobody else, and needs somebody to tell.
    [
      { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "30000000" },
      { ...socket, watchdog: 30_000 },
    ],
    [
      { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "1500", WATCHDOG_PID: "100" },
      { ...socket, watchdog: 1.5 },
    ],
    [
      { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: "1500", WATCHDOG_PID: "99" },
      socket,
    ],
    [{ WATCHDOG_USEC: "30000000" }, {}],
    ...["", "0", "-1", "1.5", "x", "1e3", "9".repeat(16)].map((
      microseconds,
    ): [Record<string, string>, Record<string, unknown>] => [
      { NOTIFY_SOCKET: "/run/n", WATCHDOG_USEC: microseconds },
      socket,
    ]),
    // The sockets are of nobody else: a shell in between leaves its own ID.
    [{ LISTEN_PID: "100", LISTEN_FDS: "1" }, inherited(3)],
    [
      { LISTEN_PID: "100", LISTEN_FDS: "3", LISTEN_FDNAMES: "a:b:c" },
      inherited(3, 4, 5),
    ],
    [{ LISTEN_PID: "99", LISTEN_FDS: "1" }, {}],
    [{ LISTEN_FDS: "1" }, {}],
    [{ LISTEN_PID: "100" }, {}],
    [{ LISTEN_PID: "100", LISTEN_FDS: "0" }, {}],
    [{ LISTEN_PID: "100", LISTEN_FDS: "x" }, {}],
    [{ LISTEN_PID: "100", LISTEN_FDS: "1001" }, {}],
  ];
  for (const [variables, expected] of rows) {
    const left = new Map(Object.entries({ ...variables, PATH: "/bin" }));
    const takeVariable = (name: string) => {
      const value = left.get(name);
      left.delete(name);
      return value;
    };
    const read = readSystemd({ takeVariable, processId: PROCESS_ID });
    assertEquals(read, { ...NOTHING, ...expected }, JSON.stringify(variables));
    assertEquals([...left.keys()], ["PATH"]);
  }
});

Deno.test("socketsHindrance(): what does not go with sockets that are passed", () => {
  const rows: Array<[string, boolean, string | undefined]> = [
    ["", true, undefined],
    ["8000 --quiet --tls-self-signed --redirect-http 80", true, undefined],
    ["--bind ::1", false, "--bind has no place beside"],
    ["--port-fallback", false, "--port-fallback has no place beside"],
    ["--workers 2", false, "--workers cannot share"],
    ["--workers auto", false, "--workers cannot share"],
    ["--cgi", false, undefined],
    ["--cgi", true, "--cgi: on Deno other programs would get"],
    ["--open", true, "--open: on Deno other programs would get"],
  ];
  const passed = " the sockets that systemd passes (LISTEN_FDS)";
  for (const [text, passSockets, start] of rows) {
    const line = parseCommandLine(text.split(" ").filter(Boolean));
    if (line.kind !== "serve") throw new Error(text);
    const processes = { passSockets } as unknown as Processes;
    const runtime = { processes, version: "Deno/2.9.6" };
    const sockets = [{ kind: "inherited", descriptor: 3 }] as const;
    const hindrance = socketsHindrance(sockets, line.settings, runtime);
    assertEquals(hindrance, start && `${start}${passed}`, text);
    assertEquals(socketsHindrance([], line.settings, runtime), undefined);
  }
});
