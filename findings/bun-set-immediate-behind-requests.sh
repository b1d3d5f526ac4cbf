#!/usr/bin/env bash
# Bun 1.4.5, setImmediate in a server of node:http.
# Guess: what a request gives to setImmediate is called before another request is taken from a socket, as on Node.js:
# a client that asks again only when it has its answer finds it called.
# Seen: on Bun of 4,000 requests, one after the other on new connections, hundreds come before it, up to 16 ms later; on Node.js none.
set -u
command -v node >/dev/null && command -v npm >/dev/null || exit 2
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/.bin/bun
[ -x "$bun" ] || exit 2
cat > server.mjs <<'JS'
import http from "node:http";
let isPending = false;
let early = 0;
const server = http.createServer((request, response) => {
  if (request.url === "/early") return response.end(String(early));
  if (isPending) early++;
  else setImmediate(() => isPending = false);
  isPending = true;
  response.end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS
cat > client.mjs <<'JS'
import http from "node:http";
const [, , port] = process.argv;
const get = (path) => new Promise((resolve, reject) => {
  const request = { host: "127.0.0.1", port, path, agent: false };
  http.get(request, async (response) => resolve((await response.toArray()).join(""))).on("error", reject);
});
for (let count = 0; count < 4000; count++) await get("/");
console.log(await get("/early"));
JS
early() {
  timeout -s KILL 60 "$@" server.mjs > port &
  local server=$!
  for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
  timeout 50 node client.mjs "$(cat port)"
  kill "$server"
  wait "$server" 2>/dev/null
  rm port
}
on_bun=$(early "$bun")
on_node=$(early node)
[ -n "$on_bun" ] && [ -n "$on_node" ] || exit 1
echo "before it on Bun: $on_bun, on Node.js: $on_node"
[ "$on_bun" -gt 0 ] && [ "$on_node" -eq 0 ]
