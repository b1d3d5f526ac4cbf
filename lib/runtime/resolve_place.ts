/**
 * Where a socket is to be bound: names become addresses, and socket files that nobody listens on go.
 *
 * @module
 */

import type { ListenFailure, NewPlace } from "../ports/sockets.ts";

/** No host name has this form. */
const ADDRESS_REGEXP = /^(?:[\d.]+|[\da-f.:]*:[\da-f.:]*)$/i;

/** Bun does not tell which name it could not look up, and neither it nor Node.js that a socket file is in use. */
export async function resolvePlace(
  place: NewPlace,
): Promise<NewPlace | ListenFailure> {
  switch (place.kind) {
    case "tcp": {
      if (ADDRESS_REGEXP.test(place.hostname)) return place;
      const { lookup } = await import("node:dns/promises");
      const { address } = await lookup(place.hostname);
      return { ...place, hostname: address };
    }
    case "unix": {
      const { clearStaleSocket, missingDirectory } = await import(
        "./unix_socket.ts"
      );
      const { path } = place;
      return await clearStaleSocket(path) ?? missingDirectory(path) ?? place;
    }
  }
}
