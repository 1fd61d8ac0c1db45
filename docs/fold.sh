#!/usr/bin/env bash
# Puts the newest state of a database together from a volume, without Liteferry: its plain file, and the segments that
# lead on from there, by numbers, names and sums. Writes to COPY alone. DATABASE is its path as the manifest has it,
# percent-encoded. Needs sqlite3 3.38 and the tools of GNU.
#
#     bash fold.sh VOLUME DATABASE COPY
set -euo pipefail
volume=$1 database=$2 copy=$3 work=$3.new
plain=$volume/$(printf '%b' "${database//%/\\x}")
refuse() { echo "refused: $1" >&2; rm -f "$work" "$work"-*; exit 1; }
quoted() { printf "'%s'" "${1//\'/\'\'}"; }
sql() { sqlite3 -batch -init /dev/null "$@" 2>&1; }
manifest=$(quoted "$volume/.liteferry/manifest.json")
listed() { # a member of what the manifest says of the database
  sql :memory: "SELECT value ->> '\$.$1' FROM json_each(CAST(readfile($manifest) AS TEXT), '\$.databases')
    WHERE value ->> '\$.path' = $(quoted "$database")"
}
name='^0*([0-9]+)(-0*([0-9]+))?-([0-9a-f]{32})-([0-9a-f]{32})\.wal$' # first, last, from, to

[ ! -e "$copy" ] || refuse "$copy exists"
for side in "$plain"-wal "$plain"-journal; do
  [ ! -s "$side" ] || refuse "$side: a program runs or ran on the volume"
done
cp "$plain" "$work"
sum=$(sha256sum <"$work")
case ${sum%% *} in
  "$(listed sha256)") at=$(listed state) ;;
  "$(listed previousSha256)") at=$(listed previousState) ;;
  *) refuse "the manifest does not name the file that $database is" ;;
esac
pages=$volume/.liteferry/pages/$(listed id) newest=$(listed ahead.state) newest=${newest:-0} from=
declare -A segments=() ends=()
for segment in "$pages"/*.wal; do
  [[ ${segment##*/} =~ $name ]] || continue
  first=${BASH_REMATCH[1]} last=${BASH_REMATCH[3]:-${BASH_REMATCH[1]}}
  if ((last > ${ends[$first]:-0})); then segments[$first]=${segment##*/} ends[$first]=$last; fi
  if ((last > newest)); then newest=$last; fi
done

while [ -n "${segments[$((at + 1))]:-}" ]; do
  segment=${segments[$((at + 1))]}
  [[ $segment =~ $name ]]
  said="1|$database|$((at + 1))|${ends[$((at + 1))]}|${BASH_REMATCH[4]}|${BASH_REMATCH[5]}"
  [ "${from:=${BASH_REMATCH[4]}}" = "${BASH_REMATCH[4]}" ] || refuse "$segment does not go on from state $at"
  cp "$pages/$segment" "$work-wal"
  line=$(quoted "$(tail -n 1 "$work-wal" | tr -d '\0')")
  sum=$(head -c -78 "$work-wal" | sha256sum)
  [ "$(sql :memory: "SELECT $line ->> '\$.sha256'")" = "${sum%% *}" ] || refuse "$segment is damaged"
  [ "$(sql :memory: "SELECT $line ->> '\$.format', $line ->> '\$.database', $line ->> '\$.first',
    $line ->> '\$.last', $line ->> '\$.from', $line ->> '\$.to'")" = "$said" ] || refuse "$segment is another one's"
  read -r size < <(od -An -tu4 --endian=big -j8 -N4 "$work-wal")
  read -r page < <(od -An -tu4 --endian=big -j32 -N4 "$work-wal")
  [ "$(sql "$work" "PRAGMA wal_checkpoint(TRUNCATE)")" = "0|0|0" ] || refuse "SQLite does not fold $segment"
  cmp -s <(tail -c "+$(((page - 1) * size + 1))" "$work" | head -c "$size") \
    <(tail -c +57 "$pages/$segment" | head -c "$size") || refuse "SQLite has ignored $segment"
  from=${BASH_REMATCH[5]} at=${ends[$((at + 1))]}
done
((at >= newest)) || refuse "the segment that leads on from state $at is missing"
[ "$(sql "$work" "PRAGMA integrity_check")" = ok ] || refuse "the result is not sound"
mv "$work" "$copy"
echo "$copy is state $at of $database"
