#!/usr/bin/env python3
"""The scenarios. Each is a function of the laboratory that returns its numbers as text, or raises lab.Failed.

The first line of a function's description is what it shows.
"""
import collections, http.client, json, os, shutil, signal, sqlite3, subprocess, sys, time, urllib.request

import check
import lab
from lab import Agent, Application, Renames, expect, until

TIME_LIMIT = 900
SCENARIOS = {}
# Shorter than the product's defaults where a default only makes a test longer.
PASSES = ("--settle", "100ms", "--max-delay", "1s", "--rescan", "30s")
LEASE_SECONDS = 10
LEASE = ("--lease-duration", f"{LEASE_SECONDS}s")
FENCED = 10


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def expand(names):
    """The scenarios that NAMES, with commas between, means; "all" is all."""
    chosen = list(SCENARIOS) if names == "all" else names.split(",")
    unknown = [name for name in chosen if name not in SCENARIOS]
    if unknown:
        sys.exit(f"no such scenario: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    return chosen


def expect_state(directory, last, what):
    """DIRECTORY holds a sound state with this last step."""
    found = check.check(directory)
    expect(not found["problems"], f"{what}: {found['problems'][:2]}")
    expect(found["last"] == last, f"{what}: the last step is {found['last']}, not {last}")
    return found


def restored_on_b(l, exported, last):
    """A restore on the second client holds the same state; returns its seconds."""
    local = l.work("restored")
    volume = f"{l.b.mounted}/{os.path.basename(exported)}"
    agent = Agent("B-restore", "restore", local, volume, *LEASE)
    code = agent.wait(90)
    expect(code == 0, f"restore on the second client ended with {code}: {agent.tail()}")
    expect_state(local, last, "the second client's restore")
    return time.monotonic() - agent.begun


def finish(l, agent, application, auditor, exported):
    """Stops application and agent in order; nothing may be missing. Returns the application's summary and numbers."""
    summary = application.stop()
    agent.stop_well()
    versions = auditor.finish()
    expect_state(exported, summary["last"], "the volume after the stop")
    restore = restored_on_b(l, exported, summary["last"])
    expect(not summary["errors"], f"the application met errors: {summary['errors']}")
    return summary, (f"{summary['commits']} commits, slowest {summary['slowest_ms']} ms, {versions} versions checked, "
                     f"nothing lost, restored in {restore:.1f} s")


@scenario
def direct_locked(l):
    """SQLite straight on the mount, two clients: how often "database is locked" is met, and what becomes of commits."""
    l.a.mount(), l.b.mount()
    numbers, harm = [], 0
    attempts = 10 if l.short else 30
    for mode in "delete", "wal":
        volume, exported = l.volume(l.a, mode)
        first = Application(volume, f"{mode}-first", mode=mode, commits=1, upload_every=0, pad_kb=10).wait()
        both = [
            Application(f"{client.mounted}/{os.path.basename(exported)}", f"{mode}-{client.name}", mode=mode,
                        commits=attempts, rate=0, busy_timeout=0, upload_every=0, writer=client.name)
            for client in (l.a, l.b)]
        summaries = [application.wait(200) for application in both]
        locked = [summary["locked"] for summary in summaries]
        others = sum(sum(summary["errors"].values()) for summary in summaries)
        # Over NFS, clients do not share the memory in which a WAL's index is; so commits can be lost without an error.
        found = check.check(exported, side_files_too=True)
        sound = "sound" if not found["problems"] else "CORRUPT"
        lost = first["commits"] + sum(summary["commits"] for summary in summaries) - (found["last"] or 0)
        numbers.append(f"{mode}: {locked[0]} and {locked[1]} of {attempts} locked, {others} other errors, "
                       f"{lost} commits lost, {sound}")
        harm += sum(locked) + others + abs(lost) + len(found["problems"])
    expect(harm, f"two clients in one database met no trouble at all: {'; '.join(numbers)}")
    return "; ".join(numbers)


@scenario
def direct_latency(l):
    """Commits over 50 ms of network delay: straight on the mount, and beside the agent."""
    l.a.mount()
    l.a.delay(50)
    volume, _ = l.volume(l.a, "direct")
    direct = Application(volume, "direct", mode="delete", commits=10, rate=0, upload_every=0, pad_kb=10).wait(200)
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE)
    agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "local", mode="delete", rate=5, upload_every=0, pad_kb=10)
    lags = []
    until(lambda: auditor.seen, 90, "a first version on the volume")
    for _ in range(5 if l.short else 20):
        committed, at = application.last(), time.monotonic()
        auditor.await_version(committed, 60)
        lags.append(time.monotonic() - at)
    ours = application.stop()
    agent.stop_well()
    auditor.finish()
    expect_state(exported, ours["last"], "the volume after the stop")
    expect(ours["median_ms"] * 5 < direct["median_ms"], f"a commit took {ours['median_ms']} ms on local disk and "
           f"{direct['median_ms']} ms on the mount: where is the gain?")
    lags.sort()
    return (f"commit on the mount {direct['median_ms']:.0f} ms median, {direct['slowest_ms']} ms slowest; on local "
            f"disk {ours['median_ms']:.0f} ms and {ours['slowest_ms']} ms; on the volume after "
            f"{lags[len(lags) // 2]:.1f} s median, {lags[-1]:.1f} s at most")


