#!/usr/bin/env bash
# Deno 2.9.6, "nodeModulesDir": "auto" in deno.json.
# Guess: a program whose packages are all in node_modules only reads there when it starts.
# Seen: each start takes a lock of node_modules/.deno (flock), for which it creates a file there and removes it again,
# though nothing is to be installed: the time of the directory changes. With --node-modules-dir=manual it does not.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix tool deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/tool/node_modules/deno/deno
[ -x "$deno" ] || exit 2
export DENO_NO_UPDATE_CHECK=1 DENO_DIR=$folder/cache
mkdir program && cd program || exit 2
echo '{ "nodeModulesDir": "auto", "imports": { "ms": "npm:ms@2.1.3" } }' > deno.json
echo 'import ms from "ms"; console.log(ms("2 days"));' > program.js
start() {
  timeout 60 "$deno" run --quiet --no-prompt "$@" program.js
}
[ "$(start)" = 172800000 ] && [ "$(start)" = 172800000 ] || exit 2
state() {
  stat -c %y node_modules/.deno
}
written() {
  before=$(state)
  sleep 0.1
  [ "$(start "$@")" = 172800000 ] || exit 1
  [ "$before" = "$(state)" ] && echo no || echo yes
}
auto=$(written) && manual=$(written --node-modules-dir=manual) || exit 1
echo "node_modules/.deno written to by a start: auto $auto, manual $manual"
[ "$auto $manual" = "yes no" ]
