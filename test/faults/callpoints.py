#!/usr/bin/env python3
"""Runs a command and interferes with its system calls on files below given directories.

All threads of the command and of its children share one count, so "the 12th call that changes something below DIR" is
one moment of the whole process. (strace counts for each thread by itself: with it, a call of one thread hides the calls
of the same number of all others.) Needs Linux on x86-64 or arm64, Python 3.9 and nothing else: ptrace and seccomp are
called through ctypes.
"""

import argparse
import ctypes
import errno
import json
import os
import platform
import re
import signal
import struct
import sys
import time

EPILOG = """
A rule is JSON with the keys
  action  "count": only count and report; "kill": SIGKILL before the call; "tear": let a write do its first half,
          then SIGKILL, other calls as "kill"; an error name such as "ENOSPC": the call is not made and fails with
          it; "after:ENOENT": the call is made, and fails with it all the same; "delay:SECONDS"
  calls   "changes": calls that change files, directories or attributes, or sync them; "any": also opens, reads,
          listings, stats and closes; or the names of calls, with commas between
  under   directories; a call counts when a path or open file of it is one of these or below
  names   optional: a regular expression that must be found in a path of the call
  when    optional: 3 for the third call only, "3+" for it and all after it, "1+" is the default
  while   optional: a file; the rule counts and acts only while it exists
The report has the line "pid N", then for each counted call "RULE COUNT THREAD CALL PATH [PATH]", with " !" at its end
when the rule acted. The exit code is the command's, or 128 and the number of the signal that ended it. SIGTERM, SIGINT
and SIGHUP are handed on.
"""

# name: (number on x86-64, on arm64, what the arguments are). p: path, relative to the working directory; P: directory
# descriptor and, in the next argument, path; f: descriptor; n: count of bytes; o: flags of open; -: anything else
CALLS = {
    # changes
    "open": (2, None, "po"),
    "creat": (85, None, "p"),
    "openat": (257, 56, "P-o"),
    "write": (1, 64, "f-n"),
    "pwrite64": (18, 68, "f-n"),
    "writev": (20, 66, "f"),
    "pwritev": (296, 70, "f"),
    "sendfile": (40, 71, "f--n"),
    "copy_file_range": (326, 285, "--f-n"),
    "ioctl": (16, 29, "fi"),
    "fsync": (74, 82, "f"),
    "fdatasync": (75, 83, "f"),
    "syncfs": (306, 267, "f"),
    "sync_file_range": (277, 84, "f"),
    "truncate": (76, 45, "p"),
    "ftruncate": (77, 46, "f"),
    "fallocate": (285, 47, "f"),
    "rename": (82, None, "pp"),
    "renameat": (264, 38, "P-P-"),
    "renameat2": (316, 276, "P-P-"),
    "mkdir": (83, None, "p"),
    "mkdirat": (258, 34, "P-"),
    "rmdir": (84, None, "p"),
    "unlink": (87, None, "p"),
    "unlinkat": (263, 35, "P-"),
    "link": (86, None, "pp"),
    "linkat": (265, 37, "P-P-"),
    "symlink": (88, None, "-p"),
    "symlinkat": (266, 36, "-P-"),
    "mknod": (133, None, "p"),
    "mknodat": (259, 33, "P-"),
    "chmod": (90, None, "p"),
    "fchmod": (91, 52, "f"),
    "fchmodat": (268, 53, "P-"),
    "fchmodat2": (452, 452, "P-"),
    "chown": (92, None, "p"),
    "lchown": (94, None, "p"),
    "fchown": (93, 55, "f"),
    "fchownat": (260, 54, "P-"),
    "utime": (132, None, "p"),
    "utimes": (235, None, "p"),
    "utimensat": (280, 88, "P-"),
    "setxattr": (188, 5, "p"),
    "lsetxattr": (189, 6, "p"),
    "fsetxattr": (190, 7, "f"),
    # the others
    "read": (0, 63, "f"),
    "pread64": (17, 67, "f"),
    "readv": (19, 65, "f"),
    "getdents64": (217, 61, "f"),
    "stat": (4, None, "p"),
    "lstat": (6, None, "p"),
    "fstat": (5, 80, "f"),
    "newfstatat": (262, 79, "P-"),
    "statx": (332, 291, "P-"),
    "access": (21, None, "p"),
    "faccessat": (269, 48, "P-"),
    "faccessat2": (439, 439, "P-"),
    "readlink": (89, None, "p"),
    "readlinkat": (267, 78, "P-"),
    "statfs": (137, 43, "p"),
    "fstatfs": (138, 44, "f"),
    "close": (3, 57, "f"),
}
READING = set(list(CALLS)[list(CALLS).index("read") :])
OPENING = {"open", "openat"}
FICLONES = (0x40049409, 0x4020940D)
AT_FDCWD = -100

