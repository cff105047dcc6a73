#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the profiles of the bases that sysext-verify knows by name: of an initrd by dracut
# and of one by mkosi-initrd, as they come out of a fresh Debian 13. See ../scratch-root.sh
# for the steps and their stamps.

# shellcheck disable=SC2317 # step() calls functions by their names

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../scratch-root.sh
. "$here/../scratch-root.sh"

suite=trixie
work=
mirror=
program=
out=$here
packages="dracut dracut-network mkosi iproute2 systemd systemd-sysv systemd-cryptsetup dmsetup
	kmod zstd cpio udev"

usage() {
	cat <<-EOF
	Usage: make.sh --work=DIR --program=FILE [--out=DIR] [--mirror=URL]

	Makes in DIR, once: root/, a scratch root of Debian $suite, its kernel vmlinuz, and
	the initrds debian-13-dracut and debian-13-mkosi-initrd. Then writes the profile of
	each initrd to --out.

	  --work=DIR      where to make them
	  --program=FILE  the sysext-verify that writes the profiles
	  --out=DIR       where the profiles go (default: the folder of this script)
	  --mirror=URL    Debian mirror (default: that of this machine's apt)
	  --help          this text

	Must be run as root, because it makes a root file system with debootstrap.
	EOF
}

say() {
	printf '%s\n' "bases: $*"
}

die() {
	printf '%s\n' "bases: error: $*" >&2
	exit 1
}

step_debootstrap() {
	scratch_debootstrap "$suite" "$work/root"
}

# In one step with the kernel, initramfs-tools would be chosen instead of dracut.
step_packages() {
	# shellcheck disable=SC2086 # a list of words
	scratch_install "$work/root" $packages
}

step_kernel() {
	scratch_install "$work/root" linux-image-amd64
	install -m 0644 "$work/root/boot/vmlinuz-$(scratch_kernel "$work/root")" "$work/vmlinuz"
}

# Everything for a merge is an option of dracut 106; none of it is the default.
step_dracut() {
	in_root "$work/root" dracut --force --quiet --no-hostonly --no-hostonly-cmdline --zstd \
		--kver "$(scratch_kernel "$work/root")" --tmpdir /var/tmp \
		--add "systemd-sysext systemd-veritysetup systemd-networkd bash" \
		--add-drivers "overlay loop squashfs erofs dm-mod dm-verity virtio_net virtio_pci
			virtio_blk ext4 vfat" \
		/var/tmp/debian-13-dracut
	mv -- "$work/root/var/tmp/debian-13-dracut" "$work/"
}

# It installs packages of the distribution into a tree of its own. It wants the folder of
# the firmware, and there is none in the root.
step_mkosi() {
	mkdir -p "$work/root/usr/lib/firmware"
	at_root "$work/root" mkosi-initrd --kernel-version "$(scratch_kernel "$work/root")" \
		--format cpio --output-dir /var/tmp --output debian-13-mkosi-initrd
	cp -L -- "$(find "$work/root/var/tmp" -maxdepth 1 -name 'debian-13-mkosi-initrd*' \
		-type f -print -quit)" "$work/debian-13-mkosi-initrd"
}

for arg; do
	case $arg in
	--work=?*) work=${arg#*=} ;;
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--out=?*) out=${arg#*=} ;;
	--mirror=?*) mirror=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done

[ -n "$work" ] || die "--work=DIR is missing; see --help"
[ -x "$program" ] || die "--program=FILE is missing; see --help"
[ "$(id -u)" -eq 0 ] || die "must be run as root, to make a root file system"
for tool in debootstrap unshare flock; do
	command -v "$tool" >/dev/null || die "'$tool' is missing: run examples/packages.sh example"
done
lock_work
step_inputs="$suite $packages"
step debootstrap "scratch root (Debian $suite)" root/etc/os-release
step packages "packages of the scratch root" root/usr/bin/mkosi-initrd root/usr/bin/dracut
step kernel "kernel" vmlinuz
step dracut "initrd by dracut" debian-13-dracut
step mkosi "initrd by mkosi-initrd" debian-13-mkosi-initrd

for name in debian-13-dracut debian-13-mkosi-initrd; do
	"$program" --base="$work/$name" --kernel="$work/vmlinuz" --force --write-profile="$out/$name.profile"
	say "$out/$name.profile: $(stat -c %s "$out/$name.profile") bytes"
done
