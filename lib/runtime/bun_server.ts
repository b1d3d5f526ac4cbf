/**
 * Sockets on Bun.
 *
 * @module
 */

import { type Responder, toResponse } from "../ports/message.ts";
import type {
  Listener,
  ListenFailure,
  ListenOptions,
  Place,
  TlsKeys,
} from "../ports/sockets.ts";
import { sleep } from "../ports/timers.ts";
import { toListenFailure } from "./system.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  readonly serve: (
    options: BunPlace & {
      readonly idleTimeout: number;
      readonly maxRequestBodySize: number;
      readonly tls?: TlsKeys & { readonly ciphers: string } | undefined;
      readonly fetch: (
        request: Request,
        server: BunServer,
      ) => Response | Promise<Response>;
      readonly error: () => Response;
    },
  ) => BunServer;
};

type BunPlace = { readonly unix: string } | {
  readonly hostname: string;
  readonly port: number;
  readonly reusePort: boolean;
};

interface BunServer {
  readonly port: number;
  readonly pendingRequests: number;
  readonly stop: (closeActiveConnections?: boolean) => Promise<void>;
  readonly requestIP: (
    request: Request,
  ) => { readonly address: string; readonly port: number } | null;
}

/** In seconds; the largest that Bun takes. Less would cut slow downloads. */
const IDLE_TIMEOUT = 255;
/**
 * The suites of TLS 1.2 that Deno has: forward secrecy, authenticated encryption (RFC 9325
 * §4.2). Without a list Bun accepts CBC and RSA key exchange (measured with 1.4.5).
 */
const CIPHERS = ["ECDSA", "RSA"].flatMap((key) =>
  ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]
    .map((cipher) => `ECDHE-${key}-${cipher}`)
).join(":");
/** No host name has this form. */
const ADDRESS_REGEXP = /^(?:[\d.]+|[\da-f.:]*:[\da-f.:]*)$/i;
/** How often to poll whether an answer is still in flight, in milliseconds. */
const DRAIN_POLL_MS = 20;
/** How long a connection may stay open after its last answer, in milliseconds. */
const LINGER_MS = 250;

/** Binds a socket and answers its requests. */
export async function listen(
  { place, tls, shared = false }: ListenOptions,
  responder: Responder,
): Promise<Listener | ListenFailure> {
  try {
    const resolved = await resolvePlace(place);
    if (resolved.kind !== "tcp" && resolved.kind !== "unix") return resolved;
    const server = start(resolved, tls, shared, responder);
    const alone = {
      drain: () => drain(server),
      inFlight: () => server.pendingRequests,
    };
    if (resolved.kind === "unix") {
      return { address: resolved.path, port: 0, ...alone };
    }
    const { hostname: address } = resolved;
    const { port } = server;
    const restart = (keys: TlsKeys) =>
      start({ ...resolved, port }, keys, shared, responder);
    const functions = tls === undefined ? alone : renewable(server, restart);
    return { address, port, ...functions };
  } catch (error) {
    return toListenFailure(error);
  }
}

/** Bun would not tell which address of a name it took, and reports EADDRINUSE for a file that is no socket. */
async function resolvePlace(place: Place): Promise<Place | ListenFailure> {
  switch (place.kind) {
    case "tcp": {
      if (ADDRESS_REGEXP.test(place.hostname)) return place;
      const { lookup } = await import("node:dns/promises");
      const { address } = await lookup(place.hostname);
      return { ...place, hostname: address };
    }
    case "unix": {
      const { clearStaleSocket } = await import("./unix_socket.ts");
      return await clearStaleSocket(place.path) ?? place;
    }
  }
}

function start(
  place: Place,
  tls: TlsKeys | undefined,
  shared: boolean,
  responder: Responder,
): BunServer {
  const address = place.kind === "unix"
    ? { unix: place.path }
    : { hostname: place.hostname, port: place.port, reusePort: shared };
  return Bun.serve({
    ...address,
    idleTimeout: IDLE_TIMEOUT,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER, // the handler has its own limit
    ...tls === undefined ? {} : { tls: { ...tls, ciphers: CIPHERS } },
    fetch: async (request, server) => {
      const answer = await responder.answer(request, server);
      return answer instanceof Response ? answer : toResponse(answer);
    },
    // Bun's own page would show the source.
    error: () => new Response(null, { status: 500 }),
  });
}

/**
 * `server.reload({ tls })` changes nothing (measured): so another server takes over the port,
 * which Bun frees at once, while the old one finishes its answers.
 */
function renewable(
  first: BunServer,
  restart: (keys: TlsKeys) => BunServer,
): Required<Pick<Listener, "drain" | "inFlight" | "renew">> {
  let server = first;
  let draining = false;
  const retired = new Map<BunServer, Promise<void>>();
  const retire = (): void => {
    const old = server;
    retired.set(old, drain(old).then(() => void retired.delete(old)));
  };
  const renew = async (next: TlsKeys): Promise<ListenFailure | undefined> => {
    const failure = check(next, restart);
    if (failure !== undefined || draining) return failure;
    retire();
    server = await retry(() => restart(next));
    return undefined;
  };
  return {
    renew,
    drain: async () => {
      draining = true;
      retire();
      await Promise.all(retired.values());
    },
    inFlight: () =>
      [...new Set([server, ...retired.keys()])]
        .reduce((sum, { pendingRequests }) => sum + pendingRequests, 0),
  };
}

/** Bun reads the keys before it binds the port: so they are tried while the old server still has it. */
function check(
  keys: TlsKeys,
  restart: (keys: TlsKeys) => BunServer,
): ListenFailure | undefined {
  try {
    void restart(keys).stop(true); // the port is shared
    return undefined;
  } catch (error) {
    const failure = toListenFailure(error);
    return failure.kind === "in-use" ? undefined : failure;
  }
}

/** What can fail now passes: there is no descriptor, or another process has the port. */
async function retry(start: () => BunServer): Promise<BunServer> {
  for (;;) {
    try {
      return start();
    } catch {
      await sleep(DRAIN_POLL_MS);
    }
  }
}

/** Bun waits for a connection with half a request as for an answer. */
async function drain(server: BunServer): Promise<void> {
  const stopped = server.stop();
  while (server.pendingRequests > 0) await sleep(DRAIN_POLL_MS);
  // What was written last may still be on its way: to close at once could reset it.
  await Promise.race([stopped, sleep(LINGER_MS)]);
  await Promise.race([stopped, server.stop(true)]);
}
