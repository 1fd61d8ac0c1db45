#!/usr/bin/env bash
# A real Prometheus on a real agent, with the alerting rules and the dashboard as they are shipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test

usage() {
  cat <<USAGE
Usage: test/monitoring/test.sh [--help]

Checks and unit-tests the alerting rules with promtool. Then lets a Prometheus scrape the agent of the distribution in
sync-agent/target/liteferry, beside an application that commits to SQLite, in both formats; runs each query of the dashboard
and each expression of the rules; takes the volume away, corrupts a database, and waits for the alerts and for their end.

Needs python3 from 3.10 on, and the Debian package prometheus: from the PATH, or unpacked by
test/install-debian-packages.sh in $cache. Takes about a minute.
USAGE
}

case ${1:-} in
  '') ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
PATH=$PATH:$cache/root/usr/bin
for program in prometheus promtool python3; do
  command -v $program >/dev/null || {
    echo "$program is missing, the tests of monitoring CANNOT RUN: run test/install-debian-packages.sh (a Debian with python3)" >&2
    exit 1
  }
done
[[ -e sync-agent/target/liteferry/version.properties ]] || {
  echo "sync-agent/target/liteferry is missing: run ./mvnw -DskipTests package" >&2
  exit 1
}

promtool check rules helm-chart/liteferry/monitoring/rules.yaml
promtool test rules test/monitoring/rules_test.yaml
mkdir -p test/target
work=$(mktemp -d "$PWD/test/target/monitoring.XXXXXX")
if python3 test/monitoring/scrape.py "$work"; then
  rm -rf "$work"
else
  echo "FAILED: the logs are in $work" >&2
  exit 1
fi
