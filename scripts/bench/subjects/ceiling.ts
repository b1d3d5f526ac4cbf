/**
 * The limit of a runtime: a handler that always answers the same, from memory.
 *
 * @module
 */

import { run } from "../processes.ts";
import type { Found, Missing, Subject, Tools } from "./subject.ts";

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
  {
    name: "constant-executable",
    title: "constant answer, executable",
    setup: "one JavaScript thread; no files; bun build --compile --minify",
    kind: "ceiling",
    works: ["start", "memory"],
    find: asExecutable,
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

/** Made once, so its port is a word of the command line. */
async function asExecutable({ bun, temporary }: Tools): Promise<Found> {
  const path = await bun();
  const version = `Bun ${(await run([path, "-v"])).trim()}`;
  const source = `${temporary}/constant.js`;
  const port = "Number(process.argv.at(-1))";
  const text = constantModule("Bun.serve", port, 200, 2 ** 10);
  await Deno.writeTextFile(source, text);
  const made = `${temporary}/constant`;
  const words = ["build", "--compile", "--minify", source] as const;
  await run([path, ...words, `--outfile=${made}`], temporary);
  return {
    version,
    command: (job) => ({ words: [made, `${job.port}`] }),
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
    constantModule(serve, `${port}`, status, length),
  );
  return path;
}

/**
 * The source of a server that always answers the same.
 *
 * @param serve Whose server it is.
 * @param port Its port, a number or an expression.
 * @param status The status of the answer.
 * @param length The length of its content, in bytes.
 * @returns JavaScript.
 */
export function constantModule(
  serve: "Deno.serve" | "Bun.serve",
  port: string,
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
