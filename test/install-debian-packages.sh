#!/usr/bin/env bash
# Unpacks the Debian packages of what some tests drive. Nothing is installed: no service starts, and no root is needed. Run it again at will; what is there is kept.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: test/install-debian-packages.sh [DIRECTORY]

Downloads PowerDNS with its SQLite backend, and Prometheus, from Debian's (or Ubuntu's) package archive with apt-get and
unpacks them into DIRECTORY, by default ${XDG_CACHE_HOME:-~/.cache}/liteferry-test, where ./mvnw -Preal-app verify and
test/monitoring/test.sh look for them. When apt-get finds no packages, run "apt-get update" first.
USAGE
}

packages=(pdns-server pdns-backend-sqlite3 prometheus)

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  -*)
    usage >&2
    exit 2
    ;;
esac
directory=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/liteferry-test}

if [[ -e $directory/complete && $(<"$directory/complete") == "${packages[*]}" ]]; then
  echo "already there: $directory"
  exit 0
fi
for program in apt-get dpkg-deb sqlite3; do
  command -v "$program" >/dev/null || {
    echo "$program is missing: this needs a Debian with the package sqlite3" >&2
    exit 1
  }
done

rm -rf "$directory/download"
mkdir -p "$directory/download" "$directory/root"
cd "$directory/download"
# The libraries too: their names differ between releases, so ask which ones this release needs. What every system has
# (the C and C++ libraries) stays the system's, and nobody looks at a web page.
mapfile -t libraries < <(
  apt-cache depends --important "${packages[@]}" | sed -n 's/^ [ |]Depends: \(lib[a-z0-9.+-]*\)$/\1/p' |
    grep -vE '^(libc6|libgcc-s1|libstdc\+\+6|libluajit2-.*|libjs-.*)$' | sort -u
)
apt-get download "${packages[@]}" "${libraries[@]}"
for package in *.deb; do
  dpkg-deb --extract "$package" "$directory/root"
done
echo "${packages[*]}" >"$directory/complete"
echo "unpacked into $directory"
