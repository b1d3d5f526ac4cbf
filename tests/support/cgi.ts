/** Scripts without processes: a function answers in place of each. */

import {
  type CgiOptions,
  type Command,
  createHandler,
  type Exit,
  type LogRecord,
  type Peer,
  type Processes,
  type Running,
  type ScriptLine,
  type SiteOptions,
} from "../../main.ts";
import { filesOf, NOW } from "./site.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a script does; `input` is undefined where it has none. */
export type Behaviour = (
  command: Command,
  input: ReadableStream<Bytes> | undefined,
) => string | Uint8Array | Answer | Promise<string | Uint8Array | Answer>;

export interface Answer {
  /** What it writes, piece by piece. */
  readonly output: Iterable<string | Uint8Array>;
  readonly errors?: string;
  readonly exit?: Exit;
  /** Whether it goes on for ever behind that, until it is ended; or until when. */
  readonly endless?: boolean | Promise<void>;
  /** Whether it has ended, and somebody else keeps its output open. */
  readonly inherited?: boolean;
}

export interface Scripts {
  readonly fetch: (
    path: string,
    init?: RequestInit & { peer?: Peer },
  ) => Promise<Response>;
  /** What was run. */
  readonly commands: Command[];
  /** What scripts complained about. */
  readonly lines: ScriptLine[];
  readonly records: LogRecord[];
  /** Signals that were sent, in order. */
  readonly signals: string[];
  /** How many run. */
  readonly running: () => number;
}

export const PEER: Peer = {
  address: "192.0.2.7",
  port: 4711,
  server: { port: 8000 },
};

const encoder = new TextEncoder();
/** A file that the system would run. */
export const SCRIPT = { content: "#!/bin/sh\n", executable: true } as const;

/** A site in memory with scripts in `/cgi-bin`, all of which behave the same. */
export function scripts(
  behave: Behaviour,
  cgi: CgiOptions = {},
  {
    tree = {},
    ...options
  }: Partial<SiteOptions> & { tree?: Parameters<typeof filesOf>[0] } = {},
): Scripts {
  const commands: Command[] = [];
  const lines: ScriptLine[] = [];
  const records: LogRecord[] = [];
  const signals: string[] = [];
  let running = 0;
  const processes: Processes = {
    environment: { PATH: "/bin" },
    chooseUser: () => ({ kind: "own" }),
    endAll: () => Promise.resolve(),
    start: async (command) => {
      commands.push(command);
      running++;
      const pipe = new TransformStream<Bytes, Bytes>();
      const answer = await behave(
        command,
        command.hasInput ? pipe.readable : undefined,
      );
      const child = toRunning(
        typeof answer === "string" || answer instanceof Uint8Array
          ? { output: [answer] }
          : answer,
        signals,
      );
      child.ended.then(() => running--);
      return { ...child, input: command.hasInput ? pipe.writable : undefined };
    },
  };
  const handler = createHandler({
    root: "/",
    files: filesOf({
      "/cgi-bin/x": SCRIPT,
      "/cgi-bin/nph-x": SCRIPT,
      "/page.html": "<p>static",
      ...tree,
    }),
    clock: { now: () => NOW },
    log: (record) => records.push(record),
    ...options,
    cgi: {
      stderr: (line) => lines.push(line),
      ...cgi,
      processes: cgi.processes ?? processes,
    },
  });
  return {
    fetch: async (path, init) =>
      await handler(
        new Request(`http://localhost:8000${path}`, {
          ...init,
          headers: {
            host: "localhost:8000",
            ...init?.headers as Record<string, string>,
          },
        }),
        init?.peer ?? PEER,
      ),
    commands,
    lines,
    records,
    signals,
    running: () => running,
  };
}

function toRunning(
  {
    output,
    errors = "",
    exit = { code: 0, signal: undefined },
    endless,
    inherited,
  }: Answer,
  signals: string[],
): Running {
  const { promise: ended, resolve } = Promise.withResolvers<Exit>();
  const left = output[Symbol.iterator]();
  let alive = true;
  const end = (exit: Exit) => {
    alive = false;
    resolve(exit);
  };
  return {
    input: undefined,
    output: new ReadableStream<Bytes>({
      pull(controller) {
        const { done, value } = left.next();
        if (!done) {
          return controller.enqueue(
            typeof value === "string"
              ? encoder.encode(value)
              : new Uint8Array(value),
          );
        }
        if (inherited) {
          end(exit);
          return new Promise(() => {});
        }
        if (endless instanceof Promise) endless.then(() => end(exit));
        if (endless) return ended.then(() => controller.close());
        controller.close();
        end(exit);
      },
    }, { highWaterMark: 0 }),
    errors: new Blob([errors]).stream(),
    ended,
    signal: (name) => {
      if (!alive || name === 0) return alive;
      signals.push(name);
      end({ code: 143, signal: name });
      return true;
    },
  };
}

/** The variables that a script is told. */
export async function variablesOf(
  path: string,
  init: RequestInit & { peer?: Peer } = {},
  cgi: CgiOptions = {},
  options: Parameters<typeof scripts>[2] = {},
): Promise<Readonly<Record<string, string>>> {
  const { fetch, commands } = scripts(
    () => "Content-Type: text/plain\n\n",
    cgi,
    options,
  );
  await (await fetch(path, init)).text();
  const [command] = commands;
  if (command === undefined) throw new Error(`${path} ran no script`);
  return command.variables;
}
