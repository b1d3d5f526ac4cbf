#!/usr/bin/env bash
# Deno 2.9.6, the cache of compiled code in DENO_DIR.
# Guess: programs that run with different --v8-flags do not disturb each other.
# Seen: there is one entry for a module, and V8 takes it only under the hash of flags that it was made with (of which
# --heap-growing-percent is part, --max-semi-space-size is not). So programs with
# different flags, run in turn, compile anew and write again what they have in common, which is Deno's own modules: to
# import node:fs takes 2 to 3 times as long after such a turn.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || exit 2
export DENO_NO_UPDATE_CHECK=1
# Entries are written behind the program's back; who ends at once leaves none.
echo 'await import("node:fs"); setTimeout(() => {}, 2000);' > program.mjs
cat > entry.mjs <<'JS'
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
const kept = new DatabaseSync("cache/v8_code_cache_v2");
const [{ data }] = kept.prepare(
  "SELECT data FROM codecache WHERE specifier = 'ext:deno_node/fs.ts'",
).all();
console.log(createHash("sha256").update(data).digest("hex").slice(0, 8));
JS
after() {
  DENO_DIR=$folder/cache timeout 30 "$deno" run --no-prompt "$@" program.mjs &&
    DENO_DIR=$folder/other timeout 30 "$deno" run --no-prompt -A entry.mjs
}
first=$(after) && same=$(after) && other=$(after --v8-flags=--heap-growing-percent=50) && again=$(after) || exit 1
echo "entry of node:fs: $first, the same: $same, with a flag: $other, without: $again"
[ "$first" = "$same" ] && [ "$same" != "$other" ] && [ "$other" != "$again" ]
