/** The sockets of Bun, by a stand-in for `Bun.listen`: what becomes of them when certificates change. */

import { assertEquals } from "@std/assert";
import type { Listener, TlsKeys } from "../../lib/ports/sockets.ts";
import { listen } from "../../lib/runtime/bun_server.ts";
import { makeCertificate } from "../support/certificates.ts";

/** A port that can be taken by somebody else. */
class Port {
  isTaken = false;
  /** How many sockets listen there. */
  listening = 0;

  /** Stands in for `Bun` until it is disposed of. */
  constructor() {
    Object.assign(globalThis, { Bun: { listen: () => this.#listen() } });
  }

  #listen() {
    if (this.isTaken) throw new Error("EADDRINUSE");
    this.listening++;
    let isStopped = false;
    const stop = () => {
      if (!isStopped) this.listening--;
      isStopped = true;
    };
    return { hostname: "127.0.0.1", port: 8443, stop };
  }

  [Symbol.dispose](): void {
    Reflect.deleteProperty(globalThis, "Bun");
  }
}

async function open(
  tls: TlsKeys,
): Promise<Required<Pick<Listener, "drain" | "renew">>> {
  const listener = await listen(
    { place: { kind: "tcp", hostname: "127.0.0.1", port: 8443 }, tls },
    { answer: () => new Response() },
    { isReading: false },
  );
  if (!("address" in listener)) throw new Error(listener.message);
  const { drain, renew } = listener;
  if (drain === undefined || renew === undefined) throw new Error("It cannot");
  return { drain, renew };
}

Deno.test("another socket takes over with new keys, as soon as the port is free", async () => {
  using port = new Port();
  const keys = await makeCertificate();
  const listener = await open(keys);
  assertEquals(port.listening, 1);
  port.isTaken = true;
  const renewing = listener.renew(keys);
  assertEquals(port.listening, 0);
  port.isTaken = false;
  assertEquals(await renewing, undefined);
  assertEquals(port.listening, 1);
  await listener.drain();
  assertEquals(port.listening, 0);
});

Deno.test("no socket takes over when the server stops meanwhile", async () => {
  using port = new Port();
  const keys = await makeCertificate();
  const listener = await open(keys);
  port.isTaken = true;
  const renewing = listener.renew(keys);
  await listener.drain();
  port.isTaken = false;
  await renewing;
  assertEquals(port.listening, 0);
});
