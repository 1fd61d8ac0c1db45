#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/lag.sh [--seconds N] [--rate N] [--sizes MB,MB] [--modes MODE,MODE]

How long a commit takes to be visible on the volume, for Liteferry and for a careful shell script (rival.sh: inotifywait,
sqlite3 .backup, sync, mv), in turn on the same machine. By default 50 commits a second for 30 seconds on databases of 20 and
100 MB in the modes WAL and DELETE. The writer has busy timeout 0 and counts how often it was locked out. Needs sqlite3 and
inotifywait. Set DIST to measure another distribution, BENCH_DIR to measure another disk.
USAGE
}

arguments=()
while (($#)); do
  case $1 in
    --seconds | --rate | --sizes | --modes) arguments+=("$1" "$2") && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require python3 findmnt sqlite3 inotifywait
make_work
machine
python3 "$here/lag.py" --liteferry "$liteferry" --rival "$here/rival.sh" --work "$work" "${arguments[@]}"
