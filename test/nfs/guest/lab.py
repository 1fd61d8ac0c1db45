"""The laboratory in the guest: one NFS server, two clients in network namespaces of their own, agents and applications.

Knows how to break things; what must hold when they break is in scenarios.py.
"""
import collections, ctypes, glob, json, os, re, select, signal, struct, subprocess, threading, time

import check

EXPORT = "/srv/export"
LOGS = "/lab/logs"
LITEFERRY = "/payload/liteferry/bin/liteferry"
HERE = os.path.dirname(os.path.abspath(__file__))
# The kernel's least. The defaults of 90 s make every restart of the server a coffee break.
LEASE_SECONDS = 10
# How often a patient hard mount asks again; what a soft mount has until EIO.
MOUNT_OPTIONS = "hard,timeo=50,retrans=2"
SOFT_OPTIONS = "soft,timeo=10,retrans=2"


class Failed(Exception):
    """A scenario's expectation does not hold."""


def expect(condition, message):
    if not condition:
        raise Failed(message)


def sh(command, check=True, timeout=120):
    """Runs a shell command; its output goes to the log of commands."""
    done = subprocess.run(
        ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, text=True,
        stdin=subprocess.DEVNULL)
    with open(f"{LOGS}/commands.log", "a") as log:
        log.write(f"[{time.monotonic():.1f}] {command}: {done.returncode} {done.stdout}\n")
    if check and done.returncode:
        raise RuntimeError(f"{command}: exit code {done.returncode}: {done.stdout[-500:]}")
    return done.stdout


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def until(condition, seconds, what, pause=0.05):
    """Waits until CONDITION() is true and returns what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


def load_modules():
    # Else the first NFS 3 lock after a restart waits for the better part of a minute.
    sh("modprobe lockd nlm_grace_period=5 nlm_timeout=5")
    for module in ("xfs", "nfsd", "nfs", "nfsv3", "nfsv4", "veth", "sch_netem", "sch_plug"):
        sh(f"modprobe {module}")


class Server:
    """The kernel's NFS server, exporting an XFS on a disk of its own."""

    def set_up(self):
        sh("mount -t debugfs debugfs /sys/kernel/debug")
        sh("mkfs.xfs -q -f -m reflink=1 /dev/vdc")
        os.makedirs(EXPORT, exist_ok=True)
        self.mount()
        sh("mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd")
        os.makedirs("/var/lib/nfs/v4recovery", exist_ok=True)
        write("/etc/exports", f"{EXPORT} *(rw,sync,no_root_squash,no_subtree_check,fsid=1,insecure)\n")
        write("/proc/fs/nfsd/nfsv4leasetime", str(LEASE_SECONDS))
        write("/proc/fs/nfsd/nfsv4gracetime", str(LEASE_SECONDS))
        sh("rpcbind -w -i && rpc.statd && exportfs -a && rpc.mountd")
        # From here on the kernel registers its services by the network, so that those of a client reach the client's
        # own portmapper. By the socket, which is the same for all, they would overwrite the server's.
        os.unlink("/run/rpcbind.sock")
        self.start()

    def mount(self):
        sh(f"mount /dev/vdc {EXPORT}")
        os.chmod(EXPORT, 0o777)

    def start(self):
        sh("rpc.nfsd 8")

    def stop(self):
        sh("rpc.nfsd 0")

    def restart(self, away=0.0):
        """The server process goes and comes back: sessions, open files and the cache of replies are gone."""
        self.stop()
        time.sleep(away)
        self.start()

    def crash(self, clients):
        """The server's machine goes down: what its file system had not made durable is gone.

        The links go first, so that no client hears the errors of a file system that is going down.
        """
        for client in clients:
            client.cut()
        # Without -f the file system's log is not flushed: that is a power failure.
        sh(f"xfs_io -x -c shutdown {EXPORT}")
        self.stop()
        sh("exportfs -ua; exportfs -f", check=False)
        until(lambda: "busy" not in sh(f"umount {EXPORT} 2>&1", check=False), 20, "unmount after the crash", 0.5)
        self.mount()
        sh("exportfs -a")

    def recover(self, clients):
        self.start()
        for client in clients:
            client.heal()


