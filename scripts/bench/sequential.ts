/**
 * One request after the other over one connection: what a single client waits for.
 *
 * @module
 */

import {
  connect,
  type Door,
  type Question,
  receive,
  requestBytes,
} from "./probe.ts";
import { median } from "./statistics.ts";

/**
 * Asks the same again and again.
 *
 * @param door Where the server is.
 * @param question What is asked.
 * @param seconds For how long.
 * @returns The time of a request in milliseconds, the median.
 */
export async function oneByOne(
  door: Door,
  question: Question,
  seconds: number,
): Promise<number> {
  using connection = await connect(door);
  const bytes = requestBytes(door, question, "keep-alive");
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let began = performance.now(); began < end;) {
    await connection.write(bytes);
    const { wholeMs } = await receive(connection, began, false);
    times.push(wholeMs);
    began = performance.now();
  }
  return median(times);
}