X86 = platform.machine() == "x86_64"
if not X86 and platform.machine() != "aarch64":
    sys.exit("callpoints.py: knows the system calls of x86-64 and arm64 only, not of " + platform.machine())
NUMBER = {name: call[0 if X86 else 1] for name, call in CALLS.items() if call[0 if X86 else 1] is not None}
NAME = {number: name for name, number in NUMBER.items()}
AUDIT_ARCH = 0xC000003E if X86 else 0xC00000B7
# where the registers are in what PTRACE_GETREGSET gives
REGISTERS = 27 if X86 else 34
ARGUMENTS = (14, 13, 12, 7, 9, 8) if X86 else (0, 1, 2, 3, 4, 5)
CALL, RESULT = (15, 10) if X86 else (8, 0)

PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SEIZE = 7, 24, 0x4206
PTRACE_GETREGSET, PTRACE_SETREGSET = 0x4204, 0x4205
NT_PRSTATUS, NT_ARM_SYSTEM_CALL = 1, 0x404
# SYSGOOD, FORK, VFORK, CLONE, EXEC, SECCOMP, EXITKILL
OPTIONS = 1 | 2 | 4 | 8 | 16 | 128 | 0x100000
EVENT_SECCOMP, EVENT_STOP = 7, 128
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 2 + [ctypes.c_void_p] * 2
libc.ptrace.restype = ctypes.c_long


class Gone(Exception):
    """The thread has ended meanwhile."""


def ptrace(request, tid, address=0, data=0):
    if libc.ptrace(request, tid, address, data) == -1:
        code = ctypes.get_errno()
        if code == errno.ESRCH:
            raise Gone
        raise OSError(code, os.strerror(code) + ": is ptrace forbidden here?")


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def get_registers(tid):
    values = (ctypes.c_uint64 * REGISTERS)()
    iovec = Iovec(ctypes.addressof(values), ctypes.sizeof(values))
    ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, ctypes.addressof(iovec))
    return values


def set_registers(tid, values):
    iovec = Iovec(ctypes.addressof(values), ctypes.sizeof(values))
    ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, ctypes.addressof(iovec))


def skip_call(tid, registers, code):
    """The call is not made and returns the error."""
    registers[RESULT] = (-code) & (2**64 - 1)
    if X86:
        registers[CALL] = 2**64 - 1
        set_registers(tid, registers)
    else:
        set_registers(tid, registers)
        none = ctypes.c_int(-1)
        iovec = Iovec(ctypes.addressof(none), 4)
        ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, ctypes.addressof(iovec))


def install_filter(names):
    """Lets the calls of these names stop for the tracer; all others run at full speed."""
    numbers = sorted(NUMBER[name] for name in names if name in NUMBER)
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, AUDIT_ARCH), (0x06, 0, 0, 0x7FFF0000), (0x20, 0, 0, 0)]
    for i, number in enumerate(numbers):
        program.append((0x15, len(numbers) - i, 0, number))
    program += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x7FF00000)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer)))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no seccomp filter")


