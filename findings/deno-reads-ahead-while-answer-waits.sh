#!/usr/bin/env bash
# Deno 2.9.6, Deno.serve, HTTP/1.1: an answer whose content has not come yet, and a client that goes on sending requests.
# Guess: what is sent meanwhile is left to the system, whose buffers hold it back, as on Bun and on Node.js.
# Seen: all of 256 MiB is read, and kept in memory. To learn that a client has left, Deno reads its connection while
# content is waited for, without a bound (denoland/deno#36869). The content of a large file is waited for, too, where the
# processor is busy.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || deno=$folder/node_modules/.bin/deno
[ -x "$deno" ] || exit 2
cat > ask.ts <<'TS'
const MIB = 2 ** 20;
const endless = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, endless);
const connection = await Deno.connect(server.addr);
const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const bytes = new TextEncoder().encode(request.repeat(10_000));
let sent = 0;
const sending = (async () => {
  while (sent < 256 * MIB) sent += await connection.write(bytes);
})();
sending.catch(() => {});
for (let last = -1; last !== sent;) {
  last = sent;
  await new Promise((resolve) => setTimeout(resolve, 2000));
}
const resident = Deno.memoryUsage().rss > 200 * MIB ? "more than 200" : "less than 200";
console.log(`${sent < 64 * MIB ? "held back" : "all taken"}, ${resident} MiB of memory`);
Deno.exit();
TS
seen=$(timeout 60 "$deno" run --no-check --allow-net --allow-sys ask.ts) || exit 1
echo "$seen"
[ "$seen" = "all taken, more than 200 MiB of memory" ]
