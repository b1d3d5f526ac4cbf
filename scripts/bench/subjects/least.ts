/**
 * The least file server of a runtime: what answering takes, and nothing else. It keeps no rule
 * (of names, links, ranges, conditions, limits), so nobody may use it: what it cannot reach, no
 * program on that runtime can.
 *
 * @module
 */

import { bunVersion } from "../processes.ts";
import { ownCache } from "./deno_cache.ts";
import type { Found, Job, Subject } from "./subject.ts";

/** Where it shows what the runtime takes. */
const WORKS: readonly string[] = [
  "cold",
  "random",
  "cold-text",
  "100m",
  "not-found",
  "cgi",
  "start",
  "memory",
];

const SHARED = {
  setup: "one JavaScript thread; keeps no rule",
  kind: "least",
  works: WORKS,
} as const;

/** The least file server on Deno and on Bun. */
export const LEAST: readonly Subject[] = [
  {
    ...SHARED,
    name: "least-deno",
    title: "least file server, Deno",
    find: async (tools) => {
      const env = await ownCache(tools);
      const start = [Deno.execPath(), "run", "--no-config"] as const;
      // Where a file lies is looked up by Deno for each permission: ours has the same.
      const allowed = ["-N", "-R=/", "--allow-run"] as const;
      const words = [...start, ...allowed] as const;
      return leastOf("deno", words, `Deno ${Deno.version.deno}`, env);
    },
  },
  {
    ...SHARED,
    name: "least-bun",
    title: "least file server, Bun",
    find: async ({ bun }) => {
      const path = await bun();
      const version = `Bun ${await bunVersion(path)}`;
      return leastOf("bun", [path, "run"], version, {});
    },
  },
];

function leastOf(
  runtime: "deno" | "bun",
  start: readonly [string, ...string[]],
  version: string,
  env: Readonly<Record<string, string>>,
): Found {
  return {
    version,
    command: async (job) => {
      const path = `${job.scratch}/least.mjs`;
      await Deno.writeTextFile(path, leastModule(runtime, job));
      return { env, words: [...start, path] };
    },
  };
}

/** What each runtime says in words of its own. */
const OWN = {
  deno: {
    serve: "Deno.serve({ ...options, onListen() {} }, handler)",
    file: "Deno.openSync(path).readable",
    run:
      `(await new Deno.Command(path, { stdin: "null", clearEnv: true }).output()).stdout`,
  },
  bun: {
    serve: "Bun.serve({ ...options, fetch: handler })",
    file: "Bun.file(path)",
    run:
      `await new Response(Bun.spawn([path], { env: {}, stderr: "ignore" }).stdout).bytes()`,
  },
} as const;

/**
 * The source of the least file server.
 *
 * @param runtime Where it runs.
 * @param job What it serves.
 * @returns JavaScript.
 */
export function leastModule(
  runtime: "deno" | "bun",
  { root, port }: Pick<Job, "root" | "port">,
): string {
  const own = OWN[runtime];
  return `import { closeSync, openSync, readSync, statSync } from "node:fs";
const root = ${JSON.stringify(root)};
const options = { port: ${port}, hostname: "127.0.0.1" };
const known = new Map();
const fields = {
  "accept-ranges": "bytes",
  "cache-control": "no-cache",
  "content-type": "application/octet-stream",
  server: "least",
  "x-content-type-options": "nosniff",
};
const missing = new Uint8Array(300).fill(65);

function handler(request) {
  const path = root + new URL(request.url).pathname;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    return new Response(missing, { status: 404, headers: fields });
  }
  if (path.includes("/cgi-bin/")) return script(path);
  const headers = {
    ...fields,
    etag: '"' + stats.mtimeMs.toString(36) + "-" + stats.size.toString(36) + '"',
    "last-modified": stats.mtime.toUTCString(),
  };
  if (stats.size > 2 ** 20) {
    headers["content-length"] = String(stats.size);
    return new Response(${own.file}, { headers });
  }
  const bytes = read(path, stats);
  return path.endsWith(".txt")
    ? code(bytes, headers)
    : new Response(bytes, { headers });
}

function read(path, { mtimeMs, size }) {
  const before = known.get(path);
  if (before?.mtimeMs === mtimeMs && before.size === size) return before.bytes;
  const bytes = new Uint8Array(size);
  const descriptor = openSync(path);
  readSync(descriptor, bytes);
  closeSync(descriptor);
  known.set(path, { mtimeMs, size, bytes });
  return bytes;
}

async function code(bytes, headers) {
  const { brotliCompress, constants } = await import("node:zlib");
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: 17,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const { promise, resolve } = Promise.withResolvers();
  brotliCompress(bytes, { params }, (_, coded) => resolve(coded));
  return new Response(await promise, {
    headers: { ...headers, "content-encoding": "br" },
  });
}

async function script(path) {
  const bytes = ${own.run};
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf("\\r\\n\\r\\n");
  const [, type] = /^Content-Type: (.*)/.exec(text.slice(0, end));
  return new Response(bytes.subarray(end + 4), {
    headers: { "content-type": type },
  });
}

${own.serve};
`;
}
