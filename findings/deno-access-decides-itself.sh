#!/usr/bin/env bash
# Deno 2.9.6, accessSync of node:fs.
# Guess: as in Node.js it asks the system (access(2)), and wants no permission but to read the path.
# Seen: it compares the mode bits with the user itself. So with --allow-read it throws NotCapable, because it wants
# --allow-sys=uid; and root is told EACCES for a file that readFileSync then reads (as root Node.js says yes).
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || exit 2
cat > look.mjs <<'JS'
import { accessSync, constants, readFileSync } from "node:fs";
const told = (action) => {
  try {
    action();
    return "yes";
  } catch (error) {
    return error.code ?? error.name;
  }
};
const access = told(() => accessSync("file", constants.R_OK));
console.log(`access ${access}, read ${told(() => readFileSync("file"))}`);
JS
echo content > file
seen=$(DENO_NO_UPDATE_CHECK=1 timeout 20 "$deno" run --no-prompt --allow-read look.mjs) || exit 1
echo "with --allow-read: $seen"
[ "$seen" = "access NotCapable, read yes" ] || exit 1
[ "$(id -u)" = 0 ] || exit 0
chmod 000 file
seen=$(DENO_NO_UPDATE_CHECK=1 timeout 20 "$deno" run --no-prompt -A look.mjs) || exit 1
echo "with -A, as root, mode 000: $seen; Node.js: $(node look.mjs)"
[ "$seen" = "access EACCES, read yes" ]
