#!/usr/bin/env bash
# The recipes of docs/kubernetes that only their own tools can put together: the Kustomize component by kustomize,
# app-template's values by Helm and the chart, the admission policies and server-side apply by Kubernetes' own engines. What
# is rendered is judged like the manifests in the repository. And the todo application is run, with its attachments, beside
# the agent.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'END'
Usage: test/kubernetes/recipes.sh [--charts DIR] [--only NAMES]

  --charts DIR   a checkout of https://github.com/bjw-s-labs/helm-charts. Default: it is cloned.
  --only NAMES   of kustomize,app-template,admission,todo

Needs bash, git, go 1.26 (it gets kustomize, Helm and Kubernetes' admission engine from the Go module proxy: some minutes the
first time), python3 with its sqlite3, and the distribution (./mvnw -DskipTests package) with the classes of the tests
(./mvnw -o test-compile -pl test). Tools are kept in ~/.cache/liteferry-test.
END
}

charts=
only=kustomize,app-template,admission,todo
while [ $# -gt 0 ]; do
  case $1 in
    --charts) charts=$(cd "$2" && pwd); shift 2 ;;
    --only) only=$2; shift 2 ;;
    --help) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
done

tools=${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test/go
rendered=test/target/kubernetes-recipes
rm -rf "$rendered" && mkdir -p "$tools" "$rendered"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wanted() { [[ ",$only," == *",$1,"* ]]; }
fail() { echo "FAILED: $*" >&2; exit 1; }

tool() { # NAME MODULE VERSION: installs it when it is not there in that version
  if [ ! -x "$tools/$1-$3" ]; then
    echo "installing $2@$3"
    GOBIN=$work/bin go install "$2@$3" || fail "$1 cannot be built: is the Go module proxy reachable?"
    mv "$work/bin/$1" "$tools/$1-$3"
  fi
}

if wanted kustomize; then
  tool kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.7.1
  kustomize=$tools/kustomize-v5.7.1
  "$kustomize" build docs/kubernetes/kustomize/example > "$rendered/kustomize.yaml"
  # another volume, by the command in the page
  cp -r docs/kubernetes/kustomize "$work/"
  (cd "$work/kustomize" && eval "$(grep -o "sed -i '.*" README.md)" && sed -i 's/name: data$/name: config/' example/base/notes.yaml)
  "$kustomize" build "$work/kustomize/example" > "$rendered/kustomize-config.yaml"
  grep -q 'name: data$' "$rendered/kustomize-config.yaml" && fail "the volume is still called data"
  # without the volume it must not render
  sed -i 's/name: config$/name: other/' "$work/kustomize/example/base/notes.yaml"
  if "$kustomize" build "$work/kustomize/example" > "$work/out" 2> "$work/error"; then
    fail "it renders although there is no such volume"
  fi
  echo "ok  kustomize v5.7.1; without the volume it says: $(head -c 200 "$work/error")"
fi

if wanted app-template; then
  tool helm helm.sh/helm/v3/cmd/helm v3.18.6
  if [ -z "$charts" ]; then
    git clone -q --depth 1 https://github.com/bjw-s-labs/helm-charts "$work/charts" ||
      fail "app-template is NOT tested: its repository cannot be cloned here. Give a checkout by --charts DIR"
    charts=$work/charts
  fi
  # the chart with its library beside it, and its schemas from this checkout in place of the network
  cp -rL "$charts/charts/other/app-template" "$work/app-template" 2> /dev/null || true # links out of the chart
  mkdir -p "$work/app-template/charts"
  cp -rL "$charts/charts/library/common" "$work/app-template/charts/" 2> /dev/null || true
  find "$work/app-template" -type l -delete
  find "$work/app-template" -name '*.json' -exec sed -i -E \
    "s#https://raw.githubusercontent.com/bjw-s-labs/helm-charts/[^/]+/charts/library/common/#file://$work/app-template/charts/common/#" {} +
  helm=$tools/helm-v3.18.6
  version=$(sed -n 's/^version: //p' "$work/app-template/Chart.yaml")
  library=$(sed -n 's/^version: //p' "$work/app-template/charts/common/Chart.yaml")
  values=docs/kubernetes/app-template/values.yaml
  "$helm" template radarr "$work/app-template" --kube-version 1.36.0 -f "$values" > "$rendered/app-template.yaml"
  sed 's/restartPolicy: Always/restartPolicies: Always/' "$values" > "$work/wrong.yaml"
  if "$helm" template radarr "$work/app-template" --kube-version 1.36.0 -f "$work/wrong.yaml" > "$work/out" 2>&1; then
    fail "the chart's schema is not applied: a wrong key was taken"
  fi
  echo "ok  app-template $version with common $library, Helm v3.18.6"
fi

if wanted admission; then
  (cd test/kubernetes/admission && go test -count=1 ./...) || fail "admission policies"
  echo "ok  admission policies in the engine of $(sed -n 's/.*k8s.io\/apiserver /k8s.io\/apiserver /p' test/kubernetes/admission/go.mod | head -1)"
fi

if wanted kustomize || wanted app-template; then
  # strictly, and by the same rules as the recipes in the repository
  ./mvnw -o -q verify -pl test -Dit.test=RecipesIT -Dliteferry.test.rendered="$PWD/$rendered" || fail "what was rendered: see above"
  echo "ok  what was rendered is taken by Kubernetes' schemas and has the properties of the recipes: $(ls "$rendered" | tr '\n' ' ')"
fi

if wanted todo; then
  python3 test/kubernetes/todo.py sync-agent/target/liteferry/bin/liteferry docs/kubernetes/todo.yaml
fi
