#!/bin/sh
# Lays out what is in the image: assemble.sh DISTRIBUTION TARGET makes the directories TARGET/libc, TARGET/runtime and
# TARGET/agent, one for each layer. Both ways to build the image call it. It takes libc from the system on which it
# runs, a Debian or Ubuntu.
set -eu

distribution=$(CDPATH='' cd -P "$1" && pwd -P)
target=$2
home=/opt/liteferry
umask 022

# libc: what the runtime and SQLite are linked with, by asking the loader, and the locale in which any file name works
for library in $(find "$distribution" -name '*.so' -o -path '*/bin/java' | xargs ldd |
  awk '$3 ~ "^/(usr/)?lib" { print $3 } $1 ~ "^/lib.*/ld-linux" { print $1 }' | sort -u); do
  mkdir -p "$target/libc${library%/*}"
  cp -L --preserve=mode "$library" "$target/libc$library"
done
ls "$target"/libc/lib*/ld-linux-* >/dev/null 2>&1 || {
  echo "$distribution is not for this system ($(uname -m)): its java cannot be linked here" >&2
  exit 1
}
locale=usr/lib/locale/C.utf8
mkdir -p "$target/libc/$locale"
cp -R "/$locale/." "$target/libc/$locale/"

# what scanners for known faults, and readers of licences, look for
mkdir -p "$target/libc/etc" "$target/libc/var/lib/dpkg/status.d" "$target/libc/usr/share/doc/libc6"
cp -L /etc/os-release "$target/libc/etc/os-release"
for package in libc6 libc-bin; do
  dpkg-query --status $package | sed '/^Conffiles:/,/^[^ ]/ { /^Conffiles:/d; /^ /d; }' >"$target/libc/var/lib/dpkg/status.d/$package"
done
cp -L /usr/share/doc/libc6/copyright "$target/libc/usr/share/doc/libc6/"

# The temporary directory is used when it can be written to, and not needed.
mkdir -p "$target/libc/tmp"
chmod 1777 "$target/libc/tmp"

mkdir -p "$target/runtime$home"
cp -R --preserve=timestamps "$distribution/runtime" "$target/runtime$home/"
# The launchers of modules that we use as libraries.
rm -f "$target/runtime$home/runtime/bin/keytool" "$target/runtime$home/runtime/bin/jwebserver"

mkdir -p "$target/agent$home"
cp -R --preserve=timestamps "$distribution/lib" "$distribution/LICENSE" "$distribution/THIRD-PARTY.txt" \
  "$distribution/liteferry.cdx.json" "$distribution/version.properties" "$target/agent$home/"

# The launcher is a shell script, and the image has no shell. So the launcher itself says here what it would give to
# java: with a java that prints its arguments, quoted as java reads them from a file. The kernel starts java with them,
# as the interpreter of a file.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
work=$(CDPATH='' cd -P "$work" && pwd -P)
mkdir -p "$work/bin" "$work/runtime/bin" "$target/agent$home/bin"
cp "$distribution/bin/liteferry" "$work/bin/"
printf '#!/bin/sh\nprintf "\\"%%s\\"\\n" -Dio.liteferry.interpreter=true "$@"\n' >"$work/runtime/bin/java"
chmod +x "$work/runtime/bin/java"
"$work/bin/liteferry" | sed "s,$work,$home,g" >"$target/agent$home/arguments"
echo "#!$home/runtime/bin/java @$home/arguments" >"$target/agent$home/bin/liteferry"
chmod +x "$target/agent$home/bin/liteferry"

# whatever the modes were where the distribution was built: any user may read
chmod -R u=rwX,go=rX "$target/libc/etc" "$target/libc/usr" "$target/libc/var" "$target/runtime" "$target/agent"
