#!/usr/bin/env bash
# Runs the distribution against a real NFS server with two real clients, in a virtual machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<USAGE
Usage: test/nfs/run.sh [--versions LIST] [--scenarios LIST] [--short] [--seed N] [--logs DIRECTORY]

Boots the guest of test/nfs/prepare-image.sh once for each NFS version and runs the scenarios of
test/nfs/guest/scenarios.py with the distribution in sync-agent/target/liteferry, or in DIST.

  --versions LIST    of 3, 4.1, 4.2, with commas between (3,4.1,4.2)
  --scenarios LIST   names with commas between, or "all" (all); --list says which there are
  --short            fewer repetitions: what continuous integration can wait for
  --seed N           of everything random in the scenarios; the one used is printed
  --logs DIRECTORY   where the logs go (test/target/nfs)
  --list             the scenarios, and what each shows

Prints one line for each scenario and version. Ends with 0 when all of them ran and passed, else with 1.
Works with KVM where that works, else in software emulation, some 10 to 20 times slower.
USAGE
}

versions=3,4.1,4.2
scenarios=all
short=
seed=$((RANDOM * 32768 + RANDOM))
logs=$here/../target/nfs
while (($#)); do
  case $1 in
    --versions) versions=${2:?} && shift ;;
    --scenarios) scenarios=${2:?} && shift ;;
    --seed) seed=${2:?} && shift ;;
    --logs) logs=${2:?} && shift ;;
    --short) short=--short ;;
    --list) exec python3 "$here/guest/scenarios.py" --list ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

require qemu-system-x86_64=qemu-system-x86 mke2fs=e2fsprogs python3=python3
PATH=$PATH:/usr/sbin:/sbin
distribution=${DIST:-$here/../../sync-agent/target/liteferry}
[[ -x $distribution/bin/liteferry ]] || {
  echo "$distribution/bin/liteferry is missing: run ./mvnw -DskipTests package, or set DIST" >&2
  exit 1
}
image=$(image_directory)
[[ -e $image/complete ]] || bash "$here/prepare-image.sh"
# Which names are meant is decided once, here; a scenario that the guest then does not report did not run.
expected=$(python3 "$here/guest/scenarios.py" --expand "$scenarios")

mkdir -p "$logs"
logs=$(CDPATH='' cd -P "$logs" && pwd -P)
work=$(mktemp -d)
guest=
trap '[[ -z $guest ]] || kill -KILL "$guest" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# KVM only if asked for, by LITEFERRY_TEST_KVM=1: within another virtual machine it may start a guest and stop it later.
# It can be present and not work, so ask for a machine, not for the device. The inner shell swallows an "Aborted".
accelerator=tcg,thread=multi
probe=(timeout 20 qemu-system-x86_64 -accel kvm -cpu host -m 64 -S -display none -net none -monitor stdio)
if [ -n "${LITEFERRY_TEST_KVM:-}" ] && bash -c '"$@" <<<quit; exit $?' probe "${probe[@]}" &>/dev/null; then
  accelerator=kvm
fi

# The payload is a disk of its own, so that the image serves any build of the distribution.
mkdir "$work/payload"
cp -a "$distribution" "$work/payload/liteferry"
cp -a "$here/guest" "$work/payload/guest"

# run_guest VERSION: boots the guest, shows what it reports, and stops it when nothing is heard of it any more.
run_guest() {
  local version=$1 console=$logs/console-$1.log silent=0 size=0 now shown=0 total
  printf '%s\n' --version "$version" --scenarios "$scenarios" --seed "$seed" ${short:+"$short"} \
    --cores "$(nproc)" >"$work/payload/arguments"
  rm -f "$work"/*.img
  truncate -s 400M "$work/payload.img"
  mke2fs -q -t ext4 -O ^has_journal -d "$work/payload" "$work/payload.img"
  truncate -s 3G "$work/export.img"
  truncate -s 256M "$work/logs.img"
  # shellcheck disable=SC2094 # no loop: the guest's standard input is nothing
  qemu-system-x86_64 -accel "$accelerator" -cpu max -m 3072 -smp 2 -nographic -no-reboot -net none \
    -kernel "$image/vmlinuz" -initrd "$image/initrd.gz" \
    -append "console=ttyS0 panic=-1 quiet mitigations=off" \
    -drive "file=$image/root.img,if=virtio,format=raw,snapshot=on" \
    -drive "file=$work/payload.img,if=virtio,format=raw,readonly=on" \
    -drive "file=$work/export.img,if=virtio,format=raw,cache=unsafe" \
    -drive "file=$work/logs.img,if=virtio,format=raw,cache=unsafe" \
    </dev/null >"$console" 2>&1 &
  guest=$!
  while kill -0 "$guest" 2>/dev/null; do
    sleep 0.5
    # Carriage returns are the serial line's.
    total=$(grep -c '^#' "$console" || true)
    if ((total > shown)); then
      grep '^#' "$console" | tr -d '\r' | sed -n "$((shown + 1)),${total}s/^#/ /p"
      shown=$total
    fi
    now=$(stat -c %s "$console")
    if ((now == size)); then
      silent=$((silent + 1))
    else
      silent=0 size=$now
    fi
    if ((silent > 1200)); then
      echo "  the guest has said nothing for 10 minutes: stopped"
      kill -KILL "$guest"
    fi
  done
  wait "$guest" || true
  guest=
  grep '^#' "$console" | tr -d '\r' | sed -n "$((shown + 1)),\$s/^#/ /p"
  rm -rf "$logs/$version"
  mkdir -p "$logs/$version"
  tar -xf "$work/logs.img" -C "$logs/$version" 2>/dev/null || echo "  the guest left no logs; see $console"
  tr -d '\r' <"$console" | grep '^RESULT'$'\t' >>"$work/results" || true
}

begun=$SECONDS
: >"$work/results"
echo "seed $seed, accelerator ${accelerator%%,*}, guest $(cat "$image/version")," \
  "$("$distribution/bin/liteferry" --version | head -1)"
for version in ${versions//,/ }; do
  echo "== NFS $version"
  run_guest "$version"
done

# A scenario that is missing from the results is a failure like any other.
failed=0
{
  printf 'scenario\tNFS\tresult\tseconds\tnumbers\n'
  for scenario in $expected; do
    for version in ${versions//,/ }; do
      line=$(awk -F'\t' -v s="$scenario" -v v="$version" '$2 == s && $3 == v' "$work/results" | tail -1 | cut -f2-)
      if [[ -z $line ]]; then line=$(printf '%s\t%s\tDID NOT RUN\t-\t-' "$scenario" "$version"); fi
      if [[ $(cut -f3 <<<"$line") != passed ]]; then failed=$((failed + 1)); fi
      echo "$line"
    done
  done
} >"$logs/results.tsv"
echo
awk -F'\t' '{ printf "%-22s %-4s %-12s %8s  %s\n", $1, $2, $3, $4, $5 }' "$logs/results.tsv"
echo
echo "$((SECONDS - begun)) s in all; logs in $logs; seed $seed"
if ((failed)); then
  echo "$failed FAILED or did not run" >&2
  exit 1
fi
