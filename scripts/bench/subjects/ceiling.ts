/**
 * The limit of a runtime: a handler that always answers the same, from memory.
 *
 * @module
 */

import { run } from "../processes.ts";
import type { Found, Missing, Subject } from "./subject.ts";

/** Deno and Bun without files. */
export const CEILINGS: readonly Subject[] = [
  {
    name: "constant-deno",
    title: "constant answer, Deno",
    setup: "one JavaScript thread; no files",
    kind: "ceiling",
    find: () => Promise.resolve(onDeno()),
  },
  {
    name: "constant-bun",
    title: "constant answer, Bun",
    setup: "one JavaScript thread; no files",
    kind: "ceiling",
    find: async ({ bun }) => onBun(await bun()),
  },
];

function onDeno(): Found {
  return {
    version: `Deno ${Deno.version.deno}`,
    command: async (job) => ({
      words: [
        Deno.execPath(),
        "run",
        "--no-config",
        "--allow-net",
        await write(job, "Deno.serve"),
      ],
    }),
  };
}

async function onBun(path: string): Promise<Found | Missing> {
  const version = `Bun ${(await run([path, "-v"])).trim()}`;
  return {
    version,
    command: async (job) => ({
      words: [path, "run", await write(job, "Bun.serve")],
    }),
  };
}

async function write(
  { constant, port, scratch }: Parameters<Found["command"]>[0],
  serve: "Deno.serve" | "Bun.serve",
): Promise<string> {
  const { status, length } = constant ?? { status: 200, length: 6 };
  const path = `${scratch}/constant.js`;
  await Deno.writeTextFile(
    path,
    constantModule(serve, port, status, length),
  );
  return path;
}

/**
 * The source of a server that always answers the same.
 *
 * @param serve Whose server it is.
 * @param port Its port.
 * @param status The status of the answer.
 * @param length The length of its content, in bytes.
 * @returns JavaScript.
 */
export function constantModule(
  serve: "Deno.serve" | "Bun.serve",
  port: number,
  status: number,
  length: number,
): string {
  const body = status === 304 ? "null" : `new Uint8Array(${length}).fill(65)`;
  const handler = `() => new Response(body, { status, headers })`;
  const options = `port: ${port}, hostname: "127.0.0.1"`;
  const start = serve === "Deno.serve"
    ? `Deno.serve({ ${options}, onListen() {} }, handler);`
    : `Bun.serve({ ${options}, fetch: handler });`;
  return `const status = ${status};
const body = ${body};
const headers = { "content-type": "application/octet-stream" };
const handler = ${handler};
${start}
`;
}
