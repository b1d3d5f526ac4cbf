/** What was sent first is sent again, as long as it would be made so again. */
import { assertEquals } from "@std/assert";
import { createHandler } from "../../lib/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

/** Far enough from now that what a test writes has lain for a while. */
const LATER_MS = 10_000;

Deno.test("what was sent while the clock was behind the time of a file is not sent again", async () => {
  using directory = temporaryDirectory();
  Deno.writeTextFileSync(`${directory.path}/a.txt`, "hello");
  const { mtime } = Deno.statSync(`${directory.path}/a.txt`);
  let now = Date.now() + LATER_MS;
  const handler = createHandler({
    root: directory.path,
    log: false,
    clock: { now: () => now },
  });
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await handler(new Request("http://x/a.txt", { headers }));
    await response.text();
    return response.headers.get("last-modified");
  };
  const expected = new Date(mtime ?? 0).toUTCString();
  // It is in the cache, and none has asked for the whole.
  assertEquals(await ask({ range: "bytes=0-1" }), expected);
  now -= 10 * LATER_MS;
  assertEquals(await ask(), new Date(now).toUTCString());
  now += 10 * LATER_MS;
  assertEquals(await ask(), expected);
});