class Client:
    """An NFS client with a network of its own: to the server it is another machine."""

    def __init__(self, name, number, version):
        self.name, self.version = name, version
        self.server, self.address = f"10.0.{number}.1", f"10.0.{number}.2"
        self.inside, self.outside = f"in{name}", f"out{name}"
        self.mounted = f"/mnt/{name}"

    def set_up(self):
        n = self.name
        sh(f"ip netns add {n} && ip link add {self.outside} type veth peer name {self.inside} netns {n}")
        sh(f"ip addr add {self.server}/24 dev {self.outside} && ip link set {self.outside} up")
        sh(f"ip -n {n} addr add {self.address}/24 dev {self.inside} && ip -n {n} link set {self.inside} up")
        sh(f"ip -n {n} link set lo up")
        # Both clients have one host name; without this the server would take them for one client that has rebooted.
        sh(f"ip netns exec {n} sh -c 'echo client-{n} > /sys/fs/nfs/net/nfs_client/identifier'")
        if self.version == "3":
            # Locks over NFS 3 need a statd, reached through a portmapper, in the client's own network. Both keep their
            # files at fixed places, so they get these places for themselves.
            sh(f"mkdir -p /var/lib/nfs-{n}/sm /var/lib/nfs-{n}/sm.bak && touch /var/lib/nfs-{n}/state")
            sh(f"nsenter --net=/run/netns/{n} unshare -m sh -c 'mount -t tmpfs tmpfs /run && "
               f"mount --bind /var/lib/nfs-{n} /var/lib/nfs && rpcbind -w -i && rpc.statd'")

    def mount(self, options=MOUNT_OPTIONS):
        os.makedirs(self.mounted, exist_ok=True)
        sh(f"nsenter --net=/run/netns/{self.name} mount -t nfs "
           f"-o retry=0,vers={self.version},{options} {self.server}:{EXPORT} {self.mounted}")
        return self

    def unmount(self):
        if sh(f"grep -c ' {self.mounted} nfs' /proc/mounts", check=False).strip() not in ("", "0"):
            if "busy" in sh(f"umount {self.mounted} 2>&1", check=False, timeout=60):
                sh(f"umount -f -l {self.mounted}", check=False)

    def cut(self):
        """Takes the link down, in both directions, and drops what is on its way."""
        sh(f"ip link set {self.outside} down")

    def heal(self):
        sh(f"ip link set {self.outside} up; tc qdisc del dev {self.outside} root 2>/dev/null; "
           f"ip netns exec {self.name} tc qdisc del dev {self.inside} root 2>/dev/null", check=False)

    def delay(self, milliseconds, replies=False):
        """Delays what the client sends, or the server's replies to it."""
        prefix, device = ("", self.outside) if replies else (f"ip netns exec {self.name} ", self.inside)
        sh(f"{prefix}tc qdisc replace dev {device} root netem delay {milliseconds}ms limit 100000")

    def prepare_to_hold(self):
        """Makes hold_requests() a matter of a millisecond: a program in the client's network waits for the word."""
        sh(f"ip netns exec {self.name} sh -c 'tc qdisc replace dev {self.inside} root plug limit 100000000 && "
           f"tc qdisc change dev {self.inside} root plug release_indefinite'")
        self.holder = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.name}", "tc", "-batch", "-"], stdin=subprocess.PIPE, text=True,
            bufsize=1)
        started.append(self.holder)

    def hold_requests(self):
        """What the client sends from now on stays in the network, in its order; replies arrive."""
        self.holder.stdin.write(f"qdisc change dev {self.inside} root plug block\n")

    def release_requests(self):
        """All that was held arrives now."""
        self.holder.stdin.write(f"qdisc change dev {self.inside} root plug release_indefinite\n")

    def held_requests(self):
        """How many packets of the client are held."""
        shown = sh(f"ip netns exec {self.name} tc -s qdisc show dev {self.inside} root")
        return int(re.search(r"backlog \S+ (\d+)p", shown).group(1))

    def waiting_requests(self):
        """The requests for whose answers the client's kernel waits, as {procedure: number}."""
        waiting = collections.Counter()
        for client in glob.glob("/sys/kernel/debug/sunrpc/rpc_clnt/*"):
            try:
                transports = "".join(open(info).read() for info in glob.glob(f"{client}/xprt*/info"))
                if self.server in transports:
                    waiting.update(re.findall(r"nfsv?\d? ?(?:v\d )?([A-Z_]+) a:", open(f"{client}/tasks").read()))
            except OSError:
                pass
        return waiting

    def lose_replies(self):
        """From now on the server hears this client and the client does not hear the server.

        Replacing the queue drops what waits in it, so after delay(..., replies=True) also the replies to what the
        server has done in that time are lost.
        """
        sh(f"tc qdisc del dev {self.outside} root; tc qdisc add dev {self.outside} root netem loss 100%")


class Application:
    """workload.py at work on a directory."""

    def __init__(self, directory, name, **options):
        self.progress = f"{LOGS}/{name}.progress"
        os.makedirs(directory, exist_ok=True)
        command = ["python3", f"{HERE}/workload.py", directory, "--progress", self.progress]
        for option, value in options.items():
            command += ["--" + option.replace("_", "-"), str(value)]
        self.errors = open(f"{LOGS}/{name}.err", "w")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        started.append(self.process)

    def last(self):
        """The number of the last commit, 0 before the first."""
        try:
            with open(self.progress, "rb") as file:
                file.seek(max(0, os.path.getsize(self.progress) - 100))
                lines = file.read().split(b"\n")
            return int(lines[-2]) if len(lines) > 1 else 0
        except FileNotFoundError:
            return 0

    def stop(self):
        self.process.terminate()
        return self.wait()

    def wait(self, seconds=120):
        """Returns the application's summary."""
        out, _ = self.process.communicate(timeout=seconds)
        expect(self.process.returncode == 0, f"the application ended with {self.process.returncode}")
        return json.loads(out)