def publish(l, mode):
    l.a.mount(), l.b.mount()
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE)
    ready = agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "app", mode=mode, rate=30, pad_kb=2000, keep_uploads=5)
    time.sleep(8 if l.short else 25)
    _, numbers = finish(l, agent, application, auditor, exported)
    return f"ready in {ready:.1f} s; {numbers}"


@scenario
def publish_wal(l):
    """A busy WAL database and files: each version sound, nothing lost at a stop, all restored on another client."""
    return publish(l, "wal")


@scenario
def publish_delete(l):
    """The same with a rollback journal."""
    return publish(l, "delete")


@scenario
def history(l):
    """Points kept on the mount: a deleted directory comes back, and then all of an older point, from another client."""
    l.a.mount(), l.b.mount()
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE)
    os.mkdir(f"{local}/album")
    for number in range(20):
        with open(f"{local}/album/{number}", "w") as file:
            file.write("x" * number)
    agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "app", rate=10, pad_kb=500, upload_every=0)
    auditor.await_version(1, 60)
    time.sleep(5 if l.short else 20)
    first = application.stop()["last"]
    auditor.await_version(first, 60)
    points = liteferry("history", volume)["points"]
    wanted = points[-1]["generation"]
    expect(len(points) > 1, f"there is one point: {points}")
    shutil.rmtree(f"{local}/album")
    until(lambda: not os.path.exists(f"{exported}/album"), 60, "the deletion is on the volume")
    second = Application(local, "app-later", rate=10, writer="later", upload_every=0)
    time.sleep(3)
    second.stop()
    agent.stop_well()
    auditor.finish()
    found = liteferry("verify", volume, "--history")
    other = f"{l.b.mounted}/{os.path.basename(exported)}"
    copy = l.work("copy")
    command = [lab.LITEFERRY, "restore", "--copy", copy, other, "--at", str(wanted), "--only", "album"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=90)
    sizes = [os.path.getsize(f"{copy}/album/{number}") for number in range(20)]
    expect(sizes == list(range(20)), f"the copy has files of these sizes: {sizes}")
    back = Agent("B", "rollback", l.work("back"), other, "--at", str(wanted), "--yes", *LEASE)
    code = back.wait(90)
    took = time.monotonic() - back.begun
    expect(code == 0, f"rollback on the second client ended with {code}: {back.tail()}")
    expect_state(exported, first, "the volume after the rollback")
    expect_state(l.work("back"), first, "the second client's local after the rollback")
    before = liteferry("history", other)["points"]
    expect(before[-1]["rollbackOf"] == wanted, f"the newest point is {before[-1]}")
    return f"{len(before)} points, {found}; rolled back from the other client in {took:.1f} s"


