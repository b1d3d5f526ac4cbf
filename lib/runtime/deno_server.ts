/**
 * Servers on Deno, one after the other on the same socket address: Deno gives one up for
 * want of descriptors, and cannot change the certificate of one that runs.
 *
 * Sockets on Deno: whether they can be had.
 *
 * One server on Deno.
 *
 * @module
 */

import type { Handler } from "../ports/exchange.ts";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  Place,
  TlsKeys,
} from "../ports/sockets.ts";
import { isGranted, write } from "./deno_permissions.ts";
import { reasonOf } from "./text_files.ts";
import { keepNothing } from "./web_stream.ts";

/** How long to wait for descriptors before connections are accepted again, in milliseconds. */
const RESTART_MS = 100;
/** How long to wait until Deno has closed the old socket, in milliseconds. Measured: 3. */
const CLOSE_POLL_MS = 1;
/** How often to look whether it has: five seconds in all. */
const CLOSE_POLLS = 5_000;

/** What runs at a place, now and until its answers are sent. */
interface Life {
  readonly options: ListenOptions;
  /** The place with the port that was given. */
  readonly place: Place;
  readonly handler: Handler;
  keys: TlsKeys | undefined;
  server: Server;
  draining: boolean;
  /** Settles when the certificate has been changed. */
  renewing: Promise<unknown>;
  /** Servers that accept no more, and when they have sent everything. */
  readonly retired: Map<Server, Promise<void>>;
}

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen, and how; the permissions are there.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export function serve(
  options: ListenOptions,
  handler: Handler,
): Listener | ListenFailure {
  try {
    const server = start(options, handler);
    const place = boundPlace(options.place, server);
    const life: Life = {
      options,
      place,
      handler,
      keys: options.tls,
      server,
      draining: false,
      renewing: Promise.resolve(),
      retired: new Map(),
    };
    void watch(life, server);
    return toListener(life);
  } catch (error) {
    return toFailure(error);
  }
}

function boundPlace(place: Place, { addr }: Server): Place {
  return place.kind === "tcp" && "port" in addr
    ? { ...place, port: addr.port }
    : place;
}

function toListener(life: Life): Listener {
  const { addr } = life.server;
  const drain = () => drainAll(life);
  if (!("hostname" in addr)) {
    const path = life.place.kind === "unix" ? life.place.path : "";
    return { address: path, port: 0, drain };
  }
  const { hostname: address, port } = addr;
  if (life.keys === undefined) return { address, port, drain };
  const renew = (keys: TlsKeys): Promise<ListenFailure | undefined> => {
    const renewed = life.renewing.then(() => renewKeys(life, keys));
    life.renewing = renewed;
    return renewed;
  };
  return { address, port, drain, renew };
}

/** Stops accepting, and sends what was begun: also what began before the last certificate. */
async function drainAll(life: Life): Promise<void> {
  life.draining = true;
  retire(life, life.server);
  await life.renewing;
  retire(life, life.server);
  await Promise.all(life.retired.values());
}

function retire({ retired }: Life, server: Server): void {
  if (retired.has(server)) return;
  const forget = () => void retired.delete(server);
  retired.set(server, server.shutdown().then(forget, forget));
}

/**
 * Deno gives up a server when it cannot accept a connection, for want of descriptors:
 * somebody who only connects could end the program. So it is started anew; the one that
 * was given up finishes its answers, and closes the connections that wait for nothing,
 * which are the descriptors that are missing.
 */
async function watch(life: Life, server: Server): Promise<void> {
  if (!await fails(server) || life.draining || life.server !== server) return;
  write(
    Deno.stderr,
    "serve: a connection was refused for want of descriptors\n",
  );
  retire(life, server);
  await restart(life, server);
}

function fails({ finished }: Server): Promise<boolean> {
  return finished.then(() => false, () => true);
}

/** There may still be no descriptor, not even one to listen with: so until there is. */
async function restart(life: Life, failed: Server): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
    // Somebody has stopped it meanwhile, or begun another with a new certificate.
    if (life.draining || life.server !== failed) return;
    try {
      return adopt(life, life.keys);
    } catch {
      continue;
    }
  }
}

function adopt(life: Life, tls: TlsKeys | undefined): void {
  const { options, place, handler } = life;
  life.server = start({ ...options, place, tls }, handler);
  void watch(life, life.server);
}

