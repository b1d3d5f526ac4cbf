#!/usr/bin/env bash
# Bun 1.4.5, Bun.serve with a handler that gives the same Response (4 fields, 30,000 bytes) at once, or after a timer.
# Guess: both are sent by one call.
# Seen: the first by one call, the later one by 31: one for each name, ": ", value and end of line of its fields.
# node:http on Bun sends a later answer by one call.
set -u
command -v strace >/dev/null && command -v curl >/dev/null || exit 2
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/bun/bin/bun.exe
[ -x "$bun" ] || exit 2
cat > look.ts <<'TS'
import { once } from "node:events";
import { createServer } from "node:http";
const headers = { a: "1", b: "2", c: "3", d: "4" };
const content = "x".repeat(30_000);
const later = () => new Promise((resolve) => setTimeout(resolve, 5));
const place = { port: 0, hostname: "127.0.0.1" };
const answer = () => new Response(content, { headers });
const atOnce = Bun.serve({ ...place, fetch: answer });
const afterTimer = Bun.serve({ ...place, fetch: () => later().then(answer) });
const ofNode = createServer((_, response) => {
  later().then(() => response.writeHead(200, headers).end(content));
});
await once(ofNode.listen(0, place.hostname), "listening");
for (const port of [atOnce.port, afterTimer.port, ofNode.address().port]) {
  process.kill(process.pid, 0); // marks where the calls of the next server begin
  await Bun.spawn(["curl", "-s", "-o", "body", `http://127.0.0.1:${port}/`]).exited;
}
process.exit();
TS
timeout 20 strace -f -qq -e signal=none -e trace=sendto,sendmsg,writev,kill -o calls "$bun" look.ts || exit 1
seen=$(awk '/ kill\(/ { server++ } / (sendto|sendmsg|writev)\(/ && !/"GET / { count[server]++ }
  END { print count[1], count[2], count[3] }' calls)
echo "$seen"
[ "$seen" = "1 31 1" ]
