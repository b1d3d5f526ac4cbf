/** PUT: a file is received whole, or not at all (RFC 9110 §9.3.4, §13, §14.5; RFC 9530). */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatDigest } from "../../lib/http/digest.ts";
import { sending, uploadSite } from "../support/uploads.ts";

Deno.test("a new file is 201, with its path as Location, as text and as JSON (RFC 9110 §9.3.4)", async () => {
  const { fetch, text } = uploadSite();
  const response = await fetch("/in/a%20b.txt", sending("hello"));
  assertEquals(response.status, 201);
  assertEquals(response.headers.get("location"), "/in/a%20b.txt");
  assertMatch(response.headers.get("content-type") ?? "", /^text\/plain/);
  assertEquals(await response.text(), "/in/a%20b.txt\n");
  assertEquals(text("/in/a b.txt"), "hello");
  const json = await fetch(
    "/in/c",
    sending("x", { accept: "application/json" }),
  );
  assertEquals(await json.json(), { paths: ["/in/c"] });
});

Deno.test("below a mount, Location is the path of a client", async () => {
  const { fetch, text } = uploadSite(true, { urlRoot: "/static" });
  const response = await fetch("/static/in/a.txt", sending("hello"));
  assertEquals(response.headers.get("location"), "/static/in/a.txt");
  assertEquals(text("/in/a.txt"), "hello");
  assertEquals((await fetch("/in/b.txt", sending("x"))).status, 404);
});

