/**
 * Content that is already in memory (RFC 9110 §6.4).
 *
 * @module
 */

import type { Content } from "../ports.ts";

/**
 * Makes content of bytes.
 *
 * @param bytes The bytes.
 * @returns The content; it is over as soon as it begins.
 */
export function bytesContent(bytes: Uint8Array<ArrayBuffer>): Content {
  return {
    body: bytes,
    taken: (peerLeft) => peerLeft ? 0 : bytes.length,
    ended: Promise.resolve(),
  };
}