def signed(value):
    return struct.unpack("i", struct.pack("I", value & 0xFFFFFFFF))[0]


class Call:
    def __init__(self, tid, name, registers):
        self.tid = tid
        self.name = name
        self.registers = registers
        self.arguments = [registers[i] for i in ARGUMENTS]
        self.paths = []
        self.length_at = None
        self.changes = name not in READING and name not in OPENING and name != "ioctl"
        for i, kind in enumerate(CALLS[name][2]):
            value = self.arguments[i]
            if kind == "p":
                self.paths.append(self.absolute(AT_FDCWD, self.text(value)))
            elif kind == "P":
                at = signed(value)
                if self.arguments[i + 1] == 0:
                    self.paths.append(self.opened(at))
                else:
                    self.paths.append(self.absolute(at, self.text(self.arguments[i + 1])))
            elif kind == "f":
                self.paths.append(self.opened(signed(value)))
            elif kind == "n":
                self.length_at = i
            elif kind == "o":
                self.changes = bool(value & (os.O_CREAT | os.O_TRUNC))
            elif kind == "i":
                self.changes = value & 0xFFFFFFFF in FICLONES

    def text(self, address):
        with open("/proc/%d/mem" % self.tid, "rb", buffering=0) as memory:
            content = b""
            while b"\0" not in content and len(content) < 4096:
                memory.seek(address + len(content))
                # not across a page: the next one may not be there
                content += memory.read(4096 - (address + len(content)) % 4096)
        return content.split(b"\0")[0].decode("utf-8", "surrogateescape")

    def opened(self, descriptor):
        where = "cwd" if descriptor == AT_FDCWD else "fd/%d" % descriptor
        try:
            return os.readlink("/proc/%d/%s" % (self.tid, where)).removesuffix(" (deleted)")
        except OSError:
            return ""

    def absolute(self, at, path):
        if not path.startswith("/"):
            path = self.opened(at) + "/" + path
        return os.path.normpath(path)


class Rule:
    def __init__(self, number, text):
        spec = json.loads(text)
        self.number = number
        self.action = spec["action"]
        self.calls = spec["calls"]
        if self.calls not in ("changes", "any"):
            self.calls = self.calls.split(",")
        self.under = [os.path.normpath(path).rstrip("/") for path in spec["under"]]
        self.names = re.compile(spec["names"]) if spec.get("names") else None
        when = str(spec.get("when", "1+"))
        self.first = int(when.rstrip("+"))
        self.last = sys.maxsize if when.endswith("+") else self.first
        self.file = spec.get("while")
        self.count = 0

    def wanted(self):
        if self.calls == "changes":
            return set(CALLS) - READING
        return set(CALLS) if self.calls == "any" else set(self.calls)

    def counts(self, call):
        if self.calls == "changes":
            if not call.changes:
                return False
        elif self.calls != "any" and call.name not in self.calls:
            return False
        inside = [p for p in call.paths if any(p == root or p.startswith(root + "/") for root in self.under)]
        if not inside or (self.names and not any(self.names.search(p) for p in inside)):
            return False
        if self.file and not os.path.exists(self.file):
            return False
        self.count += 1
        return True

    def acts(self):
        return self.first <= self.count <= self.last and self.action != "count"


