/**
 * Deno as a runtime.
 *
 * @module
 */

import type { Handler } from "../exchange.ts";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  OperatingSystem,
  Runtime,
} from "../ports.ts";
import { CODER } from "./coder.ts";
import { denoProcesses } from "./deno_processes.ts";
import { createDisk } from "./disk.ts";
import { streamPieces } from "./file_stream.ts";
import { createOpenSpool } from "./spool.ts";

/** Up to this size one synchronous read is cheaper than a stream. */
const AT_ONCE_BYTES = 65_536;
const ABORT_WARNING = "Deno.serve: request.signal aborts on success";
/** How long to wait for descriptors before connections are accepted again, in milliseconds. */
const RESTART_MS = 100;

/**
 * The ports, filled by Deno.
 *
 * @returns The runtime.
 */
export function denoRuntime(): Runtime {
  const os: OperatingSystem = Deno.build.os === "windows" ? "windows" : "posix";
  return {
    version: `Deno/${Deno.version.deno}`,
    files: createDisk(os, AT_ONCE_BYTES, streamPieces),
    coder: CODER,
    processes: denoProcesses({ isGranted, os }),
    openSpool: createOpenSpool({ path: temporaryDirectory, os }),
    missingRunPermission,
    arguments: Deno.args,
    workingDirectory: () => orUndefined(() => Deno.cwd()),
    environment: readEnvironment,
    missingReadPermission: (path) =>
      isGranted({ name: "read", path }) ? undefined : "--allow-read",
    print: (text) => write(Deno.stdout, text),
    printError: (text) => write(Deno.stderr, text),
    exit: (status) => Deno.exit(status),
    onStop: (listener) => {
      Deno.addSignalListener("SIGINT", listener);
      if (os !== "windows") Deno.addSignalListener("SIGTERM", listener);
    },
    addresses: () =>
      isGranted({ name: "sys", kind: "networkInterfaces" })
        ? Deno.networkInterfaces().map(({ address }) => address)
        : undefined,
    listen,
  };
}

function readEnvironment(name: string): string | undefined {
  if (isGranted({ name: "env", variable: name })) return Deno.env.get(name);
  throw new TypeError(`Cannot read ${name}: start with --allow-env`);
}

/** Where files may be written that are gone at once. */
function temporaryDirectory(): string | undefined {
  const named = isGranted({ name: "env", variable: "TMPDIR" })
    ? Deno.env.get("TMPDIR")
    : undefined;
  const system = Deno.build.os === "windows" ? "C:\\Windows\\Temp" : "/tmp";
  return [named ?? system, system]
    .find((path) => isGranted({ name: "write", path }));
}

/** Who may not run everything must at least be able to run `kill`, to end all of a group, and know who they are. */
function missingRunPermission(
  any: readonly string[],
  all: readonly string[],
): string | undefined {
  if (isGranted({ name: "run" })) return undefined;
  const canRun = (command: string) => isGranted({ name: "run", command });
  const isEnough = [...all, "kill"].every(canRun) &&
    (any.some(canRun) || any.length === 0 && all.length > 0) &&
    isGranted({ name: "sys", kind: "uid" });
  if (isEnough) return undefined;
  const programs = [...any, ...all, "kill"];
  return programs.length === 1
    ? "--allow-run"
    : `--allow-run, or just --allow-sys=uid --allow-run=${programs.join(",")}`;
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

function orUndefined<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** An output that nobody reads any more (`serve | head -1`) is no reason to stop serving. */
function write(output: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += output.writeSync(bytes.subarray(at));
    }
  } catch {
    return;
  }
}

function listen(
  { hostname, port }: ListenOptions,
  handler: Handler,
): Listener | ListenFailure {
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  if (!isGranted({ name: "net", host })) {
    return { kind: "permission", message: `Requires net access to "${host}"` };
  }
  keepQuiet();
  try {
    return serve(hostname, port, handler);
  } catch (error) {
    return toFailure(error);
  }
}

/**
 * Deno tells whoever looks whether a client has left that its signal also comes after
 * success (its legacy behavior). CGI takes that into account, and listens no more by then.
 */
function keepQuiet(): void {
  const { warn } = console;
  // deno-lint-ignore no-console
  console.warn = (...words) => {
    if (!String(words[0]).startsWith(ABORT_WARNING)) warn(...words);
  };
}

/**
 * Deno gives up a server when it cannot accept a connection, for want of descriptors:
 * somebody who only connects could end the program. So it is started anew.
 */
function serve(hostname: string, port: number, handler: Handler): Listener {
  const start = (port: number): Deno.HttpServer<Deno.NetAddr> =>
    Deno.serve({
      hostname,
      port,
      onListen: () => {},
      // Our handler does not throw; what fails while it is sent is in the log.
      onError: () => new Response(null, { status: 500 }),
    }, (request, { remoteAddr, completed }) => {
      const socket = { port: server.addr.port };
      return handler(request, { remoteAddr, completed, server: socket });
    });
  let server = start(port);
  let draining = false;
  const { addr } = server;
  const restart = async (): Promise<typeof server> => {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      // There may still be no descriptor, not even one to listen with.
      const started = draining ? server : orUndefined(() => start(addr.port));
      if (started !== undefined) return started;
    }
  };
  const watch = async (): Promise<void> => {
    while (await fails(server) && !draining) {
      write(
        Deno.stderr,
        "serve: a connection was refused for want of descriptors\n",
      );
      server = await restart();
    }
  };
  void watch();
  return {
    address: addr.hostname,
    port: addr.port,
    drain: () => {
      draining = true;
      return server.shutdown();
    },
  };
}

function fails({ finished }: Deno.HttpServer): Promise<boolean> {
  return finished.then(() => false, () => true);
}

function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const { message } = error;
  if (error instanceof Deno.errors.AddrInUse) {
    return { kind: "in-use", message };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { kind: "denied", message };
  }
  return { kind: "not-available", message };
}
