/** Clients that mean harm: limits that do not hold, updates that get lost, and what a drop box gives away. */
import { assert, assertEquals } from "@std/assert";
import { freeNumber } from "../../lib/files/alternatives.ts";
import { remember } from "../../lib/upload/incoming.ts";
import type { Upload } from "../../lib/upload/state.ts";
import { sending, uploadSite } from "../support/uploads.ts";

/** A part of a file whose rest never comes. */
function part(range: string, id: string, body = "x"): RequestInit {
  return sending(body, { "content-range": `bytes ${range}`, "upload-id": id });
}

Deno.test("parts that are given up count 4 KiB each, as small files do", async () => {
  const { fetch } = uploadSite({ maxTotal: 3 * 4096 });
  const statuses = [];
  for (const id of ["1", "2", "3", "4"]) {
    statuses.push((await fetch("/in/x", part("0-0/9", id))).status);
  }
  assertEquals(statuses, [202, 202, 202, 507]);
});

Deno.test("a file in small parts counts once", async () => {
  const { fetch } = uploadSite({ maxTotal: 4096 });
  for (const at of [0, 1, 2]) {
    const { status } = await fetch("/in/x", part(`${at}-${at}/3`, "1"));
    assertEquals(status, at === 2 ? 201 : 202);
  }
  assertEquals((await fetch("/in/y", sending("x"))).status, 507);
});

Deno.test("parts of a file that is refused at its end are given back", async () => {
  const { fetch } = uploadSite({ maxTotal: 20_000 });
  const half = "x".repeat(5000);
  const digest = `sha-256=:${btoa("x".repeat(32))}:`;
  for (let count = 0; count < 5; count++) {
    const send = (range: string) =>
      fetch(
        "/in/x",
        sending(half, {
          "content-range": `bytes ${range}/10000`,
          "repr-digest": digest,
        }),
      );
    assertEquals((await send("0-4999")).status, 202, `time ${count}`);
    assertEquals((await send("5000-9999")).status, 400, `time ${count}`);
  }
});

Deno.test("a client that leaves before its first byte leaves nothing", async () => {
  const { fetch } = uploadSite(true, {}, { "/in/": "" });
  const { status } = await fetch("/in/x", {
    method: "PUT",
    duplex: "half",
    headers: { "content-length": "5" },
    body: new ReadableStream({ start: (at) => at.error(new Error("gone")) }),
  } as RequestInit);
  assertEquals(status, 400);
  const init = { method: "HEAD", headers: { "upload-length": "5" } };
  const { headers } = await fetch("/in/x", init);
  assertEquals(headers.get("upload-offset"), null);
});

Deno.test("of those who replace the same state by If-Match one does (RFC 9110 §13.1.1)", async () => {
  const { fetch } = uploadSite({ onDuplicate: "overwrite" });
  const etag = (await fetch("/old.txt")).headers.get("etag") ?? "";
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const init = sending(`new ${index}`, { "if-match": etag });
      return (await fetch("/old.txt", init)).status;
    }),
  );
  assertEquals(statuses.filter((status) => status === 204).length, 1);
  assertEquals(statuses.filter((status) => status === 412).length, 19);
});

Deno.test("what is remembered of a part is short, whatever a client sends", async () => {
  const incomplete = new Map<string, number>();
  const headers = new Headers({ "upload-id": "x".repeat(8000) });
  const peer = { address: "192.0.2.1" };
  const upload = { request: { headers }, peer, state: { incomplete } };
  await remember(["x".repeat(255)], 9, upload as unknown as Upload);
  assertEquals([...incomplete.keys()].map(({ length }) => length), [32]);
});

Deno.test("no method tells what is in a drop box", async () => {
  const { fetch } = uploadSite({ directory: "in", only: true }, {}, {
    "/in/there/": "",
    "/in/there.txt": "x",
    "/in/index.html": "x",
  });
  const tell = async (method: string, path: string) => {
    const response = await fetch(path, { method });
    const allow = response.headers.get("allow");
    const text = (await response.text()).replaceAll(path, "");
    return [response.status, allow, text];
  };
  const pairs = [["/in/there", "/in/elsewhere"], [
    "/in/there.txt",
    "/in/elsewhere.txt",
  ], [
    "/in/there/",
    "/in/elsewhere/",
  ]] as const;
  for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "PATCH", "POST"]) {
    for (const [there, other] of pairs) {
      assertEquals(
        await tell(method, there),
        await tell(method, other),
        `${method} ${there}`,
      );
    }
  }
});

