#!/usr/bin/env bash
# Deno 2.9.6, Deno.permissions.request() and revoke() for reading.
# Guess: a program that may read much can give back all but one folder, by revoking the rest; and to request what is
# granted already changes nothing.
# Seen: of --allow-read (everything) it can give back all or nothing: revoking "/etc" changes nothing. Of --allow-read=/
# revoking "/etc" takes everything, because "/" contains it. But a request for a folder below, granted without a question,
# adds that folder to the list, and revoking "/" then removes "/" alone, so that the folder stays.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
mkdir kept && echo x > kept/file
cat > look.ts <<'TS'
const { permissions } = Deno;
const read = (path: string) => ({ name: "read", path }) as const;
const kept = `${Deno.cwd()}/kept`;
const states = () =>
  [kept, "/etc"].map((path) => permissions.querySync(read(path)).state);
if (Deno.args[0] === "request") permissions.requestSync(read(kept));
permissions.revokeSync(read(Deno.args[1] ?? ""));
console.log(states().join(" "));
TS
deno=node_modules/.bin/deno
all=$("$deno" run --quiet --no-prompt --allow-read look.ts revoke /etc) || exit 1
list=$("$deno" run --quiet --no-prompt --allow-read=/ look.ts revoke /etc) || exit 1
narrow=$("$deno" run --quiet --no-prompt --allow-read=/ look.ts request /) || exit 1
echo "--allow-read, /etc revoked: $all"
echo "--allow-read=/, /etc revoked: $list"
echo "--allow-read=/, folder requested, / revoked: $narrow"
[ "$all" = "granted granted" ] && [ "$list" = "prompt prompt" ] && [ "$narrow" = "granted prompt" ]
