#!/usr/bin/env bash
# Makes the machine in which the tests on real NFS run: a Debian with its kernel, the NFS server and client of that
# kernel, and python3. Everything comes from Debian's packages; nothing of it is in this repository.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

suite=bookworm
# What the guest needs at run time. Neither a service manager nor the kernel's own package: that one would pull in and
# run the tools that build an initial RAM disk, which takes longer than all the rest.
packages=(
  nfs-kernel-server nfs-common rpcbind netbase # the server, the client, and what NFS 3 needs beside them
  iproute2                                     # two clients in one machine: network namespaces, links, delays
  xfsprogs                                     # the exported file system, and its shutdown: a crash of the server
  python3 procps util-linux kmod busybox-static
)
# The modules that must be there before the root file system is.
boot_modules=(virtio_pci virtio_blk ext4)

usage() {
  cat <<USAGE
Usage: test/nfs/prepare-image.sh [--force]

Makes the guest image for test/nfs/run.sh from Debian packages ($suite) with mmdebstrap, in

    $(image_directory)

The name holds a hash of the recipe: what is there is kept, what has changed is made anew. --force makes it anew anyway.
Needs root, or a user with subordinate ids and fakeroot; a network or a mirror of Debian; 1.5 GB of disk, for a minute.
USAGE
}

force=
case ${1:-} in
  '') ;;
  --force) force=yes ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

image=$(image_directory)
if [[ -e $image/complete && ! $force ]]; then
  echo "already there: $image"
  exit 0
fi
needed=(mmdebstrap=mmdebstrap mke2fs=e2fsprogs depmod=kmod cpio=cpio gzip=gzip
  dpkg-deb=dpkg /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring)
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  as_root=(fakeroot)
  needed+=(fakeroot=fakeroot)
fi
# A keyring is no program, but to look whether it is there is the same.
for i in "${!needed[@]}"; do
  [[ ${needed[i]} == /*=* && -e ${needed[i]%%=*} ]] && unset "needed[i]"
done
require "${needed[@]}"
PATH=$PATH:/usr/sbin:/sbin

mkdir -p "$cache"
work=$(mktemp -d "$cache/nfs-guest.XXXXXX")
trap 'rm -rf "$work"' EXIT
say() { printf '%5ds  %s\n' "$SECONDS" "$*"; }

# The kernel is downloaded with the new system's own lists of packages, so its version fits the suite whatever this
# machine runs, and unpacked, so none of its scripts run.
export KERNEL_HOOK='
  set -e
  cd "$1"
  export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
  kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n "s/.*Depends: \(linux-image-[0-9].*\)/\1/p" | head -1)
  apt-get -qq -o APT::Sandbox::User=root download "$kernel" >&2
  dpkg-deb --extract linux-image-*.deb unpacked-kernel
  mkdir -p lib/modules
  mv unpacked-kernel/lib/modules/* lib/modules/
  mv unpacked-kernel/boot/vmlinuz-* vmlinuz
  rm -rf unpacked-kernel linux-image-*.deb
'
say "packages of Debian $suite"
mmdebstrap --quiet --variant=minbase --include="$(IFS=, && echo "${packages[*]}")" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='sh -c "$KERNEL_HOOK" kernel-hook "$1"' \
  "$suite" "$work/root.tar"

say "file system"
# shellcheck disable=SC2016 # the inner shell expands
"${as_root[@]}" bash -euc '
  work=$1 here=$2
  mkdir "$work/root"
  tar -xf "$work/root.tar" -C "$work/root"
  mv "$work/root/vmlinuz" "$work/vmlinuz"
  depmod -b "$work/root" "$(ls "$work/root/lib/modules")"
  install -m 755 "$here/guest/init" "$work/root/liteferry-init"
  truncate -s 3G "$work/root.img"
  mke2fs -q -t ext4 -O ^has_journal -d "$work/root" "$work/root.img"
' bash "$work" "$here"

say "initial RAM disk"
version=$(ls "$work/root/lib/modules")
mkdir -p "$work/initramfs"/{bin,dev,proc,sys,root,modules}
cp "$work/root/bin/busybox" "$work/initramfs/bin/"
install -m 755 "$here/guest/initramfs-init" "$work/initramfs/init"
# modprobe prints them in the order in which they must be loaded; some are in the kernel itself.
n=100
for module in "${boot_modules[@]}"; do
  while read -r kind file; do
    if [[ $kind == insmod ]]; then cp "$file" "$work/initramfs/modules/$((n++))-$(basename "$file")"; fi
  done < <(modprobe --dirname "$work/root" --set-version "$version" --show-depends "$module")
done
(cd "$work/initramfs" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd.gz"

echo "$version" >"$work/version"
rm -rf "$work/root" "$work/root.tar" "$work/initramfs"
touch "$work/complete"
rm -rf "$image"
mv -T "$work" "$image"
chmod 755 "$image"
say "made $image: Linux $version, $(du -sh "$image" | cut -f1)"
