/**
 * Sockets on Deno. Behind each are servers, one after the other: Deno gives one up for want of
 * descriptors, and cannot change the certificate of one that runs.
 *
 * @module
 */

import { bytesOf } from "../ports/content.ts";
import type { Handler, PeerSource } from "../ports/exchange.ts";
import type { Answer, Responder } from "../ports/message.ts";
import type {
  Listen,
  Listener,
  ListenFailure,
  ListenOptions,
  NewPlace,
  TlsKeys,
} from "../ports/sockets.ts";
import { sleep } from "../ports/timers.ts";
import { isGranted } from "./deno_permissions.ts";
import { createToResponse } from "./deno_response.ts";
import { toListenFailure } from "./system.ts";
import type { UnreadStreams } from "./unread.ts";

/** How long to wait for descriptors before connections are accepted again, in milliseconds. */
const RESTART_MS = 100;
/** How long to wait until Deno has closed the old socket, in milliseconds. Measured: 3. */
const CLOSE_POLL_MS = 1;
/** How often to poll whether it has: five seconds in all. */
const CLOSE_POLLS = 5_000;
/** Answers in memory up to this length are not waited for. */
const SHORT_BYTES = 131_072;
const ABORT_WARNING = "Deno.serve: request.signal aborts on success";

type Server = Deno.HttpServer<Deno.Addr>;
type NewOptions = ListenOptions<NewPlace>;

export interface ListenParts extends Pick<UnreadStreams, "keepNothing"> {
  readonly printError: (text: string) => void;
}

/** A bound socket, until its last answer is sent. */
interface Socket extends ListenParts, Answering {
  readonly options: NewOptions;
  /** The place with the port that was given. */
  readonly place: NewPlace;
  keys: TlsKeys | undefined;
  server: Server;
  draining: boolean;
  /** Settles when the certificate has been changed. */
  renewing: Promise<unknown>;
  /** Servers that accept no more, and when they have sent everything. */
  readonly retired: Map<Server, Promise<void>>;
}

export function createListen(parts: ListenParts): Listen {
  let isFirst = true;
  return async (options, responder) => {
    const { place } = options;
    if (place.kind === "inherited") {
      // `Deno.serve` takes no descriptor (2.9.6), `node:http` does.
      const { listen } = await import("./node_server.ts");
      return await listen(options, responder);
    }
    const missing = missingPermission(place);
    if (missing !== undefined) return { kind: "permission", message: missing };
    if (place.kind === "unix") {
      // Loaded on demand: few programs need it.
      const { clearStaleSocket } = await import("./unix_socket.ts");
      const failure = await clearStaleSocket(place.path);
      if (failure !== undefined) return failure;
    }
    if (isFirst) silenceAbortWarning();
    isFirst = false;
    return serve({ ...options, place }, responder, parts);
  };
}

