/** Real scripts, in a directory that everybody may read: they run as nobody. */

import { temporaryDirectory } from "./program.ts";

/** What Deno needs for scripts, and no more; content without a length may need a file. */
export const PERMISSIONS: readonly string[] = [
  "--allow-net",
  "--allow-read=/",
  "--allow-run",
  "--allow-write=/tmp",
];

/** Bodies of shell scripts, by name. */
const SHELL: Readonly<Record<string, string>> = {
  hello: `printf 'Content-Type: text/plain\\n\\nhello\\n'`,
  env: `printf 'Content-Type: text/plain\\n\\n'; exec env`,
  id:
    `printf 'Content-Type: text/plain\\n\\n'; id -u; id -g; id -G; pwd; umask`,
  cat: `printf 'Content-Type: text/plain\\n\\n%s ' "$CONTENT_LENGTH"; exec cat`,
  late: `printf 'Content-Type: text/plain\\n\\n'; sleep 0.5; exec wc -c`,
  deaf: `printf 'Content-Type: text/plain\\n\\n'; exec echo deaf`,
  zeros: `printf 'Content-Type: application/octet-stream\\n\\n'
exec head -c "$QUERY_STRING" /dev/zero`,
  endless: `printf 'Content-Type: text/event-stream\\n\\ndata: 1\\n\\n'
sleep "$QUERY_STRING" & wait`,
  silent: `sleep "$QUERY_STRING" & wait`,
  stubborn: `trap '' TERM; sleep "$QUERY_STRING" & while :; do wait; done`,
  orphan: `printf 'Content-Type: text/plain\\n\\n'
(trap '' TERM; sleep "$QUERY_STRING") &`,
  leaving: `printf 'Content-Type: text/plain\\n\\nbye\\n'
sleep "$QUERY_STRING" >/dev/null 2>&1 &`,
  // It waits until its session has begun: what is in its own group ends with it.
  daemon: `printf 'Content-Type: text/plain\\n\\nbye\\n'
: "$(setsid sh -c 'sleep "$0" >/dev/null 2>&1 &' "$QUERY_STRING")"`,
  reset: `printf 'Status: 205\\nContent-Type: a/b\\n\\nx'`,
  crash: `printf 'Content-Type: text/plain\\n\\nhalf\\n'; kill -SEGV $$`,
  fail: `printf 'oh\\033[2Jno\\n' >&2; exit 3`,
  garbage: `echo 'hello'; echo; echo 'world'`,
  failed: `printf 'Content-Type: text/plain\\n\\nwhole\\n'; exit 1`,
  untyped: `printf 'Set-Cookie: a=1\\n\\nhello\\n'`,
  notype: `printf '\\r\\nhello\\n'`,
  length: `printf 'Content-Type: a/b\\nContent-Length: %s\\n\\n' "$QUERY_STRING"
exec head -c "$QUERY_STRING" /dev/zero`,
  slow: `printf 'Content-Type: a/b\\nContent-Length: 8\\n\\nhalf'; sleep 0.3
printf half`,
  stalled: `printf 'Content-Type: a/b\\nContent-Length: 8\\n\\nhalf'
sleep "$QUERY_STRING" & wait; printf half`,
  long: `printf 'Content-Type: a/b\\nContent-Length: 5\\n\\nhello, world'`,
  zero: `printf 'Content-Type: a/b\\nContent-Length: 0\\n\\n'`,
  late304:
    `printf 'Content-Type: a/b\\nLast-Modified: Sun Nov  6 08:49:37 1994 GMT\\n\\nhello'`,
  shared: `printf 'Content-Type: text/plain\\n\\nnow\\n'
(sleep 0.5; echo later) &`,
  keeping: `printf 'Content-Type: text/plain\\n\\nnow\\n'
sleep "$QUERY_STRING" &`,
  moved: `printf 'Content-Type: text/plain\\n\\nnow\\n'
setsid sh -c 'sleep 0.5; echo later' &`,
  short: `printf 'Content-Type: a/b\\nContent-Length: 9\\n\\nhalf'`,
  fields:
    `printf 'Status: 299 Odd\\r\\nCONTENT-type: a/b\\r\\nX-A: caf\\303\\251 \\351\\r\\n'
printf 'Set-Cookie: a=1\\r\\nSet-Cookie: b=2\\r\\nTransfer: x\\r\\n\\r\\nx'`,
  local: `printf 'Location: /cgi-bin/env/info?from=local\\n\\n'`,
  page: `printf 'Location: /page.html\\n\\n'`,
  client: `printf 'Location: http://example.org/\\n\\n'`,
  empty: `printf 'Status: 204\\n\\n'`,
  "nph-own": `printf 'HTTP/1.1 203 Own\\r\\nX-Own: yes\\r\\n\\r\\nown'`,
};

/** Fills a directory with scripts, and gives it to everybody. */
export function scriptDirectory(): { path: string } & Disposable {
  const directory = temporaryDirectory();
  const { path } = directory;
  Deno.chmodSync(path, 0o755);
  Deno.mkdirSync(`${path}/cgi-bin`);
  Deno.chmodSync(`${path}/cgi-bin`, 0o755);
  Deno.writeTextFileSync(`${path}/page.html`, "<p>static\n");
  Deno.chmodSync(`${path}/page.html`, 0o644);
  for (const [name, body] of Object.entries(SHELL)) {
    addScript(`${path}/cgi-bin/${name}`, `#!/bin/sh\n${body}\n`);
  }
  addScript(`${path}/cgi-bin/noshebang`, "echo hello\n");
  addScript(`${path}/cgi-bin/nointerpreter`, "#!/no/such/interpreter\n");
  addScript(`${path}/cgi-bin/windows`, "#!/bin/sh\r\necho\r\n");
  Deno.writeTextFileSync(`${path}/cgi-bin/secret.txt`, "secret");
  Deno.chmodSync(`${path}/cgi-bin/secret.txt`, 0o644);
  return directory;
}

/** Writes a script that everybody may run. */
export function addScript(path: string, text: string, mode = 0o755): void {
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
}
