/**
 * Unix sockets: which socket file may be replaced.
 *
 * @module
 */

import { lstatSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { ListenFailure } from "../ports/sockets.ts";
import { codeOf, reasonOf } from "./system.ts";

/** A server that is too busy to accept within this time is still there; in milliseconds. */
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Removes a socket file that a program has left behind: no other kind of file, no link, no
 * socket with a listener. Returns why the path cannot be bound; `undefined` when it is free.
 */
export async function clearStaleSocket(
  path: string,
): Promise<ListenFailure | undefined> {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (!stat.isSocket()) {
      const message = "there is something that is no socket; it is left alone";
      return { kind: "not-available", message };
    }
    if (await isListenedOn(path)) return { kind: "in-use", message: path };
    unlinkSync(path);
    return undefined;
  } catch (error) {
    return { kind: "not-available", message: reasonOf(error) };
  }
}

/** Why a directory cannot hold a socket that is not there: libuv then says EACCES. */
export function missingDirectory(path: string): ListenFailure | undefined {
  try {
    statSync(dirname(path));
    return undefined;
  } catch (error) {
    return { kind: "not-available", message: reasonOf(error) };
  }
}

/** Only a refusal says that there is no listener: a full queue or a missing right does not. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => settle(true));
    socket.on("connect", () => settle(true));
    socket.on(
      "error",
      (error) => settle(!["ECONNREFUSED", "ENOENT"].includes(codeOf(error))),
    );
  });
}