/** The flags that are missing, without a prompt. */
function missingPermission(place: NewPlace): string | undefined {
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

/**
 * Deno warns a program that listens to the abort of a request that this event also comes after
 * success (its legacy behavior). CGI takes that into account, and does not listen any more then.
 */
function silenceAbortWarning(): void {
  const { warn } = console;
  // deno-lint-ignore no-console
  console.warn = (...words) => {
    if (!String(words[0]).startsWith(ABORT_WARNING)) warn(...words);
  };
}

function serve(
  options: NewOptions,
  responder: Responder,
  parts: ListenParts,
): Listener | ListenFailure {
  try {
    const answering = createAnswering(responder, parts);
    const server = start(options, answering);
    const socket: Socket = {
      ...parts,
      ...answering,
      options,
      place: boundPlace(options.place, server),
      keys: options.tls,
      server,
      draining: false,
      renewing: Promise.resolve(),
      retired: new Map(),
    };
    void restartOnFailure(socket, server);
    return toListener(socket);
  } catch (error) {
    return toListenFailure(error);
  }
}

/** What Deno calls for a request, and how many of its answers are not complete. */
interface Answering {
  readonly answer: Handler;
  readonly inFlight: () => number;
}

/** What is answered at once is in memory; when it is short, it leaves at once, too, and does not count. */
function createAnswering(
  responder: Responder,
  { keepNothing }: ListenParts,
): Answering {
  let count = 0;
  const leave = () => void count--;
  const track = (info: PeerSource | undefined) => {
    count++;
    completionOf(info).then(leave, leave);
  };
  const toResponse = createToResponse();
  const send = (answer: Answer | Response, request: Request): Response => {
    const isOurs = !(answer instanceof Response);
    if (isOurs) answer.content?.keepNothing?.();
    const response = isOurs ? toResponse(answer) : keepNothing(answer);
    return asksToKeepAlive(request) ? keepAlive(response) : response;
  };
  return {
    inFlight: () => count,
    answer: (request, info) => {
      const answer = responder.answer(request, info);
      if (answer instanceof Promise) {
        track(info);
        return answer.then((answer) => send(answer, request));
      }
      if (isLong(answer)) track(info);
      return send(answer, request);
    },
  };
}

/** Whether content that is in memory is more than every client takes at once. */
function isLong(answer: Answer | Response): boolean {
  if (answer instanceof Response) return false;
  return (bytesOf(answer.content)?.length ?? 0) > SHORT_BYTES;
}

/** Options are compared without case (RFC 9110 §7.6.1); `close` counts more (RFC 9112 §9.3). */
function asksToKeepAlive({ headers }: Request): boolean {
  const connection = headers.get("connection");
  if (connection === null) return false;
  const options = connection.toLowerCase().split(",").map((text) =>
    text.trim()
  );
  return options.includes("keep-alive") && !options.includes("close");
}

/** Says that the connection stays open, which HTTP/1.1 need not say: wget2 keeps it only then. */
function keepAlive(response: Response): Response {
  const { headers } = response;
  try {
    if (!headers.has("connection")) headers.set("Connection", "keep-alive");
  } catch {
    // The fields of what `fetch` has got cannot be changed.
  }
  return response;
}

/** Deno settles it in any case: also when the client leaves. */
function completionOf(info: PeerSource | undefined): Promise<void> {
  const isKnown = info !== undefined && "completed" in info;
  return isKnown && info.completed || Promise.resolve();
}

function start(
  { place, tls, shared }: NewOptions,
  { answer }: Answering,
): Server {
  const options = {
    onListen: () => {},
    // Our handlers do not throw; what fails while it is sent is in the log.
    onError: () => new Response(null, { status: 500 }),
  };
  if (place.kind === "unix") {
    return Deno.serve({ ...options, path: place.path }, answer);
  }
  const { hostname, port } = place;
  // Without --unstable-net the property alone ends the process.
  const sharing = shared === true ? { reusePort: true } : {};
  return Deno.serve({ ...options, hostname, port, ...sharing, ...tls }, answer);
}

function boundPlace(place: NewPlace, { addr }: Server): NewPlace {
  return place.kind === "tcp" && "port" in addr
    ? { ...place, port: addr.port }
    : place;
}

function toListener(socket: Socket): Listener {
  const { server: { addr }, inFlight } = socket;
  const drain = () => drainAll(socket);
  // `completed` settles when Deno has got such an answer (2.9.6).
  const functions = { drain, inFlight, isUnaware: true };
  if (!("hostname" in addr)) {
    const path = socket.place.kind === "unix" ? socket.place.path : "";
    return { address: path, port: 0, ...functions };
  }
  const { hostname: address, port } = addr;
  if (socket.keys === undefined) return { address, port, ...functions };
  const renew = (keys: TlsKeys): Promise<ListenFailure | undefined> => {
    const renewed = socket.renewing.then(() => renewKeys(socket, keys));
    socket.renewing = renewed;
    return renewed;
  };
  return { address, port, ...functions, renew };
}

/** Stops accepting, and sends every answer that was begun, also those before the last certificate. */
async function drainAll(socket: Socket): Promise<void> {
  socket.draining = true;
  retire(socket, socket.server);
  await socket.renewing;
  retire(socket, socket.server);
  await Promise.all(socket.retired.values());
}

function retire({ retired }: Socket, server: Server): void {
  if (retired.has(server)) return;
  const forget = () => void retired.delete(server);
  retired.set(server, server.shutdown().then(forget, forget));
}

/**
 * Deno gives up a server when it cannot accept a connection, for want of descriptors: a client
 * that only connects could end the program. So another server is started. The one that was given
 * up finishes its answers, and closes idle connections, which hold the descriptors.
 */
async function restartOnFailure(socket: Socket, server: Server): Promise<void> {
  const isFailed = await server.finished.then(() => false, () => true);
  if (!isFailed || socket.draining || socket.server !== server) return;
  socket.printError(
    "serve: a connection was refused for want of descriptors\n",
  );
  retire(socket, server);
  await restart(socket, server);
}

/** There may still be no descriptor, not even one to listen with: so it tries until there is. */
async function restart(socket: Socket, failed: Server): Promise<void> {
  for (;;) {
    await sleep(RESTART_MS);
    // It was stopped meanwhile, or another was started with a new certificate.
    if (socket.draining || socket.server !== failed) return;
    try {
      return replaceServer(socket, socket.keys);
    } catch {
      continue;
    }
  }
}

function replaceServer(socket: Socket, tls: TlsKeys | undefined): void {
  const { options, place } = socket;
  socket.server = start({ ...options, place, tls }, socket);
  void restartOnFailure(socket, socket.server);
}

/**
 * The old server stops accepting and finishes its answers while a new one takes over its
 * address; for some milliseconds connections are refused, unless the address is shared.
 * Deno reads the keys when it already listens: so they cannot be tried before.
 */
async function renewKeys(
  socket: Socket,
  keys: TlsKeys,
): Promise<ListenFailure | undefined> {
  if (socket.draining) return undefined;
  const old = socket.server;
  const isShared = socket.options.shared === true;
  if (!isShared) retire(socket, old);
  try {
    await replaceWhenClosed(socket, keys);
    retire(socket, old);
    socket.keys = keys;
    return undefined;
  } catch (error) {
    if (isShared) return toListenFailure(error);
    await replaceWhenClosed(socket, socket.keys).catch(() => {
      void restart(socket, old);
    });
    return toListenFailure(error);
  }
}

async function replaceWhenClosed(
  socket: Socket,
  keys: TlsKeys | undefined,
): Promise<void> {
  for (let left = CLOSE_POLLS; !socket.draining; left--) {
    try {
      return replaceServer(socket, keys);
    } catch (error) {
      if (toListenFailure(error).kind !== "in-use" || left === 0) throw error;
    }
    await sleep(CLOSE_POLL_MS);
  }
}