Deno.test("the ETag of a 201 is that of a GET, and If-Match finds it (RFC 9110 §13.1.1)", async () => {
  const mtime = Date.now();
  const { fetch, text } = uploadSite({ onDuplicate: "overwrite" }, {
    clock: { now: () => mtime + 5000 },
  });
  const created = await fetch("/a.txt", sending("one"));
  const tag = created.headers.get("etag") ?? "";
  assertMatch(tag, /^"/);
  const got = await fetch("/a.txt");
  assertEquals(got.headers.get("etag"), tag);
  await got.body?.cancel();
  const wrong = await fetch("/a.txt", sending("two", { "if-match": '"x"' }));
  assertEquals(wrong.status, 412);
  const right = await fetch("/a.txt", sending("three", { "if-match": tag }));
  assertEquals(right.status, 204);
  assertEquals(text("/a.txt"), "three");
});

const DUPLICATES = [
  ["rename", 201, "/old%20%282%29.txt", "old"],
  ["refuse", 409, null, "old"],
  ["overwrite", 204, "/old.txt", "new"],
] as const;

for (const [onDuplicate, status, location, content] of DUPLICATES) {
  Deno.test(`a name that is taken, ${onDuplicate}: ${status}`, async () => {
    const { fetch, text } = uploadSite({ onDuplicate });
    const response = await fetch("/old.txt", sending("new"));
    assertEquals(response.status, status);
    assertEquals(response.headers.get("location"), location);
    assertEquals(text("/old.txt"), content);
  });
}

Deno.test("32 senders of one name get 32 names", async () => {
  const { fetch, paths } = uploadSite();
  const responses = await Promise.all(
    Array.from(
      { length: 32 },
      (_, index) => fetch("/in/same.tar.gz", sending(`content ${index}`)),
    ),
  );
  const locations = responses.map(({ headers }) => headers.get("location"));
  assertEquals(new Set(locations).size, 32);
  assert(locations.includes("/in/same%20%2832%29.tar.gz"));
  assertEquals(paths().filter((path) => path.includes("same")).length, 32);
});

/** [field, value, exists, status]. */
const CONDITIONS = [
  ["if-none-match", "*", true, 412],
  ["if-none-match", "*", false, 201],
  ["if-match", "*", true, 204],
  ["if-match", "*", false, 412],
  ["if-match", '"x"', true, 412],
  ["if-match", '"x"', false, 412],
  ["if-none-match", '"x"', true, 204],
  ["if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT", true, 204],
  ["if-unmodified-since", "Sun, 06 Nov 1991 08:49:37 GMT", true, 412],
] as const;

for (const [field, value, exists, status] of CONDITIONS) {
  Deno.test(`${field}: ${value}, ${exists ? "there" : "absent"}: ${status} (RFC 9110 §13.2)`, async () => {
    const { fetch, text } = uploadSite({ onDuplicate: "overwrite" });
    const path = exists ? "/old.txt" : "/new.txt";
    const response = await fetch(path, sending("new", { [field]: value }));
    assertEquals(response.status, status);
    if (status === 412) assertEquals(text("/old.txt"), "old");
  });
}

Deno.test("folders that are missing are made", async () => {
  const { fetch, text } = uploadSite();
  const response = await fetch("/in/a/b/c.txt", sending("deep"));
  assertEquals(response.status, 201);
  assertEquals(text("/in/a/b/c.txt"), "deep");
  const deep = "x/".repeat(40);
  assertEquals((await fetch(`/${deep}y`, sending("x"))).status, 400);
});

Deno.test("an empty file is a file, and so is one of unknown length", async () => {
  const { fetch, text } = uploadSite();
  assertEquals((await fetch("/empty", sending(""))).status, 201);
  assertEquals(text("/empty"), "");
  const body = new Blob(["chunked"]).stream();
  const init = { method: "PUT", body, duplex: "half" } as RequestInit;
  assertEquals((await fetch("/chunked", init)).status, 201);
  assertEquals(text("/chunked"), "chunked");
});

Deno.test("parts continue where the last one ended (RFC 9110 §14.5)", async () => {
  const { fetch, text, paths } = uploadSite();
  const part = (text: string, range: string) =>
    fetch("/in/x", sending(text, { "content-range": `bytes ${range}` }));
  const first = await part("hello ", "0-5/11");
  assertEquals(first.status, 202);
  assertEquals(first.headers.get("upload-offset"), "6");
  assertEquals(paths().filter((path) => path.startsWith("/in/x")), []);
  const head = await fetch("/in/x", { method: "HEAD" });
  assertEquals(head.status, 404);
  assertEquals(head.headers.get("upload-offset"), "6");
  assertEquals(head.headers.get("upload-length"), "11");
  const wrong = await part("ld", "9-10/11");
  assertEquals(wrong.status, 409);
  assertEquals(wrong.headers.get("upload-offset"), "6");
  const last = await part("world", "6-10/11");
  assertEquals(last.status, 201);
  assertEquals(text("/in/x"), "hello world");
  const after = await fetch("/in/y", { method: "HEAD" });
  assertEquals(after.headers.get("upload-offset"), null);
});

Deno.test("nobody else finds out about a part, or continues it", async () => {
  const { fetch, text } = uploadSite();
  const range = { "content-range": "bytes 0-5/11" };
  await fetch("/in/x", sending("hello ", range));
  const peer = { address: "192.0.2.2" };
  const head = await fetch("/in/x", { method: "HEAD", peer });
  assertEquals(head.headers.get("upload-offset"), null);
  const rest = { "content-range": "bytes 6-10/11" };
  const other = await fetch("/in/x", { ...sending("thief", rest), peer });
  assertEquals(other.status, 409);
  assertEquals(other.headers.get("upload-offset"), "0");
  const id = await fetch(
    "/in/x",
    sending("other", { ...rest, "upload-id": "1" }),
  );
  assertEquals(id.status, 409);
  assertEquals((await fetch("/in/x", sending("world", rest))).status, 201);
  assertEquals(text("/in/x"), "hello world");
});

Deno.test("without the process that has received a part, Upload-Length finds it", async () => {
  const first = uploadSite();
  await first.fetch(
    "/in/x",
    sending("hello ", { "content-range": "bytes 0-5/11" }),
  );
  const again = uploadSite(true, { files: first.files }, first.tree);
  const plain = await again.fetch("/in/x", { method: "HEAD" });
  assertEquals(plain.headers.get("upload-offset"), null);
  const told = await again.fetch("/in/x", {
    method: "HEAD",
    headers: { "upload-length": "11" },
  });
  assertEquals(told.headers.get("upload-offset"), "6");
});

Deno.test("a client that leaves can go on, one without a length cannot", async () => {
  const { fetch, text } = uploadSite();
  const cut = (length?: number): RequestInit => ({
    method: "PUT",
    duplex: "half",
    headers: length === undefined ? {} : { "content-length": String(length) },
    body: new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("he")),
      pull: (controller) => controller.error(new Error("gone")),
    }),
  } as RequestInit);
  await fetch("/in/a", cut(5));
  const head = await fetch("/in/a", { method: "HEAD" });
  assertEquals(head.headers.get("upload-offset"), "2");
  const rest = { "content-range": "bytes 2-4/5" };
  assertEquals((await fetch("/in/a", sending("llo", rest))).status, 201);
  assertEquals(text("/in/a"), "hello");
  await fetch("/in/b", cut());
  const other = await fetch("/in/b", { method: "HEAD" });
  assertEquals(other.headers.get("upload-offset"), null);
  assertEquals(text("/in/b"), undefined);
});

