/**
 * Many clients that read slowly.
 *
 * @module
 */

import type { Question } from "./probe.ts";

const PAUSE_MS = 50;
const PIECE_BYTES = 2 ** 14;

/**
 * Lets clients read a large file slowly, and looks at the memory of the server meanwhile.
 *
 * @param port The server's port.
 * @param question What each asks for.
 * @param readers How many clients.
 * @param seconds How long.
 * @param memory What is looked at.
 * @returns The most, and the last.
 */
export async function slowReaders(
  port: number,
  question: Question,
  readers: number,
  seconds: number,
  memory: () => number,
): Promise<{ readonly most: number; readonly last: number }> {
  const end = performance.now() + seconds * 1000;
  const clients = Array.from(
    { length: readers },
    () => readSlowly(port, question.path, end),
  );
  let most = memory();
  while (performance.now() < end) {
    await pause();
    most = Math.max(most, memory());
  }
  const last = memory();
  await Promise.all(clients);
  return { most: Math.max(most, last), last };
}

async function readSlowly(
  port: number,
  path: string,
  end: number,
): Promise<void> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(PIECE_BYTES);
  while (performance.now() < end) {
    if (await connection.read(buffer) === null) return;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
