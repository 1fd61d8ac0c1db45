# Sourced by the scripts beside it: where things are, and what the machine lacks.

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test

# The directory of the image that today's recipe makes. Whoever changes the recipe gets a new image; old ones stay until
# somebody deletes them.
image_directory() {
  local key
  key=$(cat "$here/prepare-image.sh" "$here/guest/initramfs-init" "$here/guest/init" | sha256sum)
  echo "$cache/nfs-guest-${key:0:16}"
}

# require PROGRAM=PACKAGE ...: says everything that is missing at once, and how to get it.
require() {
  local pair missing=() packages=()
  if [[ $(uname -m) != x86_64 ]]; then
    echo "these tests know only x86-64 guests on x86-64 machines; this one is $(uname -m)" >&2
    exit 1
  fi
  for pair in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%=*}" >/dev/null || {
      missing+=("${pair%%=*}")
      packages+=("${pair#*=}")
    }
  done
  ((${#missing[@]} == 0)) || {
    cat >&2 <<MISSING

The tests on real NFS CANNOT RUN: ${missing[*]} missing. On Debian or Ubuntu:

    apt-get install --no-install-recommends ${packages[*]}

MISSING
    exit 1
  }
}
