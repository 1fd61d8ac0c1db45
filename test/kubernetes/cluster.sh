# Sourced: a Kubernetes node on this machine, with its control plane, as processes in namespaces of their own: mounts,
# network and process numbers. So nothing is reached from outside, and all of it ends with the namespaces. Outside are the
# files below $node and $run, and the control groups "kubepods".

node=/var/lib/liteferry-node
run=/run/liteferry-node
address=10.234.0.1
declare -A daemons=()

kubectl() { "$binaries/kubectl" --kubeconfig "$node/kubeconfig" "$@"; }

# Its warnings are of control groups of version 1, for which there is time until 2029.
ctr() { CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1 "$binaries/ctr" --address $run/containerd.sock --namespace k8s.io "$@" 2>/dev/null; }

# daemon NAME COMMAND...: starts it, with its log in $node/log. Kept as the pid in ${daemons[NAME]}.
daemon() {
  local name=$1
  shift
  setsid "$@" >>"$node/log/$name.log" 2>&1 </dev/null &
  daemons[$name]=$!
}

alive() {
  local name
  for name in "${!daemons[@]}"; do
    kill -0 "${daemons[$name]}" 2>/dev/null || {
      tail -5 "$node/log/$name.log" >&2
      fail "$name has ended"
    }
  done
}

start_containerd() {
  daemon containerd "$binaries/containerd" --config "$node/containerd.toml"
  until_true 30 "containerd" ctr version
}

start_kubelet() {
  daemon kubelet "$binaries/kubelet" --config "$node/kubelet.yaml" --kubeconfig "$node/kubeconfig" --root-dir "$node/kubelet" \
    --cert-dir "$node/pki" --hostname-override node --node-ip $address --v=2
}

node_start() {
  mkdir -p "$node"/{log,etcd,pki,cni,kubelet,containerd,static} $run
  chmod 755 "$node"
  ip link set lo up
  ip link add lfnode0 type bridge
  ip address add $address/24 dev lfnode0
  ip link set lfnode0 up

  local token
  token=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  echo "$token,admin,admin,system:masters" >"$node/tokens.csv"
  openssl genrsa -out "$node/pki/accounts.key" 2048 2>/dev/null
  openssl rsa -in "$node/pki/accounts.key" -pubout -out "$node/pki/accounts.pub" 2>/dev/null
  cat >"$node/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:16443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
current-context: test
YAML
  cat >"$node/containerd.toml" <<TOML
version = 3
root = "$node/containerd"
state = "$run/containerd"
[grpc]
  address = "$run/containerd.sock"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "$pause_image"
[plugins.'io.containerd.cri.v1.runtime']
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true # where the capability to lower it is missing, as in a container
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "$node/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "$binaries/containerd-shim-runc-v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = "$(command -v runc)"
  SystemdCgroup = false
[plugins.'io.containerd.nri.v1.nri']
  disable = true
TOML
  cat >"$node/cni/10-test.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "test", "plugins": [
  {"type": "bridge", "bridge": "lfnode0", "isGateway": true,
   "ipam": {"type": "host-local", "dataDir": "$node/cni-addresses", "ranges": [[{"subnet": "10.234.0.0/24", "gateway": "$address"}]]}}]}
JSON
  cat >"$node/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
failSwapOn: false
oomScoreAdj: 0
address: $address
port: 20250
healthzPort: 20248
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$run/containerd.sock
resolvConf: ""
clusterDNS: [10.235.0.10] # nobody answers there
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
volumePluginDir: $node/kubelet/plugins
podLogsDir: $node/log/pods
YAML
  daemon etcd etcd --data-dir "$node/etcd" --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls http://127.0.0.1:12379 \
    --listen-peer-urls http://127.0.0.1:12380 --unsafe-no-fsync
  start_containerd
  daemon kube-apiserver "$binaries/kube-apiserver" --etcd-servers http://127.0.0.1:12379 --bind-address 127.0.0.1 --secure-port 16443 \
    --advertise-address $address --cert-dir "$node/pki" --token-auth-file "$node/tokens.csv" --authorization-mode RBAC \
    --service-cluster-ip-range 10.235.0.0/24 --service-account-issuer https://test --service-account-key-file "$node/pki/accounts.pub" \
    --service-account-signing-key-file "$node/pki/accounts.key" --endpoint-reconciler-type none --kubelet-preferred-address-types InternalIP
  until_true 90 "the API server" kubectl get --raw /readyz
  daemon kube-controller-manager "$binaries/kube-controller-manager" --kubeconfig "$node/kubeconfig" --secure-port 0 --leader-elect=false \
    --service-account-private-key-file "$node/pki/accounts.key" --root-ca-file "$node/pki/apiserver.crt" --use-service-account-credentials=false
  daemon kube-scheduler "$binaries/kube-scheduler" --kubeconfig "$node/kubeconfig" --secure-port 0 --leader-elect=false
  start_kubelet
  ready() { [[ $(kubectl get node node -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]; }
  until_true 60 "the node" ready
  alive
}

# Every process of a pod, and the shims of our containerd, by its socket on their command line.
pod_processes() {
  local process
  find /sys/fs/cgroup -path '*/kubepods*' -name cgroup.procs -exec cat {} + 2>/dev/null
  for process in /proc/[0-9]*; do
    [[ $({ tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null) != *"containerd-shim-runc-v2 "*" -address $run/containerd.sock "* ]] ||
      echo "${process#/proc/}"
  done
}

# What a loss of power does to processes. The control plane is another machine, and goes on.
kill_containers() {
  local pids
  for name in kubelet containerd; do
    kill -KILL "${daemons[$name]}" 2>/dev/null || true
    wait "${daemons[$name]}" 2>/dev/null || true
    unset "daemons[$name]"
  done
  for ((;;)); do
    pids=$(pod_processes) || true
    [[ $pids ]] || break
    # shellcheck disable=SC2086 # words
    kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
}

# The processes end with their namespace. What is left are control groups, files and settings of the whole machine.
node_clean() {
  local i
  for ((i = 0; i < 50; i++)); do
    find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null || true
    [[ $(find /sys/fs/cgroup -name kubepods 2>/dev/null) ]] || break
    sleep 0.1
  done
  rm -rf "$node" $run
}
