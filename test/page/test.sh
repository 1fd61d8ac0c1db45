#!/usr/bin/env bash
# The status page in a real Chromium: of the agent as it is shipped, beside databases with hostile names, and of samples.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<USAGE
Usage: test/page/test.sh [--screenshots]

Opens the page in light and dark, on a narrow and a wide screen: it must load and log nothing, fit the screen, have enough
contrast, and be usable by keyboard. Needs python3 and the Debian packages chromium and chromium-driver, the distribution
in sync-agent/target/liteferry, and the sample pages that StatusPageTest writes to sync-agent/target/page. Half a minute.

--screenshots    also write those of the documentation anew
USAGE
}

screenshots=()
case ${1:-} in
  '') ;;
  --screenshots) screenshots=(docs/images) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
for program in chromium chromedriver python3; do
  command -v $program >/dev/null || {
    echo "$program is missing, the test of the page CANNOT RUN: apt-get install chromium chromium-driver python3" >&2
    exit 1
  }
done
for made in sync-agent/target/liteferry/version.properties sync-agent/target/page/hand.html; do
  [[ -e $made ]] || {
    echo "$made is missing: run ./mvnw package" >&2
    exit 1
  }
done

mkdir -p test/target
work=$(mktemp -d "$PWD/test/target/page.XXXXXX")
if python3 test/page/browse.py "$work" sync-agent/target/page "${screenshots[@]}"; then
  rm -rf "$work"
else
  echo "FAILED: logs and screenshots are in $work" >&2
  exit 1
fi
