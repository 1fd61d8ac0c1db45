#!/usr/bin/env bash
# Builds what a Kubernetes node is made of, from the sources that the Go module proxy has.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
containerd=v2.4.2 helm=v3.22.0

usage() {
  cat <<USAGE
Usage: test/kubernetes/build-node.sh [--help]

Builds etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet and kubectl of Kubernetes $version, containerd
$containerd and helm $helm into

    $binaries

unless they are there. Needs Go 1.26 and the Go module proxy, 5 GB for Go's caches, and on two cores about a quarter of an
hour. What is downloaded is verified against Go's checksum database.
USAGE
}

case ${1:-} in
  '') ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
[[ ! -e $binaries/complete ]] || exit 0
command -v go >/dev/null || { echo "building the node needs Go 1.26: https://go.dev/dl/" >&2 && exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
mkdir -p "$binaries"
export CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false"

# build MODULE VERSION LDFLAGS PACKAGE...: in a module that requires it, so that the checksums are verified
build() {
  local module=$1 release=$2 flags=$3 package
  shift 3
  grep -q '^module' go.mod 2>/dev/null || printf 'module node\n\ngo 1.26.0\n' >go.mod
  go get "$module@$release" 2>&1 | grep -vE '^go: (downloading|added|upgraded)' >&2 || true
  for package in "$@"; do
    say "$package"
    go build -ldflags "-s -w $flags" -o "$binaries/$(basename "${package%/server/v3}")" "$package"
  done
}

# Kubernetes names its own parts by paths into its repository. They are published as modules of their own.
mkdir "$work/kubernetes" "$work/containerd" "$work/helm"
cd "$work/kubernetes"
source=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
{
  printf 'module node\n\ngo 1.26.0\n\n'
  sed -n 's,^\(replace\)\{0\,1\}[[:space:]]*\(k8s.io/[a-z-]*\) => \./staging/.*,replace \2 => \2 '"v0${version#v1}"',p' "$source/go.mod"
} >go.mod
component=k8s.io/component-base/version
build k8s.io/kubernetes "$version" "-X $component.gitVersion=$version -X $component.gitMajor=1 -X $component.gitMinor=${version:3:2}" \
  k8s.io/kubernetes/cmd/{kubelet,kube-apiserver,kube-controller-manager,kube-scheduler,kubectl} go.etcd.io/etcd/server/v3
cd "$work/containerd"
build github.com/containerd/containerd/v2 $containerd "-X github.com/containerd/containerd/v2/version.Version=${containerd#v}" \
  github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr}
cd "$work/helm"
build helm.sh/helm/v3 $helm '' helm.sh/helm/v3/cmd/helm
touch "$binaries/complete"
say "built"
