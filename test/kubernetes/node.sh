#!/usr/bin/env bash
# Runs the pods of docs/kubernetes on a real Kubernetes node, with a real writer as the application.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$here/cluster.sh"

all=(gate order kill-agent kill-application taken-over hand-delete force-delete reboot toggle drain scale classic inject job chart)

usage() {
  cat <<USAGE
Usage: test/kubernetes/node.sh [--keep-logs DIRECTORY] [SCENARIO...]

Starts a Kubernetes $version node on this machine, as processes: etcd, API server, controller manager, scheduler, kubelet,
containerd, runc and a bridge. Runs the manifests of docs/kubernetes on it, with the image of the distribution in
sync-agent/target/liteferry, a program that commits to SQLite all the time as the application, and a directory as the
claim. After each scenario test/kubernetes/check.py looks for every acknowledged commit.

Scenarios (all of them): ${all[*]}

Needs root, the packages podman, buildah, runc, catatonit, mmdebstrap, containernetworking-plugins, iproute2, openssl,
python3 and python3-yaml, and the programs of test/kubernetes/build-node.sh, which it calls when they are not there: that
needs Go, the Go module proxy and a quarter of an hour, once.
USAGE
}

logs='' chosen=()
inside=
while (($#)); do
  case $1 in
    --keep-logs) logs=$(realpath -m "${2:?}") && shift ;;
    --inside) inside=${2:?} && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) [[ " ${all[*]} " == *" $1 "* ]] || { usage >&2 && exit 2; } && chosen+=("$1") ;;
  esac
  shift
