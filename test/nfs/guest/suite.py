#!/usr/bin/env python3
"""Runs in the guest: sets the laboratory up, runs the scenarios, and reports each on the console.

A line that begins with # is for whoever watches; one that begins with RESULT is the report: scenario, version, result,
seconds and numbers, with tabs between.
"""
import argparse, os, random, shutil, signal, threading, time, traceback

import lab, scenarios


class Lab:
    """What a scenario is given."""

    def __init__(self, arguments):
        self.version, self.short = arguments.version, arguments.short
        self.server = lab.Server()
        self.a, self.b = lab.Client("A", 1, self.version), lab.Client("B", 2, self.version)
        self.scenario, self.random = None, None
        self.auditors = []

    def set_up(self):
        lab.load_modules()
        # Before the export is mounted: a mount namespace made later would keep it mounted through a crash.
        self.a.set_up()
        self.b.set_up()
        self.server.set_up()

    def begin(self, scenario, seed):
        self.scenario = scenario
        self.random = random.Random(f"{seed} {scenario} {self.version}")
        lab.LOGS = f"/lab/logs/{scenario}"
        for directory in (lab.LOGS, self.work()):
            os.makedirs(directory)

    def work(self, *names):
        return os.path.join("/lab/scenario", self.scenario, *names)

    def volume(self, client, name="volume"):
        """A new directory on the server, as CLIENT sees it, and as the server does."""
        exported = f"{lab.EXPORT}/{self.scenario}-{name}"
        os.makedirs(exported, exist_ok=True)
        return f"{client.mounted}/{self.scenario}-{name}", exported

    def audit(self, exported):
        auditor = lab.Auditor(exported)
        auditor.start()
        self.auditors.append(auditor)
        return auditor

    def end(self):
        for auditor in self.auditors:
            auditor.ending.set()
        self.auditors.clear()
        for client in self.a, self.b:
            client.heal()
        lab.sh("test $(cat /proc/fs/nfsd/threads) != 0 || rpc.nfsd 8", check=False)
        lab.kill_started()
        for client in self.a, self.b:
            client.unmount()
        shutil.rmtree(self.work(), ignore_errors=True)


def say(text):
    print(f"#{text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--scenarios", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--cores", help="of the host; not used")
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    os.makedirs("/lab/logs")
    lab_ = Lab(arguments)
    begun = time.monotonic()
    lab_.set_up()
    say(f"server and clients are up after {time.clock_gettime(time.CLOCK_BOOTTIME):.0f} s of the guest,"
        f" {time.monotonic() - begun:.0f} s of them for NFS")
    for scenario in scenarios.expand(arguments.scenarios):
        begun = time.monotonic()
        say(f"{scenario} ...")
        result, numbers = "FAILED", ""

        def give_up(*_):
            raise lab.Failed(f"the scenario did not end within {scenarios.TIME_LIMIT} s")

        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(scenarios.TIME_LIMIT)
        try:
            lab_.begin(scenario, arguments.seed)
            numbers = scenarios.SCENARIOS[scenario](lab_)
            result = "passed"
        except lab.Failed as failed:
            numbers = str(failed)
        except Exception as error:  # a fault of the tests or of the guest; as good as a failure
            numbers = f"{type(error).__name__}: {error}"
            lab.write(f"{lab.LOGS}/exception.txt", traceback.format_exc())
        signal.alarm(0)
        if result != "passed":
            # What the processes were doing, for hangs above all.
            lab.sh(f"ps -eo pid,stat,wchan:30,args > {lab.LOGS}/ps.txt; "
                   f"for t in /proc/[0-9]*/task/*; do if grep -q ' D ' $t/stat 2>/dev/null; then "
                   f"echo $t $(cat $t/comm); cat $t/stack; fi; done > {lab.LOGS}/hung.txt", check=False)
        try:
            lab_.end()
        except Exception as error:
            say(f"cannot clean up after {scenario}: {error}")
        seconds = time.monotonic() - begun
        numbers = " ".join(numbers.split())
        say(f"{scenario}: {result} after {seconds:.0f} s: {numbers}")
        print(f"RESULT\t{scenario}\t{arguments.version}\t{result}\t{seconds:.0f}\t{numbers}", flush=True)


if __name__ == "__main__":
    main()