@scenario
def history_cost(l):
    """What keeping costs: the time of passes over one row and two replaced files, with --keep none and without, in turn."""
    l.a.mount()
    changes = 10 if l.short else 40
    taken = {"none": [], "history": []}
    for turn in range(2 if l.short else 6):
        kept = ("none", "history")[turn % 2]
        volume, exported = l.volume(l.a, str(turn))
        local = l.work(f"local-{turn}")
        change_three(local, 0)
        options = ("--keep", "none") if kept == "none" else ()
        agent = Agent(f"A-{turn}", "run", local, volume, *PASSES, *LEASE, "--listen", "127.0.0.1:9180", *options)
        agent.ready()
        before = passes_so_far()
        for number in range(1, changes + 1):
            change_three(local, number)
            until(lambda: has_text(f"{exported}/last", f"{number:06}"), 60, f"change {number} is on the volume")
        until(lambda: passes_so_far()[1] >= before[1] + changes, 30, "a pass for each change")
        seconds, count = (after - was for after, was in zip(passes_so_far(), before))
        taken[kept].append(seconds / count)
        agent.stop_well()
    median = {kept: sorted(all_of)[len(all_of) // 2] for kept, all_of in taken.items()}
    return (f"a pass takes {median['none'] * 1000:.0f} ms without, {median['history'] * 1000:.0f} ms with history "
            f"(ratio {median['history'] / median['none']:.2f}; {len(taken['none'])} runs of {changes} each)")


def change_three(local, number):
    os.makedirs(local, exist_ok=True)
    with sqlite3.connect(f"{local}/app.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (number INTEGER)")
        connection.execute("INSERT INTO t VALUES (?)", (number,))
    connection.close()
    for name in "first", "last":
        with open(f"{local}/{name}.new", "w") as file:
            file.write(f"{number:06}")
        os.rename(f"{local}/{name}.new", f"{local}/{name}")


def has_text(path, text):
    with open(path) as file:
        return file.read() == text


def passes_so_far():
    """Seconds that all passes took, and how many there were."""
    for attempt in range(5):  # a guest that is emulated may be too slow for the server's patience
        try:
            with urllib.request.urlopen("http://127.0.0.1:9180/metrics", timeout=30) as answer:
                lines = answer.read().decode().split("\n")
            break
        except (http.client.HTTPException, ConnectionError):
            if attempt == 4:
                raise
    found = dict(line.rsplit(" ", 1) for line in lines if line.startswith("liteferry_pass_duration_seconds_"))
    return (float(found["liteferry_pass_duration_seconds_sum"]), int(float(found["liteferry_pass_duration_seconds_count"])))


def liteferry(command, volume, *options):
    """What a command that takes no lease prints, as JSON or its last line."""
    json_too = [] if options else ["--json"]
    done = subprocess.run([lab.LITEFERRY, command, volume, *options, *json_too], stdout=subprocess.PIPE, text=True,
                          timeout=90)
    expect(done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout}")
    return done.stdout.strip().split("\n")[-1] if options else json.loads(done.stdout)


def disturbed(l, options, disturb, rounds):
    """Runs agent and application, disturbs them ROUNDS times, and expects all published at the end."""
    l.a.mount(options), l.b.mount()
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE, "--log-level", "debug")
    agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "app", rate=10)
    auditor.await_version(1, 60)
    recoveries = []
    for _ in range(rounds):
        before = application.last()
        disturb()
        healed, committed = time.monotonic(), application.last()
        expect(committed > before, "the application made no commit while the volume was away")
        auditor.await_version(committed, 200)
        recoveries.append(time.monotonic() - healed)
        expect(agent.process.poll() is None, f"the agent has ended: {agent.tail()}")
    _, numbers = finish(l, agent, application, auditor, exported)
    return f"{rounds} times, published again {max(recoveries):.1f} s after at most; {numbers}"


@scenario
def server_restart(l):
    """The server stops during passes and starts again: the agent goes on, the application notices nothing."""
    def disturb():
        time.sleep(l.random.uniform(0, 2))
        l.server.restart(away=l.random.uniform(1, 4))
    return disturbed(l, lab.MOUNT_OPTIONS, disturb, 1 if l.short else 3)


@scenario
def link_cut_hard(l):
    """The link is cut during passes and comes back, on a hard mount."""
    def disturb():
        time.sleep(l.random.uniform(0, 2))
        l.a.cut()
        time.sleep(l.random.uniform(8, 14))
        l.a.heal()
    return disturbed(l, lab.MOUNT_OPTIONS, disturb, 1 if l.short else 3)


@scenario
def link_cut_soft(l):
    """The link is cut during passes until a soft mount gives errors, and comes back."""
    def disturb():
        time.sleep(l.random.uniform(0, 2))
        l.a.cut()
        failed = lambda: open(f"{lab.LOGS}/A.log").read().count("a pass failed")
        before = failed()
        # An error that concerns the volume ends the pass; said once until the volume works again.
        until(lambda: failed() > before, 60, "the agent meets an error")
        time.sleep(l.random.uniform(0, 3))
        l.a.heal()
    return disturbed(l, lab.SOFT_OPTIONS, disturb, 1 if l.short else 3)


