/**
 * A mixed load for a while: reads, ranges, revalidation, codings, listings, scripts, clients
 * that leave, and files that change all the time. No byte is wrong or stale, and memory,
 * descriptors and threads do not grow. `SERVE_SOAK_SECONDS` makes it long, and prints figures.
 */

import { assert, assertEquals } from "@std/assert";
import {
  start,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";

const LONG = Deno.env.get("SERVE_SOAK_SECONDS");
const SECONDS = Number(LONG ?? "6");
const CLIENTS = 8;
const WRITES_PER_SECOND = 50;
const UNIT = 16;
const MIB = 1_048_576;
/** How much memory may come after the first third, where a run is long. */
const MORE_MEMORY = 48 * MIB;

/** What is asked for: sizes in bytes, by extension. */
const KINDS: readonly (readonly [extension: string, size: number])[] = [
  ["txt", 1024],
  ["html", 20 * 1024],
  ["bin", 200 * 1024],
  ["js", 1.5 * MIB],
  ["dat", 3 * MIB],
];
const PER_KIND = 8;

/** A file, and which of its states is the newest that is there for certain. */
interface Kept {
  readonly name: string;
  readonly size: number;
  readonly mark: string;
  generation: number;
  /** The states by strong entity tag. */
  readonly tags: Map<string, number>;
}

interface Sample {
  readonly second: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
}

for (const subject of SUBJECTS) {
  Deno.test({
    name:
      `${subject}: a mixed load for a while: no wrong byte, and nothing grows`,
    ignore: Deno.build.os !== "linux",
    fn: () => soak(subject),
  });
}

async function soak(subject: SubjectName): Promise<void> {
  using directory = temporaryDirectory();
  const root = directory.path;
  const files = furnish(root);
  await using program = await start(
    subject,
    ["0", "-b", "127.0.0.1", "-d", root, "-q", "--cgi"],
    undefined,
    PERMISSIONS,
  );
  const { url, process: { pid } } = program;
  const end = Date.now() + 1000 * SECONDS;
  const isOver = () => Date.now() >= end;
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, 1 + (counts.get(what) ?? 0));
  const client = async (index: number) => {
    while (!isOver()) {
      const act = pick(ACTS);
      await act(url, pick(files), count);
      // Some connections end, and others begin.
      if (index === 0) await pause(20);
    }
  };
  const samples: Sample[] = [];
  const watch = async () => {
    while (!isOver()) {
      samples.push(sample(pid, SECONDS - (end - Date.now()) / 1000));
      await pause(Math.min(15_000, 1000 * SECONDS / 6));
    }
  };
  await Promise.all([
    writer(root, files, isOver),
    watch(),
    ...Array.from({ length: CLIENTS }, (_, index) => client(index)),
  ]);
  await pause(1500);
  const last = sample(pid, SECONDS);
  if (LONG !== undefined) print(subject, [...samples, last], counts);
  const early = samples[Math.floor(samples.length / 3)] ?? last;
  assert(last.threads <= early.threads + 8, `${last.threads} threads`);
  assert(last.descriptors <= 100, `${last.descriptors} descriptors`);
  if (SECONDS >= 300) {
    const more = last.memory - early.memory;
    assert(more <= MORE_MEMORY, `${Math.round(more / MIB)} MiB more`);
  }
  assertEquals(program.errors(), "");
}

type Act = (
  url: string,
  file: Kept,
  count: (what: string) => void,
) => Promise<void>;

const ACTS: readonly Act[] = [
  get,
  get,
  get,
  revalidate,
  revalidate,
  range,
  ranges,
  head,
  coded,
  leave,
  list,
  hello,
  echo,
  absent,
];

async function get(url: string, file: Kept, count: Count): Promise<void> {
  const least = file.generation;
  const response = await fetch(`${url}/${file.name}`);
  const bytes = await whole(response);
  if (bytes === undefined) return count("cut");
  assertEquals(response.status, 200);
  assertEquals(bytes.length, file.size);
  remember(file, response, check(file, bytes, 0, least));
  count("get");
}

