#!/usr/bin/env bash
# @std/cli (npm: deno-std 1.4.0), parseArgs().
# Guess: an option that is declared as a string, "no-etag", takes its value from "--no-etag=x" as from "--no-etag x".
# Seen: "--no-etag x" is { "no-etag": "x" }, but "--no-etag=x" is { "etag": "x" }: where a value is attached, the prefix
# "no-" is taken off, although the option with that very name is declared, and "etag" is none.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno-std@1.4.0 >/dev/null 2>&1 || exit 2
cat > look.mjs <<'JS'
import { parseArgs } from "deno-std/cli/parse_args.js";
const options = { string: ["no-etag"] };
const { _: rest, ...apart } = parseArgs(["--no-etag", "x"], options);
const { _: more, ...attached } = parseArgs(["--no-etag=x"], options);
console.log(JSON.stringify([apart, attached, rest.length + more.length]));
JS
seen=$(node look.mjs) || exit 1
echo "$seen"
[ "$seen" = '[{"no-etag":"x"},{"etag":"x"},0]' ]
