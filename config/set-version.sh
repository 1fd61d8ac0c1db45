#!/usr/bin/env bash
# Gives everything that carries the project's version another one. The pom has it; the test VersionsIT finds what disagrees.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ! ${1:-} =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "Usage: config/set-version.sh VERSION        such as 1.2.0 or 1.3.0-SNAPSHOT" >&2
  exit 2
fi
new=$1
old=$(sed -n '/<artifactId>liteferry-parent</{n;s/.*<version>\(.*\)<.*/\1/p;q}' pom.xml)
[[ -n $old ]] || {
  echo "pom.xml: the version was not found" >&2
  exit 1
}
literally=${old//./\\.}

sed -i "/<artifactId>liteferry-parent</{n;s/>$literally</>$new</}" pom.xml ./*/pom.xml
# an image or archive, a chart, a value, a sentence; not what somebody else calls by the same number
grep -rlF -- "$old" README.md docs helm-chart | while read -r file; do
  sed -i -E "s/((liteferry[:-]|[vV]ersion: |tag: |targetRevision: |Version |--version ))$literally(\$|[^0-9A-Za-z.-]|\.( |\$))/\1$new\3/g" "$file"
done
prerelease=false
[[ $new != *-* ]] || prerelease=true
sed -i -E "s/(artifacthub.io\/prerelease: )\"[a-z]+\"/\1\"$prerelease\"/" helm-chart/*/Chart.yaml
echo "$old -> $new"