class Tracer:
    def __init__(self, rules, report):
        self.rules = rules
        self.report = report
        self.pid = 0
        # by thread, what is to be done when its call returns: an error number, or None for SIGKILL
        self.returning = {}
        # by thread, when it may go on
        self.held = {}

    def start(self, command):
        go, ready = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(ready)
                os.read(go, 1)
                os.close(go)
                install_filter(set().union(*(rule.wanted() for rule in self.rules)))
                os.execvp(command[0], command)
            except BaseException as e:
                os.write(2, ("callpoints.py: %s: %s\n" % (command[0], e)).encode())
                os._exit(127)
        os.close(go)
        ptrace(PTRACE_SEIZE, self.pid, 0, OPTIONS)
        self.report.write("pid %d\n" % self.pid)
        self.report.flush()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda n, _: os.kill(self.pid, n))
        os.write(ready, b"!")
        os.close(ready)

    def run(self):
        """Until the command has ended. Returns its exit code."""
        result = 0
        while True:
            try:
                tid, status = os.waitpid(-1, WALL | (os.WNOHANG if self.held else 0))
            except ChildProcessError:
                return result
            if tid == 0:
                time.sleep(0.002)
            elif os.WIFSTOPPED(status):
                try:
                    self.stopped(tid, status)
                except (Gone, ProcessLookupError, FileNotFoundError):
                    pass  # its end is reported next
            elif tid == self.pid:
                result = os.waitstatus_to_exitcode(status)
                result = 128 - result if result < 0 else result
            self.release()

    def release(self):
        for tid in [t for t, at in self.held.items() if time.monotonic() >= at]:
            del self.held[tid]
            try:
                ptrace(PTRACE_CONT, tid)
            except Gone:
                pass

    def stopped(self, tid, status):
        number, event = os.WSTOPSIG(status), status >> 16
        if event == EVENT_SECCOMP:
            self.called(tid)
        elif number == signal.SIGTRAP | 0x80:
            self.returned(tid)
        elif event:
            ptrace(PTRACE_CONT, tid)
        else:
            ptrace(PTRACE_CONT, tid, 0, number)

    def called(self, tid):
        registers = get_registers(tid)
        call = Call(tid, NAME[registers[CALL]], registers)
        action = None
        for rule in self.rules:
            if rule.counts(call):
                acts = rule.acts() and action is None
                if acts:
                    action = rule.action
                self.report.write(
                    "%d %d %d %s %s%s\n"
                    % (rule.number, rule.count, tid, call.name, " ".join(call.paths), " !" if acts else "")
                )
        if action is None:
            ptrace(PTRACE_CONT, tid)
            return
        self.report.flush()
        if action == "tear" and call.length_at is not None and call.arguments[call.length_at] > 1:
            registers[ARGUMENTS[call.length_at]] = call.arguments[call.length_at] // 2
            set_registers(tid, registers)
            self.returning[tid] = None
            ptrace(PTRACE_SYSCALL, tid)
        elif action in ("kill", "tear"):
            os.kill(self.pid, signal.SIGKILL)
        elif action.startswith("after:"):
            self.returning[tid] = getattr(errno, action[6:])
            ptrace(PTRACE_SYSCALL, tid)
        elif action.startswith("delay:"):
            self.held[tid] = time.monotonic() + float(action[6:])
        elif call.name == "close":
            # never leaves the descriptor open, whatever it says
            self.returning[tid] = getattr(errno, action)
            ptrace(PTRACE_SYSCALL, tid)
        else:
            skip_call(tid, registers, getattr(errno, action))
            ptrace(PTRACE_CONT, tid)

    def returned(self, tid):
        if tid not in self.returning:
            ptrace(PTRACE_CONT, tid)
            return
        code = self.returning.pop(tid)
        if code is None:
            os.kill(self.pid, signal.SIGKILL)
            return
        registers = get_registers(tid)
        registers[RESULT] = (-code) & (2**64 - 1)
        set_registers(tid, registers)
        ptrace(PTRACE_CONT, tid)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--report", required=True, help="the file to write the report to")
    parser.add_argument("--rule", action="append", required=True, help="JSON, see below; may be repeated")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    rules = [Rule(i, text) for i, text in enumerate(arguments.rule)]
    with open(arguments.report, "w", encoding="utf-8", errors="surrogateescape") as report:
        tracer = Tracer(rules, report)
        tracer.start(arguments.command)
        return tracer.run()


if __name__ == "__main__":
    sys.exit(main())
