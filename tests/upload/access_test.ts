/** Who may send, and who sees what: logins for writing, drop boxes, incoming files. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { loggedSite } from "../support/site.ts";
import { sending, uploadSite } from "../support/uploads.ts";
import { memoryFiles } from "../../main.ts";

function basic(login: string): Record<string, string> {
  return { authorization: `Basic ${btoa(login)}` };
}

const WRITER = { users: { writer: "w" } };
const READER = { users: { reader: "r" } };

/** [asks all, who, status of GET, status of PUT]. */
const LOGINS = [
  [false, undefined, 200, 401],
  [false, "writer:wrong", 200, 401],
  [false, "writer:w", 200, 201],
  [true, undefined, 401, 401],
  [true, "reader:r", 200, 401],
  [true, "writer:w", 200, 201],
  [true, "reader:w", 401, 401],
] as const;

for (const [asksAll, login, get, put] of LOGINS) {
  Deno.test(`auth for writing${asksAll ? " and basicAuth" : ""}, ${login}: GET ${get}, PUT ${put}`, async () => {
    const { fetch } = uploadSite(
      { auth: WRITER },
      asksAll ? { basicAuth: READER } : {},
    );
    const headers = login === undefined ? {} : basic(login);
    const got = await fetch("/old.txt", { headers });
    assertEquals(got.status, get);
    await got.body?.cancel();
    const sent = await fetch("/in/x", sending("x", headers));
    assertEquals(sent.status, put);
    const challenge = sent.headers.get("www-authenticate");
    assertEquals(challenge !== null, put === 401);
  });
}

Deno.test("who logs in for writing stands in the log", async () => {
  const files = memoryFiles({ "/in/": "" }, { writable: true });
  const { fetch, logged } = loggedSite({}, { files, upload: { auth: WRITER } });
  await fetch("/in/x", sending("x", basic("writer:w")));
  const record = await logged();
  assertEquals(record.status, 201);
  assertEquals(record.peer.user, "writer");
});

Deno.test("a user finds their part again from another address", async () => {
  const { fetch } = uploadSite({ auth: WRITER });
  const part = { ...basic("writer:w"), "content-range": "bytes 0-0/2" };
  assertEquals((await fetch("/in/x", sending("x", part))).status, 202);
  const peer = { address: "198.51.100.9" };
  const init = { method: "HEAD", peer } as const;
  const nobody = await fetch("/in/x", init);
  assertEquals(nobody.headers.get("upload-offset"), null);
  const own = await fetch("/in/x", { ...init, headers: basic("writer:w") });
  assertEquals(own.headers.get("upload-offset"), "1");
});

const INBOX = {
  "/inbox/secret.txt": "secret",
  "/inbox/index.html": "not shown",
  "/inbox/README.md": "# not shown",
  "/inbox/folder/deep.txt": "secret",
  "/open.txt": "open",
};

Deno.test("nobody sees what is in a drop box, but it receives", async () => {
  const { fetch, text } = uploadSite({ directory: "inbox", only: true }, {
    dotfiles: true,
  }, { ...INBOX });
  for (const path of Object.keys(INBOX)) {
    const { status } = await fetch(path);
    assertEquals(status, path === "/open.txt" ? 200 : 404, path);
  }
  for (
    const path of [
      "/inbox/folder/",
      "/inbox/folder",
      "/inbox/?archive=tar&name=secret.txt",
    ]
  ) {
    const response = await fetch(path);
    assert(!(await response.text()).includes("secret.txt\0"), path);
  }
  const sent = await fetch("/inbox/secret.txt", sending("new"));
  assertEquals(sent.status, 201);
  assertEquals(text("/inbox/secret (2).txt"), "new");
  assertEquals((await fetch("/inbox/folder/x", sending("new"))).status, 201);
  assertEquals((await fetch("/inbox/secret%20(2).txt")).status, 404);
});