/** Fields that lie, or that nobody understands: nothing is published. */
const LIES: readonly (readonly [Record<string, string>, number])[] = [
  [{ range: "bytes=0-4" }, 400],
  [{ range: "bytes=100-999/1000" }, 400], // put -c of lftp
  [{ "content-range": "bytes 0-9/10" }, 400], // fewer
  [{ "content-range": "bytes 0-1/2" }, 400], // more
  [{ "content-range": "bytes 0-4/3" }, 400],
  [{ "content-range": "bytes 4-0/5" }, 400],
  [{ "content-range": "bytes */5" }, 400],
  [{ "content-range": "bytes 0-4/*" }, 400],
  [{ "content-range": "lines 0-4/5" }, 400],
  [{ "content-range": "bytes 0-4/5, bytes 0-4/5" }, 400],
  [{ "content-range": "bytes 0-4/99999999999999999999" }, 400],
  [{ "content-range": "bytes 3-7/8" }, 409],
  [{ "content-encoding": "gzip" }, 415],
  [{ "repr-digest": "sha-256=:AAAA:" }, 400],
  [{ "repr-digest": "sha-256=abc" }, 400],
  [{ "content-range": "bytes 5-9/10", "content-digest": "md5=:AAAA:" }, 400],
];

for (const [fields, status] of LIES) {
  Deno.test(`${JSON.stringify(fields)}: ${status}, and nothing is there`, async () => {
    const { fetch, paths } = uploadSite();
    const before = paths();
    assertEquals(
      (await fetch("/in/x", sending("hello", fields))).status,
      status,
    );
    assertEquals(paths(), before);
  });
}

Deno.test("of chunks more or fewer than Content-Range says publish nothing", async () => {
  const { fetch, text } = uploadSite();
  for (const [range, status] of [["0-2/3", 400], ["0-9/10", 400]] as const) {
    const response = await fetch("/in/x", {
      method: "PUT",
      body: new Blob(["hello"]).stream(),
      headers: { "content-range": `bytes ${range}` },
      duplex: "half",
    } as RequestInit);
    assertEquals(response.status, status, range);
  }
  assertEquals(text("/in/x"), undefined);
});

Deno.test("digests are checked where they are sent (RFC 9530 §3)", async () => {
  const { fetch, text } = uploadSite();
  const bytes = new TextEncoder().encode("hello");
  for (
    const [name, algorithm] of [["sha-256", "SHA-256"], [
      "sha-512",
      "SHA-512",
    ]] as const
  ) {
    const digest = new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
    for (const field of ["repr-digest", "content-digest"]) {
      const right = {
        [field]: `unixsum=:AAAA:, ${formatDigest(name, digest)}`,
      };
      assertEquals(
        (await fetch("/in/right", sending("hello", right))).status,
        201,
      );
      const wrong = {
        [field]: formatDigest(name, digest.map((byte) => byte ^ 1)),
      };
      const refused = await fetch("/in/wrong", sending("hello", wrong));
      assertEquals(refused.status, 400);
      assertMatch(await refused.text(), /digest/);
    }
  }
  assertEquals(text("/in/wrong"), undefined);
  const whole = new Uint8Array(
    await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode("hello world"),
    ),
  );
  const repr = { "repr-digest": formatDigest("sha-256", whole) };
  const part = (text: string, range: string) =>
    fetch(
      "/in/parts",
      sending(text, { "content-range": `bytes ${range}`, ...repr }),
    );
  assertEquals((await part("hello ", "0-5/11")).status, 202);
  assertEquals((await part("w0rld", "6-10/11")).status, 400);
  assertEquals((await part("hello ", "0-5/11")).status, 202);
  assertEquals((await part("world", "6-10/11")).status, 201);
});
