# Sourced by the scripts beside it: where things are, the images, and how faults are told.

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
source "$here/../container/common.sh"
version=v1.36.3 # of Kubernetes
binaries=$cache/kubernetes-$version
liteferry_image=localhost/liteferry:test
writer_image=localhost/liteferry-writer:test
pause_image=localhost/liteferry-pause:test

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

# commits: how many the application has acknowledged in $log
commits() { if [[ -e $log ]]; then grep -c ' commit ' "$log" || true; else echo 0; fi; }
# more N: waits for N more commits
more() {
  local goal=$(($(commits) + $1))
  enough() { (($(commits) >= goal)); }
  until_true 120 "$1 more commits" enough
}

# make_images DIRECTORY: $liteferry_image and $writer_image, in podman's storage.
make_images() {
  make_base "$1" python3
  say "images"
  "$root/container/oci-archive.sh" "$1/liteferry.tar" | sed 's/^[^:]*:/ /'
  podman load --quiet --input "$1/liteferry.tar" >/dev/null
  rm "$1/liteferry.tar"
  podman tag "liteferry:$(sed -n 's/^version=//p' "$root/sync-agent/target/liteferry/version.properties")" $liteferry_image
  mkdir -p "$1/writer"
  cp "$here/writer.py" "$1/writer/"
  chmod 755 "$1/writer/writer.py"
  printf 'FROM %s\nCOPY writer.py /writer.py\nENTRYPOINT ["/usr/bin/python3", "/writer.py"]\n' "$base" |
    buildah bud --quiet --pull-never --tag $writer_image --file - "$1/writer" >/dev/null
}
