/**
 * What is measured: a row each.
 *
 * @module
 */

import type { Answer, Question } from "./probe.ts";
import { FILES, FOLDERS, HELLO, PAGE_BYTES, type Place } from "./site.ts";
import type { Constant } from "./subjects/subject.ts";
import { HEAD_SCRIPT, randomPaths } from "./wrk.ts";

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
  readonly kind: "requests" | "bytes" | "page" | "start" | "memory";
  /** A script for wrk. */
  readonly script?: (port: number) => string;
  /** Whether the subject's own entity tag is sent back to it. */
  readonly conditional?: boolean;
}

const SMALL: Question = { path: "/1k.bin" };

/** All works. */
export const WORKS: readonly Work[] = [
  file("hot", "1 KiB, hot", "1k.bin", 2 ** 10, "requests", true),
  {
    name: "not-modified",
    title: "304 for If-None-Match",
    place: "small",
    question: SMALL,
    judge: (answer) => expect(answer, 304, 0),
    constant: { status: 304, length: 0 },
    kind: "requests",
    conditional: true,
  },
  file("100k", "100 KiB", "100k.bin", 100 * 2 ** 10, "requests", true),
  file("1m", "1 MiB", "1m.bin", 2 ** 20, "bytes", true),
  file("100m", "100 MiB", "100m.bin", 100 * 2 ** 20, "bytes", false),
  {
    ...file("range", "1 MiB out of 100 MiB", "100m.bin", 0, "bytes", false),
    question: {
      path: "/100m.bin",
      fields: { Range: "bytes=1048576-2097151" },
    },
    judge: (answer) => expect(answer, 206, 2 ** 20),
  },
  {
    name: "sidecar",
    title: "sidecar, br",
    place: "small",
    question: { path: "/page.html", fields: { "Accept-Encoding": "br" } },
    judge: (answer) =>
      answer.status !== 200 || answer.fields.get("content-encoding") !== "br" ||
        answer.length >= PAGE_BYTES / 10
        ? "sends no sidecar"
        : undefined,
    kind: "requests",
  },
  {
    ...file("random", "10,000 files of 4 KiB, at random", "", 0, "requests"),
    place: "many",
    question: { path: "/12/34.bin" },
    judge: (answer) => expect(answer, 200, 2 ** 12),
    script: (port) => randomPaths(FOLDERS, FILES, port),
  },
  {
    name: "not-found",
    title: "404",
    place: "small",
    question: { path: "/none" },
    judge: (answer) => expect(answer, 404),
    constant: { status: 404, length: 300 },
    kind: "requests",
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
    script: () => HEAD_SCRIPT,
  },
  listing("list-1000", "listing of 1,000", "requests", "file-000999"),
  listing("list-100000", "listing of 100,000", "page", "file-099999"),
  {
    name: "cgi",
    title: "CGI hello",
    place: "cgi",
    question: { path: "/cgi-bin/hello" },
    judge: (answer) =>
      text(answer) === HELLO ? expect(answer, 200) : "runs no script",
    kind: "requests",
  },
  { ...hello("start", "start to first answer"), kind: "start" },
  { ...hello("memory", "memory"), kind: "memory" },
];

/** The file that slow readers read. */
export const SLOW: Question = { path: "/100m.bin" };

function file(
  name: string,
  title: string,
  path: string,
  length: number,
  kind: Work["kind"],
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

function hello(name: string, title: string): Work {
  return file(name, title, "1k.bin", 2 ** 10, "requests", true);
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

function text({ content }: Answer): string {
  return new TextDecoder().decode(content);
}
