/** A front of a server that lets so many bytes of clients through: then it cuts, or keeps the connection and passes nothing on. */

import { writeAll } from "./raw.ts";

/** The front. */
export interface CutFront extends AsyncDisposable {
  readonly url: string;
  /** How many bytes still pass. */
  left: number;
  /** What happens then. */
  then: "cut" | "stall";
  /** Passes everything on again; what was stalled goes on. */
  readonly heal: () => void;
}

/** Starts a front of a port of this machine; it passes everything on at first. */
export function startCutFront(port: number): CutFront {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let healed = Promise.withResolvers<void>();
  const front: CutFront = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    left: Infinity,
    then: "cut",
    heal() {
      front.left = Infinity;
      healed.resolve();
      healed = Promise.withResolvers();
    },
    async [Symbol.asyncDispose]() {
      front.heal();
      listener.close();
      for (const connection of open) close(connection);
      await accepted;
    },
  };
  const pass = async (from: Deno.Conn, to: Deno.Conn, isCounted: boolean) => {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return await to.closeWrite();
      if (isCounted && (front.left -= count) < 0) {
        if (front.then === "cut") {
          front.left = Infinity;
          return [from, to].forEach(close);
        }
        await healed.promise;
      }
      await writeAll(to, buffer.subarray(0, count));
    }
  };
  const serve = async (client: Deno.Conn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    for (const connection of [client, server]) open.add(connection);
    const both = [pass(client, server, true), pass(server, client, false)];
    await Promise.allSettled(both);
    for (const connection of [client, server]) {
      open.delete(connection);
      close(connection);
    }
  };
  const accepted = (async () => {
    for await (const client of listener) serve(client).catch(() => {});
  })();
  return front;
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // closed already
  }
}
