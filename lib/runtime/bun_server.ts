/**
 * Sockets on Bun.
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
import { reasonOf } from "./text_files.ts";

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
/** No name can be one of these. */
const ADDRESS_REGEXP = /^(?:[\d.]+|[\da-f.:]*:[\da-f.:]*)$/i;
/** How often to look whether an answer is still in flight, in milliseconds. */
const DRAIN_POLL_MS = 20;
/** How long a connection may stay open behind its last answer, in milliseconds. */
const LINGER_MS = 250;

/**
 * Opens a socket and serves it.
 *
 * @param options Where to listen, and how.
 * @param handler What answers.
 * @returns The socket, or why there is none.
 */
export async function listen(
  { place, tls, shared = false }: ListenOptions,
  handler: Handler,
): Promise<Listener | ListenFailure> {
  try {
    const found = await findPlace(place);
    if (found.kind !== "tcp" && found.kind !== "unix") return found;
    const server = start(found, tls, shared, handler);
    if (found.kind === "unix") {
      return { address: found.path, port: 0, drain: () => drain(server) };
    }
    const { hostname: address } = found;
    const { port } = server;
    const again = (keys: TlsKeys) =>
      start({ ...found, port }, keys, shared, handler);
    const lasting = tls === undefined
      ? { drain: () => drain(server) }
      : renewable(server, again);
    return { address, port, ...lasting };
  } catch (error) {
    return toFailure(error);
  }
}

/** Bun would not tell which address of a name it took, and says EADDRINUSE of a file that is no socket. */
async function findPlace(place: Place): Promise<Place | ListenFailure> {
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
  handler: Handler,
): BunServer {
  const where = place.kind === "unix" ? { unix: place.path } : {
    hostname: place.hostname,
    port: place.port,
    reusePort: shared,
  };
  return Bun.serve({
    ...where,
    idleTimeout: IDLE_TIMEOUT,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER, // ours to say
    ...tls === undefined ? {} : { tls: { ...tls, ciphers: CIPHERS } },
    fetch: handler,
    // Bun's own page would show the source.
    error: () => new Response(null, { status: 500 }),
  });
}

/**
 * `server.reload({ tls })` changes nothing (measured), so another server takes over the
 * port, which Bun gives free at once, while the old one finishes its answers.
 */
function renewable(
  first: BunServer,
  again: (keys: TlsKeys) => BunServer,
): Required<Pick<Listener, "drain" | "renew">> {
  let server = first;
  let draining = false;
  const retired = new Set<Promise<void>>();
  const retire = (): void => {
    const done = drain(server).then(() => void retired.delete(done));
    retired.add(done);
  };
  const renew = async (next: TlsKeys): Promise<ListenFailure | undefined> => {
    const bad = check(next, again);
    if (bad !== undefined || draining) return bad;
    retire();
    server = await insist(() => again(next));
    return undefined;
  };
  return {
    renew,
    drain: async () => {
      draining = true;
      retire();
      await Promise.all(retired);
    },
  };
}

/** Bun reads the keys before it finds out that the port is in use: so they are tried while the old ones still serve. */
function check(
  keys: TlsKeys,
  again: (keys: TlsKeys) => BunServer,
): ListenFailure | undefined {
  try {
    void again(keys).stop(true); // the port is shared
    return undefined;
  } catch (error) {
    const failure = toFailure(error);
    return failure.kind === "in-use" ? undefined : failure;
  }
}

/** What can be wrong now will pass: no descriptor, or somebody else on the port. */
async function insist(start: () => BunServer): Promise<BunServer> {
  for (;;) {
    try {
      return start();
    } catch {
      await sleep(DRAIN_POLL_MS);
    }
  }
}

/** Bun waits for a connection with half a request as if it were an answer. */
async function drain(server: BunServer): Promise<void> {
  const stopped = server.stop();
  while (server.pendingRequests > 0) {
    await sleep(DRAIN_POLL_MS);
  }
  // What was written last may still be on its way: to close at once could reset it.
  await Promise.race([stopped, sleep(LINGER_MS)]);
  await Promise.race([stopped, server.stop(true)]);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function toFailure(error: unknown): ListenFailure {
  if (!(error instanceof Error)) throw error;
  const { code } = error as Error & { readonly code?: string };
  const message = reasonOf(error);
  switch (code) {
    case "EADDRINUSE":
      return { kind: "in-use", message };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", message };
    default:
      return { kind: "not-available", message };
  }
}