type Count = (what: string) => void;

async function revalidate(
  url: string,
  file: Kept,
  count: Count,
): Promise<void> {
  const least = file.generation;
  const tag = [...file.tags.keys()].at(-1);
  if (tag === undefined) return await get(url, file, count);
  const response = await fetch(`${url}/${file.name}`, {
    headers: { "if-none-match": tag },
  });
  const bytes = await whole(response);
  if (bytes === undefined) return count("cut");
  if (response.status !== 304) {
    remember(file, response, check(file, bytes, 0, least));
    return count("changed");
  }
  const generation = file.tags.get(tag) ?? -1;
  assert(generation >= least, `${file.name}: 304 for ${generation} < ${least}`);
  count("304");
}

async function range(url: string, file: Kept, count: Count): Promise<void> {
  const least = file.generation;
  const begin = Math.floor(Math.random() * (file.size - 100));
  const tag = [...file.tags.keys()].at(-1);
  const response = await fetch(`${url}/${file.name}`, {
    headers: {
      range: `bytes=${begin}-`,
      ...tag === undefined ? {} : { "if-range": tag },
    },
  });
  const bytes = await whole(response);
  if (bytes === undefined) return count("cut");
  const isPart = response.status === 206;
  const generation = check(file, bytes, isPart ? begin : 0, least);
  if (isPart && tag !== undefined) {
    assertEquals(generation, file.tags.get(tag), `${file.name}: If-Range`);
  }
  count(isPart ? "206" : "206 not");
}

async function ranges(url: string, file: Kept, count: Count): Promise<void> {
  const response = await fetch(`${url}/${file.name}`, {
    headers: { range: "bytes=0-31,200-299" },
  });
  const bytes = await whole(response);
  if (bytes === undefined) return count("cut");
  assertEquals(response.status, 206);
  const text = new TextDecoder().decode(bytes);
  const found = new Set(text.match(new RegExp(`${file.mark}\\.\\d+`, "g")));
  assertEquals(found.size, 1, text);
  count("multipart");
}

async function head(url: string, file: Kept, count: Count): Promise<void> {
  const response = await fetch(`${url}/${file.name}`, { method: "HEAD" });
  assertEquals(response.status, 200);
  count("HEAD");
}

async function coded(url: string, file: Kept, count: Count): Promise<void> {
  const least = file.generation;
  const response = await fetch(`${url}/${file.name}`, {
    headers: { "accept-encoding": pick(["br", "gzip", "gzip, br"]) },
  });
  const bytes = await whole(response);
  if (bytes === undefined) return count("cut");
  assertEquals(bytes.length, file.size);
  check(file, bytes, 0, least);
  count("coded");
}

async function leave(url: string, file: Kept, count: Count): Promise<void> {
  const signal = AbortSignal.timeout(Math.random() * 10);
  const headers = { "accept-encoding": pick(["br", "gzip", "identity"]) };
  try {
    const response = await fetch(`${url}/${file.name}`, { signal, headers });
    await response.arrayBuffer();
  } catch {
    count("left");
  }
}

async function list(url: string, _file: Kept, count: Count): Promise<void> {
  const text = await (await fetch(`${url}/`)).text();
  assert(text.includes("0.txt") && text.includes("7.dat"), text);
  count("listing");
}

async function hello(url: string, _file: Kept, count: Count): Promise<void> {
  const response = await fetch(`${url}/cgi-bin/hello`);
  assertEquals([response.status, await response.text()], [200, "hello\n"]);
  count("script");
}

async function echo(url: string, _file: Kept, count: Count): Promise<void> {
  const body = crypto.randomUUID().repeat(1000);
  const response = await fetch(`${url}/cgi-bin/echo`, { method: "POST", body });
  assertEquals(await response.text(), body);
  count("POST");
}

