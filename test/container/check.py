#!/usr/bin/python3
"""What test.sh asks of images and databases. Knows nothing of the agent but its files."""

import hashlib
import json
import os
import sqlite3
import stat
import sys
import tarfile

# Everything that may be executed. The rest of the image is data and libraries.
LAUNCHER = "opt/liteferry/bin/liteferry"
EXECUTABLE = {
    LAUNCHER,
    "opt/liteferry/runtime/bin/java",
    "opt/liteferry/runtime/lib/jexec",
    "opt/liteferry/runtime/lib/jspawnhelper",
}
LOADERS = ("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1")
FORBIDDEN = set(
    "sh bash dash ash zsh ksh mksh busybox toybox perl python python3 env sudo su "
    "apt apt-get dpkg rpm dnf microdnf yum apk opkg pip curl wget keytool jwebserver".split()
)


def image(archive):
    """An OCI archive's configuration, and for each name the entry of the last layer that has it, with its digest."""
    with tarfile.open(archive) as outer:
        blob = lambda d: outer.extractfile("blobs/" + d["digest"].replace(":", "/"))
        index = json.load(outer.extractfile("index.json"))
        manifest = json.load(blob(index["manifests"][0]))
        config = json.load(blob(manifest["config"]))
        files, layers = {}, []
        for layer in manifest["layers"]:
            size = 0
            with tarfile.open(fileobj=blob(layer)) as tar:
                for entry in tar:
                    name = entry.name.removeprefix("./").strip("/")
                    if name in ("", "."):
                        continue
                    assert not os.path.basename(name).startswith(".wh."), f"{name} was deleted in a layer"
                    content = tar.extractfile(entry).read() if entry.isfile() else b""
                    size += len(content)
                    files[name] = (entry, hashlib.sha256(content).hexdigest(), content[:4])
            layers.append((size, layer["size"]))
        return config, files, layers


def contents(archive, limit):
    config, files, layers = image(archive)
    faults = []
    libc = total = 0
    for name, (entry, _, start) in sorted(files.items()):
        base = os.path.basename(name)
        executable = entry.isfile() and entry.mode & 0o111
        library = ".so" in base
        if base in FORBIDDEN and not entry.isdir():
            faults.append(f"{name} is a shell, a package manager or another tool")
        if (start[:2] == b"#!" and name != LAUNCHER) or (executable and not library and name not in EXECUTABLE):
            faults.append(f"{name} can be executed")
        if not (entry.isfile() or entry.isdir() or entry.issym()):
            faults.append(f"{name} is no file, directory or symbolic link")
        if entry.mode & (stat.S_ISUID | stat.S_ISGID) or (not entry.issym() and entry.mode & 0o022 and name != "tmp"):
            faults.append(f"{name} has mode {entry.mode:o}")
        if entry.isdir() and entry.mode & 0o005 != 0o005 or entry.isfile() and not entry.mode & 0o004:
            faults.append(f"{name} cannot be read by every user")
        total += entry.size
        if not name.startswith("opt/"):
            libc += entry.size
    if not any(n.endswith(LOADERS) for n in files):
        faults.append("the loader is missing")
    expected = {"User": "65532:65532", "StopSignal": "SIGTERM"}
    for key, value in expected.items():
        if config["config"].get(key) != value:
            faults.append(f"{key} is {config['config'].get(key)}, not {value}")
    for label in ("title", "description", "licenses", "version", "revision"):
        if config["config"]["Labels"].get("org.opencontainers.image." + label, "unknown") == "unknown":
            faults.append(f"the label {label} is missing")
    sbom = config["config"]["Labels"].get("io.liteferry.sbom", "").lstrip("/")
    if sbom not in files:
        faults.append("the label io.liteferry.sbom names no file")

    sizes = {}
    for name, (entry, _, _) in files.items():
        parts = name.split("/")
        sizes["/".join(parts[:3]) if parts[0] == "opt" else "/".join(parts[:3])] = 0
    for key in sizes:
        sizes[key] = sum(e.size for n, (e, _, _) in files.items() if n == key or n.startswith(key + "/"))
    for key, size in sorted(sizes.items()):
        if not files[key][0].isdir() or len(key.split("/")) == 3 or key == "tmp":
            print(f"  {size:>11,}  /{key}{'/' if files[key][0].isdir() else ''}")
    print(f"  layers: " + ", ".join(f"{size / 1e6:.1f} MB ({packed / 1e6:.1f} packed)" for size, packed in layers))
    print(f"  in all {total / 1e6:.1f} MB, {(total - libc) / 1e6:.1f} MB beyond libc, packed {sum(p for _, p in layers) / 1e6:.1f} MB")
    if total - libc > limit * 1e6:
        faults.append(f"more than {limit} MB beyond libc")
    return faults


