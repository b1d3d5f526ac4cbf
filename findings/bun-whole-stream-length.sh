#!/usr/bin/env bash
# Bun 1.4.5, Bun.serve with a ReadableStream that has one chunk of 16,000 bytes and is closed before the answer begins.
# Guess: as with a chunk of 5 bytes, all of it is there, so that the answer has its Content-Length.
# Seen: it goes in chunks without a length, also where the program sets Content-Length, unless highWaterMark, which
# counts chunks in such a stream (Streams standard, 4.2.4), is set to more than the number of bytes.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null 2>&1 || exit 2
bun=$folder/node_modules/bun/bin/bun.exe
[ -x "$bun" ] || exit 2
cat > look.ts <<'TS'
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: ({ url }) => {
    const { searchParams } = new URL(url);
    const size = Number(searchParams.get("size"));
    const highWaterMark = Number(searchParams.get("mark"));
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(size));
        controller.close();
      },
    }, { highWaterMark });
    return new Response(body, { headers: { "Content-Length": String(size) } });
  },
});
const look = async (size: number, mark: number) => {
  const response = await fetch(`${server.url}?size=${size}&mark=${mark}`);
  await response.arrayBuffer();
  return response.headers.get("content-length") ?? response.headers.get("transfer-encoding");
};
console.log(await look(5, 1), await look(16_000, 1), await look(16_000, 16_001));
server.stop(true);
TS
seen=$(timeout 20 "$bun" look.ts) || exit 1
echo "$seen"
[ "$seen" = "5 chunked 16000" ]
