#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Images of the tools that make them: what we read is what the tool's own extractor unpacks,
# and what was packed.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=oracle.bash
. "$here/oracle.bash"

usage() {
	cat <<-EOF
	Usage: image.sh --root=DIR --build=DIR

	Compares our listing of images by mksquashfs, gensquashfs, mkfs.erofs,
	systemd-repart and mkosi with what unsquashfs and fsck.erofs unpack, and with the
	tree that was packed. erofs.sh has the options of mkfs.erofs.
	EOF
}

# check_image NAME IMAGE [OPTION-OF-compare.py...]: against the tree that was packed.
check_image() {
	local name=$1 image=$2
	shift 2
	list_ours "$work/$image" "$work/ours"
	compare "$name, what was packed" "$work/ours" "$work/packed" "$@"
}

# compare_unsquashfs NAME IMAGE: what was listed against what it unpacks.
compare_unsquashfs() {
	remove_tree "$work/out"
	try "$1" unsquashfs -q -n -d "$inside/out" "$inside/$2" || return 0
	"$here/list-disk.py" "$work/out" >"$work/theirs"
	compare "$1, unsquashfs" "$work/ours" "$work/theirs"
}

check_unsquashfs() {
	check_image "$@"
	compare_unsquashfs "$1" "$2"
}

check_mksquashfs() {
	local name options
	for name in gzip lzo lz4 xz zstd; do
		try "mksquashfs $name" mksquashfs "$inside/tree" "$inside/image" -noappend \
			-no-progress -quiet -comp "$name" || continue
		check_unsquashfs "mksquashfs $name" image
	done
	while read -r name options; do
		# shellcheck disable=SC2086 # a list of words
		try "mksquashfs $name" mksquashfs "$inside/tree" "$inside/image" -noappend \
			-no-progress -quiet $options || continue
		check_unsquashfs "mksquashfs $name" image
	done <<-'EOF'
	small-blocks -b 4096 -comp lz4
	large-blocks -b 1048576 -comp zstd -Xcompression-level 1
	uncompressed -noI -noD -noF -noX
	no-fragments -no-fragments -comp lz4
	all-fragments -always-use-fragments -comp lz4
	no-duplicates -no-duplicates -no-sparse -comp lz4
	EOF
}

# It writes no hard links, no empty attributes, and a root of its own. What it compresses
# with lz4 unsquashfs does not read; Linux does.
check_gensquashfs() {
	local name check
	for name in gzip lz4 xz zstd; do
		try "gensquashfs $name" gensquashfs -q -f -x -k --pack-dir "$inside/tree" \
			-c "$name" "$inside/image" || continue
		check=check_unsquashfs
		[ "$name" != lz4 ] || check=check_image
		"$check" "gensquashfs $name" image --ignore=links,xattrs --skip=.
	done
}

# compare_fsck NAME IMAGE: what was listed against what fsck.erofs unpacks. It leaves out
# attributes without a value, and capabilities go away when it sets the owner.
compare_fsck() {
	remove_tree "$work/out"
	mkdir "$work/out"
	try "$1" fsck.erofs --extract="$inside/out" --overwrite --preserve --xattrs \
		"$inside/$2" || return 0
	"$here/list-disk.py" "$work/out" >"$work/theirs"
	compare "$1, fsck.erofs" "$work/ours" "$work/theirs" --skip=usr/whited \
		--skip=usr/xattrs/user --skip=usr/xattrs/capable
}

# mkfs.erofs of today marks a directory with a whiteout in it: trusted.overlay.origin.
check_erofs() {
	local name
	for name in "" lz4 lz4hc lzma deflate zstd; do
		rm -f "$work/image"
		try "mkfs.erofs ${name:-plain}" mkfs.erofs --quiet ${name:+-z"$name"} \
			"$inside/image" "$inside/tree" || continue
		check_image "mkfs.erofs ${name:-plain}" image --skip=usr/whited
		compare_fsck "mkfs.erofs ${name:-plain}" image
	done
}

# repart FORMAT: a signed extension, as systemd makes it without any questions; ddi.sh has
# the others. The root is its own, and 262 writes into it where it belongs.
repart() {
	local name="systemd-repart $1" override=SYSTEMD_REPART_OVERRIDE_FSTYPE=$1
	rm -f "$work/image" "$work/data"
	try "$name" env "$override" systemd-repart --make-ddi=sysext --offline=yes \
		--copy-source="$inside/tree" --sector-size=512 --private-key="$inside/key" \
		--certificate="$inside/crt" "$inside/image" || return 0
	check_image "$name" image --skip=. --skip=usr/whited
	"$here/data-partition.py" "$work/image" 512 "$work/data"
	if [ "$1" = erofs ]; then
		compare_fsck "$name" data
	else
		compare_unsquashfs "$name" data
	fi
}

check_repart() {
	openssl req -x509 -newkey rsa:2048 -nodes -sha256 -subj /CN=oracle \
		-keyout "$work/key" -out "$work/crt" 2>/dev/null
	repart erofs
	repart squashfs
}

# A sysext without any package. It copies files with cp, which would read FIFOs.
check_mkosi() {
	mkdir -p "$work/mkosi/tree/usr"
	cp -a "$work/tree/usr/sizes" "$work/tree/usr/links" "$work/tree/usr/names" \
		"$work/tree/usr/lib" "$work/mkosi/tree/usr/"
	cat >"$work/mkosi/mkosi.conf" <<-'EOF'
	[Distribution]
	Distribution=custom
	[Output]
	Format=sysext
	Output=image
	[Content]
	ExtraTrees=tree
	EOF
	if ! at_root "$root" sh -c "cd '$inside/mkosi' && mkosi --force build" \
		</dev/null >"$work/log" 2>&1; then
		tail -n 10 "$work/log"
		fail "mkosi ($suite)"
		return
	fi
	list_ours "$work/mkosi/image.raw" "$work/ours"
	"$here/data-partition.py" "$work/mkosi/image.raw" 512 "$work/data"
	if [ "$(od -An -tx4 -j1024 -N4 "$work/data")" = " e0f5e1e2" ]; then
		compare_fsck "mkosi, sysext" data
	else
		compare_unsquashfs "mkosi, sysext" data
	fi
}

check_change() {
	try "changed byte" mksquashfs "$inside/tree" "$inside/image" -noappend -no-progress \
		-quiet -noD -noF || return 0
	LC_ALL=C sed -i 's/data between holes/data between Holes/' "$work/image"
	list_ours "$work/image" "$work/ours"
	must_differ "changed byte" "$work/ours" "$work/packed" sha256
}

oracle_begin "$@"
"$here/make-tree.py" "$work/tree"
"$here/list-disk.py" "$work/tree" >"$work/packed"
check_mksquashfs
check_gensquashfs
check_erofs
check_repart
check_mkosi
check_change
oracle_end
