#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/history.sh [--passes N]

What kept generations cost a pass: the system calls on the volume, by strace, of one row in a database and two files
changed, with --keep none and with the history; the medians of some passes (7).
USAGE
}

passes=7
while (($#)); do
  case $1 in
    --passes) passes=$2 && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

liteferry=$distribution/bin/liteferry
require python3 strace
make_work
machine

python3 - "$work" "$passes" "$liteferry" <<'PYTHON'
import json, os, re, signal, sqlite3, statistics, subprocess, sys, time

work, passes, liteferry = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def generation(volume):
    try:
        with open(f"{volume}/.liteferry/manifest.json") as manifest:
            found = json.load(manifest)
            return found["generation"] if found["complete"] else -1
    except (FileNotFoundError, json.JSONDecodeError):
        return -1


def wait_beyond(volume, before):
    end = time.monotonic() + 60
    while generation(volume) <= before:
        if time.monotonic() > end:
            sys.exit("nothing was published")
        time.sleep(0.02)


def lines(trace):
    with open(trace, "rb") as text:
        return text.read().splitlines()


def measure(name, options):
    """Calls on the volume by pass, the heartbeat and scans of an idle time apart."""
    directory = f"{work}/{name}"
    local, volume, trace = f"{directory}/local", f"{directory}/volume", f"{directory}/trace"
    os.makedirs(local)
    os.makedirs(volume)
    database = sqlite3.connect(f"{local}/app.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE t(x)")
    agent = subprocess.Popen(
        ["strace", "-f", "-y", "-qq", "-s", "0", "-o", trace, liteferry, "run", local, volume, "--state",
         f"{directory}/state", "--rescan", "1h", "--lease-duration", "10m", "--settle", "200ms", *options],
        stderr=subprocess.DEVNULL)
    try:
        wait_beyond(volume, 0)
        counts, kinds = [], {}
        for i in range(passes + 1):
            time.sleep(4)  # what follows a pass is over
            before = generation(volume)
            begin = len(lines(trace))
            for file in ("one", "two"):
                with open(f"{local}/{file}", "w") as out:
                    out.write(f"version {i}")
            database.execute(f"INSERT INTO t VALUES ({i})")
            wait_beyond(volume, before)
            time.sleep(1)
            calls = [line for line in lines(trace)[begin:] if volume.encode() in line]
            if i:  # the first makes the directories
                counts.append(len(calls))
                for call in calls:
                    kind = re.match(rb"\d+ +(\w+)", call)
                    if kind:
                        kinds[kind[1].decode()] = kinds.get(kind[1].decode(), 0) + 1
        return statistics.median(counts), {kind: count / passes for kind, count in kinds.items()}
    finally:
        with open(f"/proc/{agent.pid}/task/{agent.pid}/children") as children:
            os.kill(int(children.read().split()[0]), signal.SIGTERM)  # strace itself ignores it
        agent.wait()
        database.close()


without, kinds_without = measure("none", ["--keep", "none"])
history, kinds = measure("history", [])
print(f"calls a pass: {without:.0f} without, {history:.0f} with history, {history - without:.0f} more")
for kind in sorted(set(kinds) | set(kinds_without)):
    more = kinds.get(kind, 0) - kinds_without.get(kind, 0)
    if abs(more) >= 0.5:
        print(f"  {kind}: {more:+.1f}")
PYTHON
