#!/usr/bin/env bash
# Intl.Collator("ja", { numeric: true }) of Deno 2.9.6 and Bun 1.4.5 (ICU in both), names with digits of another script.
# Guess: what Array.sort is told is an order, so a list of names has one, whatever order they come in.
# Seen: of "٣٠" (30), "٣a" (3a) and "6" each is before the next, and the last before the first: three orders of input
# give three lists. With the digits 0 to 9, and with "en", there is one.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund deno@2.9.6 bun@1.4.5 >/dev/null 2>&1 || exit 2
deno=$folder/node_modules/deno/deno bun=$folder/node_modules/bun/bin/bun.exe
[ -x "$deno" ] && [ -x "$bun" ] || exit 2
cat > look.mjs <<'JS'
function lists(language, [a, b, c]) {
  const { compare } = new Intl.Collator(language, { numeric: true });
  const inputs = [[a, b, c], [b, c, a], [c, a, b]];
  return new Set(inputs.map((names) => names.sort(compare).join(" "))).size;
}
const arabic = ["\u0663\u0660", "\u0663a", "6"];
console.log(lists("ja", arabic), lists("en", arabic), lists("ja", ["30", "3a", "6"]));
JS
export DENO_NO_UPDATE_CHECK=1
ofDeno=$(timeout 20 "$deno" run --quiet look.mjs) && ofBun=$(timeout 20 "$bun" look.mjs) || exit 1
echo "lists by Deno: $ofDeno, by Bun: $ofBun"
[ "$ofDeno, $ofBun" = "3 1 1, 3 1 1" ]
