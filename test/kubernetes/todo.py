#!/usr/bin/env python3
"""Runs the todo application of docs/kubernetes/todo.yaml beside the agent, and loses the node: todo.py LITEFERRY TODO.YAML

Every task that was answered must be there on the next node, with its attachment: after an orderly stop all of them; after
the node is lost, all that were there one pass and max delay before.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.parse
import urllib.request

liteferry, manifest = os.path.abspath(sys.argv[1]), sys.argv[2]
work = tempfile.mkdtemp()
volume = os.path.join(work, "volume")
os.mkdir(volume)
program = os.path.join(work, "todo.py")
with open(manifest) as file, open(program, "w") as out:
    out.write(textwrap.dedent(re.search(r"  todo\.py: \|\n((?:    .*\n|\n)+)", file.read()).group(1)))


class Node:
    """A node with the pod on it: the agent, and the application when the agent is ready."""

    def __init__(self, name):
        self.local, state = os.path.join(work, name), os.path.join(work, name + "-state")
        os.mkdir(self.local)
        self.agent = subprocess.Popen(
            [liteferry, "run", "--state", state, "--lease-duration=3s", self.local, volume], stderr=subprocess.PIPE, text=True
        )
        for line in self.agent.stderr:
            if "ready:" in line:
                break
        else:
            sys.exit(f"FAILED: the agent of {name} ended with {self.agent.wait()}")
        with socket.socket() as free:
            free.bind(("localhost", 0))
            self.port = free.getsockname()[1]
        environment = {**os.environ, "DATA": self.local, "PORT": str(self.port)}
        self.application = subprocess.Popen([sys.executable, program], env=environment, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.ask()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("FAILED: the application does not start")

    def ask(self, task=None, attachment=None):
        query = "" if task is None else "?" + urllib.parse.urlencode({"task": task})
        with urllib.request.urlopen(f"http://localhost:{self.port}/{query}", data=None if task is None else attachment) as answer:
            return json.load(answer)

    def stop(self):
        """As the kubelet does: the application, and when it has ended the agent."""
        self.application.send_signal(signal.SIGTERM)
        if self.application.wait(10) != 0:
            sys.exit("FAILED: the application does not stop at SIGTERM")
        self.agent.send_signal(signal.SIGTERM)
        if self.agent.wait(60) != 0:
            sys.exit(f"FAILED: the flush ended with {self.agent.returncode}")

    def lose(self):
        self.application.kill()
        self.agent.kill()
        self.application.wait()
        self.agent.wait()
        shutil.rmtree(self.local)


def check(node, expected, when):
    there = {todo["task"]: todo["attachment"] for todo in node.ask()}
    missing = [task for task in expected if task not in there]
    if missing:
        sys.exit(f"FAILED: {when}: missing {missing}")
    for task, digest in expected.items():
        with open(os.path.join(node.local, there[task]), "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != digest:
                sys.exit(f"FAILED: {when}: the attachment of {task}")


def add(node, name, count):
    added = {}
    for i in range(count):
        attachment = os.urandom(20_000)
        answer = node.ask(f"{name} {i}", attachment)
        added[answer["task"]] = hashlib.sha256(attachment).hexdigest()
    return added


try:
    first = Node("first")
    tasks = add(first, "before the stop", 20)
    first.stop()
    if any(name.endswith(("-wal", "-shm", "-journal")) for name in os.listdir(volume)):
        sys.exit("FAILED: side files on the volume")
    check_database = sqlite3.connect(f"file:{volume}/todo.sqlite?immutable=1", uri=True)
    if check_database.execute("SELECT count(*) FROM todo").fetchone() != (20,):
        sys.exit("FAILED: the database on the volume does not open as it is")
    shutil.rmtree(first.local)
    second = Node("second")
    check(second, tasks, "after an orderly stop")
    tasks |= add(second, "before the loss", 20)
    time.sleep(6)  # max delay and some passes
    second.lose()
    third = Node("third")
    check(third, tasks, "after the loss of the node")
    third.stop()
    print(f"ok  todo application: {len(tasks)} tasks with attachments on the third node")
finally:
    shutil.rmtree(work, ignore_errors=True)