/** A digest of other content: nothing is stored. */
const WRONG = { "repr-digest": `sha-256=:${btoa("x".repeat(32))}:` };

for (
  const fields of [
    {},
    { "if-match": "*" },
    { "if-none-match": "*" },
    { "if-none-match": "*", ...WRONG },
    { "if-unmodified-since": "Sun, 06 Nov 1994 08:49:37 GMT", ...WRONG },
  ]
) {
  for (const onDuplicate of ["rename", "overwrite"] as const) {
    Deno.test(`whether a name is taken in a drop box, ${onDuplicate}, ${JSON.stringify(fields)} does not tell`, async () => {
      const upload = { directory: "in", only: true, onDuplicate };
      const { fetch } = uploadSite(upload, {}, { "/in/there": "x" });
      const tell = async (name: string) => {
        const response = await fetch(`/in/${name}`, sending("y", fields));
        const names = ["location", "etag", "upload-offset"];
        return [
          response.status,
          ...names.map((field) => response.headers.get(field)),
          await response.text(),
        ].join("\n").replaceAll(name, "NAME");
      };
      assertEquals(await tell("there"), await tell("elsewhere"));
    });
  }
}

Deno.test("a folder is made in a drop box whether it is there or not: 201", async () => {
  const { fetch } = uploadSite({ directory: "in", only: true });
  const init = { method: "MKCOL" };
  for (const count of [1, 2]) {
    const { status } = await fetch("/in/folder/", init);
    assertEquals(status, 201, `time ${count}`);
  }
});

for (const head of ['name="text"', 'name="f"; filename="a"']) {
  Deno.test(`parts of a form, ${head}, wait for the disk, and not in memory`, async () => {
    const { files, paths } = uploadSite(true, {}, { "/in/": "" });
    const { receiving } = files;
    assert(receiving !== undefined);
    const slow: typeof receiving = {
      ...receiving,
      open: async (...asked) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return await receiving.open(...asked);
      },
    };
    const { fetch } = uploadSite(true, {
      files: { ...files, receiving: slow },
    });
    const encode = (text: string) => new TextEncoder().encode(text);
    const one = encode(
      `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${
        "x".repeat(10_000)
      }\r\n`,
    );
    let [asked, most] = [0, 0];
    const body = new ReadableStream({
      pull: (controller) => {
        most = Math.max(most, asked - paths().length);
        controller.enqueue(asked++ < 30 ? one : encode("--b--\r\n"));
        if (asked > 30) controller.close();
      },
    });
    const response = await fetch("/in/", {
      method: "POST",
      body,
      duplex: "half",
      headers: { "content-type": "multipart/form-data; boundary=b" },
    } as RequestInit);
    assertEquals(response.status, 201);
    assertEquals(paths().length, 31);
    assert(most < 8, `${most} waited`);
  });
}

Deno.test("a name that is taken 999 times is found in 20 steps, and the next one, too", async () => {
  const taken = new Set(
    Array.from({ length: 998 }, (_, index) => `a (${index + 2}).txt`),
  );
  for (const count of [0, 1, 2, 20, 998]) {
    const first = new Set([...taken].slice(0, count));
    let steps = 0;
    const isTaken = (name: string) => {
      steps++;
      return Promise.resolve(first.has(name));
    };
    assertEquals(
      await freeNumber("a.txt", isTaken),
      count === 998 ? 1000 : count + 2,
    );
    assert(steps <= 20, `${steps} steps`);
  }
  const tree = Object.fromEntries(
    ["a.txt", "a (2).txt", "a (3).txt", "a (5).txt"].map((
      name,
    ) => [`/in/${name}`, ""]),
  );
  const { fetch } = uploadSite(true, {}, tree);
  const names = [];
  for (let count = 0; count < 3; count++) {
    const { headers } = await fetch("/in/a.txt", sending("x"));
    names.push(decodeURI(headers.get("location") ?? ""));
  }
  assertEquals(names, ["/in/a (4).txt", "/in/a (6).txt", "/in/a (7).txt"]);
});

Deno.test("content in another transfer coding is not taken for the file: 501 (RFC 9112 §6.1)", async () => {
  const { fetch, paths } = uploadSite(true, {}, { "/in/": "" });
  const coded = { "transfer-encoding": "gzip, chunked" };
  assertEquals((await fetch("/in/x", sending("x", coded))).status, 501);
  assertEquals(paths(), ["/in/"]);
  const chunked = { "transfer-encoding": "chunked" };
  assertEquals((await fetch("/in/x", sending("x", chunked))).status, 201);
});
