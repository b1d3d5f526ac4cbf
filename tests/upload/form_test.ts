/** POST of forms: files, folders and pasted text (RFC 7578). */
import { assertEquals, assertMatch } from "@std/assert";
import { random } from "../support/random.ts";
import { sending, uploadSite } from "../support/uploads.ts";

const BOUNDARY = "----WebKitFormBoundaryx";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A form as browsers write it: names in UTF-8. */
function form(
  parts:
    readonly (readonly [disposition: string, content: string, type?: string])[],
): string {
  const written = parts.map(([disposition, content, type]) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${
      type === undefined ? "" : `Content-Type: ${type}\r\n`
    }\r\n${content}\r\n`
  );
  return `${written.join("")}--${BOUNDARY}--\r\n`;
}

function posting(body: string, headers: Record<string, string> = {}) {
  return sending(body, { "content-type": TYPE, ...headers }, "POST");
}

const FILES = form([
  ['name="file"; filename="a.txt"', "one", "text/plain"],
  ['name="file"; filename="ordner/ä 日本.txt"', "two", "text/plain"],
  ['name="other"', "ignored"],
  ['name="file"; filename=""', "", "application/octet-stream"],
  ['name="file"; filename="empty"', "", "application/octet-stream"],
]);
const PATHS = [
  "/in/a.txt",
  "/in/ordner/%C3%A4%20%E6%97%A5%E6%9C%AC.txt",
  "/in/empty",
];

Deno.test("every file of a form is stored, with its folders: 201 with the paths", async () => {
  const { fetch, text } = uploadSite();
  const response = await fetch(
    "/in/",
    posting(FILES, { accept: "application/json" }),
  );
  assertEquals(response.status, 201);
  assertEquals(await response.json(), { paths: PATHS });
  assertEquals(text("/in/a.txt"), "one");
  assertEquals(text("/in/ordner/ä 日本.txt"), "two");
  assertEquals(text("/in/empty"), "");
  const lines = await fetch("/in", posting(FILES));
  assertEquals((await lines.text()).split("\n").length, 4);
});

Deno.test("a browser without JavaScript is sent back to the page: 303", async () => {
  const { fetch } = uploadSite();
  const response = await fetch(
    "/in/",
    posting(FILES, { accept: "text/html,*/*" }),
  );
  assertEquals(response.status, 303);
  assertEquals(response.headers.get("location"), "/in/#sent");
  const nothing = posting(form([['name="text"', ""]]), { accept: "text/html" });
  const empty = await fetch("/in/", nothing);
  assertEquals(empty.headers.get("location"), "/in/");
});

Deno.test("pasted text becomes a file with the time", async () => {
  const { fetch, text } = uploadSite();
  const body = form([['name="text"', "käse\r\nbrot"]]);
  const response = await fetch("/in/", posting(body));
  assertEquals(response.status, 201);
  assertEquals(text("/in/pasted 1994-11-06 08.49.37.txt"), "käse\r\nbrot");
  const again = await fetch("/in/", posting(body));
  assertEquals(
    again.headers.get("location"),
    "/in/pasted%201994-11-06%2008.49.37%20%282%29.txt",
  );
  const empty = await fetch("/in/", posting(form([['name="text"', ""]])));
  assertEquals(empty.status, 400);
});

/** [what, body, fields, status, how many files there are then] */
const REFUSED: readonly (readonly [
  string,
  string,
  Record<string, string>,
  number,
  number,
])[] = [
  [
    "no form",
    "x",
    { "content-type": "application/x-www-form-urlencoded" },
    415,
    0,
  ],
  ["no boundary", "x", { "content-type": "multipart/form-data" }, 415, 0],
  ["no end", FILES.slice(0, -70), {}, 400, 2],
  ["no parts", `--${BOUNDARY}--\r\n`, {}, 400, 0],
  ["no files", form([['name="other"', "x"]]), {}, 400, 0],
  [
    "a name that goes up",
    form([['name="f"; filename="../../x"', "x"]]),
    {},
    403,
    0,
  ],
  [
    "an absolute name of Windows",
    form([['name="f"; filename="C:\\\\x"', "x"]]),
    {},
    400,
    0,
  ],
  [
    "no name",
    form([['name="f"', "x", "application/octet-stream"]]),
    {},
    400,
    0,
  ],
  [
    "the second is refused, the first stays",
    form([['name="f"; filename="a"', "x"], ['name="f"; filename=".b"', "x"]]),
    {},
    403,
    1,
  ],
];

for (const [what, body, fields, status, count] of REFUSED) {
  Deno.test(`${what}: ${status}`, async () => {
    const { fetch, paths } = uploadSite(true, {}, { "/in/": "" });
    const response = await fetch("/in/", posting(body, fields));
    assertEquals(response.status, status, await response.text());
    const files = paths().filter((path) => !path.endsWith("/"));
    assertEquals(files.length, count, paths().join());
  });
}

Deno.test("a file that is refused tells how many came before it", async () => {
  const { fetch } = uploadSite();
  const body = form([['name="f"; filename="a"', "x"], [
    'name="f"; filename="con"',
    "x",
  ]]);
  const response = await fetch("/in/", posting(body, { accept: "text/plain" }));
  assertMatch(await response.text(), /1 file before it arrived/);
});

Deno.test("however a form is cut into chunks, the files are the same", async () => {
  const { below } = random(18);
  const content = "x\r\n--" + `--${BOUNDARY}`.slice(0, 9) + "\r\n".repeat(99) +
    "ü".repeat(70_000);
  const body = new TextEncoder().encode(form([
    ['name="f"; filename="a"', content],
    ['name="f"; filename="b"', "small"],
    ['name="f"; filename="c/d"', content],
  ]));
  for (let round = 0; round < 10; round++) {
    const { fetch, text } = uploadSite(true, {}, { "/in/": "" });
    let at = 0;
    const most = round % 2 === 0 ? 200_000 : 3000;
    const stream = new ReadableStream({
      pull: (controller) => {
        const end = at + 1 + below(most);
        controller.enqueue(body.slice(at, end));
        at = end;
        if (at >= body.length) controller.close();
      },
    });
    const response = await fetch("/in/", {
      method: "POST",
      body: stream,
      headers: { "content-type": TYPE },
      duplex: "half",
    } as RequestInit);
    assertEquals(response.status, 201);
    assertEquals(text("/in/a"), content);
    assertEquals(text("/in/b"), "small");
    assertEquals(text("/in/c/d"), content);
  }
});

Deno.test("a client that leaves in a form leaves no half file", async () => {
  const { fetch, paths } = uploadSite(true, {}, { "/in/": "" });
  const long = form([['name="f"; filename="a"', "x".repeat(1000)]]);
  const body = new TextEncoder().encode(long);
  let sent = false;
  const response = await fetch("/in/", {
    method: "POST",
    headers: { "content-type": TYPE },
    duplex: "half",
    body: new ReadableStream({
      pull: (controller) => {
        if (sent) controller.error(new Error("gone"));
        else controller.enqueue(body.slice(0, 500));
        sent = true;
      },
    }),
  } as RequestInit);
  assertEquals(response.status, 400);
  assertEquals(paths(), ["/in/"]);
});

Deno.test("a form to what is no directory: 404, 405", async () => {
  const { fetch } = uploadSite();
  assertEquals((await fetch("/none/", posting(FILES))).status, 404);
  const file = await fetch("/old.txt", posting(FILES));
  assertEquals(file.status, 405);
  assertEquals(file.headers.get("allow"), "GET, HEAD, OPTIONS, PUT");
});

Deno.test("a file in the middle of a form is refused: it is named, with what to do, and each field stands once", async () => {
  const { fetch } = uploadSite();
  const body = form([
    ['name="file"; filename="a.txt"', "one"],
    ['name="file"; filename="NUL.txt"', "two"],
  ]);
  for (const accept of ["*/*", "text/html", "application/json"]) {
    const response = await fetch("/in/", posting(body, { accept }));
    assertEquals(response.status, 400);
    const length = response.headers.get("content-length");
    const text = await response.text();
    assertEquals(length, String(new TextEncoder().encode(text).length));
    assertEquals(response.headers.get("content-type")?.includes(","), false);
    assertMatch(text, /Choose another name/);
    assertMatch(text, /NUL\.txt/);
    assertMatch(text, /1 file before it arrived/);
    assertEquals(text.includes("Check the address"), false);
  }
});

Deno.test("the page of a refusal leads back to the page with the form", async () => {
  const { fetch } = uploadSite(true, {}, { "/in/deep/": "" });
  const body = form([['name="file"; filename="NUL.txt"', "two"]]);
  const response = await fetch(
    "/in/deep/",
    posting(body, { accept: "text/html" }),
  );
  assertMatch(await response.text(), /<bdi>\/in\/deep\/<\/bdi><\/a>/);
});
