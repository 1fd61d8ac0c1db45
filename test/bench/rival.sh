#!/usr/bin/env bash
# The careful shell script that lag.sh measures beside Liteferry: what a good administrator would write.
#   rival.sh LOCAL VOLUME
set -u
local=$1
volume=$2

publish() {
  sqlite3 "$local/app.db" ".timeout 5000" ".backup '$volume/.app.db.tmp'" &&
    sync "$volume/.app.db.tmp" &&
    mv -f "$volume/.app.db.tmp" "$volume/app.db"
}

stopping=
trap 'stopping=1' TERM
publish
echo "ready: the first pass is done" >&2
while [[ -z $stopping ]]; do
  inotifywait -qq -t 2 -e modify,create,delete,move "$local" &
  wait $!
  sleep 0.25
  publish
done
publish
