#!/usr/bin/python3
"""What must be true of the writer's log and of a directory. Knows nothing of the agent.

    check.py volume DIRECTORY LOG           after an orderly stop: every commit that was acknowledged is there
    check.py sound DIRECTORY                at any time: one state of the writer, whole
    check.py history LOG [--lost SECONDS]   every start found the last commit acknowledged before it; with --lost, one that
                                            did not find the commits of at most so many seconds is no fault, and is told
    check.py last LOG WHAT                  prints the time of the last line of that kind
"""

import os
import sqlite3
import sys

SIDE_FILES = ("-wal", "-shm", "-journal")


def lines(log):
    with open(log) as file:
        for line in file:
            time, pod, what, n, token = line.split()
            yield float(time), pod, what, int(n), token


def state(directory):
    """(faults, {n: token}) of the writer's directory. The database is opened as the file it is, without side files."""
    faults = [f"{path}/{name} is there" for path, _, names in os.walk(directory) for name in names if name.endswith(SIDE_FILES)]
    database = sqlite3.connect(f"file:{os.path.join(directory, 'app.db')}?mode=ro&immutable=1", uri=True)
    check = database.execute("PRAGMA integrity_check").fetchall()
    if check != [("ok",)]:
        faults.append(f"integrity_check: {check[:3]}")
    rows = database.execute("SELECT n, token, file FROM log ORDER BY n").fetchall()
    last, = database.execute("SELECT n FROM last").fetchone()
    database.close()
    if [n for n, _, _ in rows] != list(range(1, last + 1)):
        faults.append(f"torn: {len(rows)} rows, and the other table says {last}")
    for n, token, with_file in rows:
        if with_file:
            try:
                with open(os.path.join(directory, "uploads", f"{n}-{token}")) as file:
                    if file.read() != token:
                        faults.append(f"the file of row {n} has another content")
            except FileNotFoundError:
                faults.append(f"the file of row {n} is missing")
    return faults, {n: token for n, token, _ in rows}


def volume(directory, log):
    faults, rows = state(directory)
    # A pod that was lost with its node leaves acknowledged commits that are gone; their numbers were used again.
    acknowledged, last = {}, 0
    for _, _, what, n, token in lines(log):
        if what == "start":
            acknowledged = {k: v for k, v in acknowledged.items() if k <= n}
        if what == "commit":
            acknowledged[n] = token
    missing = [n for n, token in acknowledged.items() if rows.get(n) != token]
    if missing:
        faults.append(f"{len(missing)} acknowledged commits are missing or others: {missing[0]} to {missing[-1]}")
    if not acknowledged:
        faults.append(f"{log} names no commit")
    print(f"{len(rows)} commits on the volume, {len(acknowledged)} acknowledged, integrity ok: {not faults}")
    return faults


def sound(directory):
    faults, rows = state(directory)
    print(f"{len(rows)} commits, sound: {not faults}")
    return faults


def history(log, lost):
    faults, tokens, last, when, starts = [], {}, 0, {}, 0
    running = None
    for time, pod, what, n, token in lines(log):
        if what == "start":
            starts += 1
            if n > last + 1:
                faults.append(f"start at {time}: {n} was never acknowledged, the last was {last}")
            elif n == last + 1:
                # killed between SQLite's answer and the line in the log
                tokens[n], when[n] = token, time
            elif n and tokens.get(n) != token:
                faults.append(f"start at {time}: commit {n} is another one")
            if n < last:
                seconds = when[last] - when[n + 1]
                print(f"start at {time:.3f}: {last - n} commits of {seconds:.1f} s are gone")
                if lost is None or seconds > lost:
                    faults.append(f"{last - n} commits of {seconds:.1f} s are gone")
            running = pod
        elif pod != running:
            faults.append(f"{time}: pod {pod} still wrote after pod {running} had started")
        if what == "commit":
            tokens[n], when[n] = token, time
        last = n
    print(f"{starts} starts, {last} commits")
    return faults


def main(arguments):
    match arguments:
        case ["volume", directory, log]:
            faults = volume(directory, log)
        case ["sound", directory]:
            faults = sound(directory)
        case ["history", log]:
            faults = history(log, None)
        case ["history", log, "--lost", seconds]:
            faults = history(log, float(seconds))
        case ["last", log, kind]:
            times = [t for t, _, what, _, _ in lines(log) if what == kind]
            print(times[-1] if times else "never")
            faults = [] if times else [f"no {kind} in {log}"]
        case _:
            sys.exit(__doc__)
    for fault in faults:
        print("FAULT: " + fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
