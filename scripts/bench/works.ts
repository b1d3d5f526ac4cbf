/**
 * What is measured: a row each.
 *
 * @module
 */

import type { Answer, Question } from "./probe.ts";
import {
  FILES,
  FOLDERS,
  HELLO,
  PAGE_BYTES,
  type Place,
  TEXTS,
} from "./site.ts";
import type { Constant, Feature } from "./subjects/subject.ts";
import { everyPath, HEAD_SCRIPT, randomPaths } from "./wrk.ts";

/** A work. */
export interface Work {
  readonly name: string;
  readonly title: string;
  readonly place: Place;
  readonly question: Question;
  /** What is wrong with an answer; `undefined` when nothing is. */
  readonly judge: (answer: Answer) => string | undefined;
  /** What handlers without files answer; without it they do not take part. */
  readonly constant?: Constant;
  readonly kind:
    | "requests"
    | "bytes"
    | "page"
    | "start"
    | "memory"
    /** Every file once. */
    | "cold"
    /** One client, one connection. */
    | "sequential"
    | "browser";
  /** Which peers take part; all where nobody is named. */
  readonly peers?: readonly string[];
  readonly feature?: Feature;
  /** What the same without the feature is called, when that is measured beside it. */
  readonly without?: string;
  /** As whom the servers run, where that matters. */
  readonly user?: "nobody" | "root";
  /** A script for wrk. */
  readonly script?: (port: number) => string;
  /** Whether the subject's own entity tag is sent back to it. */
  readonly conditional?: boolean;
}

/** Lua. */
const MANY_PATHS =
  `string.format("/%d/%d.bin", math.floor(number / ${FILES}), number % ${FILES})`;
const TEXT_PATHS = `string.format("/%d.txt", number)`;

const SMALL: Question = { path: "/1k.bin" };

/** Those whom people know; the others say nothing more about most works. */
const KNOWN = ["nginx", "caddy", "python", "sirv", "serve-npm", "hono-bun"];
const FASTEST = ["nginx", "lighttpd", "sirv"];
/** Nobody but ours, and what ours was. */
const NO_PEERS: readonly string[] = [];
const BROTLI = { "Accept-Encoding": "br" };

const CGI: Pick<Work, "place" | "question" | "judge" | "kind" | "feature"> = {
  place: "cgi",
  question: { path: "/cgi-bin/hello" },
  judge: (answer) =>
    text(answer) === HELLO ? expect(answer, 200) : "runs no script",
  kind: "requests",
  feature: "cgi",
};

const MODULE_PAGE: Pick<
  Work,
  "place" | "question" | "judge" | "kind" | "peers"
> = {
  place: "modules",
  question: { path: "/" },
  judge: (answer) => expect(answer, 200),
  kind: "browser",
  peers: ["nginx"],
};

