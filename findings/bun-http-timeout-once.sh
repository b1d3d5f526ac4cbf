#!/usr/bin/env bash
# Bun 1.4.5, node:http: a `timeout` event of the server that its listener lets pass.
# Guess: as on Node.js, what is sent afterwards starts the time again, so that a client that then reads nothing makes
# the event come once more.
# Seen: it never comes again on that connection, which can stall for ever. Node.js 20.20.2 tells a second time.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 node@20.20.2 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/bun/bin/bun.exe
node=$folder/node_modules/node/bin/node
[ -x "$bun" ] && [ -x "$node" ] || exit 2
cat > look.mjs <<'JS'
import { createServer } from "node:http";
import { connect } from "node:net";
let timeouts = 0;
// The answer takes longer than the time, and is more than the sockets hold.
const server = createServer((_request, response) => {
  setTimeout(() => response.end(new Uint8Array(20_000_000)), 1500);
});
server.setTimeout(1000, () => void timeouts++);
server.listen(0, "127.0.0.1", () => {
  const client = connect(server.address().port, "127.0.0.1");
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  setTimeout(() => {
    console.log(timeouts > 1 ? "again" : `${timeouts} time`);
    process.exit();
  }, 6500);
});
JS
one=$(timeout 20 "$bun" look.mjs) && other=$(timeout 20 "$node" look.mjs) || exit 1
echo "Bun: $one, Node.js: $other"
[ "$one, $other" = "1 time, again" ]