done
((${#chosen[@]})) || chosen=("${all[@]}")

if [[ -z $inside ]]; then
  require "The test on a node" podman=podman buildah=buildah runc=runc catatonit=catatonit mmdebstrap=mmdebstrap openssl=openssl \
    ip=iproute2 unshare=util-linux /usr/lib/cni/bridge=containernetworking-plugins python3-yaml=python3-yaml
  bash "$here/build-node.sh"
  exec 9>"$cache/node.lock"
  flock --nonblock 9 || fail "another test has a node on this machine"
  mkdir -p "$root/test/target"
  work=$(mktemp -d "$root/test/target/node.XXXXXX")
  chmod 755 "$work"
  # What the kubelet sets for the whole machine.
  settings=(vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes)
  declare -A before=()
  for setting in "${settings[@]}"; do before[$setting]=$(cat "/proc/sys/$setting"); done
  guest=
  cleanup() {
    [[ -z $guest ]] || kill -KILL "$guest" 2>/dev/null || true
    [[ -z $logs ]] || { mkdir -p "$logs" && cp -r "$node/log/." "$work"/logs/. "$logs/" 2>/dev/null; } || true
    for setting in "${settings[@]}"; do echo "${before[$setting]}" >"/proc/sys/$setting" || true; done
    node_clean
    rm -rf "$work"
  }
  trap cleanup EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  node_clean
  private_podman "$work"
  make_images "$work"
  mkdir "$work/pause"
  cp "$(command -v catatonit)" "$work/pause/"
  printf 'FROM scratch\nCOPY catatonit /catatonit\nENTRYPOINT ["/catatonit", "-P"]\n' |
    buildah bud --quiet --tag $pause_image --file - "$work/pause" >/dev/null
  for image in $liteferry_image $writer_image $pause_image; do
    podman save --quiet --format docker-archive --output "$work/$(basename "${image%:*}").tar" $image
  done
  unshare --mount --net --pid --fork --kill-child --mount-proc bash "$here/node.sh" --inside "$work" "${chosen[@]}" 9>&- &
  guest=$!
  code=0
  wait $guest || code=$?
  guest=
  exit $code
fi

work=$inside
mkdir -p "$work/logs"
# What to look at after a failure.
trap '[[ $? -eq 0 ]] || { kubectl get pods --output wide; kubectl get events --sort-by .metadata.creationTimestamp | tail -15; } >&2 || true' EXIT
say "a node of Kubernetes $version"
node_start
for image in $liteferry_image $writer_image $pause_image; do
  ctr images import --local "$work/$(basename "${image%:*}").tar" >/dev/null || fail "import of $image"
done
kubectl get nodes -o wide | sed 's/^/  /'

manifests=$root/docs/kubernetes
selector=
# begin NAME: an empty volume, and an empty log
begin() {
  say "$1"
  mkdir -p "$work/$1/volume" "$work/$1/log"
  volume=$work/$1/volume log=$work/$1/log/log output=$work/logs/$1
  mkdir -p "$output"
  chown 1000:1000 "$volume"
  chmod 777 "$work/$1/log"
  application=vaultwarden
  selector=app.kubernetes.io/name=$application
  persistent_volume vaultwarden
}
# persistent_volume NAME: for the claim of this name, which comes with the manifests
persistent_volume() {
  kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: $1}
spec:
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteMany, ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: nfs
  claimRef: {namespace: default, name: $1}
  hostPath: {path: $volume, type: Directory}
YAML
}
finish() {
  kubectl delete deployment,pod,job --all --wait >/dev/null
  kubectl delete pvc --all --wait >/dev/null
  kubectl delete pv --all --wait >/dev/null
  alive
}

# deploy native|classic OPTIONS...: what is rendered, with the writer, applied
deploy() {
  pod --logs "$(dirname "$log")" "${@:2}" "$manifests/plain/$1.yaml" >"$output/manifest.yaml"
  kubectl apply -f "$output/manifest.yaml" >/dev/null
}
off() { deploy native --off --env WRITER_STOP=0 "$@"; }
on() { deploy native --env WRITER_STOP=2 "$@"; }

pods() { kubectl get pods --selector "$selector" --field-selector 'status.phase!=Failed,status.phase!=Succeeded' --output name "$@"; }
pod_field() { kubectl get "$1" --output "jsonpath=$2"; }
# one: the name of the only pod, once it is ready
one() {
  single() { pod=$(pods) && [[ $pod && $(wc -w <<<"$pod") -eq 1 && $(pod_field "$pod" '{.status.conditions[?(@.type=="Ready")].status}') == True ]]; }
  until_true 120 "one pod that is ready" single
}
# follow NAME: what the pod's containers say from now on, into a file for each
follow() {
  local container
  for container in $(pod_field "$pod" '{.spec.initContainers[*].name} {.spec.containers[*].name}'); do
    kubectl logs --follow --timestamps "$pod" --container "$container" >"$output/$1.$container" 2>&1 &
  done
}
# scale N: and waits until no more pods are there
scale() {
  kubectl scale deployment --selector "$selector" --replicas "$1" >/dev/null
  if (($1 == 0)); then
    gone() { [[ -z $(kubectl get pods --selector "$selector" --output name) ]]; }
    until_true 150 "the end of the pod" gone
  fi
}
# process NAME: the container's first process
process() {
  local id
  id=$(pod_field "$pod" "{.status.containerStatuses[?(@.name==\"$1\")].containerID}{.status.initContainerStatuses[?(@.name==\"$1\")].containerID}")
  ctr task ls | awk -v id="${id#containerd://}" '$1 == id { print $2 }'
}
# signal_container SIGNAL NAME
signal_container() { kill "-$1" "$(process "$2")"; }
kill_container() { signal_container KILL "$1"; }
restarts() { pod_field "$pod" "{.status.containerStatuses[?(@.name==\"$1\")].restartCount}{.status.initContainerStatuses[?(@.name==\"$1\")].restartCount}"; }
restarted() { (($(restarts "$1") >= $2)) && [[ $(pod_field "$pod" "{.status.containerStatuses[?(@.name==\"$1\")].ready}{.status.initContainerStatuses[?(@.name==\"$1\")].ready}") == true ]]; }
when() { /usr/bin/python3 "$here/check.py" last "$log" "$1"; }
# said FILE TEXT: when a container said it, in seconds since 1970
said() {
  local line
  line=$(grep -F -m 1 -- "$2" "$1") || fail "$1 has no line with: $2"
  date --date "${line%% *}" +%s.%3N
}
# before A B WHAT: A came before B
before() {
  awk -v a="$1" -v b="$2" -v what="$3" 'BEGIN { printf "  %s: %.2f s\n", what, b - a; exit !(b > a) }' || fail "$3"
}

# The volume as an application left it that knows nothing of Liteferry, and 300 MB besides, so that restore takes a while.
gate() {
  off
  one
  more 50
  scale 0
  check volume "$volume" "$log"
  head -c 300M /dev/urandom >"$volume/large"
  chown 1000:1000 "$volume/large"
  on
  until_true 60 "the pod" pods
  pod=$(pods)
  waiting() { [[ $(pod_field "$pod" '{.status.initContainerStatuses[?(@.name=="liteferry")].state.running.startedAt}') ]]; }
  until_true 60 "the agent" waiting
  echo "  the application, while the agent restores: $(pod_field "$pod" '{.status.containerStatuses[*].state.waiting.reason}')"
  one
  follow native
  more 50
  sleep 1
  before "$(said "$output/native.liteferry" 'restored')" "$(when start)" "from the end of the restore to the start of the application"
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

# The kubelet stops the application first; the agent flushes what it wrote until its end.
order() {
  on --env WRITER_STOP=4
  one
  more 100
  follow native
  scale 0
  sleep 1
  before "$(when sigterm)" "$(when end)" "the application goes on after SIGTERM for"
  before "$(when end)" "$(said "$output/native.liteferry" 'stopping')" "from the application's end to the agent's SIGTERM"
  before "$(said "$output/native.liteferry" 'stopping')" "$(said "$output/native.liteferry" 'stopped: everything is on the volume')" "the flush took"
  check volume "$volume" "$log"
}

kill-agent() {
  local before_kill
  on
  one
  more 50
  before_kill=$(commits)
  kill_container liteferry
  until_true 90 "the agent's restart" restarted liteferry 1
  echo "  $(($(commits) - before_kill)) commits while the agent was away; restarts of the application: $(restarts "$application")"
  [[ $(restarts "$application") -eq 0 ]] || fail "the application was restarted"
  more 50
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

kill-application() {
  on
  one
  more 50
  kill_container "$application"
  until_true 60 "the application's restart" restarted "$application" 1
  more 50
  [[ $(restarts liteferry) -eq 0 ]] || fail "the agent was restarted"
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

# The agent hangs, another pod's takes the volume over, and the first one's has nothing unpublished: the case in which a start
# replaces local. The kubelet starts the agent alone, and the application, which only rests here, must keep its files.
taken-over() {
  local first gone exit
  on
  one
  first=$pod
  more 50
  signal_container STOP "$application"
  kubectl exec "$first" --container liteferry -- liteferry flush | sed 's/^/  /'
  signal_container STOP liteferry
  pod --kind pod --logs "$(dirname "$log")" "$manifests/plain/native.yaml" >"$output/second.yaml"
  kubectl apply -f "$output/second.yaml" >/dev/null
  kubectl wait --for=condition=Ready "pod/$application" --timeout 90s >/dev/null
  more 50
  kubectl exec "$application" --container liteferry -- liteferry flush >/dev/null
  signal_container CONT liteferry
  exit="{.status.initContainerStatuses[0]['state','lastState'].terminated.exitCode}"
  refused() { [[ " $(pod_field "$first" "$exit") " == *" 3 "* ]]; }
  until_true 60 "exit code 3 of the first agent" refused
  kubectl get pods --no-headers | sed 's/^/  /'
  kubectl logs "$first" --container liteferry | tail -1 | sed 's/^/  /'
  kubectl logs "$first" --container liteferry | grep -qF -- '--keep-local forbids replacing local' || fail "another reason"
  [[ $(restarts "$application") -eq 0 ]] || fail "the application was restarted"
  gone=$(find "/proc/$(process "$application")/fd" -lname '* (deleted)')
  [[ -z $gone ]] || fail "files that the application has open are deleted"
  kubectl scale deployment --selector "$selector" --replicas 0 >/dev/null
  kill_container "$application"
  kubectl wait --for=delete "$first" --timeout 60s >/dev/null
  more 50
  check history "$log"
  kubectl delete pod "$application" >/dev/null
  check volume "$volume" "$log"
}

# The replacement of a pod deleted by hand is there at once; Recreate does not help.
hand-delete() {
  on --env WRITER_STOP=8
  one
  more 50
  local first=$pod
  follow first
  kubectl delete "$first" --wait=false >/dev/null
  two() { [[ $(pods | wc -l) -eq 2 ]]; }
  until_true 30 "the second pod beside the first" two
  pod=$(pods | grep -vx "$first")
  waiting() { kubectl logs "$pod" --container liteferry | grep -F 'waiting'; }
  until_true 60 "the second agent's waiting" waiting
  kubectl get pods --no-headers | sed 's/^/  /'
  kubectl logs "$pod" --container liteferry | sed 's/^/  /'
  one
  more 50
  before "$(said "$output/first.liteferry" 'stopped: everything is on the volume')" "$(when start)" "from the first agent's end to the second application's start"
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

# Nobody waits for the flush. What is lost is what had not been published: max delay (2 s) and a pass.
force-delete() {
  on
  one
  more 200
  kubectl delete "$pod" --grace-period 0 --force --wait=false 2>/dev/null >/dev/null
  sleep 1
  one
  more 50
  check history "$log" --lost 5
  scale 0
  check volume "$volume" "$log"
}

# Everything on the node is killed at once, and the kubelet starts again over what is on its disk.
reboot() {
  local uid published
  on
  one
  more 200
  uid=$(pod_field "$pod" '{.metadata.uid}')
  kill_containers
  published=$(/usr/bin/python3 "$here/check.py" sound "$volume")
  echo "  on the volume at that moment: $published; acknowledged: $(commits)"
  [[ ${published%% *} -lt $(commits) ]] || fail "everything was published already: this shows nothing"
  start_containerd
  start_kubelet
  until_true 120 "the agent's restart" restarted liteferry 1
  one
  [[ $(pod_field "$pod" '{.metadata.uid}') == "$uid" ]] || fail "it is another pod"
  more 50
  kubectl logs "$pod" --container liteferry | head -4 | sed 's/^/  /'
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

toggle() {
  local turn
  for turn in off on off on off; do
    $turn
    one
    more 50
    check history "$log"
    scale 0
    check volume "$volume" "$log"
  done
}

drain() {
  on --env WRITER_STOP=3
  one
  more 50
  kubectl drain node --delete-emptydir-data --timeout 150s 2>/dev/null | sed 's/^/  /'
  check volume "$volume" "$log"
  kubectl uncordon node >/dev/null
  one
  more 50
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

scale-to-zero() {
  local turn
  for turn in 1 2 3; do
    on
    one
    more 50
    scale 0
    check volume "$volume" "$log"
  done
  check history "$log"
}

# All containers of a classic pod are told to stop at the same time.
classic() {
  deploy classic --env WRITER_STOP=4 --agent-env LITEFERRY_LINGER=6s
  one
  more 100
  follow classic
  scale 0
  sleep 1
  before "$(said "$output/classic.liteferry" 'stopping')" "$(when end)" "the application goes on after the agent's SIGTERM for"
  before "$(when end)" "$(said "$output/classic.liteferry" 'stopped: everything is on the volume')" "from the application's end to the agent's"
  check volume "$volume" "$log"
  deploy classic --env WRITER_STOP=0 --agent-env LITEFERRY_LINGER=6s
  one
  more 50
  kill_container liteferry
  until_true 60 "the agent's restart" restarted liteferry 1
  more 50
  kill_containers
  start_containerd
  start_kubelet
  until_true 120 "the agent's restart" restarted liteferry 2
  one
  more 50
  check history "$log"
  scale 0
  check volume "$volume" "$log"
}

# The policies of docs/kubernetes/admission: a label is all that the manifests need.
inject() {
  local policy names message code
  for policy in inject refuse; do
    sed "s,ghcr.io/liteferry/liteferry:[^']*,$liteferry_image," "$manifests/admission/$policy.yaml"
    echo ---
  done >"$output/policies.yaml"
  kubectl apply -f "$output/policies.yaml" >/dev/null
  kubectl wait --for=jsonpath='{.metadata.name}'=liteferry-inject mutatingadmissionpolicybinding/liteferry-inject >/dev/null
  sleep 3 # the API server compiles policies by the way
  off --migrate
  one
  names=$(pod_field "$pod" '{.spec.initContainers[*].name}')
  [[ $names == migrate ]] || fail "a pod without the label has the init containers: $names"
  more 50
  scale 0
  off --migrate --label liteferry.io/inject=true --env WRITER_STOP=2
  one
  names=$(pod_field "$pod" '{.spec.initContainers[*].name}')
  echo "  init containers of the pod with the label: $names; its grace period: $(pod_field "$pod" '{.spec.terminationGracePeriodSeconds}')"
  [[ $names == "liteferry migrate" ]] || fail "the pod has the init containers: $names"
  follow labelled
  more 100
  check history "$log"
  scale 0
  check volume "$volume" "$log"
  code=0
  message=$(pod --kind pod --off --logs "$(dirname "$log")" --label liteferry.io/inject=true --annotation liteferry.io/volume=dta \
    "$manifests/plain/native.yaml" | kubectl apply -f - 2>&1) || code=$?
  sed 's/^/  /' <<<"$message"
  [[ $code -ne 0 && $message == *"no volume 'dta'"* ]] || fail "a pod that names a wrong volume was not refused"
  off --migrate
  one
  more 50
  check history "$log"
  scale 0
  check volume "$volume" "$log"
  kubectl delete -f "$output/policies.yaml" >/dev/null
}

# A job ends with its application; the sidecar flushes and does not keep it from that.
job() {
  pod --kind job --logs "$(dirname "$log")" --env WRITER_COMMITS=150 "$manifests/plain/native.yaml" >"$output/manifest.yaml"
  pod --kind all --logs / "$manifests/plain/native.yaml" | kubectl apply --selector '!app.kubernetes.io/name' -f - >/dev/null # the claim
  kubectl apply -f "$output/manifest.yaml" >/dev/null
  kubectl wait --for=condition=Complete job/vaultwarden --timeout 90s | sed 's/^/  /'
  pod=$(kubectl get pods --selector "$selector" --output name)
  echo "  the agent ended with $(pod_field "$pod" '{.status.initContainerStatuses[0].state.terminated.exitCode}')"
  kubectl logs "$pod" --container liteferry | tail -1 | sed 's/^/  /'
  check volume "$volume" "$log"
}

# The chart for Mealie by Helm itself, the writer put in by a post-renderer.
chart() {
  application=mealie
  selector=app.kubernetes.io/name=$application
  chown 911:911 "$volume"
  cp -r "$root/helm-chart" "$work/chart/charts"
  helm() { "$binaries/helm" --kubeconfig "$node/kubeconfig" "$@"; }
  helm dependency build "$work/chart/charts/mealie" >/dev/null
  # release OPTIONS...
  release() {
    helm upgrade --install recipes "$work/chart/charts/mealie" --set persistence.storageClass=nfs --wait --timeout 170s \
      --post-renderer "$work/chart/writer" "$@" >"$output/notes"
    one
    more 50
    echo "  $(pod_field "$pod" '{.spec.initContainers[*].name} + {.spec.containers[*].name}, grace period {.spec.terminationGracePeriodSeconds} s')"
  }
  cat >"$work/chart/writer" <<SH
#!/bin/sh
exec /usr/bin/python3 "$here/pod.py" --image $liteferry_image --writer $writer_image --logs "$(dirname "$log")" --env WRITER_STOP=3 -
SH
  chmod +x "$work/chart/writer"
  persistent_volume recipes-mealie
  release
  release --set liteferry.enabled=true
  kill_container liteferry
  until_true 90 "the agent's restart" restarted liteferry 1
  kill_container mealie
  until_true 60 "the application's restart" restarted mealie 1
  more 50
  release --set liteferry.enabled=false
  release --set liteferry.enabled=true,liteferry.mode=classic
  release --set liteferry.enabled=true
  kill_containers
  start_containerd
  start_kubelet
  until_true 120 "the agent's restart" restarted liteferry 1
  one
  more 50
  check history "$log"
  release --set liteferry.enabled=false
  check history "$log"
  helm uninstall recipes --wait >/dev/null 2>&1
  [[ $(kubectl get pvc recipes-mealie --output name) ]] || fail "the claim has gone with the release"
  gone() { [[ -z $(kubectl get pods --selector "$selector" --output name) ]]; }
  until_true 150 "the end of the pod" gone
  check volume "$volume" "$log"
}

for scenario in "${chosen[@]}"; do
  begin "$scenario"
  [[ $scenario != scale ]] || scenario=scale-to-zero
  $scenario
  finish
done
say "all passed"
