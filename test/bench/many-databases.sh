#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/many-databases.sh [--databases N] [--mode MODE] [--locked N]

Many small databases: how long the first pass takes, which files it leaves in local, how long one commit takes to the
volume, and, with some other databases locked, how long it takes then and how long a stop takes. By default 1500 databases
in WAL mode, 20 locked. Set DIST to measure another distribution, BENCH_DIR to measure another disk.
USAGE
}

databases=1500
mode=WAL
locked=20
while (($#)); do
  case $1 in
    --databases) databases=$2 && shift ;;
    --mode) mode=$2 && shift ;;
    --locked) locked=$2 && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require python3 findmnt
make_work
machine

python3 - "$work/local" "$databases" "$mode" "$locked" <<'PYTHON'
import os, sqlite3, sys
root, databases, mode, locked = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
def make(file, mode):
    database = sqlite3.connect(file)
    database.execute("PRAGMA synchronous = OFF")
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.execute("CREATE TABLE t(a)")
    database.executemany("INSERT INTO t VALUES (?)", [("x" * 100,)] * 20)
    database.commit()
    database.close()
for i in range(databases):
    directory = f"{root}/d{i // 100}"
    os.makedirs(directory, exist_ok=True)
    make(f"{directory}/db{i}", mode)
for i in range(locked):
    make(f"{root}/locked{i}", "DELETE")
PYTHON
sync

begun=$(now_ms)
"$liteferry" run "$work/local" "$work/volume" 2>"$work/log" &
pid=$!
await_ready "$pid" "$work/log"
took=$(($(now_ms) - begun))
echo "first pass:  $took ms from start to ready, $(((databases + locked) * 1000 / took)) databases/s"
echo "left behind: $(find "$work/local" -name '*-wal' -o -name '*-shm' | wc -l) side files in local"

# Prints the time from a commit until the volume has its row.
commit() {
  python3 - "$work" "$1" <<'PYTHON'
import sqlite3, sys, time
work, row = sys.argv[1], sys.argv[2]
database = sqlite3.connect(f"{work}/local/d0/db0")
database.execute("INSERT INTO t VALUES (?)", (row,))
database.commit()
begun = time.monotonic()
while True:
    copy = sqlite3.connect(f"file:{work}/volume/d0/db0?immutable=1", uri=True)
    found = copy.execute("SELECT count(*) FROM t WHERE a = ?", (row,)).fetchone()[0]
    copy.close()
    if found:
        print(round((time.monotonic() - begun) * 1000))
        break
    time.sleep(0.01)
PYTHON
}
for i in 1 2 3 4 5; do
  echo "one commit:  $(commit "row$i") ms"
  sleep 1
done

((locked)) || exit 0
python3 - "$work/local" "$locked" >"$work/lockers" <<'PYTHON' &
import sqlite3, sys, time
held = []
for i in range(int(sys.argv[2])):
    database = sqlite3.connect(f"{sys.argv[1]}/locked{i}", isolation_level=None)
    database.execute("INSERT INTO t VALUES ('changed')")
    database.execute("BEGIN EXCLUSIVE")
    held.append(database)
print("held", flush=True)
time.sleep(3600)
PYTHON
until [[ -s $work/lockers ]]; do sleep 0.01; done
for i in 1 2 3 4 5; do
  echo "one commit:  $(commit "locked$i") ms, with $locked others locked"
  sleep 1
done
begun=$(now_ms)
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
echo "stop:        $(($(now_ms) - begun)) ms with $locked databases locked, exit code $code"
