#!/usr/bin/env bash
# netlify-headers-parser 7.1.4, the expression that it makes of the path of a block in `_headers`.
# Guess: `/*.js` is for what ends in `.js`, and `/app.js` for that file; other characters than `*` and `:name` stand for themselves.
# Seen: `/app.js` is for that file alone, but in a name with `*` nothing else is escaped: the dot of `/*.js` is any character,
# so that its fields go to `/xjs`, too.
set -u
command -v node >/dev/null && command -v npm >/dev/null || exit 2
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'rm -rf "$folder"' EXIT
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund netlify-headers-parser@7.1.4 >/dev/null 2>&1 || exit 2
printf '/*.js\n  X-Star: 1\n/app.js\n  X-Plain: 1\n' > _headers
cat > seen.js <<'JS'
import { parseAllHeaders } from "netlify-headers-parser";
const { headers } = await parseAllHeaders({ headersFiles: ["_headers"], configHeaders: [], minimal: false });
const matches = (path) => headers.map(({ forRegExp }) => Number(forRegExp.test(path))).join("");
console.log(["/app.js", "/appxjs", "/xjs", "/x.css"].map(matches).join(" "));
JS
seen=$(node seen.js) || exit 2
echo "$seen"
[ "$seen" = "11 10 10 00" ]
