/**
 * Packages that only scripts and tests need. They are no dependencies of the project: who clones
 * it to serve a directory does not download them.
 *
 * @module
 */

import { createRequire } from "node:module";

/** The packages, each in one version. */
export const VERSIONS = {
  "@11ty/eleventy": "3.1.8",
  "@hono/node-server": "2.1.9",
  "@oakserver/oak": "14.1.0",
  "@types/express": "5.0.6",
  "ajv": "8.20.0",
  "axe-core": "4.14.1",
  "compression": "1.8.2",
  "connect": "3.7.0",
  "esbuild": "0.28.2",
  "express": "5.3.0",
  "fastify": "5.12.8",
  "hono": "4.13.19",
  "ipaddr.js": "2.5.0",
  "netlify-redirector": "0.5.0",
  "on-headers": "1.0.2",
  "parse5": "7.3.0",
  "playwright-core": "1.65.1",
  "rolldown": "1.3.3",
  "typescript": "5.9.3",
  "vite": "8.4.0",
} as const;

/** The name of a package. */
export type PackageName = keyof typeof VERSIONS;

/**
 * What a package is called in the npm registry.
 *
 * @param name The name of the package.
 * @returns The name with its version, such as `hono@4.13.19`.
 */
export function pinned(name: PackageName): string {
  return `${name}@${VERSIONS[name]}`;
}

/**
 * Loads a package, which npx has in its cache or fetches.
 *
 * @param name The name of the package.
 * @param module A module in it; its main one where none is named.
 * @returns What it exports.
 * @throws {Error} When npx cannot fetch it.
 */
export async function loadPackage(
  name: PackageName,
  module = "",
): Promise<unknown> {
  const { stdout, stderr, success } = await new Deno.Command("npx", {
    args: ["-y", "-p", pinned(name), "-c", 'printf %s "$PATH"'],
    // Elsewhere npx would take the one that is installed there.
    cwd: "/",
  }).output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`npx cannot fetch ${name}: ${decoder.decode(stderr)}`);
  }
  const [programs = ""] = decoder.decode(stdout).split(":");
  return createRequire(import.meta.url)(
    programs.replace(/\.bin$/, module === "" ? name : `${name}/${module}`),
  );
}
