/** The balancers and caches that `scripts/deploy/` has configurations for, with the addresses of a test put in. */

import { findProgram } from "./browser.ts";
import { PROJECT, temporaryDirectory } from "./program.ts";
import { freePort } from "./wait.ts";

export type BalancerName = "nginx" | "HAProxy" | "Caddy" | CacheName;

export type CacheName = "nginx cache" | "Varnish" | "Apache";

export interface Balancer extends AsyncDisposable {
  readonly port: number;
}

/** What is different between them; the rest is in the files that people copy. */
interface Kind {
  readonly program: string;
  readonly file: string;
  /** The line that says where clients come in, and the same for a port on the loopback. */
  readonly listen?: readonly [string, (port: number) => string];
  /** Where stored answers lie. */
  readonly cache?: string;
  /** A whole configuration in which the file is one part, kept in a directory. */
  readonly whole: (part: string, directory: string) => string;
  readonly run: (
    path: string,
    directory: string,
    port: number,
  ) => readonly string[];
  /** Reads the configuration, complains, and ends. */
  readonly check: (path: string, directory: string) => readonly string[];
}

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] as const;

const APACHE_MODULES = [
  ..."mpm_event authz_core proxy proxy_http proxy_balancer".split(" "),
  ..."lbmethod_byrequests slotmem_shm cache cache_disk headers".split(" "),
];

const NGINX = {
  program: "nginx",
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
} as const satisfies Partial<Kind>;

const KINDS: Readonly<Record<BalancerName, Kind>> = {
  "nginx": { ...NGINX, file: "nginx.conf" },
  "nginx cache": {
    ...NGINX,
    file: "nginx-cache.conf",
    cache: "/var/cache/nginx/serve",
  },
  Varnish: {
    program: "varnishd",
    file: "varnish.vcl",
    whole: (part) => part,
    run: (path, directory, port) => [
      ...["-F", "-j", "none", "-n", `${directory}/varnish`, "-T", "none"],
      ...["-a", `127.0.0.1:${port}`, "-f", path, "-s", "default,64m"],
      ...["-p", "http_gzip_support=off"],
    ],
    check: (path, directory) => [
      ...["-C", "-j", "none", "-n", `${directory}/varnish`, "-f", path],
    ],
  },
  Apache: {
    program: "apache2",
    file: "apache-cache.conf",
    listen: [
      "<VirtualHost *:80>",
      (port) => `Listen 127.0.0.1:${port}\n<VirtualHost 127.0.0.1:${port}>`,
    ],
    cache: "/var/cache/apache2/mod_cache_disk",
    whole: (part, directory) =>
      [
        `ServerRoot ${directory}`,
        `DefaultRuntimeDir ${directory}`,
        `PidFile ${directory}/apache.pid`,
        `Mutex file:${directory}`,
        "ServerName localhost",
        "ErrorLog /dev/stderr",
        // Only for root, who may not serve.
        "User www-data",
        ...APACHE_MODULES.map((name) =>
          `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`
        ),
        part,
      ].join("\n"),
    run: (path) => ["-D", "FOREGROUND", "-f", path],
    check: (path) => ["-t", "-f", path],
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

export const CACHES: readonly CacheName[] = [
  "nginx cache",
  "Varnish",
  "Apache",
];

/** The path of the program, or `undefined` where it is not installed. */
export function findBalancer(name: BalancerName): string | undefined {
  const { program } = KINDS[name];
  return findProgram(program) ?? findProgram(`../sbin/${program}`);
}

/** The configuration that people copy, with the addresses of a test put in. */
export function derive(
  name: BalancerName,
  port: number,
  replicas: readonly number[],
  directory: string,
): string {
  const { file, listen, cache, whole } = KINDS[name];
  const text = Deno.readTextFileSync(`${PROJECT}scripts/deploy/${file}`);
  let part = listen === undefined
    ? text
    : replaceLine(text, listen[0], listen[1](port));
  if (cache !== undefined) part = part.replace(cache, `${directory}/cache`);
  // A test must not run on another configuration than it says.
  if (!part.includes(addressOf(0))) throw new Error("no address is there");
  for (const [index, replica] of replicas.entries()) {
    part = part.replaceAll(addressOf(index), `127.0.0.1:${replica}`);
  }
  const [other] = /10\.0\.0\.\d+/.exec(part) ?? [];
  if (other !== undefined) throw new Error(`${other} stays`);
  // What is for certain directories only is tried, too.
  const uncommented = part.replace(
    /^ {4}#location[^]*?^ {4}#}$/m,
    (lines) => lines.replace(/^( *)#/gm, "$1"),
  );
  return whole(uncommented, directory);
}

function addressOf(index: number): string {
  return `10.0.0.1${index + 1}:8000`;
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
  using directory = workingDirectory();
  const replicas = [8001, 8002, 8003];
  const text = derive(name, freePort(), replicas, directory.path);
  const path = `${directory.path}/configuration`;
  Deno.writeTextFileSync(path, text);
  const child = spawn(name, KINDS[name].check(path, directory.path), directory);
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  const complaints = decoder.decode(stdout) + decoder.decode(stderr);
  // Behind what it says varnishd shows the C that it has made.
  return { success, complaints: complaints.replace(/\/\* ---===[^]*/, "") };
}

/** A directory in which the processes of other users may store answers, too. */
function workingDirectory(): { path: string } & Disposable {
  const directory = temporaryDirectory();
  Deno.mkdirSync(`${directory.path}/cache`);
  for (const path of [directory.path, `${directory.path}/cache`]) {
    Deno.chmodSync(path, 0o777);
  }
  return directory;
}

/** Starts a balancer in front of replicas and waits until clients get in. */
export async function startBalancer(
  name: BalancerName,
  replicas: readonly number[],
): Promise<Balancer> {
  const directory = workingDirectory();
  const path = `${directory.path}/configuration`;
  // None of them tells which port it got for 0; another program may be faster.
  for (let tries = 0; tries < 5; tries++) {
    const port = freePort();
    Deno.writeTextFileSync(path, derive(name, port, replicas, directory.path));
    const args = KINDS[name].run(path, directory.path, port);
    const child = spawn(name, args, directory);
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
