"""The measurement of lag.sh, which has the usage text."""

import argparse
import glob
import os
import re
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
    """Opens each state of the volume's database as soon as it appears; its segments in the end, over a copy."""

    def __init__(self, volume, copy):
        super().__init__(daemon=True)
        self.path = f"{volume}/app.db"
        self.pages = f"{volume}/.liteferry/pages"
        self.copy = copy
        self.states = []
        self.segments = {name: None for name in self.found()}
        self.bytes = 0
        self.stopping = False
        shutil.copyfile(self.path, copy)

    def found(self):
        return glob.glob(f"{self.pages}/*/*.wal")

    def fold(self):
        """Gives the states that segments lead to, each when its segment was seen."""
        states = []
        for name, seen in sorted(self.segments.items()):
            if seen:
                at, content = seen
                with open(f"{self.copy}-wal", "wb") as wal:
                    wal.write(content)
                database = sqlite3.connect(self.copy)
                last = database.execute("SELECT coalesce(max(id), 0) FROM ledger").fetchone()[0]
                database.close()
                if states and last < states[-1][1]:
                    sys.exit(f"{name} does not follow from the segment before it")
                states.append((at, last))
        self.states = sorted(self.states + states)
        return len(states)

    def run(self):
        inode = 0
        while not self.stopping:
            try:
                for name in self.found():
                    if name not in self.segments:
                        at = time.time()
                        with open(name, "rb") as segment:
                            self.segments[name] = at, segment.read()
                        self.bytes += os.path.getsize(name)
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


def await_ready(publisher, passes):
    """Until it is ready; from then on gets the milliseconds that each pass takes, where it says so."""

    def listen():
        for line in publisher.stderr:
            took = re.search(rb"pass of ([0-9]+) ms, published", line)
            if took:
                passes.append(int(took[1]))

    for line in publisher.stderr:
        if READY in line:
            threading.Thread(target=listen, daemon=True).start()
            return
    sys.exit("the publisher ended before it was ready")


def used(process):
    """Seconds of CPU, and bytes written to disks, so far."""
    with open(f"/proc/{process}/stat") as stat:
        ticks = stat.read().rsplit(")")[-1].split()[11:13]
    with open(f"/proc/{process}/io") as io:
        written = dict(line.split(": ") for line in io)["write_bytes"]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), int(written)


def measure(command, options, mode, megabytes):
    work, rate, seconds = options.work, options.rate, options.seconds
    for name in "local", "volume", "local.liteferry":
        shutil.rmtree(f"{work}/{name}", ignore_errors=True)
    os.mkdir(f"{work}/local")
    os.mkdir(f"{work}/volume")
    create(f"{work}/local/app.db", mode, megabytes)
    for number in range(options.files):
        directory = f"{work}/local/files/{number // 100}"
        if number % 100 == 0:
            os.makedirs(directory)
        with open(f"{directory}/{number}", "wb") as file:
            file.write(b"%d" % number)
    os.sync()
    publisher = subprocess.Popen(command, stderr=subprocess.PIPE)
    passes = []
    await_ready(publisher, passes)
    observer = Observer(f"{work}/volume", f"{work}/copy.db")
    observer.start()
    cpu, written = used(publisher.pid)
    report = f"{work}/report"
    writer = [sys.executable, __file__, "--write", f"{work}/local/app.db", mode, str(rate), str(seconds), report]
    subprocess.run(writer, check=True)
    cpu, written = (after - before for after, before in zip(used(publisher.pid), (cpu, written)))
    publisher.send_signal(signal.SIGKILL if options.kill else signal.SIGTERM)
    code = publisher.wait()
    time.sleep(0.1)
    observer.stopping = True
    observer.join()
    segments = observer.fold()
    passes.sort()

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
        "segments": segments,
        "pass": passes[len(passes) // 2] if passes else 0,
        "cpu": cpu * 100 / seconds,
        "written": written / 1e6,
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
    parser.add_argument("--publish", default="whole")
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    directories = [f"{options.work}/local", f"{options.work}/volume"]
    agent = [options.liteferry, "run", "--log-level", "debug"]
    commands = {form: [*agent, "--publish", form, *directories] for form in options.publish.split(",")}
    if options.rival:
        commands["script"] = [options.rival, *directories]
    print(f"{options.rate} commits/s for {options.seconds} s; lag, slowest commit in s; pass: median in ms; CPU in % of a core")
    columns = {
        "p50": "6.2f", "p99": "6.2f", "max": "6.2f", "states": "6", "segments": "8", "pass": "5", "cpu": "6.1f",
        "written": "8.1f", "MB": "8.1f", "locked": "7", "slowest": "8.3f", "commits": "7", "missing": "7",
    }  # fmt: skip
    print(f"{'mode':<7} {'size':>4} {'':<9}", *(f"{name:>{re.sub('[.].*', '', form)}}" for name, form in columns.items()))
    for mode in options.modes.split(","):
        for megabytes in map(int, options.sizes.split(",")):
            for name, command in commands.items():
                f = measure(command, options, mode, megabytes)
                row = (f"{f[column]:>{form}}" for column, form in columns.items())
                print(f"{mode:<7} {megabytes:>4} {name:<9}", *row, flush=True)
                if f["code"] != 0 and name != "script" and not options.kill:
                    sys.exit(f"the agent ended with {f['code']}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
    else:
        main()
