#!/usr/bin/env bash
# What a small commit costs in a large database: bytes and CPU, for each form of publication.
set -euo pipefail
if [[ ${1:-} == --help ]]; then
  cat <<'HELP'
segments.sh: an agent beside an application that commits one row a second to a WAL database.
  Prints for each --publish: bytes that the agent had written to disks, and read, and its CPU.
  FORMS="whole auto"  MEGABYTES=500  SECONDS_EACH=30  BENCH_DIR=…  DIST=…
  Needs sqlite3, bc.
HELP
  exit
fi
. "$(dirname "$0")/common.sh"
require sqlite3 bc
make_work
machine
megabytes=${MEGABYTES:-500}
seconds=${SECONDS_EACH:-30}
sqlite3 "$work/base.db" <<SQL
PRAGMA page_size = 4096;
PRAGMA journal_mode = WAL;
CREATE TABLE t(id INTEGER PRIMARY KEY, word BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $megabytes * 256)
  INSERT INTO t(word) SELECT randomblob(3600) FROM n;
PRAGMA wal_checkpoint(TRUNCATE);
SQL
echo "database:    $(stat -c %s "$work/base.db") bytes, one commit of one row a second for $seconds s"

field() { sed -n "s/^$2: //p" "/proc/$1/io"; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }

for form in ${FORMS:-whole auto}; do
  rm -rf "$work/local" "$work/volume" "$work/state"
  mkdir "$work/local" "$work/volume"
  cp "$work/base.db" "$work/local/app.db"
  "$liteferry" watch --publish "$form" --state "$work/state" "$work/local" "$work/volume" 2>"$work/log" &
  agent=$!
  await_ready "$agent" "$work/log"
  { # one connection that stays open, as an application's
    for ((i = 0; i < 3; i++)); do echo "INSERT INTO t(word) VALUES ('warm $i');"; sleep 1; done
    sleep 5
    : >"$work/go"
    for ((i = 0; i < seconds; i++)); do
      echo "UPDATE t SET word = 'at $i' WHERE id = abs(random()) % 1000 + 1;"
      sleep 1
    done
    sleep 4
    : >"$work/end"
    sleep 600
  } | sqlite3 "$work/local/app.db" &
  application=$!
  until [[ -e $work/go ]]; do sleep 0.1; done
  written=$(field "$agent" write_bytes)
  read=$(field "$agent" rchar)
  cpu=$(ticks "$agent")
  until [[ -e $work/end ]]; do sleep 0.1; done
  written=$(($(field "$agent" write_bytes) - written))
  read=$(($(field "$agent" rchar) - read))
  cpu=$(($(ticks "$agent") - cpu))
  echo "$form: the agent wrote $written bytes, to state and volume together, read $read," \
    "and used $(bc -l <<<"scale=1; $cpu * 100 / $(getconf CLK_TCK) / $seconds") % of a core"
  kill "$agent" && wait "$agent" || true
  kill "$application" 2>/dev/null || true
  rm -f "$work/go" "$work/end"
done
