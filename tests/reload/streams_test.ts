/** Live reload: streams of events (HTML, "server-sent events"), and what is told in them. */

import { assert, assertEquals } from "@std/assert";
import { eventOf } from "../../lib/reload/event.ts";
import {
  createStreams,
  MOST_STREAMS,
  type ReloadEvent,
} from "../../lib/reload/streams.ts";
import type { Content } from "../../lib/ports/content.ts";
import { reloadSite } from "../support/reload.ts";
import type { SiteChange } from "../../lib/reload/watch_site.ts";

/** Reads a stream piece by piece. */
function reading(content: Content | undefined): {
  readonly next: () => Promise<string | undefined>;
  readonly cancel: () => Promise<void>;
} {
  assert(content?.body instanceof ReadableStream);
  const reader = content.body.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value && new TextDecoder().decode(value);
    },
    cancel: () => reader.cancel(),
  };
}

const hello = (count: number) =>
  `retry: 500\ndata: {"id":"run.${count}","kind":"hello"}\n\n`;
const RELOAD: ReloadEvent = { kind: "reload" };

Deno.test("events: a stream begins at once with the number of the last change, and tells of each after it", async () => {
  const streams = createStreams("run");
  const first = reading(streams.open());
  assertEquals(await first.next(), hello(0));
  const waiting = first.next();
  streams.tell(RELOAD);
  assertEquals(await waiting, 'data: {"id":"run.1","kind":"reload"}\n\n');
  const second = reading(streams.open());
  assertEquals(await second.next(), hello(1));
  streams.tell({ kind: "style", paths: ["/a.css"] });
  const text = 'data: {"id":"run.2","kind":"style","paths":["/a.css"]}\n\n';
  assertEquals([await first.next(), await second.next()], [text, text]);
  streams.end();
  assertEquals([await first.next(), await second.next()], [
    undefined,
    undefined,
  ]);
});

Deno.test("events: a stream that is silent says so again and again: proxies close others", async () => {
  const streams = createStreams("run", 5);
  const stream = reading(streams.open());
  assertEquals(await stream.next(), hello(0));
  assertEquals(await stream.next(), ":\n\n");
  assertEquals(await stream.next(), ":\n\n");
  await stream.cancel();
});

Deno.test("events: of a client that does not read a bounded number waits; it learns by the number that it missed some", async () => {
  const streams = createStreams("run");
  const stream = reading(streams.open());
  assertEquals(await stream.next(), hello(0));
  for (let count = 0; count < 1000; count++) streams.tell(RELOAD);
  const text = await stream.next() ?? "";
  assert(text.split("\n\n").length <= 17);
  assert(text.includes('"run.1000"'));
  streams.end();
});

Deno.test("events: one stream more than there may be is 503 with Retry-After; a place is free again when a client leaves", async () => {
  const { fetch, reload } = reloadSite({});
  const open = await Promise.all(
    Array.from({ length: MOST_STREAMS }, () => fetch("/.serve/events")),
  );
  const refused = await fetch("/.serve/events");
  await refused.body?.cancel();
  assertEquals([refused.status, refused.headers.get("retry-after")], [
    503,
    "1",
  ]);
  await open.pop()?.body?.cancel();
  const again = await fetch("/.serve/events");
  assertEquals(again.status, 200);
  const fields = ["content-type", "cache-control", "content-encoding"];
  assertEquals(fields.map((name) => again.headers.get(name)), [
    "text/event-stream",
    "no-store",
    null,
  ]);
  reload.end();
  for (const { body } of [...open, again]) await body?.cancel();
});

Deno.test("403: pages of other origins get no events, and take no place; who sends no Sec-Fetch-Site does", async () => {
  const { fetch, reload } = reloadSite({}, { cors: true });
  const rows: Array<[site: string | undefined, status: number]> = [
    ["cross-site", 403],
    ["same-site", 403],
    ["same-origin", 200],
    ["none", 200],
    [undefined, 200],
  ];
  for (const method of ["GET", "HEAD"]) {
    for (const [site, status] of rows) {
      const headers = site === undefined ? {} : { "sec-fetch-site": site };
      const answer = await fetch("/.serve/events", { method, headers });
      assertEquals(answer.status, status, `${method} ${site}`);
      await answer.body?.cancel();
    }
  }
  const headers = { "sec-fetch-site": "cross-site" };
  for (let times = 0; times < MOST_STREAMS + 1; times++) {
    const refused = await fetch("/.serve/events", { headers });
    await refused.body?.cancel();
  }
  const own = await fetch("/.serve/events");
  assertEquals(own.status, 200);
  await own.body?.cancel();
  reload.end();
});

Deno.test("404: a path of its own has no slash at its end", async () => {
  const { fetch } = reloadSite({});
  for (const path of ["/.serve/events/", "/.serve/reload.js/"]) {
    const answer = await fetch(path);
    await answer.body?.cancel();
    assertEquals(answer.status, 404, path);
  }
});

Deno.test("events: after the end a stream ends at once, so that a drain has nothing to wait for", async () => {
  const streams = createStreams("run");
  streams.end();
  const late = reading(streams.open());
  assertEquals([await late.next(), await late.next()], [hello(0), undefined]);
});

Deno.test("events: style sheets alone are exchanged; for all else pages are loaded again", () => {
  const file = (
    path: string,
    kind: SiteChange["kind"] = "there",
  ): SiteChange => ({ kind, type: "file", segments: path.split("/") });
  const rows: ReadonlyArray<
    [changes: readonly SiteChange[] | "any", paths: readonly string[] | "all"]
  > = [
    [[file("a.css")], ["/m/a.css"]],
    [[file("a.css"), file("b/c d.CSS")], ["/m/a.css", "/m/b/c%20d.CSS"]],
    [[file("a.css", "gone")], "all"],
    [[file("a.css"), file("a.js")], "all"],
    [[{ kind: "there", type: "directory", segments: ["x.css"] }], "all"],
    [[file("index.html")], "all"],
    ["any", "all"],
  ];
  for (const [changes, expected] of rows) {
    const given = changes === "any"
      ? { kind: "any" } as const
      : { kind: "some", changes } as const;
    assertEquals(
      eventOf(given, ["m"]),
      expected === "all" ? RELOAD : { kind: "style", paths: expected },
    );
  }
});
