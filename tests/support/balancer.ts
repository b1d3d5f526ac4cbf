/** The balancers that `scripts/deploy/` has configurations for, with the addresses of a test put in. */

import { findProgram } from "./browser.ts";
import { PROJECT, temporaryDirectory } from "./program.ts";
import { freePort } from "./wait.ts";

export type BalancerName = "nginx" | "HAProxy" | "Caddy";

export interface Balancer extends AsyncDisposable {
  readonly port: number;
}

/** What is different between them; the rest is in the files that people copy. */
interface Kind {
  readonly program: string;
  readonly file: string;
  /** The line that says where clients come in, and the same for a port on the loopback. */
  readonly listen: readonly [string, (port: number) => string];
  /** A whole configuration in which the file is one part, kept in a directory. */
  readonly whole: (part: string, directory: string) => string;
  readonly run: (path: string, directory: string) => readonly string[];
  /** Reads the configuration, complains, and ends. */
  readonly check: (path: string, directory: string) => readonly string[];
}

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] as const;

const KINDS: Readonly<Record<BalancerName, Kind>> = {
  nginx: {
    program: "nginx",
    file: "nginx.conf",
    listen: ["    listen 80;", (port) => `    listen 127.0.0.1:${port};`],
    whole: (part, directory) =>
      `daemon off; worker_processes 1; pid ${directory}/nginx.pid;
      error_log stderr warn; events {}
      http {
        access_log off;
        ${
        TEMPORARY.map((name) => `${name}_temp_path ${directory}/${name};`)
          .join("\n")
      }
        ${part}
      }\n`,
    run: (path, directory) => ["-e", "stderr", "-p", directory, "-c", path],
    check: (path, directory) => [
      ...["-t", "-q", "-e", "stderr"],
      ...["-p", directory, "-c", path],
    ],
  },
  HAProxy: {
    program: "haproxy",
    file: "haproxy.cfg",
    listen: ["    bind :80", (port) => `    bind 127.0.0.1:${port}`],
    whole: (part) => `global\n    maxconn 1000\n\n${part}`,
    run: (path) => ["-db", "-q", "-f", path],
    check: (path) => ["-c", "-q", "-f", path],
  },
  Caddy: {
    program: "caddy",
    file: "Caddyfile",
    listen: [":80 {", (port) => `http://:${port} {\n\tbind 127.0.0.1`],
    whole: (part) => `{\n\tadmin off\n}\n\n${part}`,
    run: (path) => ["run", "--adapter", "caddyfile", "--config", path],
    check: (path) => ["validate", "--adapter", "caddyfile", "--config", path],
  },
};

export const BALANCERS: readonly BalancerName[] = ["nginx", "HAProxy", "Caddy"];

/** The path of the program, or `undefined` where it is not installed. */
export function findBalancer(name: BalancerName): string | undefined {
  const { program } = KINDS[name];
  return findProgram(program) ?? findProgram(`../sbin/${program}`);
}

/** The configuration that people copy, with the addresses of a test put in. */
export function derive(
  name: BalancerName,
  port: number,
  replicas: readonly [number, number, number],
  directory: string,
): string {
  const { file, listen: [line, toLine], whole } = KINDS[name];
  const text = Deno.readTextFileSync(`${PROJECT}scripts/deploy/${file}`);
  let part = replaceLine(text, line, toLine(port));
  for (const [index, replica] of replicas.entries()) {
    const address = `10.0.0.1${index + 1}:8000`;
    // A test must not run on another configuration than it says.
    if (!part.includes(address)) throw new Error(`"${address}" is not there`);
    part = part.replaceAll(address, `127.0.0.1:${replica}`);
  }
  return whole(part, directory);
}

function replaceLine(text: string, line: string, by: string): string {
  const [before, after, ...more] = text.split(`\n${line}\n`);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`"${line}" is not there once`);
  }
  return `${before}\n${by}\n${after}`;
}

/** What the balancer itself says of the configuration that people copy. */
export async function checkBalancer(
  name: BalancerName,
): Promise<{ success: boolean; complaints: string }> {
  using directory = temporaryDirectory();
  const text = derive(name, freePort(), [8001, 8002, 8003], directory.path);
  const path = `${directory.path}/configuration`;
  Deno.writeTextFileSync(path, text);
  const child = spawn(name, KINDS[name].check(path, directory.path), directory);
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    success,
    complaints: decoder.decode(stdout) + decoder.decode(stderr),
  };
}

/** Starts a balancer in front of three replicas and waits until clients get in. */
export async function startBalancer(
  name: BalancerName,
  replicas: readonly [number, number, number],
): Promise<Balancer> {
  const directory = temporaryDirectory();
  const path = `${directory.path}/configuration`;
  // None of them tells which port it got for 0; another program may be faster.
  for (let tries = 0; tries < 5; tries++) {
    const port = freePort();
    Deno.writeTextFileSync(path, derive(name, port, replicas, directory.path));
    const child = spawn(name, KINDS[name].run(path, directory.path), directory);
    const errors = new Response(child.stderr).text();
    const output = new Response(child.stdout).text();
    if (await accepts(port, child)) {
      return {
        port,
        [Symbol.asyncDispose]: async () => {
          child.kill("SIGTERM");
          await Promise.all([child.status, errors, output]);
          directory[Symbol.dispose]();
        },
      };
    }
    await output;
    if (!/in use/i.test(await errors)) throw new Error(await errors);
  }
  throw new Error(`No free port for ${name}`);
}

function spawn(
  name: BalancerName,
  args: readonly string[],
  { path }: { path: string },
): Deno.ChildProcess {
  return new Deno.Command(findBalancer(name) ?? name, {
    args: [...args],
    // Caddy keeps what it knows below these.
    env: { HOME: path, XDG_DATA_HOME: path, XDG_CONFIG_HOME: path },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Whether the port takes connections; false when the program has ended instead. */
async function accepts(
  port: number,
  { status }: Deno.ChildProcess,
): Promise<boolean> {
  let ended = false;
  const end = status.then(() => {
    ended = true;
  });
  while (!ended) {
    try {
      using _ = await Deno.connect({ hostname: "127.0.0.1", port });
      return true;
    } catch {
      const pause = new Promise((resolve) => setTimeout(resolve, 20));
      await Promise.race([end, pause]);
      await pause;
    }
  }
  return false;
}
