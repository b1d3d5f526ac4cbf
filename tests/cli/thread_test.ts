/** What a thread tells the main thread. */
import { assertEquals } from "@std/assert";
import type { ListenFailure } from "../../lib/ports/sockets.ts";
import { parseCommandLine } from "../support/command_line.ts";
import { createThread } from "../../lib/program/thread.ts";
import type { Notice } from "../../lib/program/threads.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";

Deno.test("createThread(): says whether its sockets have the new keys, and what is in flight", async () => {
  const line = parseCommandLine(["0", "-d", "."]);
  if (line.kind !== "serve") throw new Error("The words are not understood");
  const results: Array<ListenFailure | undefined> = [
    undefined,
    undefined,
    undefined,
    { kind: "in-use", message: "taken" },
  ];
  const runtime = {
    ...currentRuntime(),
    listen: () => ({
      address: "127.0.0.1",
      port: 1,
      drain: () => Promise.resolve(),
      inFlight: () => 3,
      renew: () => Promise.resolve(results.shift()),
    }),
  };
  const notices: Notice[] = [];
  const obey = createThread(runtime, (notice) => void notices.push(notice));
  const keys = { cert: "c", key: "k" };
  const place = { kind: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const places = [place, place];
  const task = { settings: line.settings, places, tls: keys, run: false };
  await obey({ kind: "serve", task });
  await obey({ kind: "renew", keys });
  await obey({ kind: "renew", keys });
  await obey({ kind: "count" });
  assertEquals(notices, [
    { kind: "serving" },
    { kind: "renewed", message: undefined },
    { kind: "renewed", message: "taken" },
    { kind: "in-flight", count: 6 },
  ]);
});