/**
 * The old server stops accepting and finishes its answers while a new one takes over its
 * address; for some milliseconds connections are refused, unless the address is shared.
 * Deno looks at the keys when it already listens: so they cannot be tried before.
 */
async function renewKeys(
  life: Life,
  keys: TlsKeys,
): Promise<ListenFailure | undefined> {
  if (life.draining) return undefined;
  const old = life.server;
  const isShared = life.options.shared === true;
  if (!isShared) retire(life, old);
  try {
    await adoptWhenClosed(life, keys);
    retire(life, old);
    life.keys = keys;
    return undefined;
  } catch (error) {
    if (isShared) return toFailure(error);
    await adoptWhenClosed(life, life.keys).catch(() => {
      void restart(life, old);
    });
    return toFailure(error);
  }
}

async function adoptWhenClosed(
  life: Life,
  keys: TlsKeys | undefined,
): Promise<void> {
  for (let left = CLOSE_POLLS; !life.draining; left--) {
    try {
      return adopt(life, keys);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || left === 0) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS));
  }
}

const ABORT_WARNING = "Deno.serve: request.signal aborts on success";

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen, and how.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export async function listen(
  options: ListenOptions,
  handler: Handler,
): Promise<Listener | ListenFailure> {
  const { place } = options;
  const missing = missingPermission(place);
  if (missing !== undefined) return { kind: "permission", message: missing };
  if (place.kind === "unix") {
    // What few need is not loaded by all.
    const { clearStaleSocket } = await import("./unix_socket.ts");
    const failure = await clearStaleSocket(place.path);
    if (failure !== undefined) return failure;
  }
  keepQuiet();
  return serve(options, handler);
}

/** The flags that are missing, without asking anybody. */
function missingPermission(place: Place): string | undefined {
  if (place.kind === "tcp") {
    const { hostname, port } = place;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return isGranted({ name: "net", host: `${host}:${port}` })
      ? undefined
      : "--allow-net";
  }
  const { path } = place;
  const flags = [
    ...isGranted({ name: "net", host: `unix:${path}` }) ? [] : ["--allow-net"],
    ...isGranted({ name: "read", path }) ? [] : [`--allow-read=${path}`],
    ...isGranted({ name: "write", path }) ? [] : [`--allow-write=${path}`],
  ];
  return flags.length === 0 ? undefined : flags.join(" ");
}

let isQuiet = false;

/**
 * Deno tells whoever looks whether a client has left that its signal also comes after
 * success (its legacy behavior). CGI takes that into account, and listens no more by then.
 */
function keepQuiet(): void {
  if (isQuiet) return;
  isQuiet = true;
  const { warn } = console;
  // deno-lint-ignore no-console
  console.warn = (...words) => {
    if (!String(words[0]).startsWith(ABORT_WARNING)) warn(...words);
  };
}

/** A server on any kind of socket. */
export type Server = Deno.HttpServer<Deno.Addr>;

/**
 * Starts a server.
 *
 * @param options Where to listen, and how.
 * @param handler What answers.
 * @returns The server; throws what Deno throws.
 */
export function start(
  { place, tls, shared }: ListenOptions,
  handler: Handler,
): Server {
  const options = {
    onListen: () => {},
    // Our handlers do not throw; what fails while it is sent is in the log.
    onError: () => new Response(null, { status: 500 }),
  };
  const answer: Handler = (request, info) => {
    const response = handler(request, info);
    return response instanceof Promise
      ? response.then(keepNothing)
      : keepNothing(response);
  };
  switch (place.kind) {
    case "unix":
      return Deno.serve({ ...options, path: place.path }, answer);
    case "tcp": {
      const { hostname, port } = place;
      // Without --unstable-net the property alone ends the process.
      const sharing = shared === true ? { reusePort: true } : {};
      return Deno.serve(
        { ...options, hostname, port, ...sharing, ...tls },
        answer,
      );
    }
  }
}

/**
 * What was thrown, in the words of the ports.
 *
 * @param error What was thrown.
 * @returns Why there is no socket.
 */
export function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const message = reasonOf(error);
  if (error instanceof Deno.errors.AddrInUse) {
    return { kind: "in-use", message };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { kind: "denied", message };
  }
  return { kind: "not-available", message };
}
