#!/usr/bin/env bash
# Bun 1.4.5, Bun.spawn with stdout: "pipe", read with a buffer of one's own.
# Guess: as on Deno the output of a process is a stream of bytes, so getReader({ mode: "byob" }) reads a few
# bytes into a small buffer that is used again.
# Seen: getReader throws a TypeError; the other kind of reader, whose chunks are new each time, is all there is.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/bun/bin/bun.exe
[ -x "$bun" ] || exit 2
cat > look.ts <<'TS'
const start = () =>
  Bun.spawn(["printf", "Hello\n"], { stdout: "pipe", stderr: "ignore" }).stdout;
try {
  start().getReader({ mode: "byob" });
  console.log("byob");
} catch (error) {
  console.log((error as Error).name);
}
const { value } = await start().getReader().read();
console.log(value?.byteLength);
TS
seen=$(timeout 20 "$bun" look.ts) || exit 1
echo "$seen"
[ "$seen" = "TypeError
6" ]