class Agent:
    """The shipped command as a process."""

    def __init__(self, name, command, local, volume, *options, state=None, node=None):
        self.name, self.log = name, f"{LOGS}/{name}.log"
        os.makedirs(local, exist_ok=True)
        environment = dict(os.environ, LC_ALL="C.UTF-8")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [LITEFERRY, command, *options, "--state", state or local + ".state", local, volume],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        self.begun = time.monotonic()
        started.append(self.process)

    def said(self, text=None):
        with open(self.log, errors="replace") as log:
            said = log.read()
        return said if text is None else re.search(text, said) is not None

    def await_line(self, text, seconds):
        def heard():
            if self.said(text):
                return True
            expect(self.process.poll() is None,
                   f"agent {self.name} ended with {self.process.returncode} before it said '{text}': {self.tail()}")
            return False
        until(heard, seconds, f"agent {self.name} says '{text}'")
        return time.monotonic() - self.begun

    def ready(self, seconds=90):
        return self.await_line("ready: the first pass is done", seconds)

    def tail(self, lines=2):
        return " | ".join(self.said().strip().split("\n")[-lines:])

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds):
        """Returns the exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"agent {self.name} has not ended within {seconds} s: {self.tail()}")

    def stop(self, seconds=90):
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def stop_well(self, seconds=90):
        code = self.stop(seconds)
        expect(code == 0, f"agent {self.name} ended with {code}: {self.tail()}")


started = []


def kill_started():
    """Ends what a scenario left running; a process that hangs in a dead mount goes when the mount is back."""
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
    deadline = time.monotonic() + 30
    for process in started:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
    started.clear()


class Auditor(threading.Thread):
    """Looks at each version of app.db that appears on the server, and keeps what is wrong with it.

    It looks on the server's side, where no cache lies between. It holds a version open while it checks it, and believes
    a missing file only when that version is still the published one afterwards.
    """

    def __init__(self, directory):
        super().__init__(daemon=True)
        self.directory, self.problems, self.seen = directory, [], []
        self.ending = threading.Event()

    def run(self):
        previous = None
        while not self.ending.is_set():
            found, identity = self.look(previous)
            if found:
                self.judge(found)
            previous = identity
            self.ending.wait(0.02)

    def identity(self):
        try:
            status = os.stat(f"{self.directory}/app.db")
            return status.st_ino, status.st_mtime_ns, status.st_ctime_ns
        except FileNotFoundError:
            return None
        except OSError:
            return None  # the server's file system is down for a crash

    def look(self, previous):
        before = self.identity()
        if before is None or before == previous:
            return None, before
        try:
            found = check.check(self.directory)
        except OSError:
            return None, None
        if found["problems"] and self.identity() != before:
            return None, None  # replaced meanwhile; the next look judges what is there then
        return found, before

    def judge(self, found):
        at = round(time.monotonic(), 1)
        self.problems += [f"at {at}: {problem}" for problem in found["problems"]]
        if self.seen and found["last"] is not None:
            before = self.seen[-1]
            if found["last"] < before["last"]:
                self.problems.append(f"at {at}: went back from step {before['last']} to {found['last']}")
            for writer in before["writers"]:
                if writer not in found["writers"]:
                    self.problems.append(f"at {at}: the rows of writer {writer} are gone")
        if found["last"] is not None:
            self.seen.append({"last": found["last"], "writers": found["writers"], "at": time.monotonic()})

    def last(self):
        return self.seen[-1]["last"] if self.seen else 0

    def await_version(self, last, seconds, writer=None):
        def there():
            expect(not self.problems, f"a bad state: {self.problems[:2]}")
            return self.seen and (self.seen[-1]["writers"].get(writer, 0) if writer else self.last()) >= last
        until(there, seconds, f"step {last} on the volume (there is {self.last()})")

    def finish(self):
        """Ends the audit; fails when anything was wrong."""
        self.ending.set()
        self.join(30)
        expect(not self.problems, f"{len(self.problems)} bad states of {len(self.seen)}: {self.problems[:2]}")
        return len(self.seen)


class Renames:
    """Tells each rename into a directory on the server, at the moment when the server has done it."""

    MOVED_TO = 0x80

    def __init__(self, directory):
        libc = ctypes.CDLL("libc.so.6", use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK)
        if libc.inotify_add_watch(self.descriptor, directory.encode(), self.MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def drain(self):
        while self.next(0):
            pass

    def next(self, seconds):
        """The name of the next one, None when there is none in time."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return None
        event = os.read(self.descriptor, 4096)
        length = struct.unpack_from("iIII", event)[3]
        return event[16:16 + length].rstrip(b"\0").decode()

    def close(self):
        os.close(self.descriptor)
