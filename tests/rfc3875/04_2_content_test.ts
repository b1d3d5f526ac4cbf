/** RFC 3875 §4.2, §4.4: the content of a request, and arguments. */

import { assertEquals } from "@std/assert";
import { searchWords } from "../../main.ts";
import { type Behaviour, type Scripts, scripts } from "../support/cgi.ts";

const echo: Behaviour = async (_, input) =>
  `Content-Type: text/plain\n\n${await text(input)}`;

async function text(
  input: ReadableStream<Uint8Array<ArrayBuffer>> | undefined,
) {
  return input === undefined ? "no input" : await new Response(input).text();
}

/** A script that writes its input back, while it comes. */
function echoing(
  ...parameters: Parameters<typeof scripts> extends [unknown, ...infer Rest]
    ? Rest
    : never
): Scripts {
  return scripts((_, input) => {
    const pieces: string[] = ["Content-Type: text/plain\n\n"];
    void text(input).then((content) => pieces.push(content));
    return { output: pieces };
  }, ...parameters);
}

function chunks(...texts: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(
    texts.map((text) => new TextEncoder().encode(text)),
  );
}

Deno.test("§4.2 a script reads exactly the content, and then the end", async () => {
  const received: string[] = [];
  const { fetch, commands } = scripts((_, input) => {
    void text(input).then((content) => received.push(content));
    return "Content-Type: text/plain\n\n";
  });
  const response = await fetch("/cgi-bin/x", {
    method: "POST",
    body: "hello",
    headers: { "Content-Length": "5" },
  });
  await response.text();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(received, ["hello"]);
  assertEquals(commands[0]?.variables.CONTENT_LENGTH, "5");
  assertEquals(commands[0]?.hasInput, true);
});

Deno.test("§4.2 without content a script has no input", async () => {
  const { fetch, commands } = scripts(echo);
  for (const init of [{}, { method: "POST" }, { method: "DELETE" }]) {
    assertEquals(await (await fetch("/cgi-bin/x", init)).text(), "no input");
  }
  assertEquals(commands.map(({ hasInput }) => hasInput), [false, false, false]);
});

Deno.test("§4.2 content of unknown length is waited for, and gets its length", async () => {
  const { fetch, commands } = echoing();
  const init = { method: "POST", body: chunks("hel", "lo", " world") };
  await (await fetch("/cgi-bin/x", init)).text();
  assertEquals(commands[0]?.variables.CONTENT_LENGTH, "11");
});

Deno.test("§4.2 413 for more content than may be, named or not; no script runs", async () => {
  const rows: ReadonlyArray<readonly [RequestInit, string]> = [
    [
      { body: "12345678901", headers: { "Content-Length": "11" } },
      "11 bytes are more than 10",
    ],
    [{ body: chunks("123456", "78901") }, "more than 10 bytes"],
  ];
  for (const [init, reason] of rows) {
    const { fetch, commands, records } = scripts(echo, { maxBody: 10 });
    const response = await fetch("/cgi-bin/x", { method: "POST", ...init });
    assertEquals(response.status, 413);
    await response.text();
    assertEquals(commands, []);
    assertEquals((records[0]?.error as Error).message, reason);
  }
  const { fetch } = scripts(() => "Status: 204\n\n", { maxBody: 10 });
  const init = { method: "POST", body: chunks("12345", "67890") };
  assertEquals((await fetch("/cgi-bin/x", init)).status, 204);
});

Deno.test("§4.2 a script that reads nothing answers all the same, and the content is read", async () => {
  let read = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (read === 100) return controller.close();
      read++;
      controller.enqueue(new Uint8Array(1000));
    },
  });
  const { fetch } = scripts(async (_, input) => {
    await input?.cancel();
    return "Content-Type: text/plain\n\nhello";
  });
  const response = await fetch("/cgi-bin/x", {
    method: "POST",
    body,
    headers: { "Content-Length": "100000" },
  });
  assertEquals(await response.text(), "hello");
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(read, 100);
});

Deno.test("§4.2 half of a request is none: the script is ended", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array(10));
    },
    pull() {
      throw new Error("The client has left");
    },
  }, { highWaterMark: 0 });
  const { fetch, signals } = scripts((_, input) => {
    void text(input);
    return { output: ["Content-Type: text/plain\n\n"], endless: true };
  });
  const response = await fetch("/cgi-bin/x", {
    method: "POST",
    body,
    headers: { "Content-Length": "100" },
  });
  await response.text().catch(() => {});
  assertEquals(signals, ["SIGTERM"]);
});

Deno.test("§4.2 a length that is not that of the content: no more is given, and less is none", async () => {
  const received: string[] = [];
  const { fetch, signals } = scripts((_, input) => {
    void text(input).then((content) => received.push(content));
    return {
      output: ["Content-Type: text/plain\n\n"],
      endless: input === undefined,
    };
  });
  const post = (length: number) =>
    fetch("/cgi-bin/x", {
      method: "POST",
      body: "hello",
      headers: { "Content-Length": String(length) },
    });
  assertEquals((await post(3)).status, 200);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([received, signals], [["hel"], []]);
  assertEquals((await post(9)).status, 499);
});

Deno.test("§4.2 a client that leaves in the middle of content of unknown length runs no script", async () => {
  const body = new ReadableStream({
    pull() {
      throw new Error("The client has left");
    },
  });
  const { fetch, commands } = scripts(echo);
  const response = await fetch("/cgi-bin/x", { method: "POST", body });
  assertEquals(response.status, 499);
  assertEquals(commands, []);
});

Deno.test("§4.4 a query without = is arguments only where the user says so", async () => {
  const rows: ReadonlyArray<
    readonly [boolean, string, string, readonly string[]]
  > = [
    [false, "GET", "?one+two", []],
    [true, "GET", "?one+t%77o", ["one", "two"]],
    [true, "HEAD", "?one", ["one"]],
    [true, "POST", "?one", []],
    [true, "GET", "?a=one+two", []],
    [true, "GET", "?one%3Dtwo", ["one=two"]],
    [true, "GET", "", []],
    [true, "GET", "?", []],
    [true, "GET", "?-s", ["-s"]],
    [true, "GET", "?%zz", []],
    [true, "GET", "?a%00b", []],
    [true, "GET", "?a++b", ["a", "", "b"]],
  ];
  for (const [indexQuery, method, query, words] of rows) {
    const { fetch, commands } = scripts(() => "Status: 204\n\n", {
      indexQuery,
    });
    const response = await fetch(`/cgi-bin/x${query}`, { method });
    assertEquals(response.status, 204, query);
    assertEquals(commands[0]?.arguments, words, query);
  }
});

Deno.test("§4.4 searchWords() never throws, and gives no NUL", () => {
  for (const query of ["?%", "?+%", "?%e9", "?\ud800", "?%00"]) {
    assertEquals(searchWords("GET", query).join("").includes("\0"), false);
  }
});