@scenario
def lost_replies(l):
    """The server has renamed and the client never hears it, often; half of the time the server forgets it, too."""
    l.a.mount(), l.b.mount()
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE, "--log-level", "debug")
    agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "app", rate=10)
    auditor.await_version(1, 60)
    os.makedirs(f"{exported}/uploads/0", exist_ok=True)
    # Where names appear: databases, files, and the agent's own.
    watched = {name: Renames(f"{exported}/{name}") for name in (".", "uploads/0", ".liteferry")}
    lost, restarts = [], 0
    for round_ in range(3 if l.short else 12):
        where = l.random.choice(list(watched))
        # The replies wait in the queue for so long; time enough to notice the rename and to drop the queue.
        l.a.delay(100, replies=True)
        watched[where].drain()
        name = watched[where].next(20)
        l.a.lose_replies()
        if name:
            lost.append(f"{where}/{name}")
        forget = l.random.random() < 0.5
        if forget:
            restarts += 1
            l.server.restart()
        time.sleep(l.random.uniform(0, 2))
        l.a.heal()
        committed = application.last()
        auditor.await_version(committed, 120)
        expect(agent.process.poll() is None, f"the agent has ended: {agent.tail()}")
    for renames in watched.values():
        renames.close()
    expect(lost, "no rename was met at all")
    _, numbers = finish(l, agent, application, auditor, exported)
    databases = sum(name == "./app.db" for name in lost)
    return (f"replies to {len(lost)} renames lost, {databases} of the database, {restarts} with a restart of the "
            f"server; {numbers}")


@scenario
def close_to_open(l):
    """The second client has all of the volume in its caches just before the first publishes the last time and stops."""
    l.a.mount(), l.b.mount()
    rounds, gaps = 1 if l.short else 5, []
    for round_ in range(rounds):
        volume, exported = l.volume(l.a, f"round{round_}")
        seen_by_b = f"{l.b.mounted}/{os.path.basename(exported)}"
        local = l.work(f"local{round_}")
        agent = Agent(f"A{round_}", "run", local, volume, *PASSES, *LEASE)
        agent.ready()
        application = Application(local, f"app{round_}", rate=20)
        time.sleep(3)
        # B looks at it over and over. Attributes of directories are then believed for 30 to 60 s.
        looker = subprocess.Popen([sys.executable, f"{lab.HERE}/look.py", seen_by_b])
        lab.started.append(looker)
        time.sleep(l.random.uniform(3, 5))
        summary = application.stop()
        agent.signal(signal.SIGTERM)
        code = agent.wait(90)
        stopped = time.monotonic()
        looker.kill()
        looker.wait()
        expect(code == 0, f"the agent ended with {code}: {agent.tail()}")
        restored = l.work(f"restored{round_}")
        restore = Agent(f"B{round_}", "restore", restored, seen_by_b, *LEASE)
        code = restore.wait(90)
        expect(code == 0, f"round {round_}: restore ended with {code}: {restore.tail()}")
        expect_state(restored, summary["last"], f"round {round_}: restore on the client with warm caches")
        gaps.append(restore.begun - stopped)
    return f"{rounds} times complete, restore begun {max(gaps):.1f} s after the stop at most"


@scenario
def server_crash(l):
    """The server's machine dies without a sync during passes and comes back: what was published is there and sound."""
    l.a.mount(), l.b.mount()
    volume, exported = l.volume(l.a)
    local = l.work("local")
    agent = Agent("A", "run", local, volume, *PASSES, *LEASE, "--log-level", "debug")
    agent.ready()
    auditor = l.audit(exported)
    application = Application(local, "app", rate=10)
    versions, worst = 0, 0
    for round_ in range(1 if l.short else 4):
        auditor.await_version(application.last() + 1, 120)
        time.sleep(l.random.uniform(0, 2.5))
        l.server.crash((l.a,))
        # Before a client can repeat what was lost.
        found = check.check(exported)
        expect(not found["problems"], f"crash {round_}: {found['problems'][:2]}")
        versions += auditor.finish()
        # A rename whose directory was not synced may be undone: that is one version, never two.
        known = sorted({version["last"] for version in auditor.seen})
        back = len([last for last in known if last > found["last"]])
        expect(back <= 1, f"crash {round_}: went back by {back} versions, from {known[-1]} to {found['last']}")
        worst = max(worst, back)
        auditor = l.audit(exported)
        l.server.recover((l.a,))
        auditor.await_version(application.last(), 200)
    versions += len(auditor.seen)
    _, numbers = finish(l, agent, application, auditor, exported)
    return f"sound after each crash, {worst} version undone at most, {versions} versions checked before; {numbers}"


