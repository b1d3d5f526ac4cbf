#!/usr/bin/env bash
# Node.js 22.23.3, a server of node:http without a listener for `upgrade`, as most are. A client sends a request with
# `Connection: Upgrade` and `Upgrade: h2c`, and in the same packet a second request without them.
# Guess: the server ignores the field, as RFC 9110 section 7.8 lets it, and answers both, as it answers two others that
# come in one packet.
# Seen: it answers the first, drops the second, and leaves the connection open. In a packet of its own the second one is
# answered.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund node@22.23.3 >/dev/null 2>&1 || exit 2
node=$folder/node_modules/node/bin/node
[ -x "$node" ] || exit 2
cat > look.mjs <<'JS'
import http from "node:http";
import net from "node:net";
const upgrade = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
const plain = "GET /b HTTP/1.1\r\nHost: a\r\n\r\n";
const server = http.createServer((_request, response) => response.end("x"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const look = async (...packets) => {
  const client = net.connect(server.address().port, "127.0.0.1");
  let text = "";
  let ended = false;
  client.on("data", (chunk) => text += chunk);
  client.on("end", () => ended = true);
  for (const packet of packets) {
    client.write(packet);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  client.destroy();
  return `${text.split("HTTP/1.1 200").length - 1}${ended ? "ended" : ""}`;
};
console.log(await look(plain + plain), await look(upgrade + plain), await look(upgrade, plain));
process.exit();
JS
seen=$(timeout 20 "$node" look.mjs) || exit 1
echo "$seen"
[ "$seen" = "2 1 2" ]
