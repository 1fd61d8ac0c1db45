#!/usr/bin/python3
"""The application of the tests in a pod: commits all the time, and notes each commit where Liteferry does not look.

Environment: WRITER_DATA, its directory; WRITER_LOG, a file on another disk; WRITER_STOP, the seconds that it goes on
committing after SIGTERM (0); WRITER_PAUSE, the seconds between commits (0.02); WRITER_COMMITS, after how many it ends
by itself (never); JOURNAL, the journal mode of a new database (WAL).

Each commit writes two tables. Every tenth has a file beside the database, which is there before the row that names it.
A line of the log is TIME POD WHAT N TOKEN. A commit is noted after SQLite has acknowledged it.
"""

import os
import secrets
import signal
import sqlite3
import sys
import time

data = os.environ["WRITER_DATA"]
pause = float(os.environ.get("WRITER_PAUSE", "0.02"))
limit = int(os.environ.get("WRITER_COMMITS", "0"))
log = os.open(os.environ["WRITER_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
pod = os.environ.get("POD_UID") or os.uname().nodename
until = float("inf")


def note(what, n, token="-"):
    os.write(log, f"{time.time():.3f} {pod} {what} {n} {token}\n".encode())


def terminate(number, frame):
    global until
    if until == float("inf"):
        until = time.monotonic() + float(os.environ.get("WRITER_STOP", "0"))
        note("sigterm", n)


database = sqlite3.connect(os.path.join(data, "app.db"), isolation_level=None, timeout=30)
database.execute(f"PRAGMA journal_mode={os.environ.get('JOURNAL', 'WAL')}")
database.executescript(
    "CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, token TEXT NOT NULL, file INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS last (id INTEGER PRIMARY KEY CHECK (id = 0), n INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO last VALUES (0, 0);"
)
os.makedirs(os.path.join(data, "uploads"), exist_ok=True)
n, = database.execute("SELECT coalesce(max(n), 0) FROM log").fetchone()
token = (database.execute("SELECT token FROM log WHERE n = ?", (n,)).fetchone() or "-")[0]
note("start", n, token)
signal.signal(signal.SIGTERM, terminate)
begun = n
while time.monotonic() < until and not (limit and n - begun >= limit):
    token = secrets.token_hex(8)
    following = n + 1
    with_file = following % 10 == 0
    if with_file:
        with open(os.path.join(data, "uploads", f"{following}-{token}"), "w") as file:
            file.write(token)
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO log VALUES (?, ?, ?)", (following, token, with_file))
    database.execute("UPDATE last SET n = ?", (following,))
    database.execute("COMMIT")
    n = following
    note("commit", n, token)
    time.sleep(pause)
database.close()
note("end", n, token)
sys.exit(0)
