#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the Debian scratch roots whose tools the readers are compared with, once: see
# examples/scratch-root.sh for the steps and their stamps.

# shellcheck disable=SC2317 # step() calls functions by their names

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../../examples/scratch-root.sh
. "$here/../../examples/scratch-root.sh"

top=
mirror=
suites=()
suite=

# Of initramfs-tools only the part that makes an initrd: the rest conflicts with dracut.
tools="dracut dracut-network initramfs-tools-core mkosi systemd-ukify systemd-boot-efi
	systemd-repart squashfs-tools squashfs-tools-ng erofs-utils"
# What these call or put into an initrd, and the shell of the guest.
helpers="busybox-static bzip2 cpio cryptsetup-bin iproute2 kmod lz4 lzop openssl sbsigntool
	systemd systemd-container systemd-cryptsetup systemd-sysv udev xz-utils zstd"

# Of an older Debian only what merges extensions: bookworm has systemd 252, its backports 254.
merging="libcryptsetup12 systemd systemd-container"

usage() {
	cat <<-EOF
	Usage: make-roots.sh --work=DIR [--mirror=URL] [--suite=SUITE...]

	Makes in DIR, once, for each suite (default: trixie and forky) a scratch root
	DIR/SUITE/root with the tools that make initrds and images, a kernel with the
	initrd that its package makes, and the Module.symvers of its headers.

	  --work=DIR     where to make them
	  --mirror=URL   Debian mirror (default: that of this machine's apt)
	  --suite=SUITE  a suite of Debian, may be repeated; bookworm and
	                 bookworm-backports get systemd alone
	  --help         this text

	Must be run as root, because it makes root file systems with debootstrap.
	EOF
}

say() {
	printf '%s\n' "make-roots: ${suite:+$suite: }$*"
}

die() {
	printf '%s\n' "make-roots: error: ${suite:+$suite: }$*" >&2
	exit 1
}

step_debootstrap() {
	scratch_debootstrap "$suite" "$work/root"
}

step_packages() {
	# shellcheck disable=SC2086 # lists of words
	scratch_install "$work/root" $tools $helpers
}

# In a step after dracut: initramfs-tools would be chosen with the kernel otherwise. Of the
# headers one file is needed, and not the compiler that they depend on.
step_kernel() {
	local release
	scratch_install "$work/root" linux-image-amd64
	release=$(scratch_kernel "$work/root")
	in_root "$work/root" sh -c "cd /var/tmp && apt-get -q download linux-headers-$release"
	dpkg-deb --fsys-tarfile "$work/root/var/tmp/linux-headers-$release"_*.deb |
		tar -x -C "$work/root" "./usr/src/linux-headers-$release/Module.symvers"
	rm -- "$work/root/var/tmp/linux-headers-$release"_*.deb
	in_root "$work/root" apt-get clean
}

step_old() {
	local release=()
	scratch_debootstrap bookworm "$work/root"
	if [ "$suite" = bookworm-backports ]; then
		sed 's/ bookworm / bookworm-backports /' "$work/root/etc/apt/sources.list" \
			>"$work/root/etc/apt/sources.list.d/backports.list"
		in_root "$work/root" apt-get -q update
		release=(-t bookworm-backports)
	fi
	# shellcheck disable=SC2086 # a list of words
	scratch_install "$work/root" ${release[@]+"${release[@]}"} $merging
}

make_root() {
	suite=$1
	work=$top/$suite
	lock_work
	if [[ $suite == bookworm* ]]; then
		step_inputs="$suite $merging"
		step old "scratch root with systemd" root/usr/bin/systemd-sysext
		return
	fi
	step_inputs="$suite $tools $helpers"
	step debootstrap "scratch root" root/etc/os-release
	step packages "tools" root/usr/bin/mkosi root/usr/sbin/mkinitramfs
	step kernel "kernel and its initrd"
}

for arg; do
	case $arg in
	--work=?*) top=${arg#*=} ;;
	--mirror=?*) mirror=${arg#*=} ;;
	--suite=?*) suites+=("${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done

[ -n "$top" ] || die "--work=DIR is missing; see --help"
[ "$(id -u)" -eq 0 ] || die "must be run as root, to make root file systems"
for tool in debootstrap dpkg-deb unshare flock; do
	command -v "$tool" >/dev/null || die "'$tool' is missing: run examples/packages.sh oracle"
done
[ ${#suites[@]} -gt 0 ] || suites=(trixie forky)
mkdir -p "$top"
top=$(cd "$top" && pwd -P)

# Both at once: each waits for the network half of the time.
status=0
pids=()
for suite in "${suites[@]}"; do
	make_root "$suite" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || status=1
done
exit "$status"
