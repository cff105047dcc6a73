#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Initrds of the tools that make them: what we read is what cpio makes of their archives,
# applied one after the other, and what the kernel itself unpacks.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=oracle.bash
. "$here/oracle.bash"
# shellcheck source-path=SCRIPTDIR source=../../examples/ssh-initrd/vm.sh
. "$here/../../examples/ssh-initrd/vm.sh"

usage() {
	cat <<-EOF
	Usage: initrd.sh --root=DIR --build=DIR

	Compares our listing of initrds by dracut, initramfs-tools, mkosi-initrd and
	ukify, of each compression, with that of cpio; and of hard cases with what the
	kernel of the scratch root unpacks in QEMU.
	EOF
}

# unpack INITRD DIR: DIR/NNNN.cpio, and all of them in DIR/tree.
unpack() {
	local archive
	mkdir -p "$2/tree"
	"$here/split-initrd.py" "$1" "$2" >"$2/members"
	# The root is no entry of some archives: it is what the kernel makes then.
	chmod 0755 "$2/tree"
	for archive in "$2"/*.cpio; do
		(cd "$2/tree" && cpio --quiet -idmu --no-absolute-filenames) <"$archive"
	done
}

# check_initrd NAME INITRD [INPUT [OPTION...]]: INPUT is what we read, if not the initrd.
# cpio leaves the time of a directory at that of its last entry, and of a link at now.
check_initrd() {
	local name=$1 initrd=$2 input=${3:-$2} dir=$work/$1.d
	shift $(($# > 3 ? 3 : $#))
	unpack "$initrd" "$dir"
	"$here/list-disk.py" "$dir/tree" >"$dir/theirs"
	list_ours "$input" "$dir/ours" "$@"
	compare "$name, $(wc -l <"$dir/members") archives" "$dir/ours" "$dir/theirs" \
		--mtime-of=fcbps
	remove_tree "$dir/tree"
	rm -f "$dir"/*.cpio
}

# That of dracut, which the kernel package has made. Since dracut 108 compressed files are in
# an archive of their own in front, and the usual tools stop behind it.
check_dracut() {
	local n
	check_initrd dracut "$root/boot/initrd.img-$release"
	[ "$suite" != trixie ] || return 0
	n=$(wc -l <"$work/dracut.d/members")
	if [ "$n" -ge 2 ]; then
		pass "dracut's initrd has a second archive ($suite)"
	else
		fail "dracut's initrd has $n archive, expected a second one ($suite)"
	fi
}

check_initramfs_tools() {
	try initramfs-tools mkinitramfs -o "$inside/initramfs" "$release" || return 0
	check_initrd initramfs-tools "$work/initramfs"
}

# It installs packages of the distribution into a tree of its own.
check_mkosi_initrd() {
	local generic=
	# It wants the folder, and there is no firmware in the root.
	mkdir -p "$root/usr/lib/firmware"
	# A later one asks /proc for the modules of this machine, which may have none.
	in_root "$root" mkosi-initrd --help >"$work/log"
	! grep -q -e --generic "$work/log" || generic=--generic
	if ! at_root "$root" mkosi-initrd --kernel-version "$release" --format cpio \
		${generic:+"$generic"} --output-dir "$inside" --output mkosi >"$work/log" 2>&1; then
		tail -n 20 "$work/log"
		fail "mkosi-initrd ($suite)"
		return
	fi
	check_initrd mkosi-initrd "$(find "$work" -maxdepth 1 -name 'mkosi*' -type f -print -quit)"
}

# A small part of the root in each compression, by the programs of the root.
check_compressions() {
	local name command
	(cd "$root" && {
		printf '%s\0' usr usr/lib
		find etc usr/lib/systemd -not -path '*/catalog/*' -print0
	} | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc) >"$work/plain"
	# A cpio that is not compressed, by the crc form, is a case of its own.
	(cd "$root" && find etc -print0 | cpio --quiet -0 -o -H crc) >"$work/crc"
	check_initrd crc "$work/crc"
	sed 's/^\(etc\/passwd\tf\t\)0644/\10666/' "$work/crc.d/theirs" >"$work/crc.d/changed"
	must_differ "changed mode" "$work/crc.d/ours" "$work/crc.d/changed" mode \
		--mtime-of=fcbps
	for name in gzip:gzip bzip2:bzip2 lzma:"xz --format=lzma" xz:"xz --check=crc32 -T1" \
		zstd:"zstd -q" lzo:lzop lz4:"lz4 -l"; do
		command=${name#*:}
		name=${name%%:*}
		# shellcheck disable=SC2086 # a list of words
		in_root "$root" $command -c <"$work/plain" >"$work/$name.packed"
		# Uncompressed in front, zeros between: early microcode and the rest.
		vm_join "$work/$name.initrd" "$work/crc" "$work/$name.packed"
		check_initrd "$name" "$work/$name.initrd"
	done
}

# Two addons that overwrite files of the UKI, and of each other, to show their order.
addon_archives() {
	local n dir
	for n in 1 2; do
		dir=$work/uki/addon-$n
		mkdir -p "$dir/initrd/etc/other" "$dir/ucode/etc"
		echo "addon $n" >"$dir/initrd/etc/passwd"
		echo "addon $n" >"$dir/initrd/etc/other/$n"
		echo "addon $n, too early" >"$dir/ucode/etc/hostname"
		echo "addon $n, too early" >"$dir/ucode/etc/ucode-only"
		vm_pack "$dir/initrd" "$work/uki/initrd-$n"
		vm_pack "$dir/ucode" "$work/uki/ucode-$n"
	done
}

# A UKI of two profiles, of which the second has an initrd of its own.
make_uki() {
	mkdir "$work/uki"
	cp "$root/boot/vmlinuz-$release" "$work/uki/vmlinuz"
	cp "$root/boot/initrd.img-$release" "$work/uki/main"
	cp "$work/crc" "$work/uki/ucode"
	cp "$work/gzip.packed" "$work/uki/other"
	addon_archives
	# shellcheck disable=SC2016 # expanded by the shell of the root
	in_root "$root" sh -ec '
		cd "$1"
		ukify build --profile="ID=other
TITLE=Other" --cmdline=second --initrd=other --output=profile.efi
		ukify build --linux=vmlinuz --initrd=main --microcode=ucode \
			--cmdline=first --uname="$2" --profile="ID=main
TITLE=Main" --join-profile=profile.efi --output=uki.efi
		for n in 1 2; do
			ukify build --cmdline=$n --initrd=initrd-$n --microcode=ucode-$n \
				--output=$n.addon.efi
		done' \
		sh "$inside/uki" "$release" >"$work/log" 2>&1
}

check_uki() {
	if ! make_uki; then
		tail -n 5 "$work/log"
		fail "ukify ($suite)"
		return
	fi
	vm_join "$work/uki/first" "$work/uki/ucode" "$work/uki/main"
	vm_join "$work/uki/second" "$work/uki/ucode" "$work/uki/other"
	# As systemd-stub joins them: microcode of the last addon first.
	vm_join "$work/uki/with-addons" "$work/uki/ucode-2" "$work/uki/ucode-1" \
		"$work/uki/first" "$work/uki/initrd-1" "$work/uki/initrd-2"
	check_initrd "uki" "$work/uki/first" "$work/uki/uki.efi"
	check_initrd "uki-second-profile" "$work/uki/second" "$work/uki/uki.efi" --profile=1
	check_initrd "uki-with-addons" "$work/uki/with-addons" "$work/uki/uki.efi" \
		"$work/uki/1.addon.efi" "$work/uki/2.addon.efi"
}

# The kernel unpacks dracut's initrd, then archives that are hard to read right, each
# compression, and at last garbage; its report is the listing.
check_kernel() {
	local dir=$work/kernel add=$work/kernel/add/.oracle
	mkdir -p "$add"
	"$here/craft-initrd.py" "$dir"
	cp "$root/usr/bin/busybox" "$add/busybox"
	install -m 0755 "$here/guest-init" "$add/init"
	vm_pack "$dir/add" "$dir/add.cpio"
	vm_join "$dir/initrd" "$root/boot/initrd.img-$release" "$dir/add.cpio" \
		"$dir/rules.cpio" "$dir/packed" "$dir/garbage"
	vm_join "$dir/all" "$dir/kernel.cpio" "$dir/initrd"
	vm_start "$root/boot/vmlinuz-$release" "$dir/initrd" "$dir" rdinit=/.oracle/init
	list_ours "$dir/all" "$dir/ours"
	vm_wait 600 || :
	vm_stop
	if ! "$here/list-guest.py" "$dir/report" >"$dir/theirs"; then
		vm_show "$dir"
		fail "the kernel's own unpacking ($suite): no report"
		return
	fi
	sed -i '/^\.oracle/d' "$dir/ours" "$dir/theirs"
	# The time of the root is that of what the guest did.
	compare "the kernel's own unpacking" "$dir/ours" "$dir/theirs" --skip=.
}

oracle_begin "$@"
trap 'vm_stop; remove_tree "$work"' EXIT
check_dracut
check_kernel
check_initramfs_tools
check_compressions
check_uki
check_mkosi_initrd
oracle_end
