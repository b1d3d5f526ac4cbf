#!/usr/bin/env bash
# Deno 2.9.6 against Bun 1.4.5, node:zlib, brotliCompressSync of 100 KiB of text at quality 5, window (LGWIN) 16 and 17.
# Guess: a smaller window takes no longer than a larger one, on both.
# Seen: on Deno 16 takes about eight times as long as 17 (some 20 ms against 2.5); on Bun both take the same.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 bun@1.4.5 typescript@5.9.3 >/dev/null 2>&1 || exit 2
export PATH="$folder/node_modules/.bin:$PATH"
command -v deno >/dev/null && command -v bun >/dev/null || exit 2
cat > measure.mjs <<'JS'
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
const text = readFileSync("node_modules/typescript/lib/typescript.js").subarray(0, 102_400);
const time = (window) => {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: window };
  const times = [];
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    brotliCompressSync(text, { params });
    times.push(performance.now() - start);
  }
  return Math.min(...times);
};
console.log(time(16) > 3 * time(17) ? "16 is slower" : "alike");
JS
seen="Deno: $(deno run -A measure.mjs), Bun: $(bun run measure.mjs)" || exit 1
echo "$seen"
[ "$seen" = "Deno: 16 is slower, Bun: alike" ]
