#!/usr/bin/env bash
# lftp 4.9.2 (Debian 4.9.2-2+b1), `ls` of a directory that a page lists as a table.
# Guess: sizes that people read, as "1.5 KB", are read with their unit, as Apache's "1.5K" is.
# Seen: a size ends at its first space: "1.5 KB" is shown as 1.5, as if it were bytes; "1.5K", and "1.5KB" with a no-break space
# in between, keep the unit. Where the cell of a folder's size is empty, its date is lost, too; with "-" it is not.
set -u
folder=$(mktemp -d) && cd "$folder" || exit 2
trap 'kill "${server:-}" 2>/dev/null; rm -rf "$folder"' EXIT
apt-get download lftp=4.9.2-2+b1 >/dev/null 2>&1 && dpkg -x lftp_*.deb root || exit 2
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
lftp=$folder/root/usr/bin/lftp
"$lftp" --version 2>/dev/null | grep -q 4.9.2 || exit 2
mkdir site && cd site || exit 2
row() { printf '<tr><td><a href="%s">%s</a></td><td>2026-11-28 14:03</td><td>%s</td></tr>\n' "$1" "$1" "$2"; }
{
  echo '<html><head><title>Index of /</title></head><body><table>'
  row space '1.5 KB'
  row apache '1.5K'
  row nobreak $'1.5\u00a0KB'
  row dash/ '-'
  row empty/ ''
  echo '</table></body></html>'
} > index.html
python3 -u -m http.server 0 --bind 127.0.0.1 > ../log 2>&1 &
server=$!
for _ in $(seq 50); do port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' ../log) && [ -n "$port" ] && break; sleep 0.1; done
[ -n "${port:-}" ] || exit 2
seen=$(LC_ALL=C.UTF-8 HOME=$folder timeout 20 "$lftp" --norc -c "open http://127.0.0.1:$port/; ls") || exit 1
echo "$seen"
of() { grep -E " $1\$" <<< "$seen"; }
of space | grep -qE ' 1\.5 +2026-11-28 14:03 ' &&
  of apache | grep -qE ' 1\.5K +2026-11-28 14:03 ' &&
  of nobreak | grep -q 'KB' &&
  of dash | grep -q '2026-11-28 14:03' &&
  ! of empty | grep -q '2026-11-28'