def same(one, other):
    """Two ways to build must give the same files and the same configuration."""
    (a, files_a, _), (b, files_b, _) = image(one), image(other)
    faults = []
    for name in sorted(files_a.keys() | files_b.keys()):
        x, y = files_a.get(name), files_b.get(name)
        if not x or not y:
            faults.append(f"{name} is in one of them only")
        elif (x[1], x[0].mode & 0o7777, x[0].uid, x[0].gid, x[0].linkname) != (
            y[1], y[0].mode & 0o7777, y[0].uid, y[0].gid, y[0].linkname):
            faults.append(f"{name} differs")
        elif x[0].isfile() and x[0].mtime != y[0].mtime:
            faults.append(f"{name} has another time")
    for key in ("User", "Env", "Entrypoint", "Cmd", "WorkingDir", "StopSignal", "Labels"):
        x, y = a["config"].get(key), b["config"].get(key)
        if key == "Env":
            x, y = sorted(x), sorted(y)
        if key == "Labels":
            x.pop("io.buildah.version", None)
            y.pop("io.buildah.version", None)
        if x != y:
            faults.append(f"{key}: {x} and {y}")
    return faults


def seed(volume):
    connection = sqlite3.connect(os.path.join(volume, "app.db"))
    connection.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE log (n INTEGER PRIMARY KEY); CREATE TABLE last (n); INSERT INTO last VALUES (0);"
    )
    connection.close()
    with open(os.path.join(volume, "gr\u00fc\u00dfe.txt"), "w") as file:
        file.write("seed")


def database(path):
    """Faults of one copy, and the last number committed in it. Every row's file was written before the row."""
    # exactly the file, as it is: what is published needs no side file
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    check = connection.execute("PRAGMA integrity_check").fetchone()[0]
    rows, highest = connection.execute("SELECT count(*), coalesce(max(n), 0) FROM log").fetchone()
    last = connection.execute("SELECT n FROM last").fetchone()[0]
    connection.close()
    faults = []
    if check != "ok":
        faults.append(f"{path}: {check}")
    if not rows == highest == last:
        faults.append(f"{path}: torn: {rows} rows, the last {highest}, and it says {last}")
    return faults, last


def volume(root, at_least):
    # opened first, so that a publication in between cannot name files that were looked for too early
    faults, last = database(os.path.join(root, "app.db"))
    names = os.listdir(root)
    faults += [f"{n} is on the volume" for n in names if n.endswith(("-wal", "-shm", "-journal"))]
    faults += [f"f-{n} is missing" for n in range(1, last + 1) if f"f-{n}" not in names]
    if "gr\u00fc\u00dfe.txt" not in names:
        faults.append("the file whose name is not ASCII is missing")
    if last < at_least:
        faults.append(f"{at_least} commits, and {last} of them are on the volume")
    print(f"  {root}: {last} commits, {len(names)} names")
    return faults


def main(arguments):
    match arguments:
        case ["contents", archive, limit]:
            faults = contents(archive, float(limit))
        case ["same", one, other]:
            faults = same(one, other)
        case ["seed", directory]:
            faults = seed(directory) or []
        case ["volume", directory, at_least]:
            faults = volume(directory, int(at_least))
        case _:
            sys.exit(__doc__)
    for fault in faults:
        print("  " + fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
