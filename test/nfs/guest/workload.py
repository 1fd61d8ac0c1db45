#!/usr/bin/env python3
"""The application of the tests: changes a database and files beside it, as a process of its own.

It keeps an invariant that check.py can verify on any copy, whatever moment that copy is of:

- transfers between accounts leave the sum of the balances as it was;
- the rows of "step" are numbered 1, 2, 3 ... without a gap, each by a transaction of its own;
- each row of "upload" names a file that was complete and synced before the row was committed, and that goes only after
  the row has gone.

Until SIGTERM, or for --commits transactions. What it has committed is in --progress, one number at the end of a line
after each commit; the last line on standard output is a summary as JSON.
"""
import argparse, hashlib, json, os, random, signal, sqlite3, statistics, sys, time

ACCOUNTS, BALANCE = 20, 1000


def content(number):
    """What the file of this number holds: between 0 and 40 kB that nothing else has."""
    generator = random.Random(number)
    return generator.randbytes(generator.randrange(40_000))


def create(database, pad_kb):
    database.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)")
    database.execute("CREATE TABLE step (n INTEGER PRIMARY KEY, writer TEXT NOT NULL, at REAL NOT NULL)")
    database.execute("CREATE TABLE upload (name TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL,"
                     " at REAL NOT NULL)")
    database.execute("CREATE TABLE pad (data BLOB NOT NULL)")
    database.executemany("INSERT INTO account VALUES (?, ?)", ((i, BALANCE) for i in range(ACCOUNTS)))
    database.executemany("INSERT INTO pad VALUES (?)", ((os.urandom(1000),) for _ in range(pad_kb)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", help="the application's directory; the database is app.db in it")
    parser.add_argument("--mode", choices=("wal", "delete"), default="wal")
    parser.add_argument("--rate", type=float, default=15, help="transactions per second, 0: no pause (15)")
    parser.add_argument("--commits", type=int, default=0, help="stop after this many")
    parser.add_argument("--writer", default="A", help="who writes, kept in each row (A)")
    parser.add_argument("--busy-timeout", type=int, default=5000, help="milliseconds (5000)")
    parser.add_argument("--upload-every", type=int, default=5, help="transactions per file, 0: no files (5)")
    # Not shorter than a pass takes: docs/limitations.md, "files that live shorter than a pass".
    parser.add_argument("--keep-uploads", type=float, default=60, help="seconds until a file may go again (60)")
    parser.add_argument("--pad-kb", type=int, default=500, help="size of a new database in kB (500)")
    parser.add_argument("--progress", help="file for the numbers of the commits")
    arguments = parser.parse_args()

    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    files = os.path.join(arguments.directory, "uploads")
    if arguments.upload_every:
        os.makedirs(files, exist_ok=True)
    database = sqlite3.connect(
        os.path.join(arguments.directory, "app.db"), isolation_level=None, timeout=arguments.busy_timeout / 1000)
    locked, other, taken, last = 0, {}, [], 0
    progress = open(arguments.progress, "a", buffering=1) if arguments.progress else None
    begun = time.monotonic()

    def refused(error):
        nonlocal locked
        if "locked" in str(error):
            locked += 1
        else:
            other[str(error)] = other.get(str(error), 0) + 1
        if database.in_transaction:
            try:
                database.execute("ROLLBACK")
            except sqlite3.Error:
                pass

    attempts = 0
    ready = False
    while not stopping and (not arguments.commits or attempts < arguments.commits):
        attempts += 1
        started = time.monotonic()
        try:
            if not ready:
                database.execute(f"PRAGMA journal_mode = {arguments.mode}")
                database.execute("PRAGMA synchronous = FULL")
                database.execute("BEGIN IMMEDIATE")
                if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'step'").fetchone():
                    create(database, arguments.pad_kb)
                database.execute("COMMIT")
                ready = True
            number = (database.execute("SELECT max(n) FROM step").fetchone()[0] or 0) + 1
            name = None
            if arguments.upload_every and number % arguments.upload_every == 0:
                name = f"{number // 100 % 10}/{number}-{arguments.writer}.bin"
                data = content(number)
                os.makedirs(os.path.dirname(os.path.join(files, name)), exist_ok=True)
                with open(os.path.join(files, name), "wb") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
            gone = []
            started = time.monotonic()
            database.execute("BEGIN IMMEDIATE")
            number = (database.execute("SELECT max(n) FROM step").fetchone()[0] or 0) + 1
            source, target = random.sample(range(ACCOUNTS), 2)
            database.execute("UPDATE account SET balance = balance - 1 WHERE id = ?", (source,))
            database.execute("UPDATE account SET balance = balance + 1 WHERE id = ?", (target,))
            database.execute("INSERT INTO step VALUES (?, ?, ?)", (number, arguments.writer, time.time()))
            if name:
                database.execute("INSERT INTO upload VALUES (?, ?, ?, ?)",
                                 (name, len(data), hashlib.sha256(data).hexdigest(), time.time()))
                if number % (4 * arguments.upload_every) == 0:
                    gone = [row[0] for row in database.execute(
                        "SELECT name FROM upload WHERE at < ? ORDER BY rowid LIMIT 1",
                        (time.time() - arguments.keep_uploads,))]
                    database.executemany("DELETE FROM upload WHERE name = ?", ((g,) for g in gone))
            database.execute("COMMIT")
            taken.append(time.monotonic() - started)
            last = number
            if progress:
                progress.write(f"{number}\n")
            for g in gone:
                os.unlink(os.path.join(files, g))
        except sqlite3.Error as error:
            refused(error)
        if arguments.rate:
            time.sleep(max(0, 1 / arguments.rate - (time.monotonic() - started)))
    try:
        database.close()
    except sqlite3.Error as error:
        refused(error)
    json.dump({
        "commits": len(taken), "last": last, "attempts": attempts, "locked": locked, "errors": other,
        "seconds": round(time.monotonic() - begun, 1),
        "median_ms": round(statistics.median(taken) * 1000, 1) if taken else None,
        "slowest_ms": round(max(taken) * 1000) if taken else None,
    }, sys.stdout)
    print()


if __name__ == "__main__":
    main()
