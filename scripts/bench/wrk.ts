/**
 * Load by `wrk`: how it is started, and what it says.
 *
 * @module
 */

/** What a round of wrk has measured. */
export interface Load {
  /** Complete answers a second. */
  readonly requests: number;
  /** Bytes a second, with the fields, also of answers that were not complete. */
  readonly bytes: number;
  /** Answers whose status is 400 or more. */
  readonly failures: number;
  /** Connections, reads and writes that failed or took too long. */
  readonly broken: number;
}

/** What is asked of wrk. */
export interface Asking {
  readonly url: string;
  readonly seconds: number;
  /** Fields of the request. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Path of a Lua script. */
  readonly script?: string | undefined;
}

/** What to do where there is no wrk. */
export const WRK_MISSING =
  "wrk is needed for load and was not found: apt-get install wrk (or see github.com/wg/wrk)";

const THREADS = 1;
/** Connections of every round. */
export const CONNECTIONS = 32;

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/**
 * The words behind `wrk`.
 *
 * @param asking URL, time in seconds, fields and script.
 * @returns The words.
 */
export function wrkWords(asking: Asking): string[] {
  const { url, seconds, fields = {}, script } = asking;
  return [
    `-t${THREADS}`,
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    ...Object.entries(fields).flatMap(([name, value]) => [
      "-H",
      `${name}: ${value}`,
    ]),
    ...script === undefined ? [] : ["-s", script],
    url,
  ];
}

/**
 * Reads what wrk prints.
 *
 * @param text Its standard output.
 * @returns The load; `undefined` when these are not figures of wrk.
 */
export function parseWrk(text: string): Load | undefined {
  const requests = /^Requests\/sec:\s+([\d.]+)/m.exec(text)?.[1];
  const transfer = /^Transfer\/sec:\s+([\d.]+)([KMGT]?)B/m.exec(text);
  if (requests === undefined || transfer === null) return undefined;
  const [, amount = "", unit = ""] = transfer;
  const failures = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? "0";
  const errors = /Socket errors: (.*)/.exec(text)?.[1] ?? "";
  const broken = [...errors.matchAll(/\d+/g)]
    .reduce((sum, [digits]) => sum + Number(digits), 0);
  return {
    requests: Number(requests),
    bytes: Number(amount) * (UNITS[unit] ?? NaN),
    failures: Number(failures),
    broken,
  };
}

/**
 * A script for wrk that asks for paths at random, the same ones in each round. The
 * requests are made before the load begins, because wrk has one thread for everything.
 *
 * @param count How many files.
 * @param path Lua: the path of the file `number`.
 * @param port The port, for the Host field.
 * @returns Lua.
 */
export function randomPaths(
  count: number,
  path: string,
  port: number,
): string {
  return `${prepare(count, path, port)}
math.randomseed(7)
function request()
  return requests[math.random(0, ${count - 1})]
end
`;
}

function prepare(count: number, path: string, port: number): string {
  return `local requests = {}
function init(arguments)
  wrk.headers["Host"] = "127.0.0.1:${port}"
  for number = 0, ${count - 1} do
    requests[number] = wrk.format("GET", ${path})
  end
end`;
}

/**
 * A script for wrk that asks for each file once, and ends it with the last answer. wrk itself
 * asks the script once before it begins; the last connections ask for the first files again
 * until the last new one is there.
 *
 * @param count How many files.
 * @param path Lua: the path of the file `number`.
 * @param port The port, for the Host field.
 * @returns Lua; it prints what {@link parseCold} reads.
 */
export function everyPath(count: number, path: string, port: number): string {
  return `local ffi = require("ffi")
ffi.cdef("typedef struct { long s, ns; } instant; int clock_gettime(int, instant *);")
local instant = ffi.new("instant")
local function now()
  ffi.C.clock_gettime(1, instant)
  return tonumber(instant.s) + tonumber(instant.ns) / 1e9
end
${prepare(count, path, port)}
local asked, answered, failed, bytes, began = -1, 0, 0, 0, 0
function request()
  if asked == 0 then began = now() end
  local number = asked % ${count}
  asked = asked + 1
  return requests[number]
end
function response(status, fields, content)
  answered = answered + 1
  bytes = bytes + #content
  if status ~= 200 then failed = failed + 1 end
  if answered < ${count} then return end
  print(string.format("%d answers, %d failed, %d bytes, %.6f s", answered, failed, bytes, now() - began))
  io.stdout:flush()
  os.exit(0)
end
`;
}

/** What came of asking for every file once. */
export interface Cold {
  readonly answers: number;
  readonly failed: number;
  /** Of their contents. */
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Reads what {@link everyPath} prints.
 *
 * @param text Its standard output.
 * @returns The figures; `undefined` when it did not come to its end.
 */
export function parseCold(text: string): Cold | undefined {
  const found = /^(\d+) answers, (\d+) failed, (\d+) bytes, ([\d.]+) s$/m.exec(
    text,
  );
  if (found === null) return undefined;
  const [answers = NaN, failed = NaN, bytes = NaN, seconds = NaN] = found
    .slice(1).map(Number);
  return { answers, failed, bytes, seconds };
}

/**
 * A script for wrk that asks with HEAD. wrk waits for the content that the length
 * promises, also after HEAD, so it can ask for nothing but empty files.
 */
export const HEAD_SCRIPT = 'wrk.method = "HEAD"\n';

/**
 * The version of wrk.
 *
 * @returns Such as `4.1.0`.
 */
export async function wrkVersion(): Promise<string> {
  // It shows its usage, too, and fails.
  const { stdout } = await new Deno.Command("wrk", { args: ["-v"] }).output();
  const text = new TextDecoder().decode(stdout);
  return /^wrk\s+(?:debian\/)?([\w.]+)/.exec(text)?.[1] ?? "?";
}

/**
 * Runs a round.
 *
 * @param asking What is asked.
 * @returns What was measured.
 * @throws {Error} When wrk fails or says something else.
 */
export async function runWrk(asking: Asking): Promise<Load> {
  const load = parseWrk(await callWrk(asking));
  if (load !== undefined) return load;
  throw new Error("wrk says nothing");
}

/**
 * Asks for every file once.
 *
 * @param asking What is asked, with a script of {@link everyPath}; its seconds are patience.
 * @returns What was measured.
 * @throws {Error} When wrk fails, or not all was answered in time.
 */
export async function runCold(asking: Asking): Promise<Cold> {
  const cold = parseCold(await callWrk(asking));
  if (cold !== undefined) return cold;
  throw new Error(`needs more than ${asking.seconds} s`);
}

async function callWrk(asking: Asking): Promise<string> {
  const output = await new Deno.Command("wrk", {
    args: wrkWords(asking),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (output.success) return decoder.decode(output.stdout);
  throw new Error(`wrk failed: ${decoder.decode(output.stderr).trim()}`);
}
