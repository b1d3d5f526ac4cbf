/**
 * nginx, lighttpd, Caddy and Python's `http.server`, each as its documentation would have
 * it for files: no log, sendfile, connections that stay open. nginx and lighttpd have one
 * worker, because the program is one thread, too; Caddy and Python are as they are.
 *
 * @module
 */

import { findProgram, run } from "../processes.ts";
import type { Job, Missing, Subject } from "./subject.ts";

/** Servers that are not JavaScript. */
export const CLASSICS: readonly Subject[] = [
  {
    name: "nginx",
    title: "nginx",
    setup:
      "one worker; no log, sendfile, tcp_nopush, no limit of requests for a connection",
    kind: "peer",
    find: async () => {
      const path = await findProgram("nginx");
      if (path === undefined) return absent("nginx");
      return {
        version: firstMatch(await run([path, "-v"]), /nginx\/(\S+)/),
        command: async (job) => ({
          words: [path, "-c", await write(job, "nginx.conf", nginx(job))],
        }),
      };
    },
  },
  {
    name: "lighttpd",
    title: "lighttpd",
    setup: "one thread; no log, no limit of requests for a connection",
    kind: "peer",
    find: async () => {
      const path = await findProgram("lighttpd");
      if (path === undefined) return absent("lighttpd");
      const modules = await Deno.realPath(`${path}/../../lib/lighttpd`)
        .catch(() => path.replace(/s?bin\/lighttpd$/, "lib/lighttpd"));
      return {
        version: firstMatch(await run([path, "-v"]), /lighttpd\/(\S+)/),
        command: async (job) => {
          const file = await write(job, "lighttpd.conf", lighttpd(job));
          return { words: [path, "-D", "-f", file, "-m", modules] };
        },
      };
    },
  },
  {
    name: "caddy",
    title: "Caddy",
    setup:
      "unrestricted: threads on all processors; no log, precompressed br gzip",
    kind: "peer",
    find: async () => {
      const path = await findProgram("caddy");
      if (path === undefined) return absent("caddy");
      return {
        version: firstMatch(await run([path, "version"]), /^v?(\S+)/),
        command: async (job) => {
          const file = await write(job, "Caddyfile", caddy(job));
          const { scratch } = job;
          return {
            words: [path, "run", "--config", file, "--adapter", "caddyfile"],
            env: { HOME: scratch, XDG_DATA_HOME: scratch },
          };
        },
      };
    },
  },
  {
    name: "python",
    title: "python3 -m http.server",
    setup: "a thread for each connection; its log is thrown away",
    kind: "peer",
    find: async () => {
      const path = await findProgram("/usr/bin/python3") ??
        await findProgram("python3");
      if (path === undefined) return absent("python3");
      return {
        version: firstMatch(await run([path, "--version"]), /Python (\S+)/),
        command: ({ port, root, feature }) => ({
          words: [
            path,
            "-m",
            "http.server",
            `${port}`,
            "-b",
            "127.0.0.1",
            "-d",
            root,
            ...feature === "cgi" ? ["--cgi"] : [],
          ],
          // The directory of scripts is looked for in the current one.
          cwd: root,
          logs: true,
        }),
      };
    },
  },
];

function absent(name: string): Missing {
  return { missing: `${name} is not installed` };
}

function firstMatch(text: string, pattern: RegExp): string {
  return pattern.exec(text.trim())?.[1] ?? "?";
}

async function write(job: Job, name: string, text: string): Promise<string> {
  const path = `${job.scratch}/${name}`;
  await Deno.writeTextFile(path, text);
  return path;
}

function nginx({ root, port, scratch, keys }: Job): string {
  const tls = keys === undefined ? "" : " ssl http2";
  const user = Deno.uid() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${scratch}/${name};`).join("\n  ");
  return `${user}
daemon off;
worker_processes 1;
pid ${scratch}/nginx.pid;
error_log ${scratch}/error.log;
events { worker_connections 1024; }
http {
  ${temporary}
  access_log off;
  types { text/html html; text/javascript js; }
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port}${tls};
    ${
    keys === undefined
      ? ""
      : `ssl_certificate ${keys.cert}; ssl_certificate_key ${keys.key};`
  }
    root ${root};
    autoindex on;
  }
}
`;
}

function lighttpd({ root, port, scratch, feature }: Job): string {
  return `server.document-root = "${root}"
server.bind = "127.0.0.1"
server.port = ${port}
server.errorlog = "${scratch}/error.log"
server.max-keep-alive-requests = 1000000000
dir-listing.activate = "enable"
mimetype.assign = ( "" => "application/octet-stream" )
${
    feature === "cgi"
      ? 'server.modules += ( "mod_cgi" )\ncgi.assign = ( "hello" => "" )'
      : ""
  }
`;
}

function caddy({ root, port }: Job): string {
  return `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  root * ${root}
  file_server {
    browse
    precompressed br gzip
  }
}
`;
}
