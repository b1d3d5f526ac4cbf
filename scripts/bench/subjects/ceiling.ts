/**
 * The limit of a runtime: a handler that always answers the same, from memory.
 *
 * @module
 */

import { bunVersion, run } from "../processes.ts";
import { ownCache } from "./deno_cache.ts";
import type { Found, Missing, Subject, Tools } from "./subject.ts";

/** Deno and Bun without files. */
export const CEILINGS: readonly Subject[] = [
  {
    name: "constant-deno",
    title: "constant answer, Deno",
    setup: "one JavaScript thread; no files",
    kind: "ceiling",
    find: (tools) => onDeno(tools, ONE_FIELD),
  },
  {
    name: "constant-bun",
    title: "constant answer, Bun",
    setup: "one JavaScript thread; no files",
    kind: "ceiling",
    find: async ({ bun }) => onBun(await bun(), ONE_FIELD),
  },
  {
    name: "constant-fields-deno",
    title: "constant with fields, Deno",
    setup:
      "one JavaScript thread; no files; the fields of a file, reads one of the request",
    kind: "ceiling",
    works: ["hot", "100k"],
    find: (tools) => onDeno(tools, FILE_FIELDS),
  },
  {
    name: "constant-fields-bun",
    title: "constant with fields, Bun",
    setup:
      "one JavaScript thread; no files; the fields of a file, reads one of the request",
    kind: "ceiling",
    works: ["hot", "100k"],
    find: async ({ bun }) => onBun(await bun(), FILE_FIELDS),
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

type FieldsOf = Readonly<Record<string, string>>;

const ONE_FIELD: FieldsOf = { "content-type": "application/octet-stream" };
/** What every answer with a file says; Date and Content-Length come from the runtime. */
const FILE_FIELDS: FieldsOf = {
  ...ONE_FIELD,
  "accept-ranges": "bytes",
  "cache-control": "no-cache",
  etag: '"19aa5c2f3e8-400"',
  "last-modified": "Sat, 21 Nov 2026 09:00:00 GMT",
  server: "constant",
  "x-content-type-options": "nosniff",
};

async function onDeno(tools: Tools, fields: FieldsOf): Promise<Found> {
  const env = await ownCache(tools);
  return {
    version: `Deno ${Deno.version.deno}`,
    command: async (job) => ({
      env,
      words: [
        Deno.execPath(),
        "run",
        "--no-config",
        "--allow-net",
        await write(job, "Deno.serve", fields),
      ],
    }),
  };
}

async function onBun(
  path: string,
  fields: FieldsOf,
): Promise<Found | Missing> {
  const version = `Bun ${await bunVersion(path)}`;
  return {
    version,
    command: async (job) => ({
      words: [path, "run", await write(job, "Bun.serve", fields)],
    }),
  };
}

/** Made once, so its port is a word of the command line. */
async function asExecutable({ bun, temporary }: Tools): Promise<Found> {
  const path = await bun();
  const version = `Bun ${await bunVersion(path)}`;
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
  fields: FieldsOf,
): Promise<string> {
  const { status, length } = constant ?? { status: 200, length: 6 };
  const path = `${scratch}/constant.js`;
  await Deno.writeTextFile(
    path,
    constantModule(serve, `${port}`, status, length, fields),
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
 * @param fields Its fields; with several, it also reads one of the request.
 * @returns JavaScript.
 */
export function constantModule(
  serve: "Deno.serve" | "Bun.serve",
  port: string,
  status: number,
  length: number,
  fields: FieldsOf = ONE_FIELD,
): string {
  const body = status === 304 ? "null" : `new Uint8Array(${length}).fill(65)`;
  const answer = "new Response(body, { status, headers })";
  const handler = fields === ONE_FIELD
    ? `() => ${answer}`
    : `(request) => request.headers.has("range") ? null : ${answer}`;
  const options = `port: ${port}, hostname: "127.0.0.1"`;
  const start = serve === "Deno.serve"
    ? `Deno.serve({ ${options}, onListen() {} }, handler);`
    : `Bun.serve({ ${options}, fetch: handler });`;
  return `const status = ${status};
const body = ${body};
const headers = ${JSON.stringify(fields)};
const handler = ${handler};
${start}
`;
}
