#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the stage of the example once: a Debian scratch root (the donor), its kernel, an
# initrd that trusts a fresh certificate, and the stock initrd. Each step leaves a stamp
# when it is complete; a step without its stamp, or whose recipe has changed, is made again
# together with all steps after it.

set -euo pipefail

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

# The mirror that this machine already uses is reachable and near; debootstrap's default
# may be neither.
find_mirror() {
	local id=
	# shellcheck disable=SC1091 # of this machine
	[ -r /etc/os-release ] && id=$(. /etc/os-release && printf '%s' "${ID-}")
	[ "$id" = debian ] && command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
		awk '$2 == "main" && $1 ~ /^https?:/ && $1 ~ /\/debian\/?$/ { print $1; exit }'
}

# Runs a command in a mount namespace of its own, so that no mount outlives it, whatever
# ends it. In a chroot the root directory is no mount point and cannot be made private;
# there the mounts are taken away again by hand. A bare chroot may even have no /proc,
# without which debootstrap and umount fail.
with_mounts() {
	local tree=$1 propagation=private
	shift
	unshare --mount --propagation private true 2>/dev/null || propagation=unchanged
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation "$propagation" sh -c '
		set -e
		tree=$1
		proc=
		shift
		trap "exit 129" HUP; trap "exit 130" INT; trap "exit 143" TERM
		trap "umount -l \"\$tree\" \$proc" EXIT
		if [ ! -e /proc/self ]; then
			mount -t proc proc /proc
			proc=/proc
		fi
		mount --bind "$tree" "$tree"
		mount --make-private "$tree"
		[ ! -d "$tree/proc" ] || mount -t proc proc "$tree/proc"
		"$@"' sh "$tree" "$@"
}

in_root() {
	with_mounts "$work/root" \
		chroot "$work/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} "$@"
}

remove_tree() {
	# Never follow a mount that a killed run may have left behind.
	[ ! -e "$1" ] || rm -rf --one-file-system -- "$1"
}

step_debootstrap() {
	local url=${mirror:-$(find_mirror)} include=
	case $url in
	https:*) include=--include=ca-certificates ;;
	esac
	remove_tree "$work/root"
	mkdir -p "$work/root"
	with_mounts "$work/root" debootstrap --variant=minbase ${include:+"$include"} \
		"$suite" "$work/root" ${url:+"$url"}
}

# In one step with the kernel, initramfs-tools would be chosen instead of dracut.
step_packages() {
	cat >"$work/root/etc/dpkg/dpkg.cfg.d/scratch" <<-'EOF'
	force-unsafe-io
	path-exclude=/usr/share/doc/*
	path-exclude=/usr/share/info/*
	path-exclude=/usr/share/locale/*
	path-exclude=/usr/share/man/*
	EOF
	# Nothing that is installed into the scratch root may be started on this machine.
	printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
	chmod 0755 "$work/root/usr/sbin/policy-rc.d"
	in_root dpkg --configure -a
	# shellcheck disable=SC2086 # a list of words
	in_root apt-get -q -y --no-install-recommends install $root_packages
}

# The kernel package has dracut make an initrd: with Debian's options, so it is the stock
# one.
step_kernel() {
	local release
	in_root dpkg --configure -a
	in_root apt-get -q -y --no-install-recommends install linux-image-amd64
	release=$(kernel_release)
	install -m 0644 "$work/root/boot/vmlinuz-$release" "$work/vmlinuz"
	install -m 0644 "$work/root/boot/initrd.img-$release" "$work/initrd-stock"
}

kernel_release() {
	local dir found=
	for dir in "$work"/root/usr/lib/modules/*/; do
		[ -z "$found" ] || die "more than one kernel in $work/root/usr/lib/modules"
		found=$(basename "$dir")
	done
	printf '%s' "$found"
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
	in_root dracut --force --quiet --no-hostonly --no-hostonly-cmdline --zstd \
		--kver "$(kernel_release)" --tmpdir /var/tmp/initrd --modules "$modules" \
		--add-drivers "$drivers" --install "$programs" \
		--include /var/tmp/initrd/overlay / /var/tmp/initrd/image 2>&1 |
		tee "$build/log"
	! grep -F 'dracut[E]' "$build/log" || die "dracut left something out"
	install -m 0644 "$build/image" "$work/initrd"
	remove_tree "$build"
}

recipe=
passed=()

# step NAME TEXT FILE...: a stamp holds the digest of all recipes up to its own; the files
# are what the step must have made.
step() {
	local name=$1 text=$2 stamp=$work/.stamps/$1 log=$work/$1.log started=$SECONDS
	local file status missing=
	shift 2
	# shellcheck disable=SC2046 # names of functions
	recipe=$({
		printf '%s\n' "$recipe" "$suite" "$root_packages"
		declare -f $(compgen -A function "step_$name")
	} | sha256sum | cut -d' ' -f1)
	for file; do
		[ -e "$work/$file" ] || missing=yes
	done
	passed+=("$name")
	if [ -z "$missing" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$recipe" ]; then
		say "$text: already made"
		return
	fi

	say "$text ..."
	forget_from_here
	# Not as a condition: "set -e" would be off within the step.
	set +e
	(set -e; "step_$name") >"$log" 2>&1
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		tail -n 25 "$log" >&2
		die "$text failed; the whole log is $log"
	fi
	printf '%s\n' "$recipe" >"$stamp.new"
	mv -- "$stamp.new" "$stamp"
	say "$text: $((SECONDS - started)) s"
}

# What a later step made from the old result of this one is not valid any more.
forget_from_here() {
	local stamp name keep last=${passed[-1]}
	for stamp in "$work"/.stamps/*; do
		keep=
		for name in "${passed[@]}"; do
			[ "$(basename "$stamp")" != "$name" ] || [ "$name" = "$last" ] || keep=yes
		done
		[ -n "$keep" ] || rm -f -- "$stamp"
	done
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
umask 022
mkdir -p "$work/.stamps"
work=$(cd "$work" && pwd -P)
exec 9>"$work/.lock"
flock -n 9 || die "another make-base.sh works in $work"

step keys "key pairs" verity.key verity.crt other.key other.crt
step debootstrap "scratch root (Debian $suite)" root/etc/os-release
step packages "packages of the scratch root" root/usr/sbin/sshd
step kernel "kernel and stock initrd" vmlinuz initrd-stock
step initrd "initrd" initrd
say "ready: $work"
