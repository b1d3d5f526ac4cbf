/**
 * Many clients that read slowly.
 *
 * @module
 */

import { connect, type Door, type Question, requestBytes } from "./probe.ts";

const PAUSE_MS = 50;
const PIECE_BYTES = 2 ** 14;

/** Memory while they read, in the unit of what is looked at. */
export interface Memory {
  readonly most: number;
  /** The most of the second half of the time, less that of the first. */
  readonly growth: number;
  readonly last: number;
}

/**
 * Lets clients read a large file slowly, and looks at the memory of the server meanwhile.
 *
 * @param door Where the server is.
 * @param question What each asks for.
 * @param readers How many clients.
 * @param seconds How long.
 * @param memory What is looked at.
 * @returns The most, by how much it grew from one half of the time to the other, and the
 * last.
 */
export async function slowReaders(
  door: Door,
  question: Question,
  readers: number,
  seconds: number,
  memory: () => number,
): Promise<Memory> {
  const end = performance.now() + seconds * 1000;
  const half = end - seconds * 500;
  const clients = Array.from(
    { length: readers },
    () => readSlowly(door, question, end),
  );
  let first = memory();
  let second = 0;
  while (performance.now() < end) {
    await pause();
    if (performance.now() < half) first = Math.max(first, memory());
    else second = Math.max(second, memory());
  }
  const last = memory();
  await Promise.all(clients);
  second = Math.max(second, last);
  return { most: Math.max(first, second), growth: second - first, last };
}

async function readSlowly(
  door: Door,
  question: Question,
  end: number,
): Promise<void> {
  const connection = await connect(door);
  let isOver = false;
  // A server that sends nothing more must not hold up the run.
  const timer = setTimeout(() => {
    isOver = true;
    connection.close();
  }, end - performance.now());
  const buffer = new Uint8Array(PIECE_BYTES);
  try {
    await connection.write(requestBytes(door, question, "keep-alive"));
    while (await connection.read(buffer) !== null) await pause();
  } catch (error) {
    if (!isOver) throw error;
  } finally {
    clearTimeout(timer);
    if (!isOver) connection.close();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
