#!/usr/bin/env bash
# Lets podman play the classic manifests of docs/kubernetes, with a real writer as the application.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<USAGE
Usage: test/kubernetes/podman.sh [--help]

Builds the image of the distribution in sync-agent/target/liteferry and lets podman play docs/kubernetes/plain/classic.yaml,
with a program that commits to SQLite all the time in the place of the application, and a directory as the claim: restore
before the application, stop, kill, delete and re-create, a reboot of the node, with Liteferry and without it and back.
After each, test/kubernetes/check.py looks for every acknowledged commit.

podman is no Kubernetes: it cannot run the native sidecar, asks no probe, restarts nothing by itself, and knows no
controller. test/kubernetes/node.sh has all that, on a real node.

Needs root, podman, buildah, runc, catatonit, mmdebstrap, python3 and python3-yaml. Takes about two minutes, and one more the first time.
USAGE
}

case ${1:-} in
  '') ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
require "The test of the pod" podman=podman buildah=buildah runc=runc catatonit=catatonit mmdebstrap=mmdebstrap \
  python3-yaml=python3-yaml

mkdir -p "$root/test/target"
work=$(mktemp -d "$root/test/target/pod.XXXXXX")
chmod 755 "$work"
name=liteferry-pod-$$
cleanup() {
  podman pod rm --force --time 0 $name &>/dev/null || true
  podman volume rm --force $name &>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
private_podman "$work"
make_images "$work"

log=$work/log/log volume=$work/volume
mkdir "$work/log" "$volume"
chmod 777 "$work/log"
chown 1000:1000 "$volume"
podman volume create --opt type=none --opt o=bind --opt "device=$volume" $name >/dev/null
application=$name-vaultwarden agent=$name-liteferry restore=$name-liteferry-restore

# A short linger keeps the test short. The writer goes on for less than that after SIGTERM.
render() {
  pod --kind pod --name $name --logs "$work/log" --env WRITER_STOP="$1" --agent-env LITEFERRY_LINGER=4s "${@:2}" \
    "$root/docs/kubernetes/plain/classic.yaml" >"$work/pod.yaml"
}
play() { podman kube play --network=none "$work/pod.yaml" >"$work/play" 2>&1 || fail "podman kube play: $(cat "$work/play")"; }
# Without systemd, podman complains of timers for health checks, which the test does not need.
remove() { podman pod rm --force --time 0 $name &>"$work/podman.log" || fail "$(cat "$work/podman.log")"; }
restart() { podman start "$1" &>"$work/podman.log" || fail "$(cat "$work/podman.log")"; }
running() { [[ $(podman inspect --format '{{.State.Running}}' "$1") == true ]]; }
exit_code() { podman inspect --format '{{.State.ExitCode}}' "$1"; }
ended() { ! running "$1"; }
# published: waits until the agent, started again, works
published() {
  says_ready() { podman logs $agent 2>&1 | tail -n +"$1" | grep -F 'ready: the first pass is done'; }
  until_true 60 "the agent" says_ready "$1"
}
# All containers of a classic pod are told to stop at the same time, as the kubelet does it.
stop() {
  podman kill --signal TERM $application $agent >/dev/null
  until_true 60 "the end of the agent" ended $agent
  until_true 5 "the end of the application" ended $application
  [[ $(exit_code $agent) -eq 0 ]] || fail "the agent ended with $(exit_code $agent): $(podman logs $agent 2>&1 | tail -5)"
  [[ $(exit_code $application) -eq 0 ]] || fail "the application ended with $(exit_code $application)"
}
# off: commits without Liteferry, on the claim itself
off() {
  render 0 --off
  play
  more 50
  podman kill --signal TERM $application >/dev/null
  until_true 10 "the end of the application" ended $application
  remove
}
time_of() { date --date "$1" +%s.%3N; }
restore_ended() { time_of "$(podman inspect --format '{{.State.FinishedAt}}' $restore | sed 's/ [A-Z]*$//')"; }

say "without Liteferry: the application on the claim itself"
off
check volume "$volume" "$log"

say "Liteferry on: the restore comes before the application"
render 2
play
podman logs $restore 2>&1 | tail -2 | sed 's/^/  /'
[[ $(exit_code $restore) -eq 0 ]] || fail "restore ended with $(exit_code $restore)"
more 100 # else the last start may be the one before
started=$(/usr/bin/python3 "$here/check.py" last "$log" start)
awk -v a="$(restore_ended)" -v b="$started" 'BEGIN { printf "  the application started %.2f s after the restore had ended\n", b - a; exit !(b > a) }' ||
  fail "the application started before the restore had ended"

say "SIGTERM to all at once; the application goes on for 2 s"
stop
check volume "$volume" "$log"
podman logs $agent 2>&1 | tail -2 | sed 's/^/  /'
ended_at=$(/usr/bin/python3 "$here/check.py" last "$log" end)
told_at=$(/usr/bin/python3 "$here/check.py" last "$log" sigterm)
awk -v a="$told_at" -v b="$ended_at" 'BEGIN { printf "  the application still committed for %.1f s after its SIGTERM\n", b - a; exit !(b - a > 1) }' ||
  fail "the application did not go on"

say "delete and re-create: another node"
remove
render 1
play
more 100
check history "$log"

say "SIGKILL for the agent; the application runs on"
podman kill --signal KILL $agent >/dev/null
until_true 5 "the end of the agent" ended $agent
more 50
running $application || fail "the application has ended, too"
restart $agent
more 50

say "SIGKILL for the application"
podman kill --signal KILL $application >/dev/null
until_true 5 "the end of the application" ended $application
restart $application
more 50
check history "$log"

say "reboot of the node: everything is killed, init runs again over a full emptyDir"
podman kill --signal KILL $agent $application >/dev/null # nothing of the last commits is flushed
said=$(podman logs $agent 2>&1 | wc -l)
podman pod stop --time 0 $name >/dev/null
begun=$(podman inspect --format '{{.State.StartedAt}}' $restore)
podman pod start $name &>"$work/podman.log" || fail "$(cat "$work/podman.log")"
[[ $(podman inspect --format '{{.State.StartedAt}}' $restore) != "$begun" ]] || fail "init did not run again"
podman logs $restore 2>&1 | tail -1 | sed 's/^/  /'
more 50
check history "$log"
published "$((said + 1))"
stop
check volume "$volume" "$log"
remove

say "Liteferry off: the application on the claim, then on again"
off
render 1
play
more 50
published 1
check history "$log"
stop
remove
check volume "$volume" "$log"

say "all passed"
