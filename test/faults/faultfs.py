#!/usr/bin/python3
"""A directory seen through a file system that fails, hangs and lies on demand.

Usage: faultfs.py DIRECTORY MOUNT RULES

Passes everything through to DIRECTORY, except for what RULES says: a JSON file that is read again whenever it changes. It
is a list, and the first rule that matches an operation is applied:

  {"operations": ["rename", "link"],   names of FUSE operations; all when it is absent
   "path": "app.db",                   in the path, or in either of two; every path when it is absent
   "times": 3,                         so often; for as long as the rule is there when it is absent
   "delay": 0.5,                       seconds
   "hang": true,                       until RULES changes; then the operation is done
   "errno": "ESTALE",                  the answer
   "after": true,                      the operation is done before it is answered with errno: a lost reply
   "short": 4096,                      a read ends there as if the file did
   "free": 65536}                      bytes that statfs tells of

Each time that a rule is applied a line "OPERATION PATH" is added to RULES.applied. Needs Debian's python3-fusepy, and to run
as root.
"""

import errno
import json
import os
import sys
import threading
import time

from fusepy import FUSE, FuseOSError, Operations

STAT = ("st_atime_ns", "st_ctime_ns", "st_mtime_ns", "st_gid", "st_uid", "st_mode", "st_nlink", "st_size", "st_ino")
STATVFS = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize", "f_namemax")
POLL = 0.02


class Rules:
    def __init__(self, file):
        self.file = file
        self.lock = threading.Lock()
        self.version = None
        self.rules = []

    def _read(self):
        try:
            stat = os.stat(self.file)
        except FileNotFoundError:
            return
        version = (stat.st_ino, stat.st_mtime_ns)
        if version != self.version:
            with open(self.file, encoding="utf-8") as file:
                self.rules = json.load(file)
            self.version = version

    def find(self, operation, paths):
        with self.lock:
            self._read()
            for rule in self.rules:
                if operation not in rule.get("operations", [operation]):
                    continue
                if not any(rule.get("path", "") in path for path in paths):
                    continue
                if "free" in rule and operation != "statfs" or "short" in rule and operation != "read":
                    continue
                if rule.get("times", 1) <= 0:
                    continue
                if "times" in rule:
                    rule["times"] -= 1
                with open(self.file + ".applied", "a", encoding="utf-8") as file:
                    file.write(operation + " " + " -> ".join(paths) + "\n")
                return rule
        return {}

    def is_in_force(self, rule):
        with self.lock:
            self._read()
            return rule in self.rules


class FaultFs(Operations):
    use_ns = True
    flag_nullpath_ok = True

    def __init__(self, directory, rules):
        self.directory = directory
        self.rules = rules

    def __call__(self, operation, *arguments):
        if operation in ("init", "destroy"):
            return None
        if not hasattr(FaultFs, operation):
            raise FuseOSError(errno.ENOSYS)
        # a link's text is no path of ours
        count = {"rename": 2, "link": 2}.get(operation, 1)
        paths = [path or "" for path in arguments[:count]]
        rule = self.rules.find(operation, paths)
        time.sleep(rule.get("delay", 0))
        while rule.get("hang") and self.rules.is_in_force(rule):
            time.sleep(POLL)
        if "errno" in rule and not rule.get("after"):
            raise FuseOSError(getattr(errno, rule["errno"]))
        answer = getattr(self, operation)(*arguments)
        if "errno" in rule:
            raise FuseOSError(getattr(errno, rule["errno"]))
        if "short" in rule:
            return answer[: max(0, rule["short"] - arguments[2])]
        if "free" in rule:
            blocks = rule["free"] // answer["f_frsize"]
            return {**answer, "f_bavail": blocks, "f_bfree": blocks}
        return answer

    def at(self, path):
        return self.directory + path

    def getattr(self, path, fh=None):
        stat = os.lstat(self.at(path)) if fh is None else os.fstat(fh)
        return {name.removesuffix("_ns"): getattr(stat, name) for name in STAT}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.at(path))]

    def readlink(self, path):
        return os.readlink(self.at(path))

    def symlink(self, name, text):
        os.symlink(text, self.at(name))

    def link(self, name, existing):
        os.link(self.at(existing), self.at(name))

    def rename(self, old, new):
        os.rename(self.at(old), self.at(new))

    def unlink(self, path):
        os.unlink(self.at(path))

    def mkdir(self, path, mode):
        os.mkdir(self.at(path), mode)

    def rmdir(self, path):
        os.rmdir(self.at(path))

    def chmod(self, path, mode):
        os.chmod(self.at(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.at(path), uid, gid, follow_symlinks=False)

    def utimens(self, path, times=None):
        os.utime(self.at(path), ns=times, follow_symlinks=False)

    def truncate(self, path, length, fh=None):
        os.truncate(self.at(path) if fh is None else fh, length)

    def open(self, path, flags):
        return os.open(self.at(path), flags)

    def create(self, path, mode, fi=None):
        return os.open(self.at(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)

    def release(self, path, fh):
        os.close(fh)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def opendir(self, path):
        return os.open(self.at(path), os.O_RDONLY | os.O_DIRECTORY)

    def releasedir(self, path, fh):
        os.close(fh)

    def fsyncdir(self, path, datasync, fh):
        os.fsync(fh)

    def statfs(self, path):
        stat = os.statvfs(self.at(path))
        return {name: getattr(stat, name) for name in STATVFS}


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    directory, mount, rules = sys.argv[1:]
    FUSE(
        FaultFs(directory, Rules(rules)),
        mount,
        foreground=True,
        nothreads=False,
        fsname="faultfs",
        # nothing is remembered: each request arrives here
        direct_io=True,
        attr_timeout=0,
        entry_timeout=0,
        negative_timeout=0,
        # a file keeps its inode number; one that is deleted while it is open goes at once
        use_ino=True,
        hard_remove=True,
        default_permissions=True,
        allow_other=True,
    )


if __name__ == "__main__":
    main()
