#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/many-files.sh [--files N] [--directories N] [--idle SECONDS]

A tree of many small files: how long the first pass takes, what an idle agent costs in processor time and in writes, and
how long one changed file takes to the volume. By default 20000 files in 500 directories, idle for 130 seconds: more than
two times --rescan. Set DIST to measure another distribution, BENCH_DIR to measure another disk.
USAGE
}

files=20000
directories=500
idle=130
while (($#)); do
  case $1 in
    --files) files=$2 && shift ;;
    --directories) directories=$2 && shift ;;
    --idle) idle=$2 && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require python3 findmnt
make_work
state=$work/local.liteferry
machine

python3 - "$work/local" "$files" "$directories" <<'PYTHON'
import os, random, sys
root, files, directories = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(1)
for i in range(files):
    directory = f"{root}/d{i % directories // 25}/d{i % directories}"
    if i < directories:
        os.makedirs(directory)
    with open(f"{directory}/f{i}", "wb") as out:
        out.write(random.randbytes(random.randint(100, 8000)))
PYTHON
sync
echo "tree:        $(find "$work/local" -type f | wc -l) files, $(find "$work/local" -type d | wc -l) directories," \
  "$(du -sb "$work/local" | cut -f1) bytes"

begun=$(now_ms)
"$liteferry" run "$work/local" "$work/volume" 2>"$work/log" &
pid=$!
await_ready "$pid" "$work/log"
took=$(($(now_ms) - begun))
echo "first pass:  $took ms from start to ready, $((files * 1000 / took)) files/s"

ticks() { sed 's/.*) //' "/proc/$pid/stat" | awk '{print $12 + $13}'; }
written() { sed -n 's/^write_bytes: //p' "/proc/$pid/io"; }
wchar() { sed -n 's/^wchar: //p' "/proc/$pid/io"; }

sleep 10 # what the agent does once after the last change
ticks_before=$(ticks) written_before=$(written) wchar_before=$(wchar) begun=$(now_ms)
touch "$work/marker"
sleep "$idle"
took=$(($(now_ms) - begun))
awk -v t=$(($(ticks) - ticks_before)) -v hz="$(getconf CLK_TCK)" -v ms="$took" 'BEGIN {
  printf "idle:        %.3f %% of one core over %.0f s (%d ticks of 1/%d s)\n", 100 * t / hz / (ms / 1000), ms / 1000, t, hz
}'
echo "idle writes: $(($(written) - written_before)) bytes to disk, $(($(wchar) - wchar_before)) bytes in all calls;" \
  "$(find "$work/local" "$work/volume" "$state" \( -newer "$work/marker" -o -cnewer "$work/marker" \) | wc -l) files or" \
  "directories touched in local, volume and state"
echo "memory:      $(sed -n 's/^VmRSS:\s*//p' "/proc/$pid/status") resident"

python3 - "$work" <<'PYTHON'
import os, statistics, sys, time
local, volume = sys.argv[1] + "/local", sys.argv[1] + "/volume"
taken = []
for i in range(20):
    name, content = f"d3/d80/f{80 + 500 * i}", b"changed %d" % i
    time.sleep(0.7)
    begun = time.monotonic()
    with open(f"{local}/{name}", "wb") as out:
        out.write(content)
    while os.stat(f"{volume}/{name}").st_size != len(content):
        time.sleep(0.001)
    taken.append((time.monotonic() - begun) * 1000)
    assert open(f"{volume}/{name}", "rb").read() == content
print(f"one change:  {statistics.median(taken):.0f} ms median, {max(taken):.0f} ms at most, of {len(taken)}"
      " (250 ms of it are --settle)")
PYTHON

begun=$(now_ms)
kill -TERM "$pid"
wait "$pid"
echo "stop:        $(($(now_ms) - begun)) ms"
begun=$(now_ms)
"$liteferry" run "$work/local" "$work/volume" 2>"$work/log" &
pid=$!
await_ready "$pid" "$work/log"
echo "restart:     $(($(now_ms) - begun)) ms from start to ready with nothing changed"
kill -TERM "$pid"
wait "$pid"
mkdir "$work/again"
begun=$(now_ms)
"$liteferry" restore "$work/again" "$work/volume" 2>"$work/log"
echo "restore:     $(($(now_ms) - begun)) ms"