/** All works. */
export const WORKS: readonly Work[] = [
  file("hot", "1 KiB, hot", "1k.bin", 2 ** 10, "requests", true),
  {
    ...file("hot-log", "1 KiB, hot, log in a file", "1k.bin", 2 ** 10),
    peers: NO_PEERS,
    feature: "log",
    without: "without a log",
  },
  {
    name: "not-modified",
    title: "304 for If-None-Match",
    place: "small",
    question: SMALL,
    judge: (answer) => expect(answer, 304, 0),
    constant: { status: 304, length: 0 },
    kind: "requests",
    peers: FASTEST,
    conditional: true,
  },
  {
    ...file("100k", "100 KiB", "100k.bin", 100 * 2 ** 10, "requests", true),
    peers: FASTEST,
  },
  {
    ...file("1m", "1 MiB", "1m.bin", 2 ** 20, "bytes", true),
    peers: KNOWN,
  },
  {
    ...file("100m", "100 MiB", "100m.bin", 100 * 2 ** 20, "bytes"),
    peers: ["nginx", "python"],
  },
  {
    ...file("range", "1 MiB out of 100 MiB", "100m.bin", 0, "bytes"),
    question: {
      path: "/100m.bin",
      fields: { Range: "bytes=1048576-2097151" },
    },
    judge: (answer) => expect(answer, 206, 2 ** 20),
    peers: FASTEST,
  },
  {
    name: "sidecar",
    title: "sidecar, br",
    place: "small",
    question: { path: "/page.html", fields: BROTLI },
    judge: (answer) =>
      isCoded(answer) && answer.length < PAGE_BYTES / 10
        ? undefined
        : "sends no sidecar",
    kind: "requests",
    peers: ["caddy", "sirv"],
  },
  {
    ...file("cold", "10,000 files of 4 KiB, each once", "", 0, "cold"),
    place: "many",
    question: { path: "/12/34.bin" },
    judge: (answer) => expect(answer, 200, 2 ** 12),
    peers: ["nginx", "python", "sirv", "hono-bun"],
    script: (port) => everyPath(FOLDERS * FILES, MANY_PATHS, port),
  },
  {
    ...file("random", "10,000 files of 4 KiB, at random", "", 0),
    place: "many",
    question: { path: "/12/34.bin" },
    judge: (answer) => expect(answer, 200, 2 ** 12),
    peers: KNOWN,
    script: (port) => randomPaths(FOLDERS * FILES, MANY_PATHS, port),
  },
  {
    ...file("cold-text", "texts of 100 KiB coded br, each once", "", 0, "cold"),
    place: "texts",
    question: { path: "/0.txt", fields: BROTLI },
    judge: (answer) => isCoded(answer) ? expect(answer, 200) : "codes no text",
    peers: NO_PEERS,
    script: (port) => everyPath(TEXTS, TEXT_PATHS, port),
  },
  {
    ...MODULE_PAGE,
    name: "modules",
    title: "page of 1,000 modules, first visit by Chromium",
  },
  {
    ...MODULE_PAGE,
    name: "modules-h2",
    title: "page of 1,000 modules, first visit by Chromium, HTTP/2",
    feature: "tls",
  },
  {
    name: "not-found",
    title: "404",
    place: "small",
    question: { path: "/none" },
    judge: (answer) => expect(answer, 404),
    constant: { status: 404, length: 300 },
    kind: "requests",
    peers: FASTEST,
  },
  {
    name: "head",
    title: "HEAD (of an empty file: wrk can no other)",
    place: "small",
    question: { path: "/empty.bin", method: "HEAD" },
    judge: (answer) =>
      answer.fields.get("content-length") === "0"
        ? expect(answer, 200, 0)
        : "sends no Content-Length",
    constant: { status: 200, length: 0 },
    kind: "requests",
    peers: FASTEST,
    script: () => HEAD_SCRIPT,
  },
  https("https-1k", "1 KiB by HTTPS, one client", "1k.bin", 2 ** 10),
  https("https-20k", "20 KB by HTTPS, one client", "20k.bin", 20_000),
  {
    ...listing("list-1000", "listing of 1,000", "requests", "file-000999"),
    peers: KNOWN,
  },
  {
    ...listing("list-100000", "listing of 100,000", "page", "file-099999"),
    peers: ["nginx", "python"],
  },
  {
    ...CGI,
    name: "cgi",
    title: "CGI hello, not as root",
    peers: ["lighttpd", "python"],
    user: "nobody",
  },
  {
    ...CGI,
    name: "cgi-nobody",
    title: "CGI hello, as root: scripts as nobody",
    peers: ["python"],
    user: "root",
  },
  { ...hello("start", "start to first answer", "start"), peers: KNOWN },
  {
    ...hello("memory", "memory", "memory"),
    peers: ["nginx", "python", "sirv"],
  },
];

/** The file that slow readers read. */
export const SLOW: Question = { path: "/100m.bin" };

function file(
  name: string,
  title: string,
  path: string,
  length: number,
  kind: Work["kind"] = "requests",
  ceiling = false,
): Work {
  return {
    name,
    title,
    place: "small",
    question: { path: `/${path}` },
    judge: (answer) => expect(answer, 200, length),
    kind,
    ...ceiling ? { constant: { status: 200, length } } : {},
  };
}

function hello(name: string, title: string, kind: Work["kind"]): Work {
  return file(name, title, "1k.bin", 2 ** 10, kind, true);
}

function https(
  name: string,
  title: string,
  path: string,
  length: number,
): Work {
  return {
    ...file(name, title, path, length, "sequential"),
    peers: NO_PEERS,
    feature: "tls",
    without: "by HTTP",
  };
}

function listing(
  place: "list-1000" | "list-100000",
  title: string,
  kind: Work["kind"],
  last: string,
): Work {
  return {
    name: place,
    title,
    place,
    question: { path: "/" },
    judge: (answer) =>
      text(answer).includes(last) ? expect(answer, 200) : "lists not all",
    kind,
  };
}

function expect(
  answer: Answer,
  status: number,
  length: number = answer.length,
): string | undefined {
  if (answer.status !== status) {
    return `answers ${answer.status}, not ${status}`;
  }
  return answer.length === length
    ? undefined
    : `sends ${answer.length} bytes, not ${length}`;
}

function isCoded({ fields }: Answer): boolean {
  return fields.get("content-encoding") === "br";
}

function text({ content }: Answer): string {
  return new TextDecoder().decode(content);
}

/**
 * Whether each sample needs a server that was started for it.
 *
 * @param work What is done.
 * @returns Whether it is one of starts and first visits.
 */
export function isFresh({ kind }: Work): boolean {
  return ["start", "memory", "cold", "browser"].includes(kind);
}
