#!/usr/bin/env bash
# Checks the model of the lease by exhaustion, and that it notices the protocol's rules missing.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: test/model/check.sh [--deep]

Runs SPIN on test/model/lease.pml: the protocol, of which every property must hold in every state, and the mutants, in
each of which a property must be violated. Prints a line for each: what was found, states, depth, seconds. Exits with 1
when one is not as demanded or a search did not go through to its end. Takes a minute or two, 3 GB of memory at most, and
needs spin and gcc: apt-get install spin gcc libc6-dev

  --deep  also larger configurations, which take many minutes and up to 12 GB

test/model/lease.pml says what is modelled.
USAGE
}

deep=
case ${1:-} in
  '') ;;
  --deep) deep=yes ;;
  -h | --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
esac

for tool in spin gcc awk; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing: apt-get install spin gcc libc6-dev" >&2
    exit 1
  }
done

model=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lease.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
megabytes=3000
failures=0

# holds|caught, what it is, defines
check() {
  local demanded=$1 what=$2 found states depth begun=$EPOCHREALTIME
  shift 2
  rm -rf "${work:?}"/*
  if ! (
    cd "$work"
    spin -a "$@" "$model" && gcc -O2 -w -DSAFETY -DMEMLIM=$megabytes -o pan pan.c
  ) >"$work.build" 2>&1; then
    cat "$work.build" >&2
    rm -f "$work.build"
    echo "the model could not be built: $what" >&2
    exit 1
  fi
  rm -f "$work.build"
  # -E: an agent that nobody schedules any more is not a deadlock
  (cd "$work" && ./pan -E -m1000000 -w22) >"$work/out" 2>&1 || true
  states=$(awk '/states, stored/ { print $1 }' "$work/out")
  depth=$(awk '/depth reached/ { sub(",", "", $6); print $6 }' "$work/out")
  if grep -q '^pan:[0-9]*: assertion violated' "$work/out"; then
    found=caught
  elif grep -q 'errors: 0$' "$work/out" && ! grep -Eqi 'not completed|too small|out of memory|memory limit|truncated|aborted|interrupted' "$work/out"; then
    found=holds
  else
    found=incomplete
  fi
  printf '%-10s %-58s %9s states  depth %4s  %6.1f s\n' "$found" "$what" "${states:-?}" "${depth:-?}" \
    "$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')"
  if [ $found != "$demanded" ]; then
    failures=$((failures + 1))
    echo "  demanded: $demanded, with: $*" >&2
    grep -E 'assertion violated|^pan:|rror' "$work/out" | head -5 | sed 's/^/  /' >&2
  fi
}

check holds "protocol, 2 agents, 3 claims, 2 late requests"
check holds "protocol, the same, requests by name and by handle" -DHANDLES -DLATE=1
check holds "protocol, 3 agents, 3 claims, 1 late request" -DAGENTS=3 -DLATE=1
check holds "protocol with sweep, 2 agents, 3 claims, 1 late request" -DSWEEP -DLATE=1

check caught "no tombstone" -DMUTANT_NO_TOMBSTONE
check caught "read before the fence" -DMUTANT_READ_FIRST
check caught "delete by unlink in place" -DMUTANT_UNLINK_IN_PLACE
check caught "fence the last claim only" -DMUTANT_LAST_CLAIM
check caught "staging after the claim, no tombstone, mkdir in time" -DMUTANT_LATE_STAGING -DMUTANT_NO_TOMBSTONE -DNO_LATE_MKDIR
check caught "take what is not a directory for a tombstone" -DMUTANT_NO_DIRECTORY
check caught "sweep: list claims before names, unlink in place" -DSWEEP -DSWEEP_UNLINKS -DSWEEP_CLAIMS_FIRST
check caught "sweep: list claims before names" -DSWEEP -DSWEEP_CLAIMS_FIRST
check caught "answered requests are repeated within an epoch" -DREPEAT -DNAMES=2

# Not needed by themselves: see docs/evidence.md.
check holds "no tombstone, mkdir in time" -DLATE=1 -DMUTANT_NO_TOMBSTONE -DNO_LATE_MKDIR
check holds "staging after the claim" -DLATE=1 -DMUTANT_LATE_STAGING

if [ -n "$deep" ]; then
  megabytes=12000
  check holds "protocol, 2 agents, 2 claims, 3 late requests" -DNAMES=2 -DLATE=3
  check holds "protocol, 3 agents, 3 claims, 2 late requests" -DAGENTS=3
  check holds "protocol with sweep, 2 agents, 3 claims, 2 late requests" -DSWEEP
fi

if [ $failures -gt 0 ]; then
  echo "$failures not as demanded" >&2
  exit 1
fi
