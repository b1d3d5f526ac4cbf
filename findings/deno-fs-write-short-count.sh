#!/usr/bin/env bash
# Deno 2.9.6, fs.write of node:fs on a disk that becomes full in the middle of a write.
# Guess: as in Node.js (write(2)) it tells how many bytes were written, and only the next write fails with ENOSPC;
# so behind an error nothing was written.
# Seen: it goes on until all is written, and then tells the error alone: the file has grown by bytes that nobody was
# told of. Who counts what was written is wrong, and has to ask fstat.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || exit 2
cat > fill.mjs <<'JS'
import { fstatSync, openSync, write } from "node:fs";
const descriptor = openSync("disk/file", "w");
write(descriptor, new Uint8Array(2_000_000), 0, 2_000_000, 0, (error, count) => {
  const told = error === null ? `${count} bytes` : error.code;
  console.log(`told ${told}, the file has ${fstatSync(descriptor).size}`);
});
JS
mkdir disk
# A disk of 1 MiB, for this command alone.
full() {
  unshare --map-root-user --mount bash -c 'mount -t tmpfs -o size=1m tmpfs disk || exit 2; "$@"' _ "$@"
}
full true 2>/dev/null || exit 2
seen=$(DENO_NO_UPDATE_CHECK=1 full timeout 20 "$deno" run --no-prompt -A fill.mjs) || exit 1
echo "Deno: $seen; Node.js: $(full timeout 20 node fill.mjs)"
[ "$seen" = "told ENOSPC, the file has 1048576" ]
