/** The configurations of `scripts/deploy/`, read and run by the balancers themselves, in front of servers that tell what they got. */

import { assert, assertEquals } from "@std/assert";
import {
  type Balancer,
  type BalancerName,
  BALANCERS,
  checkBalancer,
  findBalancer,
  startBalancer,
} from "../support/balancer.ts";
import { request } from "../support/raw.ts";

interface Seen {
  readonly method: string;
  readonly headers: Headers;
}

/** Three servers that keep what they got; some of them answer `/` with a status of their own. */
function servers(
  ...own: readonly number[]
): { ports: [number, number, number]; seen: Seen[] } & AsyncDisposable {
  const seen: Seen[] = [];
  const serve = (status: number) =>
    Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        await request.body?.cancel();
        seen.push({ method: request.method, headers: request.headers });
        const isOwn = new URL(request.url).pathname === "/";
        return new Response("", { status: isOwn ? status : 200 });
      },
    );
  const [first = 200, second = 200, third = 200] = own;
  const [a, b, c] = [serve(first), serve(second), serve(third)];
  return {
    ports: [a.addr.port, b.addr.port, c.addr.port],
    seen,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a.shutdown(), b.shutdown(), c.shutdown()]);
    },
  };
}

async function statuses(
  { port }: Balancer,
  method: string,
  count: number,
): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) {
    found.push((await request(port, "/", {}, method)).status);
  }
  return found;
}

function test(
  balancer: BalancerName,
  name: string,
  fn: () => Promise<void>,
): void {
  const missing = findBalancer(balancer) === undefined;
  const reason = missing ? " (skipped: it is not installed)" : "";
  Deno.test({ name: `${balancer} ${name}${reason}`, ignore: missing, fn });
}

for (const balancer of BALANCERS) {
  test(balancer, "takes its configuration without complaints", async () => {
    const { success, complaints } = await checkBalancer(balancer);
    assert(success, complaints);
    assertEquals(
      /warn|deprecat|emerg|alert/i.exec(complaints),
      null,
      complaints,
    );
  });

  test(
    balancer,
    "passes on what replicas need, and no inventions",
    async () => {
      await using upstream = servers(200);
      await using front = await startBalancer(balancer, upstream.ports);
      await request(front.port, "/a", {
        "Host": "files.example",
        "Range": "bytes=5-",
        "If-Range": '"5-1"',
        "If-None-Match": 'W/"5-2"',
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "444",
        "Forwarded": "for=203.0.113.9",
      });
      const [{ headers }] = upstream.seen as [Seen];
      const names = [
        ...["host", "range", "if-range", "if-none-match", "accept-encoding"],
        ...["x-forwarded-for", "x-forwarded-proto", "forwarded"],
        ...["x-forwarded-host", "x-forwarded-port"],
      ];
      assertEquals(
        Object.fromEntries(names.map((name) => [name, headers.get(name)])),
        {
          "host": "files.example",
          "range": "bytes=5-",
          "if-range": '"5-1"',
          "if-none-match": 'W/"5-2"',
          "accept-encoding": null,
          "x-forwarded-for": "127.0.0.1",
          "x-forwarded-proto": "http",
          "forwarded": null,
          "x-forwarded-host": "files.example",
          "x-forwarded-port": null,
        },
      );
    },
  );

  test(
    balancer,
    "sends nothing twice that could do something twice",
    async () => {
      await using upstream = servers(503);
      await using front = await startBalancer(balancer, upstream.ports);
      const found = await statuses(front, "POST", 3);
      assertEquals(found.toSorted(), [200, 200, 503]);
      assertEquals(upstream.seen.map(({ method }) => method), [
        ...["POST", "POST", "POST"],
      ]);
    },
  );
}

for (const balancer of BALANCERS) {
  for (const status of [500, 502, 503, 504]) {
    // Anybody may ask for a script that always fails: that must not close the house.
    test(balancer, `leaves nobody alone for a ${status} of all`, async () => {
      await using upstream = servers(status, status, status);
      await using front = await startBalancer(balancer, upstream.ports);
      const failed = await statuses(front, "GET", 12);
      assertEquals(failed, Array(12).fill(status));
      for (let count = 0; count < 6; count++) {
        assertEquals((await request(front.port, "/other")).status, 200);
      }
    });
  }
}

for (const balancer of ["nginx", "HAProxy"] as const) {
  for (const status of [502, 503, 504]) {
    test(balancer, `asks another replica after a ${status}`, async () => {
      await using upstream = servers(status);
      await using front = await startBalancer(balancer, upstream.ports);
      for (const method of ["GET", "HEAD"]) {
        assertEquals(await statuses(front, method, 4), [200, 200, 200, 200]);
      }
      // The first one was asked at all: there were more requests than answers.
      assert(upstream.seen.length > 8);
    });
  }
}
