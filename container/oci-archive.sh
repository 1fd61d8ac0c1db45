#!/usr/bin/env bash
# Writes the image as an OCI archive without a tool for images, without a daemon and without root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'USAGE'
Usage: container/oci-archive.sh [FILE]

Writes the image of the distribution in sync-agent/target/liteferry to FILE
(sync-agent/target/liteferry-VERSION-oci.tar). libc is this machine's own, which must be a Debian or Ubuntu. The same
distribution and libc make the same file. Load it with

    podman load --input FILE
    skopeo copy oci-archive:FILE docker://REGISTRY/liteferry:VERSION
    docker load --input FILE          # from version 25 on
USAGE
}

case ${1:-} in
  -h | --help) usage && exit 0 ;;
  -*) usage >&2 && exit 2 ;;
esac
distribution=sync-agent/target/liteferry
[[ -e $distribution/version.properties ]] || {
  echo "$distribution is missing: run ./mvnw -DskipTests package" >&2
  exit 1
}
version=$(sed -n 's/^version=//p' $distribution/version.properties)
revision=$(sed -n 's/^commit=//p' $distribution/version.properties)
archive=${1:-sync-agent/target/liteferry-$version-oci.tar}
# The start-up cache names the jars' times, so every file keeps the one that the distribution has.
epoch=$(stat -c %Y $distribution/lib/liteferry.jar)
created=$(date --utc --date "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) echo "there is no distribution for $(uname -m) yet" >&2 && exit 1 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh container/assemble.sh $distribution "$work/parts"
pack() { tar --create --sort=name --format=gnu --mtime="@$epoch" --owner=0 --group=0 --numeric-owner "$@"; }
digest() { sha256sum "$1" | cut -d' ' -f1; }

mkdir -p "$work/image/blobs/sha256"
# blob FILE: puts it in its place and sets $descriptor to its digest and size, as a manifest names it.
blob() {
  local hash
  hash=$(digest "$1")
  descriptor="\"digest\":\"sha256:$hash\",\"size\":$(stat -c %s "$1")"
  mv "$1" "$work/image/blobs/sha256/$hash"
}

layers='' diff_ids='' history=''
for layer in libc runtime agent; do
  pack --directory="$work/parts/$layer" --file="$work/$layer.tar" --transform='s,^\./,,' .
  diff_ids+=",\"sha256:$(digest "$work/$layer.tar")\""
  history+=",{\"created\":\"$created\",\"created_by\":\"container/oci-archive.sh: $layer\"}"
  gzip --no-name "$work/$layer.tar"
  blob "$work/$layer.tar.gz"
  layers+=",{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",$descriptor}"
done

# The same as in the Dockerfile, which says why.
cat >"$work/config" <<CONFIG
{"created":"$created","architecture":"$architecture","os":"linux",
"config":{"User":"65532:65532","WorkingDir":"/","StopSignal":"SIGTERM",
"Env":["LC_ALL=C.UTF-8","PATH=/opt/liteferry/bin","LITEFERRY_LOCAL=/liteferry/local","LITEFERRY_VOLUME=/liteferry/volume",
"LITEFERRY_STATE=/liteferry/state","LITEFERRY_LISTEN=0.0.0.0:9180","LITEFERRY_KEEP_LOCAL=true"],
"Entrypoint":["/opt/liteferry/bin/liteferry"],"Cmd":["run"],
"Labels":{"org.opencontainers.image.title":"Liteferry",
"org.opencontainers.image.description":"Keeps an application's files on fast local disk and their durable copy on a network volume, with consistent snapshots of SQLite databases.",
"org.opencontainers.image.licenses":"Apache-2.0 AND GPL-2.0-only WITH Classpath-exception-2.0 AND LGPL-2.1-or-later",
"org.opencontainers.image.version":"$version","org.opencontainers.image.revision":"$revision",
"io.liteferry.sbom":"/opt/liteferry/liteferry.cdx.json"}},
"rootfs":{"type":"layers","diff_ids":[${diff_ids#,}]},"history":[${history#,}]}
CONFIG
blob "$work/config"
cat >"$work/manifest" <<MANIFEST
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json",$descriptor},"layers":[${layers#,}]}
MANIFEST
blob "$work/manifest"
cat >"$work/image/index.json" <<INDEX
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
{"mediaType":"application/vnd.oci.image.manifest.v1+json",$descriptor,
"platform":{"architecture":"$architecture","os":"linux"},
"annotations":{"org.opencontainers.image.ref.name":"liteferry:$version"}}]}
INDEX
echo '{"imageLayoutVersion":"1.0.0"}' >"$work/image/oci-layout"

pack --directory="$work/image" --file="$archive" oci-layout index.json blobs
echo "$archive: ${descriptor%%,*}, $(stat -c %s "$archive") bytes"