const QUERIES = [
  "",
  "?format=json",
  "?format=text",
  "?format=ndjson",
  "?q=secret&recursive=1",
  "?format=json&q=s&recursive",
];

Deno.test("its listing has no entries in any form, and no search finds any", async () => {
  const { fetch } = uploadSite({ directory: "inbox", only: true }, {}, {
    ...INBOX,
  });
  for (const query of QUERIES) {
    const own = await fetch(`/inbox/${query}`);
    assertEquals(own.status, 200, query);
    assert(!/secret\.txt|deep|not shown|README/.test(await own.text()), query);
    const above = await (await fetch(`/${query}`)).text();
    assert(!/secret\.txt|deep/.test(above), query);
  }
  const page = await fetch("/inbox/secre.txt", {
    headers: { accept: "text/html" },
  });
  assert(!(await page.text()).includes("secret.txt"), "near names");
});

Deno.test("an incoming file is nowhere to be seen, not even with dotfiles", async () => {
  const { fetch, files } = uploadSite(true, { dotfiles: true });
  await fetch("/in/x", sending("x", { "content-range": "bytes 0-0/2" }));
  const listing = await (await fetch("/in/?format=json")).text();
  assert(!listing.includes("serve-incoming"), listing);
  assertEquals((await fetch("/in/.serve-incoming-x")).status, 404);
  const put = await fetch("/in/.serve-incoming-x", sending("x"));
  assertEquals(put.status, 403);
  assert(files.receiving !== undefined);
});

Deno.test("the page of a directory says how it receives", async () => {
  const { fetch } = uploadSite({ directory: "in", maxFile: 5 });
  const headers = { accept: "text/html" };
  const receiving = await (await fetch("/in/", { headers })).text();
  const other = await (await fetch("/", { headers })).text();
  assertMatch(receiving, /<form[^>]*multipart\/form-data/);
  assert(!other.includes("multipart/form-data"));
});

Deno.test("a second request that continues takes over; one that begins the same gets a file of its own", async () => {
  const { fetch, text } = uploadSite();
  const open = (range: string) => {
    let send: (text: string) => void = () => {};
    let close = () => {};
    const answer = fetch("/in/x", {
      method: "PUT",
      duplex: "half",
      headers: { "content-range": range },
      body: new ReadableStream({
        start: (controller) => {
          send = (text) => controller.enqueue(new TextEncoder().encode(text));
          close = () => controller.close();
        },
      }),
    } as RequestInit);
    return { answer, send, close };
  };
  const first = open("bytes 0-9/10");
  first.send("hello");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const twin = await fetch("/in/x", sending("0123456789"));
  assertEquals(twin.status, 201);
  const next = await fetch(
    "/in/x",
    sending("world", { "content-range": "bytes 5-9/10" }),
  );
  assertEquals(next.status, 201);
  assertEquals((await first.answer).status, 409);
  assertEquals(text("/in/x"), "0123456789");
  assertEquals(text("/in/x (2)"), "helloworld");
});

Deno.test("who begins a part anew takes over, and goes on from there", async () => {
  const { fetch, text, paths } = uploadSite(true, {}, { "/in/": "" });
  const part = (body: BodyInit, range: string, length?: number) =>
    fetch("/in/x", {
      method: "PUT",
      duplex: "half",
      body,
      headers: {
        "content-range": `bytes ${range}`,
        "upload-id": "1",
        ...length === undefined ? {} : { "content-length": String(length) },
      },
    } as RequestInit);
  const hanging = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("he")),
  });
  const cut = part(hanging, "0-4/10");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const again = await part("hello", "0-4/10", 5);
  assertEquals(again.status, 202);
  assertEquals(again.headers.get("upload-offset"), "5");
  assertEquals((await cut).status, 409);
  assertEquals((await part("world", "5-9/10", 5)).status, 201);
  assertEquals(text("/in/x"), "helloworld");
  assertEquals(paths(), ["/in/", "/in/x"]);
});
