/** What only Node.js has: versions that share ports, and threads. */

import { assertEquals } from "@std/assert";
import { sharingHindrance } from "../../lib/runtime/node.ts";
import { findPackage } from "../support/package.ts";
import { temporaryDirectory } from "../support/program.ts";

Deno.test("sharingHindrance(): reusePort came with 22.12 and 23.1, and only Linux distributes connections", () => {
  const old = "threads can share a port from Node.js 22.12 on";
  const rows: Array<[version: string, expected: string | undefined]> = [
    ["20.20.2", old],
    ["22.11.0", old],
    ["22.12.0", undefined],
    ["23.0.0", old],
    ["23.1.0", undefined],
    ["24.0.0", undefined],
    ["25.1.0", undefined],
  ];
  for (const [version, expected] of rows) {
    assertEquals(sharingHindrance("linux", version), expected, version);
  }
  for (const platform of ["darwin", "win32"]) {
    const reason = "only Linux can share a port";
    assertEquals(sharingHindrance(platform, "24.0.0"), reason);
  }
});

/** A thread that gives everything back, and dies of one word; and the program that has started it. */
const THREAD = `
import { nodeThreadScope } from "NODE_THREADS";
const scope = nodeThreadScope();
scope.addEventListener("message", ({ data }) => {
  if (data.word === "die") throw new TypeError("of a word");
  scope.postMessage({ ...data, back: true });
});
`;
const PARENT = `
import { openNodeThread } from "NODE_THREADS";
const open = () => openNodeThread(new URL("./thread.mjs", import.meta.url));
const next = (thread, type) =>
  new Promise((resolve) => thread.addEventListener(type, resolve));
const thread = open();
const message = next(thread, "message");
thread.postMessage({ word: "hello", bytes: new Uint8Array([1, 2]) });
const { data } = await message;
console.log(data.word, data.back, data.bytes.length);
const error = next(thread, "error");
thread.postMessage({ word: "die" });
const event = await error;
event.preventDefault();
console.log(event.message, event.defaultPrevented);
const other = open();
const answer = next(other, "message");
other.postMessage({ word: "here" });
await answer;
other.terminate(); // else it would keep the program from ending
`;

Deno.test("a thread of Node.js has the interface of a web worker, at both ends", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const threads = `${await findPackage()}lib/program/node_threads.chunk.js`;
  const write = (name: string, source: string) =>
    Deno.writeTextFileSync(
      `${path}/${name}`,
      source.replace("NODE_THREADS", threads),
    );
  write("thread.mjs", THREAD);
  write("parent.mjs", PARENT);
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: [`${path}/parent.mjs`],
  }).output();
  const [output, errors] = [stdout, stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(
    [code, output, errors],
    [0, "hello true 2\nTypeError: of a word true\n", ""],
  );
});
