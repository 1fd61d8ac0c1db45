#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/restore.sh [--files N] [--bytes N] [--runs N]

How long a restore of many files (1,500) of some bytes each (20,000) takes, from the command's start to its end, beside
'cp -a', and 'cp -a' with 'sync -f': the medians of some runs (5), in turn. Set DIST to measure another distribution, or to
several, with spaces between, to compare them.
USAGE
}

files=1500
bytes=20000
runs=5
while (($#)); do
  case $1 in
    --files) files=$2 && shift ;;
    --bytes) bytes=$2 && shift ;;
    --runs) runs=$2 && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

read -ra all <<<"${DIST:-$distribution}"
distribution=${all[0]}
liteferry=$distribution/bin/liteferry
require python3 findmnt
make_work
machine

python3 - "$work" "$files" "$bytes" "$runs" "${all[@]}" <<'PYTHON'
import os, shutil, statistics, subprocess, sys, time

work, files, size, runs = sys.argv[1], *map(int, sys.argv[2:5])
volume = f"{work}/volume"
commands = {"cp -a": ["cp -a $VOLUME/. $LOCAL"], "cp -a; sync -f": ["cp -a $VOLUME/. $LOCAL", "sync -f $LOCAL"]}
for distribution in sys.argv[5:]:
    commands[f"restore, {distribution}"] = [f"{distribution}/bin/liteferry restore $LOCAL $VOLUME --state $LOCAL.state"]

for i in range(files):
    directory = f"{volume}/d{i // 100}"
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/f{i}", "wb") as out:
        out.write(os.urandom(size))


def measure(lines, local):
    """Milliseconds that these commands take, with an empty local and a quiet disk. Nothing is removed before: ext4 makes
    files more slowly where some were just deleted."""
    shutil.rmtree(f"{volume}/.liteferry", ignore_errors=True)
    os.mkdir(local)
    subprocess.run(["sync", "-f", work], check=True)
    begun = time.monotonic()
    for line in lines:
        words = [word.replace("$LOCAL", local).replace("$VOLUME", volume) for word in line.split()]
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    return (time.monotonic() - begun) * 1000


times = {name: [] for name in commands}
for run in range(runs):
    for number, (name, lines) in enumerate(commands.items()):
        times[name].append(measure(lines, f"{work}/local{run}-{number}"))
for name, taken in times.items():
    print(f"{statistics.median(taken):6.0f} ms median, {min(taken):.0f} to {max(taken):.0f}: {name}")
PYTHON
