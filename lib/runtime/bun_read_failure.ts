/**
 * What kept Bun from reading a file that it sends by itself: it cuts the connection, and says so
 * to nobody (measured with 1.4.5: no abort, no error, and the address of the request is gone as
 * behind a whole answer).
 *
 * @module
 */

import * as fs from "node:fs";
import type { Span } from "../ports/ports.ts";
import { type Opened, shrunk } from "./file_chunks.ts";

/**
 * Makes what looks at the end of what was sent, once that is over: a file that has become shorter
 * does not have it any more, and of a disk that fails, or is gone, it cannot be read. A single
 * bad block in the middle is not found: to read everything again would cost as much as to send it.
 *
 * @param file The open file.
 * @param span What is sent of it.
 * @returns Tells why not all of it can have been sent, as far as can be known.
 */
export function readFailure(
  { descriptor, path }: Pick<Opened, "descriptor" | "path">,
  { end }: Span,
): () => Error | undefined {
  const { dev, ino } = fs.fstatSync(descriptor);
  return () => {
    try {
      const again = fs.openSync(
        path,
        fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0) |
          (fs.constants.O_NOFOLLOW ?? 0),
      );
      try {
        const now = fs.fstatSync(again);
        // Another file has taken its name; Bun sent the one that it had open.
        if (now.dev !== dev || now.ino !== ino) return undefined;
        const count = fs.readSync(again, new Uint8Array(1), 0, 1, end);
        return count === 0 ? shrunk(path) : undefined;
      } finally {
        fs.closeSync(again);
      }
    } catch (error) {
      return isOfDisk(error) ? error : undefined;
    }
  };
}

/** What reading says of a disk; other errors are about the name, and Bun had the file. */
function isOfDisk(error: unknown): error is Error {
  const codes = ["EIO", "ESTALE", "ENODEV", "ENOTCONN", "ETIMEDOUT"];
  return error instanceof Error && "code" in error &&
    codes.includes(String(error.code));
}
