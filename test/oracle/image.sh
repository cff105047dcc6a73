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

# check_image NAME IMAGE [WITH-OPTIONS]: against the tree that was packed.
check_image() {
	local name=$1 image=$2
	shift 2
	list_ours "$work/$image" "$work/ours"
	compare "$name, what was packed" "$work/ours" "$work/packed" "$@"
}

# check_unsquashfs NAME IMAGE: also against what unsquashfs unpacks.
check_unsquashfs() {
	local name=$1 image=$2
	shift 2
	check_image "$name" "$image" "$@"
	remove_tree "$work/out"
	try "$name" unsquashfs -q -n -d "$inside/out" "$inside/$image" || return 0
	"$here/list-disk.py" "$work/out" >"$work/theirs"
	compare "$name, unsquashfs" "$work/ours" "$work/theirs"
}

check_mksquashfs() {
	local name options
	for name in gzip lzo lz4 lzma xz zstd; do
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
	for name in gzip lz4 lzma xz zstd; do
		try "gensquashfs $name" gensquashfs -q -f -x -k --pack-dir "$inside/tree" \
			-c "$name" "$inside/image" || continue
		check=check_unsquashfs
		[ "$name" != lz4 ] || check=check_image
		"$check" "gensquashfs $name" image --ignore=links,xattrs --skip=.
	done
}

# check_fsck NAME IMAGE: also against what fsck.erofs unpacks.
check_fsck() {
	local name=$1 image=$2
	shift 2
	check_image "$name" "$image" "$@"
	remove_tree "$work/out"
	mkdir "$work/out"
	try "$name" fsck.erofs --extract="$inside/out" --overwrite --preserve \
		--xattrs 		"$inside/$image" || return 0
	"$here/list-disk.py" "$work/out" >"$work/theirs"
	compare "$name, fsck.erofs" "$work/ours" "$work/theirs"
}

check_erofs() {
	local name options
	while read -r name options; do
		rm -f "$work/image"
		# shellcheck disable=SC2086 # a list of words
		try "mkfs.erofs $name" mkfs.erofs --quiet $options "$inside/image" "$inside/tree" ||
			continue
		check_fsck "mkfs.erofs $name" image
	done <<-'EOF'
	uncompressed -x1
	lz4 -zlz4
	lz4hc -zlz4hc,9
	lzma -zlzma
	deflate -zdeflate
	zstd -zzstd
	EOF
}

oracle_begin "$@"
"$here/make-tree.py" "$work/tree"
"$here/list-disk.py" "$work/tree" >"$work/packed"
check_mksquashfs
check_gensquashfs
check_erofs
oracle_end
