#!/usr/bin/env bash
# Deno 2.9.6, new Deno.Command(…, { detached: true }): output() and outputSync() beside spawn().
# Guess: the option belongs to the command, so all three start the program as the leader of a session of its own.
# Seen: spawn() alone does. With output() and outputSync() it stays in the session of Deno, without a word, so a
# signal to the group of its process ID finds nobody.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || exit 2
cat > look.mjs <<'JS'
const options = { args: ["/proc/self/stat"], stdout: "piped", detached: true };
const command = () => new Deno.Command("cat", options);
const leads = ({ stdout }) => {
  const [id, , , , , session] = new TextDecoder().decode(stdout).split(" ");
  return session === id ? "its own session" : "Deno's session";
};
console.log("spawn():", leads(await command().spawn().output()));
console.log("output():", leads(await command().output()));
console.log("outputSync():", leads(command().outputSync()));
JS
seen=$(DENO_NO_UPDATE_CHECK=1 timeout 20 "$deno" run --no-prompt -A look.mjs) || exit 1
echo "$seen"
[ "$seen" = "spawn(): its own session
output(): Deno's session
outputSync(): Deno's session" ]
