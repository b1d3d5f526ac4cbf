/** Clients that send a whole request and reset their connection, all before the program looks. */

import * as net from "node:net";
import type { Program } from "./program.ts";

/**
 * Stops the program, has clients ask and reset, and lets the program go on: it
 * accepts connections of which the system no longer knows the other end.
 */
export async function askAndReset(
  { process, port }: Program,
  messages: readonly string[],
): Promise<void> {
  process.kill("SIGSTOP");
  try {
    for (const message of messages) await resetOne(port, message);
  } finally {
    process.kill("SIGCONT");
  }
}

async function resetOne(port: number, message: string): Promise<void> {
  const socket = net.connect({ host: "127.0.0.1", port });
  const closed = new Promise<void>((resolve) =>
    socket.once("close", () => resolve())
  );
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => socket.write(message, () => resolve()));
  });
  socket.resetAndDestroy();
  await closed;
}
