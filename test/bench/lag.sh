#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/lag.sh [--seconds N] [--rate N] [--sizes MB,MB] [--modes MODE,MODE] [--publish FORM,FORM] [--files N]
                         [--kill] [--alone]

How long a commit takes to be on the volume, in a database or in a segment, for each --publish of Liteferry and, without
--alone, for a careful shell script (rival.sh: inotifywait, sqlite3 .backup, sync, mv), in turn on the same machine. By
default 50 commits a second for 30 seconds on databases of 20 and 100 MB in the modes WAL and DELETE. The writer has busy
timeout 0 and counts how often it was locked out. With --files there are so many small files beside the database. With
--kill the publisher is killed, not stopped: "missing" is then what was lost. "written" is in MB what it had written to
disks, "MB" what appeared on the volume. Needs sqlite3 and inotifywait. Set DIST to measure another distribution,
BENCH_DIR to measure another disk.
USAGE
}

arguments=()
rival=(--rival "$here/rival.sh")
while (($#)); do
  case $1 in
    --seconds | --rate | --sizes | --modes | --publish | --files) arguments+=("$1" "$2") && shift ;;
    --kill) arguments+=("$1") ;;
    --alone) rival=() ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require python3 findmnt
((${#rival[@]} == 0)) || require sqlite3 inotifywait
make_work
machine
python3 "$here/lag.py" --liteferry "$liteferry" --work "$work" "${rival[@]}" "${arguments[@]}"
