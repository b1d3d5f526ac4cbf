/**
 * Unix sockets: who may take the place of a socket file.
 *
 * @module
 */

import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import type { ListenFailure } from "../ports/sockets.ts";
import { reasonOf } from "./text_files.ts";

/** A server that is too busy to accept is still there; in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Removes a socket file that a program has left behind, and nothing else: no other kind
 * of file, no link, no socket on which somebody listens.
 *
 * @param path The path.
 * @returns Why the path cannot be had; `undefined` when it is free.
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

/** Only a refusal says that nobody is there: a full queue or a missing right does not. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => settle(true));
    socket.on("connect", () => settle(true));
    socket.on(
      "error",
      (error: Error & { readonly code?: string }) =>
        settle(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