def pod(l, client, exported, name, *options):
    """An agent on its own node's directories: local, state and all."""
    volume = f"{client.mounted}/{os.path.basename(exported)}"
    return Agent(name, "run", l.work(name, "local"), volume, *PASSES, *LEASE, *options, state=l.work(name, "state"))


class Absence:
    """How A is kept from its volume while B takes over, and how it comes back."""

    options = lab.MOUNT_OPTIONS

    def __init__(self, l, agent, exported):
        self.l, self.agent, self.exported = l, agent, exported

    def begin(self):
        # Each request takes this long, so that passes fill the time and the cut finds requests on their way.
        self.l.a.delay(self.l.random.randrange(20, 80))
        time.sleep(self.l.random.uniform(1, 4))
        self.l.a.cut()

    def end(self):
        self.l.a.heal()


class SoftMountCut(Absence):
    """The same on a soft mount: A's kernel gives requests up, which the server may have and execute."""

    options = lab.SOFT_OPTIONS


class LostReply(Absence):
    """The server has renamed A's database to its place, and A never hears it."""

    def begin(self):
        renames = Renames(self.exported)
        self.l.a.delay(100, replies=True)
        renames.next(20)
        self.l.a.lose_replies()
        time.sleep(self.l.random.uniform(0, 1))
        self.l.a.cut()
        renames.close()


class LateRequests(Absence):
    """The network holds A's rename of a database, and all that A sends then, and delivers it after B has published."""

    def begin(self):
        renames = Renames(f"{self.exported}/.liteferry")
        # A hears late that its manifest is there, so what it asks for next can be held: that is the database's rename,
        # when the manifest says that it is not complete yet.
        self.l.a.prepare_to_hold()
        self.l.a.delay(150, replies=True)
        deadline = time.monotonic() + 120
        while True:
            expect(time.monotonic() < deadline, "A made no pass")
            if renames.next(20) != "manifest.json":
                continue
            self.l.a.hold_requests()
            with open(f"{self.exported}/.liteferry/manifest.json") as manifest:
                if not json.load(manifest)["complete"]:
                    break
            self.l.a.release_requests()
        renames.close()

    def end(self):
        self.l.a.release_requests()


class Frozen(Absence):
    """A stands still in the middle of whatever it does."""

    def begin(self):
        time.sleep(self.l.random.uniform(0, 1.5))
        self.agent.signal(signal.SIGSTOP)

    def end(self):
        self.agent.signal(signal.SIGCONT)


def pod(l, client, exported, name, *options):
    """An agent on its own node's directories: local, state and all."""
    volume = f"{client.mounted}/{os.path.basename(exported)}"
    return Agent(name, "run", l.work(name, "local"), volume, *PASSES, *LEASE, *options, state=l.work(name, "state"))


