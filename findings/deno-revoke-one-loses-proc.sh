#!/usr/bin/env bash
# Deno 2.9.6, Deno.permissions.revoke() after --allow-all, on Linux.
# Guess: whoever gives back one permission ("write") keeps what the others allow: reading stays as it was.
# Seen: `query({ name: "read" })` goes on saying "granted" and usual files are read, but /proc/self/fd/N, which could be read
# before, cannot any more: "Requires all access". So a program cannot give back what it does not need and still ask the
# system for the path of a file that it has open.
set -u
[ "$(uname)" = Linux ] || exit 2
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
cat > look.ts <<'TS'
import { openSync } from "node:fs";
const path = `/proc/self/fd/${openSync("look.ts", "r")}`;
const look = () => {
  try {
    return Deno.readLinkSync(path).endsWith("/look.ts") ? "told" : "other";
  } catch (error) {
    return (error as Error).name;
  }
};
const before = look();
await Deno.permissions.revoke({ name: "write" });
const { state } = await Deno.permissions.query({ name: "read" });
const file = Deno.readTextFileSync("look.ts").length > 0 ? "read" : "not read";
console.log(`${before}, then ${look()}; read is ${state}, a file is ${file}`);
TS
seen=$(node_modules/.bin/deno run --quiet --no-prompt -A look.ts) || exit 1
echo "$seen"
[ "$seen" = "told, then NotCapable; read is granted, a file is read" ]
