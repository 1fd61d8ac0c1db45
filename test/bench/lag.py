"""The measurement of lag.sh, which has the usage text."""

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

READY = b"ready: the first pass is done"


def create(path, mode, megabytes):
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")
    with database:
        database.execute("CREATE TABLE ledger (id INTEGER PRIMARY KEY, data BLOB)")
        database.execute("CREATE TABLE ballast (id INTEGER PRIMARY KEY, data BLOB)")
        database.executemany(
            "INSERT INTO ballast (data) VALUES (?)",
            ((os.urandom(1000),) for _ in range(megabytes * 900)),
        )
    database.execute(f"PRAGMA journal_mode = {mode}")
    database.close()


def write(path, mode, rate, seconds, report):
    """A process of its own: commits; writes 'id time' lines and at last the times that it was locked out."""
    database = sqlite3.connect(path, timeout=0, isolation_level=None)
    locked = 0

    def patiently(*statement):
        nonlocal locked
        while True:
            try:
                return database.execute(*statement)
            except sqlite3.OperationalError as e:
                if "locked" not in str(e):
                    raise
                locked += 1
                time.sleep(0.001)

    patiently(f"PRAGMA journal_mode = {mode}")
    patiently("PRAGMA synchronous = NORMAL")
    rows = patiently("SELECT max(id) FROM ballast").fetchone()[0]
    commits = []
    due = time.monotonic()
    end = due + seconds
    slowest = 0
    while time.monotonic() < end:
        begun = time.monotonic()
        patiently("BEGIN IMMEDIATE")
        number = patiently("INSERT INTO ledger (data) VALUES (?)", (os.urandom(100),)).lastrowid
        row = int.from_bytes(os.urandom(4), "big") % rows + 1
        patiently("UPDATE ballast SET data = ? WHERE id = ?", (os.urandom(1000), row))
        patiently("COMMIT")
        commits.append((number, time.time()))
        slowest = max(slowest, time.monotonic() - begun)
        due += 1 / rate
        time.sleep(max(0, due - time.monotonic()))
    database.close()
    with open(report, "w") as out:
        out.writelines(f"{number} {at}\n" for number, at in commits)
        out.write(f"locked {locked} {slowest}\n")


class Observer(threading.Thread):
    """Opens each state of the volume's database as soon as it appears."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.states = []
        self.bytes = 0
        self.stopping = False

    def run(self):
        inode = 0
        while not self.stopping:
            try:
                found = os.stat(self.path)
                if found.st_ino != inode:
                    at = time.time()
                    database = sqlite3.connect(f"file:{self.path}?immutable=1", uri=True)
                    last = database.execute("SELECT coalesce(max(id), 0) FROM ledger").fetchone()[0]
                    database.close()
                    if os.stat(self.path).st_ino == found.st_ino:
                        inode = found.st_ino
                        self.states.append((at, last))
                        self.bytes += found.st_size
            except FileNotFoundError:
                pass
            time.sleep(0.002)


def await_ready(publisher):
    for line in publisher.stderr:
        if READY in line:
            threading.Thread(target=publisher.stderr.read, daemon=True).start()
            return
    sys.exit("the publisher ended before it was ready")


def measure(command, work, mode, megabytes, rate, seconds):
    for name in "local", "volume", "local.liteferry":
        shutil.rmtree(f"{work}/{name}", ignore_errors=True)
    os.mkdir(f"{work}/local")
    os.mkdir(f"{work}/volume")
    create(f"{work}/local/app.db", mode, megabytes)
    os.sync()
    publisher = subprocess.Popen(command, stderr=subprocess.PIPE)
    await_ready(publisher)
    observer = Observer(f"{work}/volume/app.db")
    observer.start()
    report = f"{work}/report"
    writer = [sys.executable, __file__, "--write", f"{work}/local/app.db", mode, str(rate), str(seconds), report]
    subprocess.run(writer, check=True)
    publisher.send_signal(signal.SIGTERM)
    code = publisher.wait()
    time.sleep(0.1)
    observer.stopping = True
    observer.join()

    with open(report) as lines:
        *commits, totals = [line.split() for line in lines]
    states = iter(observer.states)
    state = next(states, None)
    lags, missing = [], 0
    for number, at in commits:
        while state and state[1] < int(number):
            state = next(states, None)
        if state:
            lags.append(max(0, state[0] - float(at)))
        else:
            missing += 1
    lags.sort()
    return {
        "p50": lags[len(lags) // 2],
        "p99": lags[len(lags) * 99 // 100],
        "max": lags[-1],
        "states": len(observer.states),
        "MB": observer.bytes / 1e6,
        "locked": int(totals[1]),
        "slowest": float(totals[2]),
        "commits": len(commits),
        "missing": missing,
        "code": code,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--liteferry")
    parser.add_argument("--rival")
    parser.add_argument("--work")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--sizes", default="20,100")
    parser.add_argument("--modes", default="WAL,DELETE")
    options = parser.parse_args()
    directories = [f"{options.work}/local", f"{options.work}/volume"]
    print(f"{options.rate} commits/s for {options.seconds} s; lag in seconds; ratio: the rival's to Liteferry's")
    head = "{:<7} {:>4} {:<9} {:>6} {:>6} {:>6} {:>6} {:>8} {:>7} {:>8} {:>7}"
    row = "{:<7} {:>4} {:<9} {:>6.2f} {:>6.2f} {:>6.2f} {:>6} {:>8.0f} {:>7} {:>8.3f} {:>7}"
    print(head.format("mode", "MB", "", "p50", "p99", "max", "states", "MB out", "locked", "slowest", "missing"))
    for mode in options.modes.split(","):
        for megabytes in map(int, options.sizes.split(",")):
            found = {}
            for name, command in (
                ("liteferry", [options.liteferry, "run", *directories]),
                ("rival", [options.rival, *directories]),
            ):
                f = measure(command, options.work, mode, megabytes, options.rate, options.seconds)
                found[name] = f
                print(
                    row.format(
                        mode, megabytes, name, f["p50"], f["p99"], f["max"], f["states"], f["MB"],
                        f["locked"], f["slowest"], f["missing"],
                    ),
                    flush=True,
                )  # fmt: skip
                if f["code"] != 0 and name == "liteferry":
                    sys.exit(f"the agent ended with {f['code']}")
            ours, theirs = found["liteferry"], found["rival"]
            print(f"{mode:<7} {megabytes:>4} ratio     {theirs['p50'] / ours['p50']:>6.2f} {theirs['p99'] / ours['p99']:>6.2f}"
                  f" {theirs['max'] / ours['max']:>6.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main()