async function absent(url: string, file: Kept, count: Count): Promise<void> {
  const response = await fetch(`${url}/none/${file.name}`);
  await response.body?.cancel();
  assertEquals(response.status, 404);
  count("404");
}

/** The content, or `undefined` where the connection was cut: the file was replaced while it was sent. */
async function whole(response: Response): Promise<Uint8Array | undefined> {
  return await response.bytes().catch(() => undefined);
}

/** Which state these bytes are of: of one, and none older than what was there before the request. */
function check(
  { name, mark }: Kept,
  bytes: Uint8Array,
  begin: number,
  least: number,
): number {
  const text = new TextDecoder().decode(bytes);
  const first = (UNIT - begin % UNIT) % UNIT;
  const [, generation = ""] = text.slice(first, first + UNIT).split(/[.;]/);
  const unit = unitOf(mark, Number(generation));
  const expected = unit.repeat(Math.ceil(text.length / UNIT) + 2)
    .slice(begin % UNIT, begin % UNIT + text.length);
  assert(text === expected, `${name}: mixed with generation ${generation}`);
  assert(Number(generation) >= least, `${name}: ${generation} < ${least}`);
  return Number(generation);
}

function remember(file: Kept, { headers }: Response, generation: number): void {
  const tag = headers.get("etag");
  if (tag === null || tag.startsWith("W/")) return;
  const known = file.tags.get(tag) ?? generation;
  assertEquals(generation, known, `${file.name}: two states with tag ${tag}`);
  file.tags.set(tag, generation);
}

function furnish(root: string): Kept[] {
  Deno.chmodSync(root, 0o755);
  Deno.mkdirSync(`${root}/cgi-bin`);
  Deno.chmodSync(`${root}/cgi-bin`, 0o755);
  const type = "printf 'Content-Type: text/plain\\n\\n'";
  addScript(`${root}/cgi-bin/hello`, `#!/bin/sh\n${type}; echo hello\n`);
  addScript(`${root}/cgi-bin/echo`, `#!/bin/sh\n${type}; exec cat\n`);
  const files = KINDS.flatMap(([extension, size]) =>
    Array.from({ length: PER_KIND }, (_, index) => ({
      name: `${index}.${extension}`,
      mark: `${extension}${index}`,
      size,
      generation: 0,
      tags: new Map<string, number>(),
    }))
  );
  for (const file of files) write(`${root}/${file.name}`, file, 0);
  return files;
}

/** Replaces files all the time, as deployments do. */
async function writer(
  root: string,
  files: readonly Kept[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const file = pick(files);
    const next = file.generation + 1;
    write(`${root}/.new`, file, next);
    Deno.renameSync(`${root}/.new`, `${root}/${file.name}`);
    file.generation = next;
    await pause(1000 / WRITES_PER_SECOND);
  }
}

function write(path: string, { size, mark }: Kept, generation: number): void {
  Deno.writeTextFileSync(path, unitOf(mark, generation).repeat(size / UNIT));
}

function unitOf(mark: string, generation: number): string {
  return `${mark}.${generation};`.padEnd(UNIT - 1, "-") + "\n";
}

function sample(pid: number, second: number): Sample {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const number = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    second: Math.round(second),
    memory: 1024 * number("VmRSS"),
    threads: number("Threads"),
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
  };
}

function print(
  subject: SubjectName,
  samples: readonly Sample[],
  counts: ReadonlyMap<string, number>,
): void {
  const lines = samples.map(({ second, memory, descriptors, threads }) =>
    `${second} s: ${
      (memory / MIB).toFixed(0)
    } MiB, ${descriptors} descriptors, ${threads} threads`
  );
  const all = [...counts].map(([what, count]) => `${what} ${count}`).join(", ");
  const text = [`${subject}: ${all}`, ...lines, ""].join("\n");
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function pick<T>(all: readonly T[]): T {
  const one = all[Math.floor(Math.random() * all.length)];
  if (one === undefined) throw new Error("There is none");
  return one;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