def takeover(l, absences):
    """For each way to be absent: B takes over from A, works, and A comes back."""
    took, noticed, unpublished, versions = [], [], [], 0
    waiting, late = collections.Counter(), 0
    for round_, kind in enumerate(absences):
        name = f"{round_}-{kind.__name__}"
        l.a.mount(kind.options), l.b.mount()
        _, exported = l.volume(l.a, name)
        agent_a = pod(l, l.a, exported, f"{name}-A", "--log-level", "debug")
        agent_a.ready()
        auditor = l.audit(exported)
        application_a = Application(l.work(f"{name}-A", "local"), f"{name}-app-A", rate=15, upload_every=4)
        auditor.await_version(10, 60)
        absence = kind(l, agent_a, exported)
        absence.begin()

        begun = time.monotonic()
        agent_b = pod(l, l.b, exported, f"{name}-B")
        agent_b.ready(LEASE_SECONDS + 120)
        took.append(time.monotonic() - begun)
        local_b = l.work(f"{name}-B", "local")
        restored = check.check(local_b)
        expect(not restored["problems"], f"{name}: B restored {restored['problems'][:2]}")
        expect(restored["last"] == auditor.last(),
               f"{name}: B restored step {restored['last']}, and {auditor.last()} was published")
        application_b = Application(local_b, f"{name}-app-B", rate=10, writer="B")
        auditor.await_version(restored["last"] + 1, 90, writer="B")
        waiting += l.a.waiting_requests()
        if kind is LateRequests:
            late += l.a.held_requests()

        absence.end()
        came_back = time.monotonic()
        code = agent_a.wait(180)
        noticed.append(time.monotonic() - came_back)
        expect(code == FENCED, f"{name}: A ended with {code} and not as fenced: {agent_a.tail()}")
        if application_a.last() > restored["last"]:
            expect(agent_a.said(r"NOT on the volume.*app\.db"),
                   f"{name}: A does not say that app.db is unpublished: {agent_a.tail()}")
        unpublished.append(application_a.stop()["last"] - restored["last"])
        # What A's kernel and the network still have goes out now, whatever became of A.
        time.sleep(l.random.uniform(2, 5))
        auditor.await_version(application_b.last(), 60, writer="B")
        summary = application_b.stop()
        agent_b.stop_well()
        expect_state(exported, summary["last"], f"{name}: the volume after A came back and B stopped")
        expect(not summary["errors"], f"{name}: B's application met errors: {summary['errors']}")
        versions += auditor.finish()
        l.a.heal()
        l.a.unmount(), l.b.unmount()
    hung = ", ".join(f"{number} {procedure}" for procedure, number in sorted(waiting.items())) or "none"
    return (f"{len(absences)} times: B ready in {max(took):.1f} s, A fenced {max(noticed):.1f} s after its return, at "
            f"most; up to {max(unpublished)} commits on A's disk alone, as A says; waiting in A's kernel "
            f"meanwhile: {hung}; {late} packets of A arrived after B's publication; "
            f"{versions} versions checked, none of A's after B's")


@scenario
def takeover_link_cut(l):
    """A is cut off with requests on their way; B takes over and publishes; A's requests go out and do no harm."""
    ways = [Absence, LostReply, LateRequests, SoftMountCut]
    return takeover(l, [l.random.choice(ways)] if l.short else ways)


@scenario
def takeover_frozen(l):
    """A stands still for longer than its lease, in the middle of whatever it does, and goes on."""
    return takeover(l, [Frozen] * (1 if l.short else 3))


@scenario
def replacement_waits(l):
    """B starts while A still works; A's application stops, A flushes; B waits for that and has all of it."""
    l.a.mount(), l.b.mount()
    _, exported = l.volume(l.a)
    agent_a = pod(l, l.a, exported, "A")
    agent_a.ready()
    auditor = l.audit(exported)
    application_a = Application(l.work("A", "local"), "app-A", rate=20)
    auditor.await_version(1, 60)
    agent_b = pod(l, l.b, exported, "B")
    agent_b.await_line("the volume is in use by", 120)
    # Longer than the lease: B must see that A is alive, not only that A was.
    time.sleep(LEASE_SECONDS * 1.5)
    expect(agent_b.process.poll() is None, f"B has ended: {agent_b.tail()}")
    expect(not agent_b.said("ready:"), "B was ready while A held the lease")
    expect(not os.listdir(l.work("B", "local")), "B restored while A held the lease")
    summary = application_a.stop()
    agent_a.stop_well()
    released = time.monotonic()
    agent_b.await_line("restoring", 60)
    begun = time.monotonic() - released
    agent_b.ready()
    took = time.monotonic() - released
    expect_state(l.work("B", "local"), summary["last"], "what B restored")
    expect(begun < LEASE_SECONDS * 0.8, f"B began {begun:.1f} s after A's end: it waited for the lease to run out")
    application_b = Application(l.work("B", "local"), "app-B", rate=10, writer="B")
    auditor.await_version(summary["last"] + 1, 60, writer="B")
    last = application_b.stop()["last"]
    agent_b.stop_well()
    versions = auditor.finish()
    expect_state(exported, last, "the volume after both")
    return (f"all {summary['last']} commits of A restored, begun {begun:.1f} s after A's end, B ready after "
            f"{took:.1f} s; {versions} versions checked")


def main():
    if sys.argv[1:] == ["--list"]:
        for name, function in SCENARIOS.items():
            print(f"{name:22s}{function.__doc__}")
    elif len(sys.argv) == 3 and sys.argv[1] == "--expand":
        print(" ".join(expand(sys.argv[2])))
    else:
        sys.exit("usage: scenarios.py --list | --expand NAMES")


if __name__ == "__main__":
    main()
