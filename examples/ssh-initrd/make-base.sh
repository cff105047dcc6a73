#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the stage of the example once: a Debian scratch root (the donor), its kernel, an
# initrd that trusts a fresh certificate, and the stock initrd. Each step leaves a stamp
# when it is complete; a step without its stamp, or whose recipe has changed, is made again
# together with all steps after it.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../scratch-root.sh
. "$here/../scratch-root.sh"

suite=trixie
work=
mirror=
root_packages="dracut dracut-network iproute2 systemd systemd-sysv systemd-cryptsetup
	dmsetup kmod zstd openssh-server"

usage() {
	cat <<-EOF
	Usage: make-base.sh --work=DIR [--mirror=URL]

	Makes in DIR, once:
	  root/                   scratch root of Debian $suite, the donor
	  vmlinuz                 its kernel
	  initrd                  dracut initrd with systemd-sysext and networkd that
	                          trusts verity.crt
	  initrd-stock            the initrd that the kernel package makes by itself
	  verity.key, verity.crt  key pair for signing
	  other.key, other.crt    key pair that the initrd does not trust

	  --work=DIR    where to make it
	  --mirror=URL  Debian mirror (default: that of this machine's apt)
	  --help        this text

	Must be run as root, because it makes a root file system with debootstrap.
	EOF
}

say() {
	printf '%s\n' "make-base: $*"
}

die() {
	printf '%s\n' "make-base: error: $*" >&2
	exit 1
}

step_debootstrap() {
	scratch_debootstrap "$suite" "$work/root"
}

# In one step with the kernel, initramfs-tools would be chosen instead of dracut.
step_packages() {
	# shellcheck disable=SC2086 # a list of words
	scratch_install "$work/root" $root_packages
}

# The kernel package has dracut make an initrd: with Debian's options, so it is the stock
# one.
step_kernel() {
	local release
	scratch_install "$work/root" linux-image-amd64
	release=$(scratch_kernel "$work/root")
	install -m 0644 "$work/root/boot/vmlinuz-$release" "$work/vmlinuz"
	install -m 0644 "$work/root/boot/initrd.img-$release" "$work/initrd-stock"
}

step_keys() {
	local name
	for name in verity other; do
		openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 \
			-subj "/CN=sysext-toolkit example ($name)" \
			-keyout "$work/$name.key" -out "$work/$name.crt"
		chmod 0600 "$work/$name.key"
	done
}

# What dracut does not bring by itself: trust (it never copies *.crt), an os-release that
# names the distribution (dracut 106 calls the initrd "dracut", later ones use the
# distribution's), and networkd pulled in by a target that an initrd reaches.
step_initrd_overlay() {
	local dir=$1 wants=$1/etc/systemd/system/initrd.target.wants
	mkdir -p "$dir/usr/lib/verity.d" "$wants"
	install -m 0644 "$work/verity.crt" "$dir/usr/lib/verity.d/example.crt"
	sed -e '/^VERSION=/d' -e 's/^PRETTY_NAME="\(.*\)"$/PRETTY_NAME="\1 initrd"/' \
		"$work/root/usr/lib/os-release" >"$dir/usr/lib/initrd-release"
	ln -s initrd-release "$dir/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$dir/etc/os-release"
	ln -s ../usr/lib/initrd-release "$dir/etc/initrd-release"
	ln -s /usr/lib/systemd/system/systemd-networkd.service "$wants/"
}

# A small set of modules that is plain systemd, without dracut's own hooks. dracut splits
# lists at single blanks only, and says "cannot be installed" with status 0.
step_initrd() {
	local build=$work/root/var/tmp/initrd
	local modules="bash systemd systemd-initrd systemd-journald systemd-udevd"
	modules+=" systemd-tmpfiles systemd-sysusers systemd-modules-load systemd-sysctl"
	modules+=" systemd-sysext systemd-veritysetup systemd-networkd udev-rules dm"
	modules+=" shell-interpreter"
	local drivers="overlay loop squashfs dm-mod dm-verity"
	drivers+=" virtio_pci virtio_blk virtio_net e1000 e1000e"
	local programs="cat hostname journalctl ls mkdir sleep systemctl"

	remove_tree "$build"
	mkdir -p "$build"
	step_initrd_overlay "$build/overlay"
	in_root "$work/root" dracut --force --quiet --no-hostonly --no-hostonly-cmdline --zstd \
		--kver "$(scratch_kernel "$work/root")" --tmpdir /var/tmp/initrd --modules "$modules" \
		--add-drivers "$drivers" --install "$programs" \
		--include /var/tmp/initrd/overlay / /var/tmp/initrd/image 2>&1 |
		tee "$build/log"
	! grep -F 'dracut[E]' "$build/log" || die "dracut left something out"
	install -m 0644 "$build/image" "$work/initrd"
	remove_tree "$build"
}

for arg; do
	case $arg in
	--work=?*) work=${arg#*=} ;;
	--mirror=?*) mirror=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done

[ -n "$work" ] || die "--work=DIR is missing; see --help"
[ "$(id -u)" -eq 0 ] || die "must be run as root, to make a root file system"
for tool in debootstrap openssl unshare flock; do
	command -v "$tool" >/dev/null || die "'$tool' is missing: run examples/packages.sh example"
done
lock_work
step_inputs="$suite $root_packages"

step keys "key pairs" verity.key verity.crt other.key other.crt
step debootstrap "scratch root (Debian $suite)" root/etc/os-release
step packages "packages of the scratch root" root/usr/sbin/sshd
step kernel "kernel and stock initrd" vmlinuz initrd-stock
step initrd "initrd" initrd
say "ready: $work"
