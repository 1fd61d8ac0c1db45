#!/usr/bin/python3
"""Turns rendered manifests into what a test runs: the same pod, with the writer as its application.

    pod.py [OPTIONS] FILE          reads FILE or "-", prints YAML

  --kind all|pod|job        what to print: all of FILE (all); or of its workload only a pod, as podman knows no Deployment
                            with init containers; or a job
  --image NAME              the image of Liteferry
  --writer NAME             the image of the writer
  --logs DIRECTORY          of the machine, for the writer's log
  --env NAME=VALUE          for the writer; may be given again
  --agent-env NAME=VALUE    for the container liteferry; may be given again
  --grace SECONDS           another grace period than the manifests'
  --name NAME               of the pod and of its claim, where several tests share a machine
  --label NAME=VALUE        for the pod; may be given again
  --annotation NAME=VALUE   for the pod; may be given again
  --migrate                 adds an init container of the application's that commits five times
  --off                     without Liteferry: the application works on the claim itself, as it would before or after

Of the manifest's pod it replaces the application's image, command, probes and ports, and adds the directory for its
log; the rest, and all that belongs to Liteferry but the image's name, stays as it was rendered. Where the pod names no
user, nothing is added either.
"""

import argparse
import sys

import yaml

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--kind", choices=["all", "pod", "job"], default="all")
parser.add_argument("--image", required=True)
parser.add_argument("--writer", required=True)
parser.add_argument("--logs", required=True)
parser.add_argument("--env", action="append", default=[])
parser.add_argument("--agent-env", action="append", default=[])
parser.add_argument("--grace", type=int)
parser.add_argument("--name")
parser.add_argument("--label", action="append", default=[])
parser.add_argument("--annotation", action="append", default=[])
parser.add_argument("--migrate", action="store_true")
parser.add_argument("--off", action="store_true")
options = parser.parse_args()

with sys.stdin if options.file == "-" else open(options.file) as file:
    documents = [document for document in yaml.safe_load_all(file) if document]
workloads = [d for d in documents if d["kind"] in ("Deployment", "StatefulSet")]
if len(workloads) != 1:
    sys.exit(f"{options.file}: {len(workloads)} workloads, expected one")
deployment = workloads[0]
template = deployment["spec"]["template"]
spec = template["spec"]


def ours(container):
    return container["name"] in ("liteferry", "liteferry-restore")


def environment(container, pairs):
    given = dict(pair.split("=", 1) for pair in pairs)
    entries = [e for e in container.get("env", []) if e["name"] not in given]
    container["env"] = entries + [{"name": name, "value": value} for name, value in given.items()]


agents = [c for c in spec.get("initContainers", []) + spec["containers"] if ours(c)]
applications = [c for c in spec["containers"] if not ours(c)]
if len(applications) != 1:
    sys.exit(f"{options.file}: {len(applications)} application containers, expected one")
application = applications[0]

# The application's directory is what the agent calls local, by the volume's name. Without an agent: the claim.
volumes = {v["name"]: v for v in spec["volumes"]}
if agents:
    local = next(m["name"] for m in agents[0]["volumeMounts"] if m["mountPath"] == "/liteferry/local")
    claim = next(m["name"] for m in agents[0]["volumeMounts"] if m["mountPath"] == "/liteferry/volume")
else:
    local = next(name for name, v in volumes.items() if "persistentVolumeClaim" in v)
if options.off and agents:
    spec["initContainers"] = [c for c in spec.get("initContainers", []) if not ours(c)]
    spec["containers"] = [application]
    source = volumes[claim]
    spec["volumes"] = [v for n, v in volumes.items() if n not in (local, claim, "liteferry-state")]
    spec["volumes"].append({**source, "name": local})
    agents = []
directory = next(m["mountPath"] for m in application["volumeMounts"] if m["name"] == local)

for key in ("command", "args", "ports", "startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "envFrom", "workingDir"):
    application.pop(key, None)
application["image"] = options.writer
application["imagePullPolicy"] = "Never"
application["env"] = [
    {"name": "WRITER_DATA", "value": directory},
    {"name": "WRITER_LOG", "value": "/writer-log/log"},
    {"name": "POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
]
environment(application, options.env)
application["volumeMounts"].append({"name": "writer-log", "mountPath": "/writer-log"})
spec["volumes"].append({"name": "writer-log", "hostPath": {"path": options.logs, "type": "Directory"}})
for agent in agents:
    agent["image"] = options.image
    agent["imagePullPolicy"] = "Never"
    if agent["name"] == "liteferry":
        environment(agent, options.agent_env)
if options.grace is not None:
    spec["terminationGracePeriodSeconds"] = options.grace

if options.migrate:
    migrate = {**application, "name": "migrate", "env": [*application["env"], {"name": "WRITER_COMMITS", "value": "5"}]}
    spec["initContainers"] = [*spec.get("initContainers", []), migrate]
metadata = template.setdefault("metadata", {})
for key, pairs in ("labels", options.label), ("annotations", options.annotation):
    if pairs:
        metadata[key] = {**(metadata.get(key) or {}), **dict(pair.split("=", 1) for pair in pairs)}
if options.name:
    deployment["metadata"]["name"] = options.name
    for volume in spec["volumes"]:
        if "persistentVolumeClaim" in volume:
            volume["persistentVolumeClaim"]["claimName"] = options.name

if options.kind != "all":
    spec["restartPolicy"] = "Never"
    head = {"name": deployment["metadata"]["name"], "labels": metadata.get("labels") or {}}
if options.kind == "pod":
    for container in spec["containers"]:
        container.pop("ports", None)  # podman's pod has no network
    # podman starts init containers of such a pod alone, and again at each start with this annotation.
    head["annotations"] = {**(metadata.get("annotations") or {}), "io.podman.annotations.init.container.type": "always"}
    documents = [{"apiVersion": "v1", "kind": "Pod", "metadata": head, "spec": spec}]
if options.kind == "job":
    documents = [{"apiVersion": "batch/v1", "kind": "Job", "metadata": head, "spec": {"backoffLimit": 0, "template": template}}]


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


yaml.dump_all(documents, sys.stdout, Dumper=Plain, sort_keys=False)
