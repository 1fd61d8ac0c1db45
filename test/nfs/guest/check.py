#!/usr/bin/env python3
"""Says whether a directory holds one sound state of the application in workload.py. Knows nothing of the agent.

    check.py DIRECTORY [--exactly N]

Prints what it found as JSON. Ends with 0 when the database passes SQLite's integrity check, the application's
invariants hold, each row's file is there with the right content, and no side file lies beside it; else with 1.
"""
import argparse, hashlib, json, os, shutil, sqlite3, sys, tempfile

SIDE_FILES = ("-wal", "-shm", "-journal")


def copy_of(source):
    """A private copy, so that looking cannot change what is looked at: SQLite makes files beside what it opens."""
    directory = tempfile.mkdtemp(prefix="check-", dir="/dev/shm")
    with open(os.path.join(directory, "app.db"), "wb") as out:
        shutil.copyfileobj(source, out)
    return directory


def check_database(directory):
    """Returns (problems, facts, uploads) of DIRECTORY/app.db."""
    problems = []
    database = sqlite3.connect(f"file:{directory}/app.db?mode=rw", uri=True)
    try:
        verdict = database.execute("PRAGMA integrity_check").fetchall()
        if verdict != [("ok",)]:
            problems.append(f"integrity_check: {verdict[:3]}")
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'step'").fetchone():
            # Published before the application made its tables.
            return problems, {"last": 0, "writers": {}}, []
        accounts, total = database.execute("SELECT count(*), sum(balance) FROM account").fetchone()
        if accounts and total != accounts * 1000:
            problems.append(f"the balances' sum is {total}, not {accounts * 1000}")
        count, first, last = database.execute("SELECT count(*), min(n), max(n) FROM step").fetchone()
        if count and (first, last) != (1, count):
            problems.append(f"{count} steps from {first} to {last}: some are missing")
        writers = dict(database.execute("SELECT writer, max(n) FROM step GROUP BY writer"))
        uploads = database.execute("SELECT name, size, sha256 FROM upload").fetchall()
        return problems, {"last": last or 0, "writers": writers}, uploads
    except sqlite3.Error as error:
        return problems + [f"SQLite: {error}"], {"last": None, "writers": {}}, []
    finally:
        database.close()


def check_uploads(root, uploads):
    problems = []
    for name, size, sha256 in uploads:
        path = os.path.join(root, "uploads", name)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            problems.append(f"a row names uploads/{name}, which is not there")
            continue
        if len(data) != size:
            problems.append(f"uploads/{name} has {len(data)} bytes, not {size}")
        elif hashlib.sha256(data).hexdigest() != sha256:
            problems.append(f"uploads/{name} has another content")
    return problems


def side_files(root):
    return [name for name in os.listdir(root) if name.endswith(SIDE_FILES)]


def check(root, side_files_too=False):
    """Checks ROOT. SIDE_FILES_TOO: an application works on ROOT itself, and its side files belong to the state."""
    try:
        source = open(os.path.join(root, "app.db"), "rb")
    except FileNotFoundError:
        return {"problems": ["there is no app.db"], "last": None, "writers": {}, "uploads": 0}
    with source:
        directory = copy_of(source)
    try:
        if side_files_too:
            for name in side_files(root):
                if not name.endswith("-shm"):
                    shutil.copy(os.path.join(root, name), directory)
        problems, facts, uploads = check_database(directory)
    finally:
        shutil.rmtree(directory)
    problems += check_uploads(root, uploads)
    if not side_files_too:
        problems += [f"a side file: {name}" for name in side_files(root)]
    return {"problems": problems, **facts, "uploads": len(uploads)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--exactly", type=int, help="the last step must have this number")
    arguments = parser.parse_args()
    found = check(arguments.directory)
    if arguments.exactly is not None and found["last"] != arguments.exactly:
        found["problems"].append(f"the last step is {found['last']}, not {arguments.exactly}")
    print(json.dumps(found))
    sys.exit(1 if found["problems"] else 0)


if __name__ == "__main__":
    main()
