/** Answers of a user's own handler, on the wire: their framing is ours (RFC 9112 §6). */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  PROJECT,
  type RuntimeName,
  startModule,
  temporaryDirectory,
} from "../support/program.ts";
import { exchange, responses } from "../support/raw.ts";
import { close, connect, get, readHead } from "../support/slow.ts";
import { until } from "../support/wait.ts";

/** On Deno they are framed by `Deno.serve`. */
const RUNTIMES: readonly RuntimeName[] = ["Bun", "Node"];

interface Row {
  readonly name: string;
  /** What the handler gives. */
  readonly source: string;
  readonly status?: number;
  readonly content: string;
}

const ROWS: readonly Row[] = [
  {
    name: "more than its Content-Length",
    source: `new Response("0123456789", length("3"))`,
    content: "0123456789",
  },
  {
    name: "less than its Content-Length",
    source: `new Response("012", length("10"))`,
    content: "012",
  },
  ...["-1", "abc", "3, 3"].map((value): Row => ({
    name: `Content-Length: ${value}`,
    source: `new Response("012", length("${value}"))`,
    content: "012",
  })),
  {
    name: "a stream with a Content-Length that is no number",
    source: `new Response(parts("012", "345"), length("abc"))`,
    content: "012345",
  },
  {
    name: "no content, with a Content-Length",
    source: `new Response(null, length("5"))`,
    content: "",
  },
  {
    name: "no content",
    source: `new Response(null)`,
    content: "",
  },
  {
    name: "RFC 9110 §8.6 204 with a Content-Length",
    source: `new Response(null, { status: 204, ...length("5") })`,
    status: 204,
    content: "",
  },
  {
    name: "RFC 9110 §15.3.6 205",
    source: `new Response(null, { status: 205 })`,
    status: 205,
    content: "",
  },
  {
    name: "Transfer-Encoding of another server",
    source:
      `new Response("012", { headers: { "Transfer-Encoding": "chunked" } })`,
    content: "012",
  },
  {
    name: "Transfer-Encoding that we do not have",
    source: `new Response("012", { headers: { "Transfer-Encoding": "gzip" } })`,
    content: "012",
  },
  {
    name: "Trailer",
    source: `new Response("012", { headers: { Trailer: "X-A" } })`,
    content: "012",
  },
  {
    // Bun lets a Response have any (1.4.5).
    name: "a reason phrase that is none",
    source:
      `Object.defineProperty(new Response("012"), "statusText", { value: "\\r\\nX-Evil: 1" })`,
    content: "012",
  },
  {
    name: "a reason phrase of characters that are no bytes",
    source:
      `Object.defineProperty(new Response("012"), "statusText", { value: "\\u010d\\u010aX-Evil: 1" })`,
    content: "012",
  },
  {
    name: "what fetch() has got",
    source: "await fetch(`http://127.0.0.1:${port}/`)",
    content: "012345",
  },
];

/** Writes a module whose handler gives these answers. */
function furnish(path: string): string {
  const module = `${path}/handler.ts`;
  const cases = ROWS.map(({ source }, index) =>
    `"/${index}": async () => ${source},`
  );
  Deno.writeTextFileSync(
    module,
    `import { listen } from "${PROJECT}lib/mod.ts";
    const later = () => new Promise((resolve) => setTimeout(resolve, 30));
    const length = (value) => ({ headers: { "Content-Length": value } });
    const parts = (...texts) => new ReadableStream({
      async pull(controller) {
        const text = texts.shift();
        if (text === undefined) return controller.close();
        controller.enqueue(new TextEncoder().encode(text));
        await later();
      },
    });
    const answers = {
      ${cases.join("\n")}
      "/": () => new Response(parts("012", "345")),
      "/next": () => new Response("next"),
      "/silent": () => new Response(new ReadableStream({
        cancel: () => console.log("cancelled"),
      })),
      "/echo": (request) => new Response(new ReadableStream({
        async start(controller) {
          const write = (text) => controller.enqueue(new TextEncoder().encode(text));
          write("first,");
          await later();
          try {
            write(await request.text());
          } catch {
            write("nothing");
          }
          controller.close();
        },
      })),
    };
    const { port } = await listen(
      (request) => answers[new URL(request.url).pathname](request),
      { hostname: "127.0.0.1", port: 0 },
    );
    console.log(\` port \${port} \`);`,
  );
  return module;
}

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: answers of a user's handler`, async (t) => {
    using directory = temporaryDirectory();
    await using program = await startModule(runtime, furnish(directory.path));
    const { port } = program;
    for (const [index, { name, status = 200, content }] of ROWS.entries()) {
      await t.step(`${name}: it is whole, and so is the next one`, async () => {
        using connection = await connect(port);
        await connection.write(
          new TextEncoder().encode(
            get(`/${index}`, "keep-alive") + get("/next"),
          ),
        );
        const { next } = responses(connection);
        const [first, second] = [await next(), await next()];
        const texts = [first, second].map((response) =>
          new TextDecoder().decode(response?.content)
        );
        assertEquals([first?.status, ...texts], [status, content, "next"]);
        const { fields } = first ?? {};
        assertEquals(fields?.has("x-evil"), false);
        assert(!fields?.has("transfer-encoding") || !fields.has("trailer"));
        assertEquals(
          fields?.has("transfer-encoding") && fields.has("content-length"),
          false,
        );
      });
    }
    await t.step(
      "a head does not wait for its content; who leaves ends the stream",
      async () => {
        for (const leave of ["at once", "behind the head"]) {
          const before = program.output().split("cancelled").length;
          const connection = await connect(port);
          await connection.write(
            new TextEncoder().encode(get("/silent", "keep-alive")),
          );
          if (leave === "behind the head") {
            const { head } = await readHead(connection);
            assertMatch(head, /^HTTP\/1\.1 200 OK\r\n/);
          }
          close(connection);
          await until(
            () => program.output().split("cancelled").length > before,
            leave,
          );
        }
      },
    );
    await t.step(
      "RFC 9110 §10.1.1 no 100 behind the head of an answer",
      async () => {
        const fields = "Expect: 100-continue\r\nContent-Length: 2";
        const { content, wire } = await exchange(
          port,
          get("/echo").replace("GET", "POST")
            .replace("\r\n\r\n", `\r\n${fields}\r\n\r\nhi`),
        );
        const text = new TextDecoder().decode(content);
        assertMatch(text, /^first,(?:hi|nothing)$/, wire);
      },
    );
    await t.step("RFC 9112 §3.2 what no URL can be made of: 400", async () => {
      const rows = [
        "GET http://[/ HTTP/1.1\r\nHost: a",
        "GET / HTTP/1.1\r\nHost: a:99999",
      ];
      for (const row of rows) {
        const message = `${row}\r\nConnection: close\r\n\r\n`;
        assertEquals((await exchange(port, message)).status, 400, row);
      }
    });
  });
}
