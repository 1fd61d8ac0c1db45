# Sourced by the scripts beside it: where things are, the images, and how faults are told.

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(CDPATH='' cd -P "$here/../.." && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test
version=v1.36.3 # of Kubernetes
binaries=$cache/kubernetes-$version
liteferry_image=localhost/liteferry:test
writer_image=localhost/liteferry-writer:test
pause_image=localhost/liteferry-pause:test

say() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
fail() { echo "FAILED: $*" >&2 && exit 1; }
# the system's Python, which has Debian's packages
check() { /usr/bin/python3 "$here/check.py" "$@" | sed 's/^/  /' || fail "check.py $*"; }
pod() { /usr/bin/python3 "$here/pod.py" --image $liteferry_image --writer $writer_image "$@"; }

# until_true SECONDS WHAT COMMAND...: waits for the command to succeed.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" &>/dev/null; do
    ((SECONDS < end)) || fail "$what: not within its time"
    sleep 0.2
  done
}

# require NAME PROGRAM=PACKAGE ...: says everything that is missing at once, and how to get it.
require() {
  local name=$1 pair missing=() packages=()
  shift
  for pair in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || {
      missing+=("${pair%%=*}")
      packages+=("${pair#*=}")
    }
  done
  /usr/bin/python3 -c 'import yaml' 2>/dev/null || missing+=("python3-yaml") packages+=("python3-yaml")
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

# A storage and a runtime of podman of our own: what the machine has is neither used nor changed.
private_podman() {
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

# make_images DIRECTORY: $liteferry_image and $writer_image, in podman's storage, which also keeps the writer's Debian.
make_images() {
  local suite=bookworm packages=python3 base
  base=localhost/liteferry-test-base:$suite-$packages
  if ! podman image exists $base; then
    say "base of the writer: Debian $suite with $packages by mmdebstrap"
    mmdebstrap --quiet --variant=minbase --include=$packages $suite "$1/base.tar"
    podman import --quiet --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' "$1/base.tar" $base >/dev/null
    rm "$1/base.tar"
  fi
  say "images"
  "$root/container/oci-archive.sh" "$1/liteferry.tar" | sed 's/^[^:]*:/ /'
  podman load --quiet --input "$1/liteferry.tar" >/dev/null
  rm "$1/liteferry.tar"
  podman tag "liteferry:$(sed -n 's/^version=//p' "$root/sync-agent/target/liteferry/version.properties")" $liteferry_image
  mkdir -p "$1/writer"
  cp "$here/writer.py" "$1/writer/"
  chmod 755 "$1/writer/writer.py"
  printf 'FROM %s\nCOPY writer.py /writer.py\nENTRYPOINT ["/usr/bin/python3", "/writer.py"]\n' $base |
    buildah bud --quiet --pull-never --tag $writer_image --file - "$1/writer" >/dev/null
}
