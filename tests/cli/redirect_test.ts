/** `--redirect-http`: from which hosts to which ports. */
import { assertEquals } from "@std/assert";
import type { Bind } from "../../lib/server/listeners.ts";
import { redirectsOf } from "../../lib/server/redirect.ts";

const host = (hostname: string, port?: number): Bind => ({
  kind: "host",
  hostname,
  port,
});

Deno.test("redirectsOf(): every host leads to the port of HTTPS there", () => {
  const [a, b, c] = [host("a"), host("b"), host("c")];
  const rows: Array<[Bind[], number[], [number, Bind[]][]]> = [
    [[], [8000], [[8000, []]]],
    [[a, b], [8000, 8000], [[8000, [a, b]]]],
    [[host("a", 1), host("b", 2)], [1, 2], [[1, [a]], [2, [b]]]],
    // Those without a port share one, and are opened together.
    [[a, host("b", 2), c], [8000, 8000, 2], [[8000, [a, c]], [2, [b]]]],
    // A host with two ports leads to the first.
    [[host("a", 1), host("a", 2)], [1, 2], [[1, [a]]]],
    [[a, a], [8000, 8000], [[8000, [a]]]],
  ];
  for (const [binds, ports, expected] of rows) {
    const listeners = ports.map((port) => ({ port }));
    const found = redirectsOf(binds, listeners, "posix");
    assertEquals(
      found,
      expected.map(([httpsPort, hosts]) => ({
        httpsPort,
        binds: hosts.map((bind) =>
          bind.kind === "host"
            ? { kind: bind.kind, hostname: bind.hostname }
            : bind
        ),
      })),
    );
  }
});
