#!/usr/bin/env bash
# Bun 1.4.5, Bun.serve with a slice of Bun.file(descriptor).
# Guess: as with Bun.file(path).slice(a, b), the answer announces the length of the slice.
# Seen: it sends the bytes of the slice, but announces the length of the whole file, so that the client waits for more
# until the connection ends. Bun.file(path) of the same file is right.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/bun/bin/bun.exe
[ -x "$bun" ] || exit 2
cat > look.ts <<'TS'
import { openSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
writeFileSync("file", "x".repeat(300_000));
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: ({ url }) => {
    const file = new URL(url).pathname === "/path"
      ? Bun.file("file")
      : Bun.file(openSync("file", "r"));
    return new Response(file.slice(100, 200_100));
  },
});
const lengthOf = (path: string) =>
  new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1");
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.destroy();
      resolve(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? "none");
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
console.log(`path ${await lengthOf("/path")}, descriptor ${await lengthOf("/")}`);
server.stop(true);
TS
seen=$(timeout 20 "$bun" look.ts) || exit 1
echo "$seen"
[ "$seen" = "path 200000, descriptor 300000" ]
