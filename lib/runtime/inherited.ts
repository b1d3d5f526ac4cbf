/**
 * Sockets that systemd has bound, and passes as descriptors (sd_listen_fds(3)).
 *
 * @module
 */

import * as fs from "node:fs";
import type { Server as HttpServer } from "node:http";
import type { Server, Socket } from "node:net";
import type { ConnectionLimits, Listener, TlsKeys } from "../ports/sockets.ts";
import { connectionOf, type Connections } from "./node_connection.ts";
import { tlsOptions } from "./certificates.ts";
import { builtin, orUndefined } from "./system.ts";

/** What connections are handed over to. */
interface Successor {
  readonly server: HttpServer;
  readonly connections: Connections;
}

/** How often to look for idle connections, in milliseconds. */
const SWEEP_MS = 1000;

/**
 * Makes a server that takes a descriptor, and hands its connections over. Bun's servers of
 * `node:http` ignore the descriptor, and listen on any free port without an error (1.4.5).
 */
export function handOver(
  successor: Successor,
  keys: TlsKeys | undefined,
  limits: ConnectionLimits,
): Server {
  const { server } = successor;
  const idle = createIdleWatch(successor, limits);
  const accept = (socket: Socket): void => {
    idle.add(socket);
    server.emit("connection", socket);
  };
  const acceptor = keys === undefined
    ? builtin("node:net").createServer(accept)
    : builtin("node:tls").createServer(tlsOptions(keys, limits), accept);
  const timer = setInterval(idle.sweep, SWEEP_MS);
  timer.unref();
  acceptor.once("close", () => {
    clearInterval(timer);
    server.emit("close");
  });
  return acceptor;
}

interface IdleWatch {
  readonly add: (socket: Socket) => void;
  /** Ends the connections that have been idle for too long. */
  readonly sweep: () => void;
}

/** Bun's server keeps the time of heads and of idle connections only where it listens itself (1.4.5). */
function createIdleWatch(
  { connections }: Successor,
  { headerTimeout, idleTimeout }: ConnectionLimits,
): IdleWatch {
  const idleSince = new Map<Socket, number>();
  return {
    add: (socket) => {
      idleSince.set(socket, performance.now());
      socket.once("close", () => idleSince.delete(socket));
    },
    sweep: () => {
      const now = performance.now();
      for (const [socket, since] of idleSince) {
        const { current, requests } = connectionOf(connections, socket);
        const timeout = requests === 0 ? headerTimeout : idleTimeout;
        if (current?.isOpen === true) idleSince.set(socket, now);
        else if (timeout > 0 && now - since >= timeout) socket.destroy();
      }
    },
  };
}

/** The address of a socket; of a unix socket no runtime tells the path. */
export function addressOf(
  acceptor: Server,
  descriptor: number,
): Pick<Listener, "address" | "port"> {
  const bound = acceptor.address();
  // Bun gives an object without anything for a unix socket.
  if (typeof bound === "object" && bound?.port !== undefined) {
    return { address: bound.address, port: bound.port };
  }
  const path = orUndefined(() => unixPath(descriptor));
  return { address: path ?? `descriptor ${descriptor}`, port: 0 };
}

/** The columns of `/proc/net/unix` before the path; the last is the inode. */
const COLUMNS = 7;

function unixPath(descriptor: number): string | undefined {
  const inode = String(fs.fstatSync(descriptor).ino);
  const line = fs.readFileSync("/proc/net/unix", "utf8").split("\n")
    .find((line) => line.split(/ +/)[COLUMNS - 1] === inode);
  return line && /^(?:\S+ +){7}(.+)$/.exec(line)?.[1];
}
