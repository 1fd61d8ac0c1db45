# Sourced by the tests that run containers: what they need, a podman of their own, a Debian for the application.

root=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test

say() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
fail() { echo "FAILED: $*" >&2 && exit 1; }

# require NAME PROGRAM=PACKAGE ...: says everything that is missing at once, and how to get it. A program python3-MODULE
# is a module of the system's Python.
require() {
  local name=$1 pair missing=() packages=()
  shift
  has() {
    case $1 in
      python3-*) /usr/bin/python3 -c "import ${1#*-}" 2>/dev/null ;;
      *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
    esac
  }
  for pair in "$@"; do
    has "${pair%%=*}" || {
      missing+=("${pair%%=*}")
      packages+=("${pair#*=}")
    }
  done
  ((${#missing[@]} == 0)) || {
    echo "$name CANNOT RUN: ${missing[*]} missing. On Debian or Ubuntu: apt-get install --no-install-recommends ${packages[*]}" >&2
    exit 1
  }
  [[ $(id -u) -eq 0 ]] || { echo "$name CANNOT RUN: it needs root" >&2 && exit 1; }
  [[ -e $root/sync-agent/target/liteferry/version.properties ]] || {
    echo "sync-agent/target/liteferry is missing: run ./mvnw -DskipTests package" >&2
    exit 1
  }
}

# private_podman DIRECTORY: a storage and a runtime of our own; what the machine has is neither used nor changed.
private_podman() {
  mkdir -p "$cache"
  export CONTAINERS_STORAGE_CONF=$1/storage.conf CONTAINERS_CONF=$1/containers.conf
  cat >"$CONTAINERS_STORAGE_CONF" <<STORAGE
[storage]
driver = "overlay"
graphroot = "$cache/containers"
runroot = "/run/liteferry-test"
STORAGE
  # crun and systemd are not everywhere; soft and hard limits must be equal where they may not be raised.
  cat >"$CONTAINERS_CONF" <<CONTAINERS
[engine]
runtime = "runc"
events_logger = "file"
cgroup_manager = "cgroupfs"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
CONTAINERS
}

# make_base DIRECTORY PACKAGE: $base, an image of Debian with the package. podman's storage keeps it.
make_base() {
  local suite=bookworm
  base=localhost/liteferry-test-base:$suite-$2
  podman image exists "$base" && return
  say "base: Debian $suite with $2 by mmdebstrap"
  mmdebstrap --quiet --variant=minbase --include="$2" $suite "$1/base.tar"
  podman import --quiet --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$1/base.tar" "$base" >/dev/null
  rm "$1/base.tar"
}
