#!/usr/bin/env bash
# Deno 2.9.6, Deno.permissions.revoke() in a Worker that was started without `permissions`.
# Guess: a worker inherits a copy of the permissions, so that what it gives back is gone for itself alone.
# Seen: the main thread has lost it as well, and so have workers that are still loading: they fail with "Requires read access".
# One set of permissions is shared by the threads (option `permissions: "none"` or a list makes one of its own).
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || deno=$folder/node_modules/.bin/deno
"$deno" --version >/dev/null 2>&1 || exit 2
cat > worker.ts <<'TS'
const name = "read";
const { state } = await Deno.permissions.revoke({ name });
(self as unknown as { postMessage(text: string): void }).postMessage(state);
TS
cat > main.ts <<'TS'
const name = "read";
const before = (await Deno.permissions.query({ name })).state;
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = async ({ data }) => {
  const after = (await Deno.permissions.query({ name })).state;
  console.log(`main ${before}, worker ${data}, main ${after}`);
  Deno.exit();
};
TS
seen=$(DENO_DIR=$folder/cache timeout 30 "$deno" run --quiet --no-prompt --allow-read main.ts) || exit 1
echo "$seen"
[ "$seen" = "main granted, worker prompt, main prompt" ]
