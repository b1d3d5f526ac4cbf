import { assert, assertEquals, assertThrows } from "@std/assert";
import { createAdmit, untilComplete } from "../../lib/handler/admission.ts";
import { createHandler, memoryFiles } from "../../lib/mod.ts";
import { bytesContent } from "../../lib/ports/content.ts";
import { temporaryDirectory } from "../support/program.ts";

const PEER = { address: "127.0.0.1" };

Deno.test("createAdmit() lets so many in, and a place is given back once", () => {
  const admit = createAdmit(2);
  assert(admit !== undefined);
  const first = admit(PEER);
  const second = admit(PEER);
  assert(first !== undefined && second !== undefined);
  assertEquals(admit(PEER), undefined);
  first();
  first();
  assert(admit(PEER) !== undefined);
  assertEquals(admit(PEER), undefined);
});

Deno.test("createAdmit() believes a runtime that counts", () => {
  const admit = createAdmit(2);
  assertEquals(admit?.({ ...PEER, pending: 3 }), undefined);
  assert(admit?.({ ...PEER, pending: 2 }) !== undefined);
  assertEquals(createAdmit(undefined), undefined);
});

Deno.test("createHandler() refuses a limit that is none", () => {
  for (const maxConnections of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(
      () => createHandler({ root: ".", maxConnections }),
      RangeError,
      "maxConnections",
    );
  }
});

Deno.test("untilComplete() waits for the peer, else for the content, whatever becomes of them", async () => {
  const content = bytesContent(new Uint8Array(1));
  await untilComplete(PEER, undefined);
  await untilComplete(PEER, content);
  const completed = Promise.reject(new Error("left"));
  await untilComplete({ ...PEER, completed }, content);
  const ended = Promise.reject(new Error("EIO"));
  await untilComplete(PEER, { ...content, body: new Blob(), ended });
});

Deno.test("a place is free when the content was taken or is not wanted any more", async () => {
  using directory = temporaryDirectory();
  Deno.writeFileSync(`${directory.path}/a`, new Uint8Array(1_048_576));
  const root = directory.path;
  const handler = createHandler({ root, log: false, maxConnections: 1 });
  const ask = async (method = "GET") => {
    // Whoever has left has left a moment ago.
    await new Promise((resolve) => setTimeout(resolve));
    return await handler(new Request("http://localhost/a", { method }));
  };
  const first = await ask();
  const crowded = await ask();
  assertEquals(crowded.status, 503);
  assertEquals(crowded.headers.get("retry-after"), "1");
  await first.body?.cancel();
  const second = await ask();
  assertEquals(second.status, 200);
  await second.arrayBuffer();
  assertEquals((await ask("HEAD")).status, 200);
  const third = await ask();
  assertEquals(third.status, 200);
  await third.body?.cancel();
});

Deno.test("files that say that nothing can be opened are 503, other errors 500", async () => {
  const memory = memoryFiles({ "/a": "a" });
  const rows = [["ExhaustedError", 503], ["Error", 500]] as const;
  for (const [name, status] of rows) {
    const open = () => {
      throw Object.assign(new Error("oh"), { name });
    };
    const files = { ...memory, open };
    const handler = createHandler({ root: "/", files, log: false });
    const response = await handler(new Request("http://localhost/a"));
    assertEquals(response.status, status);
    assertEquals(response.headers.has("retry-after"), status === 503);
    await response.body?.cancel();
  }
});
