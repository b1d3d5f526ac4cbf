/**
 * Deno as a runtime.
 *
 * @module
 */

import type {
  Handler,
  Listener,
  ListenFailure,
  ListenOptions,
  OperatingSystem,
  Runtime,
} from "../ports.ts";
import { createDisk } from "./disk.ts";
import { streamSpan } from "./file_stream.ts";

/** Up to this size one synchronous read is cheaper than a stream. */
const AT_ONCE_BYTES = 65_536;

/**
 * The ports, filled by Deno.
 *
 * @returns The runtime.
 */
export function denoRuntime(): Runtime {
  const os: OperatingSystem = Deno.build.os === "windows" ? "windows" : "posix";
  const encoder = new TextEncoder();
  return {
    version: `Deno/${Deno.version.deno}`,
    files: createDisk(os, AT_ONCE_BYTES, streamSpan),
    arguments: Deno.args,
    workingDirectory: () => orUndefined(() => Deno.cwd()),
    environment: (name) =>
      isGranted({ name: "env", variable: name })
        ? Deno.env.get(name)
        : undefined,
    missingReadPermission: (path) =>
      isGranted({ name: "read", path }) ? undefined : "--allow-read",
    print: (text) => write(Deno.stdout, encoder.encode(text)),
    printError: (text) => write(Deno.stderr, encoder.encode(text)),
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
function write(output: typeof Deno.stdout, bytes: Uint8Array): void {
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
  try {
    const server = Deno.serve({
      hostname,
      port,
      onListen: () => {},
    }, (request, info) => handler(request, info));
    return {
      address: server.addr.hostname,
      port: server.addr.port,
      drain: () => server.shutdown(),
    };
  } catch (error) {
    return toFailure(error);
  }
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
