/**
 * How much is written at once of content that comes from a file.
 *
 * @module
 */

/**
 * Large chunks take three quarters of the processor's time of small ones (measured on Bun and
 * Node.js); on Deno clients that take everything at once get half as much again.
 */
export const LARGE_CHUNK_BYTES = 262_144;
/** A client that does not read holds one chunk: so it gets small ones, once the sockets are full. */
const SMALL_CHUNK_BYTES = 65_536;
/** What goes in large chunks at first. */
const FIRST_BYTES = 1_048_576;
/** More than the sockets of both sides hold: what goes beyond, the client has taken. */
const HELD_BYTES = 8_388_608;
/**
 * A client that takes so many bytes a millisecond (16 MiB a second) gets large chunks: there
 * are never more of those than the machine can send so fast.
 */
const FAST_BYTES_PER_MS = 16_777;

/** Whether a client is fast, by how many bytes it was sent since now. */
export function createIsFast(): (sent: number) => boolean {
  const start = performance.now();
  return (sent) =>
    sent > HELD_BYTES &&
    sent > (performance.now() - start) * FAST_BYTES_PER_MS;
}

/** The length of the next chunk, by how many bytes were sent since now. */
export function createPace(): (sent: number) => number {
  const isFast = createIsFast();
  return (sent) =>
    sent < FIRST_BYTES || isFast(sent) ? LARGE_CHUNK_BYTES : SMALL_CHUNK_BYTES;
}
