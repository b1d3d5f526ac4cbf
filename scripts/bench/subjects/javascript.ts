/**
 * Peers in JavaScript and TypeScript, in fixed versions, installed for the run.
 *
 * @module
 */

import { findProgram } from "../processes.ts";
import type { Job, Subject } from "./subject.ts";

/** The packages and their versions. */
export const PACKAGES = {
  "hono": "4.13.19",
  "http-server": "14.1.1",
  "serve": "14.2.7",
  "sirv-cli": "3.0.1",
  "srvx": "1.0.8",
} as const;

/** Servers of the npm registry, and Bun's own routes. */
export const JAVASCRIPT: readonly Subject[] = [
  onNode(
    "sirv",
    "sirv-cli",
    "one JavaScript thread; --etag --brotli, no log; knows its files from the start on",
    "sirv-cli/bin.js",
    ({ root, port }) => [
      root,
      `--port=${port}`,
      "--host=127.0.0.1",
      "--quiet",
      "--etag",
      "--brotli",
    ],
  ),
  onNode(
    "serve-npm",
    "serve",
    "one JavaScript thread; no log",
    "serve/build/main.js",
    ({ root, port }) => [
      root,
      `--listen=tcp://127.0.0.1:${port}`,
      "--no-request-logging",
      "--no-clipboard",
      "--no-port-switching",
    ],
  ),
  onNode(
    "http-server",
    "http-server",
    "one JavaScript thread; -b (brotli), no log",
    "http-server/bin/http-server",
    ({ root, port }) => [root, `-p${port}`, "-a127.0.0.1", "-s", "-b"],
  ),
  onNode(
    "srvx",
    "srvx",
    "one JavaScript thread; staticMiddleware with encodings",
    "srvx/bench.js",
    () => [],
    srvx,
  ),
  hono("hono-deno", "Hono serveStatic, Deno", "deno"),
  hono("hono-bun", "Hono serveStatic, Bun", "bun"),
  {
    name: "bun-dir",
    title: "Bun's { dir } route",
    setup: "one JavaScript thread",
    kind: "peer",
    find: async ({ bun }) => {
      const path = await bun();
      return {
        version: "",
        command: async (job) => {
          const file = `${job.scratch}/dir.js`;
          await Deno.writeTextFile(file, bunRoutes(job));
          return { words: [path, "run", file] };
        },
      };
    },
  },
];

/** A program of the npm registry, on Node.js; or a module that is written beside it. */
function onNode(
  name: string,
  title: keyof typeof PACKAGES,
  setup: string,
  script: string,
  words: (job: Job) => readonly string[],
  source?: (job: Job) => string,
): Subject {
  return {
    name,
    title: title === "serve" ? "serve (npm)" : title,
    setup,
    kind: "peer",
    find: async ({ npm }) => {
      const node = await findProgram("node");
      if (node === undefined) return { missing: "Node.js is not installed" };
      const directory = await npm();
      return {
        version: `${PACKAGES[title]}, on Node.js`,
        command: async (job) => {
          const path = source === undefined
            ? `${directory}/node_modules/${script}`
            : await writeBeside(directory, name, source(job));
          return { words: [node, path, ...words(job)] };
        },
      };
    },
  };
}

function hono(name: string, title: string, runtime: "deno" | "bun"): Subject {
  return {
    name,
    title,
    setup: "one JavaScript thread; precompressed",
    kind: "peer",
    find: async ({ npm, bun }) => {
      const directory = await npm();
      const start: [string, ...string[]] = runtime === "deno"
        ? [Deno.execPath(), "run", "-A", "--no-check"]
        : [await bun(), "run"];
      return {
        version: PACKAGES.hono,
        command: async (job) => {
          const source = honoModule(job, runtime);
          const path = await writeBeside(directory, name, source);
          return { words: [...start, path], cwd: job.root };
        },
      };
    },
  };
}

async function writeBeside(
  directory: string,
  name: string,
  source: string,
): Promise<string> {
  const path = `${directory}/${name}-${crypto.randomUUID()}.mjs`;
  await Deno.writeTextFile(path, source);
  return path;
}

function srvx({ root, port }: Job): string {
  return `import { serve } from "srvx";
import { staticMiddleware } from "srvx/static";
serve({
  port: ${port},
  hostname: "127.0.0.1",
  silent: true,
  middleware: [staticMiddleware({ dir: ${
    JSON.stringify(root)
  }, encodings: true })],
  fetch: () => new Response("Not found", { status: 404 }),
});
`;
}

function honoModule({ port }: Job, runtime: "deno" | "bun"): string {
  const options = `port: ${port}, hostname: "127.0.0.1"`;
  const start = runtime === "deno"
    ? `Deno.serve({ ${options}, onListen() {} }, app.fetch);`
    : `Bun.serve({ ${options}, fetch: app.fetch });`;
  return `import { Hono } from "hono";
import { serveStatic } from "hono/${runtime}";
const app = new Hono();
app.use("/*", serveStatic({ root: "./", precompressed: true }));
${start}
`;
}

function bunRoutes({ root, port }: Job): string {
  return `Bun.serve({
  port: ${port},
  hostname: "127.0.0.1",
  routes: { "/*": { dir: ${JSON.stringify(root)} } },
  fetch: () => new Response("Not found", { status: 404 }),
});
`;
}
