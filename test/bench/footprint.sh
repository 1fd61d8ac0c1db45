#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/common.sh"

usage() {
  cat <<'USAGE'
Usage: test/bench/footprint.sh [--starts N] [--idle SECONDS]

How long the shipped command takes from its start until it is ready, over N starts (20), and how much memory it keeps while
idle, over some seconds (30) that begin 10 seconds after the last change; no garbage collection is asked for. The application
directory is a small one: a 1 MB database in WAL mode and 20 files. Set DIST to measure another distribution.
USAGE
}

starts=20
idle=30
while (($#)); do
  case $1 in
    --starts) starts=$2 && shift ;;
    --idle) idle=$2 && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require python3 findmnt
make_work
machine

python3 - "$liteferry" "$work/local" "$work/volume" "$starts" "$idle" <<'PYTHON'
import os, random, signal, sqlite3, statistics, subprocess, sys, time

liteferry, local, volume = sys.argv[1:4]
starts, idle = int(sys.argv[4]), int(sys.argv[5])
READY = b"ready: the first pass is done"


def start():
    """Starts the agent; returns the process and the milliseconds until it was ready."""
    begun = time.monotonic()
    agent = subprocess.Popen([liteferry, "run", local, volume], stderr=subprocess.PIPE)
    for line in agent.stderr:
        if READY in line:
            return agent, (time.monotonic() - begun) * 1000
    sys.exit("the agent ended before it was ready")


def stop(agent):
    agent.send_signal(signal.SIGTERM)
    if agent.wait() != 0:
        sys.exit(f"the agent ended with {agent.returncode}")


def memory(pid):
    """Kilobytes by the names of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as status:
        return {l.split(":")[0]: int(l.split()[1]) for l in status if l.endswith("kB\n")}


def change(n):
    database = sqlite3.connect(f"{local}/app.db")
    for _ in range(n):
        with database:
            database.execute("INSERT INTO t VALUES (?)", (os.urandom(1000),))
        time.sleep(0.02)
    database.close()


database = sqlite3.connect(f"{local}/app.db")
database.execute("PRAGMA journal_mode = WAL")
with database:
    database.execute("CREATE TABLE t (data BLOB)")
    database.executemany("INSERT INTO t VALUES (?)", ((os.urandom(1000),) for _ in range(1000)))
database.close()
for i in range(20):
    with open(f"{local}/file{i}", "wb") as out:
        out.write(os.urandom(2000))

stop(start()[0])  # the first publication, and the disk cache
times = []
for _ in range(starts):
    agent, taken = start()
    times.append(taken)
    stop(agent)
print(f"start:       {statistics.median(times):.0f} ms median to ready, {max(times):.0f} ms at most,"
      f" {min(times):.0f} ms at least, of {starts}")

agent, _ = start()
for title, commits in ("after start", 0), ("after 300 commits", 300):
    change(commits)
    time.sleep(10)
    seen = []
    for _ in range(idle):
        seen.append(memory(agent.pid))
        time.sleep(1)
    resident = [m["VmRSS"] for m in seen]
    last = seen[-1]
    print(f"idle memory: {statistics.median(resident) / 1000:.1f} MB median resident, {max(resident) / 1000:.1f} MB at most,"
          f" {title} ({last['RssAnon'] / 1000:.1f} MB its own, {last['RssFile'] / 1000:.1f} MB of files;"
          f" peak {last['VmHWM'] / 1000:.1f} MB)")
stop(agent)
PYTHON
