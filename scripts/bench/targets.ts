/**
 * What the figures should show: the table of the issue, a row each.
 *
 * @module
 */

import type { Figure } from "./results.ts";

/** Which of ours is compared with whom; of several the one that is best counts. */
export interface Side {
  readonly ours: string;
  /** Nobody where the bound is a limit. */
  readonly theirs: readonly string[];
}

/** What is asked of the ratio, or of the figure itself. */
export type Bound =
  /** So many times better than they are. */
  | { readonly kind: "at-least"; readonly times: number }
  /** So many times what they take. */
  | { readonly kind: "at-most"; readonly times: number }
  /** So much, whatever others take. */
  | { readonly kind: "limit"; readonly most: number; readonly unit: string };

/** A row. */
export interface Target {
  /** What is done, in words. */
  readonly work: string;
  /** Beside whom, in words. */
  readonly against: string;
  /** Of several figures the worst counts. */
  readonly figures: readonly Figure[];
  /** Their figure, where it is another one than ours. */
  readonly baseline?: Figure;
  readonly bound: Bound;
  readonly deno?: Side;
  readonly bun?: Side;
}

/** Peers that are written in JavaScript or TypeScript. */
export const TYPESCRIPT: readonly string[] = [
  "serve-npm",
  "sirv",
  "http-server",
  "srvx",
  "hono-deno",
  "hono-bun",
];

const requests = (...works: string[]): Figure[] =>
  works.map((work) => ({ work, unit: "requests/s" }));
const bytes = (...works: string[]): Figure[] =>
  works.map((work) => ({ work, unit: "MiB/s" }));
const memory = (unit: string): Figure[] => [{ work: "memory", unit }];
const atLeast = (times: number): Bound => ({ kind: "at-least", times });
const atMost = (times: number): Bound => ({ kind: "at-most", times });
const limit = (most: number, unit: string): Bound => {
  return { kind: "limit", most, unit };
};

const onDeno = (...theirs: string[]) => {
  return { deno: { ours: "serve-deno", theirs } };
};
const onBun = (...theirs: string[]) => {
  return { bun: { ours: "serve-bun", theirs } };
};
const asExecutable = (...theirs: string[]) => {
  return { bun: { ours: "serve-executable", theirs } };
};
const onBoth = (...theirs: string[]) => {
  return { ...onDeno(...theirs), ...onBun(...theirs) };
};
const CEILING = { ...onDeno("constant-deno"), ...onBun("constant-bun") };
const ITSELF = { ...onDeno("serve-deno"), ...onBun("serve-bun") };

const HANDLER = "handler with a constant answer";
const SAME_BYTES = "handler answering the same bytes from memory";
const BEST = "best peer written in TypeScript";
const HELLO = "the runtime's hello world";

/** All rows, in the order of the issue. */
export const TARGETS: readonly Target[] = [
  row("1 KiB hot file", HANDLER, requests("hot"), atLeast(0.8), CEILING),
  row("304", HANDLER, requests("not-modified"), atLeast(0.8), CEILING),
  row("100 KiB", SAME_BYTES, requests("100k"), atLeast(0.9), CEILING),
  row("1 MiB", "nginx, sendfile", bytes("1m"), atLeast(0.9), onBoth("nginx")),
  row(
    "100 MiB",
    "nginx, sendfile",
    bytes("100m"),
    atLeast(0.9),
    onBoth("nginx"),
  ),
  {
    ...row(
      "1 MiB range out of 100 MiB",
      "1 MiB as a whole file",
      bytes("range"),
      atLeast(0.9),
      ITSELF,
    ),
    baseline: { work: "1m", unit: "MiB/s" },
  },
  row(
    "10,000 random small files",
    "nginx",
    requests("random"),
    atLeast(0.6),
    onBoth("nginx"),
  ),
  row("1 KiB hot file", "nginx", requests("hot"), atLeast(1), onBun("nginx")),
  row(
    "1 KiB hot file",
    "Bun's own { dir } route",
    requests("hot"),
    atLeast(1.5),
    onBun("bun-dir"),
  ),
  row(
    "1 KiB hot file",
    "Caddy",
    requests("hot"),
    atLeast(1.8),
    onDeno("caddy"),
  ),
  row(
    "small files: 1 KiB, 304, sidecar, random, 404, HEAD",
    BEST,
    requests("hot", "not-modified", "sidecar", "random", "not-found", "head"),
    atLeast(4),
    onBoth(...TYPESCRIPT),
  ),
  row(
    "large files: 100 KiB, 1 MiB, 100 MiB, range",
    BEST,
    [...requests("100k"), ...bytes("1m", "100m", "range")],
    atLeast(1.2),
    onBoth(...TYPESCRIPT),
  ),
  row(
    "CGI hello",
    "lighttpd mod_cgi",
    requests("cgi"),
    atLeast(0.7),
    onBoth("lighttpd"),
  ),
  row(
    "CGI hello",
    "python3 -m http.server --cgi",
    requests("cgi"),
    atLeast(3),
    onBoth("python"),
  ),
  row(
    "listing of 100,000 entries, whole page",
    "python3 -m http.server",
    [{ work: "list-100000", unit: "whole page, ms" }],
    atLeast(1.5),
    onBoth("python"),
  ),
  row(
    "listing of 100,000 entries, first byte",
    "",
    [{ work: "list-100000", unit: "first byte, ms" }],
    limit(50, "ms"),
    onBoth(),
  ),
  row(
    "start to first answer",
    HELLO,
    [{ work: "start", unit: "ms" }],
    atMost(1.3),
    CEILING,
  ),
  row(
    "start to first answer, executable",
    "hello world, bun build --compile",
    [{ work: "start", unit: "ms" }],
    atMost(1.3),
    asExecutable("constant-executable"),
  ),
  row("memory, idle", HELLO, memory("idle, MiB"), atMost(1.2), CEILING),
  row(
    "memory, idle, executable",
    "hello world, bun build --compile",
    memory("idle, MiB"),
    atMost(1.2),
    asExecutable("constant-executable"),
  ),
  row(
    "memory, 200 slow readers of 100 MiB",
    "",
    memory("slow readers, most more MiB"),
    limit(64, "MiB more"),
    onBoth(),
  ),
  // The issue says "flat" without a number; this one is ours.
  row(
    "the same, second half of the time",
    "first half",
    memory("slow readers, growth in the second half, MiB"),
    limit(8, "MiB more"),
    onBoth(),
  ),
];

function row(
  work: string,
  against: string,
  figures: readonly Figure[],
  bound: Bound,
  sides: Pick<Target, "deno" | "bun">,
): Target {
  return { work, against, figures, bound, ...sides };
}
