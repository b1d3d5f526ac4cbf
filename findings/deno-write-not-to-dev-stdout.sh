#!/usr/bin/env bash
# Deno 2.9.6, --allow-write without a list, and /dev/stdout, where programs in containers are told to log to.
# Guess: what may write everywhere, and prints without any permission, may open /dev/stdout, as it may /dev/null.
# Seen: it is refused, and so is /dev/stderr ("Requires all access"); only -A opens them.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno
[ -x "$deno" ] || exit 2
cat > look.mjs <<'JS'
for (const path of ["/dev/null", "/dev/stdout", "/dev/stderr"]) {
  try {
    Deno.writeTextFileSync(path, "", { append: true });
    console.log(path, "opened");
  } catch (error) {
    console.log(path, error.name);
  }
}
JS
look() {
  DENO_NO_UPDATE_CHECK=1 timeout 20 "$deno" run --no-prompt "$@" look.mjs 2>/dev/null | cat
}
limited=$(look --allow-write)
all=$(look --allow-all)
echo "--allow-write:" $limited
echo "--allow-all:" $all
[ "$limited" = "/dev/null opened
/dev/stdout NotCapable
/dev/stderr NotCapable" ] && [ "$all" = "/dev/null opened
/dev/stdout opened
/dev/stderr opened" ]
