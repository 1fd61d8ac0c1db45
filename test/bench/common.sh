# Sourced by the benchmarks: where the command is, what machine this is, a directory to work in.

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
distribution=${DIST:-$here/../../sync-agent/target/liteferry}
liteferry=$distribution/bin/liteferry

require() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || {
      echo "$program is missing; on Debian: apt-get install ${program/inotifywait/inotify-tools}" >&2
      exit 1
    }
  done
  [[ -x $liteferry ]] || {
    echo "$liteferry is missing: run ./mvnw package, or set DIST" >&2
    exit 1
  }
}

# Makes $work, on the disk of $BENCH_DIR or of the checkout, and removes it at the end, with what was started.
make_work() {
  local parent=${BENCH_DIR:-$here/../target}
  mkdir -p "$parent"
  work=$(mktemp -d "$(CDPATH='' cd -P "$parent" && pwd -P)/bench.XXXXXX")
  trap 'for job in $(jobs -p); do kill -KILL "$job" 2>/dev/null; done; wait; rm -rf "$work"' EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  mkdir "$work/local" "$work/volume"
}

machine() {
  echo "machine:     $(nproc) cores, $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)," \
    "$(awk '/MemTotal/ {printf "%.0f GB", $2 / 1e6}' /proc/meminfo)"
  echo "kernel:      $(uname -sr)"
  echo "file system: $(findmnt -no FSTYPE,OPTIONS -T "$work")"
  echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
  echo "version:     $("$liteferry" --version | head -1)"
}

# await_ready PID LOG: until the first pass is done.
await_ready() {
  until grep -q 'ready: the first pass is done' "$2"; do
    kill -0 "$1" 2>/dev/null || {
      echo "the agent has ended before it was ready:" >&2
      cat "$2" >&2
      exit 1
    }
    sleep 0.01
  done
}

now_ms() {
  local now=$EPOCHREALTIME
  echo $((${now/[.,]/} / 1000))
}
