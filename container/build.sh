#!/usr/bin/env bash
# Builds the image with whatever builds images on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'USAGE'
Usage: container/build.sh [OPTIONS] [-- ARGUMENTS OF THE TOOL]

Builds the image from the distribution in sync-agent/target/liteferry: run ./mvnw -DskipTests package before it. The same
distribution and the same base make the same image, with the same digest.

  --tag NAME         what to call it (liteferry:VERSION)
  --base IMAGE       where libc comes from (docker.io/library/debian:bookworm-slim); for a release by digest:
                     debian@sha256:...
  --platform NAME    linux/amd64 or linux/arm64 (this machine's): that of the distribution. Another one than the
                     machine's needs emulation
  --with TOOL        buildah, podman or docker (the first of them that is here and works)

With docker, an image with the same digest needs buildx. container/oci-archive.sh builds without any of the three.
USAGE
}

tag='' base='' platform='' tool=''
while (($#)); do
  case $1 in
    --tag) tag=${2:?} && shift ;;
    --base) base=${2:?} && shift ;;
    --platform) platform=${2:?} && shift ;;
    --with) tool=${2:?} && shift ;;
    --) shift && break ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

distribution=sync-agent/target/liteferry
[[ -e $distribution/version.properties ]] || {
  echo "$distribution is missing: run ./mvnw -DskipTests package" >&2
  exit 1
}
works() {
  case $1 in
    docker) docker info &>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}
if [[ -z $tool ]]; then
  for candidate in buildah podman docker; do
    if works $candidate; then
      tool=$candidate
      break
    fi
  done
fi
version=$(sed -n 's/^version=//p' $distribution/version.properties)
# The start-up cache names the jars' times, so every file keeps the one that the distribution has.
SOURCE_DATE_EPOCH=$(stat -c %Y $distribution/lib/liteferry.jar)
export SOURCE_DATE_EPOCH

options=(
  --file container/Dockerfile
  --tag "${tag:-liteferry:$version}"
  --build-arg "VERSION=$version"
  --build-arg "REVISION=$(sed -n 's/^commit=//p' $distribution/version.properties)"
)
if [[ $base ]]; then options+=(--build-arg "BASE=$base"); fi
if [[ $platform ]]; then options+=(--platform "$platform"); fi
own=(--ignorefile container/Dockerfile.dockerignore --timestamp "$SOURCE_DATE_EPOCH" --format oci)
case $tool in
  buildah) exec buildah bud --layers "${own[@]}" "${options[@]}" "$@" . ;;
  podman) exec podman build "${own[@]}" "${options[@]}" "$@" . ;;
  docker)
    if docker buildx version &>/dev/null; then
      exec docker buildx build --provenance=false --output type=docker,rewrite-timestamp=true "${options[@]}" "$@" .
    fi
    exec docker build "${options[@]}" "$@" .
    ;;
  '') echo "none of buildah, podman and docker is here and works: install one, or use container/oci-archive.sh" >&2 && exit 1 ;;
  *) usage >&2 && exit 2 ;;
esac
