#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compares our reader of EROFS with others: mkfs.erofs packs one tree in every way it knows,
# and what our reader lists must be the tree, what `fsck.erofs --extract` unpacks, and what
# the kernel shows when it may mount the image.
#
#   test/oracle/erofs.sh --build=DIR [--root=DIR] [--quick]
#
# --build  where meson built the project, with -Dtests=true
# --root   a root directory whose mkfs.erofs and fsck.erofs are used (needs to be root)
# --quick  only one size of clusters
#
# Prints a line for each difference and "N passed, N failed, N skipped" at the end.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build='' root='' sizes=(4096 65536 1048576)
for argument; do
	case $argument in
	--build=*) build=$(cd "${argument#*=}" && pwd) ;;
	--root=*) root=${argument#*=} root=${root%/} ;;
	--quick) sizes=(65536) ;;
	*)
		echo "erofs.sh: unknown argument: $argument" >&2
		exit 2
		;;
	esac
done
[ -x "$build/test/list-tree" ] || {
	echo "erofs.sh: --build=DIR: there is no DIR/test/list-tree" >&2
	exit 2
}

work=$(mktemp -d "${root:-}/tmp/erofs-oracle.XXXXXX")
inside=${work#"$root"} # its name for the programs of the root
passed=0 failed=0 skipped=0
finish() {
	umount "$work/mount" 2>/dev/null || :
	rm -rf "$work"
}
trap finish EXIT

tool() {
	if [ "$root" ]; then
		chroot "$root" "$@"
	else
		"$@"
	fi
}

skip() {
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

# NAME OURS THEIRS IGNORED
compare() {
	if "$here/compare.py" --name="$1" --ignore="$4" "$2" "$3" >"$work/said"; then
		passed=$((passed + 1))
	else
		cat "$work/said"
		failed=$((failed + 1))
	fi
}

compare_fsck() {
	rm -rf "$work/unpacked"
	# Those of erofs-utils before 1.6 make no nodes, and have no way to say so.
	if tool fsck.erofs --extract="$inside/unpacked" "$inside/image" >"$work/said" 2>&1; then
		"$here/list-disk.py" "$work/unpacked" >"$work/fsck"
		compare "$1, fsck.erofs" "$work/ours" "$work/fsck" xattrs,mtime,links,mode,uid,gid
	else
		skip "$1, fsck.erofs" "$(grep -m 1 -v '^$' "$work/said" || echo "it failed")"
	fi
}

compare_kernel() {
	mkdir -p "$work/mount"
	if mount -t erofs -o loop,ro "$work/image" "$work/mount" 2>"$work/said"; then
		"$here/list-disk.py" "$work/mount" >"$work/kernel"
		umount "$work/mount"
		compare "$1, the kernel" "$work/ours" "$work/kernel" ''
	else
		skip "$1, the kernel" "$(head -n 1 "$work/said")"
	fi
}

# Options of mkfs.erofs; $ignore are the columns that these lose. With fsck=no only the
# kernel is asked: fsck.erofs 1.9.4 reads contents that are inline in a metabox wrong.
try() {
	local name="mkfs.erofs $*"

	rm -f "$work/image"
	if ! tool mkfs.erofs "$@" "$inside/image" "$inside/tree" 2>"$work/said" >/dev/null; then
		skip "$name" "$(grep -m 1 -v '^mkfs.erofs ' "$work/said" || echo "it failed")"
		return
	fi
	if ! "$build/test/list-tree" "$work/image" >"$work/ours" 2>"$work/said"; then
		echo "not ok $name: $(cat "$work/said")"
		failed=$((failed + 1))
		return
	fi
	compare "$name" "$work/ours" "$work/tree-list" "${ignore:-}"
	[ "${fsck:-yes}" = no ] || compare_fsck "$name"
	compare_kernel "$name"
}

try_all() {
	local compressor size extended

	tool mkfs.erofs --help >"$work/help" 2>&1
	for compressor in lz4 lz4hc lzma deflate libdeflate zstd; do
		if ! grep -qw -- "$compressor" "$work/help"; then
			skip "mkfs.erofs -z$compressor" "it does not know this compressor"
			continue
		fi
		for size in "${sizes[@]}"; do
			for extended in '' -Elegacy-compress -Eztailpacking -Efragments \
				-Eall-fragments -Ededupe -Efragments,dedupe \
				-Eall-fragments,dedupe,ztailpacking -Eztailpacking,legacy-compress; do
				try "-z$compressor" "-C$size" ${extended:+"$extended"}
			done
		done
	done
	# What is not compressed.
	try
	try -Enoinline_data
	try -Eforce-inode-extended
	ignore=mtime try -Eforce-inode-compact
	ignore=xattrs try -x-1
	try -x1
	try --chunksize=4096
	try --chunksize=65536 -Eforce-chunk-indexes
	# Further ways to compress.
	try -zlz4 -x1
	try -zlz4 -Enoinline_data
	try -zlz4hc,12 --max-extent-bytes=65536
	try -zlz4 -b1024
	try -zlz4 -b512 -C4096 -Efragments
	try -zlz4 -Exattr-name-filter
	try -zlz4 --xattr-prefix=user.sh
	try -zlz4 --xattr-prefix=user.sh -Efragments
	try -zlz4 --dsunit=16
	try -zlz4 --zD=1
	try -zlz4hc -C65536 --zD=1 -Eztailpacking,fragments
	try -zlz4 --MZ=id
	try -zlz4:lzma -C16384 --compress-hints="$inside/hints"
	try -zzstd:deflate:lzma -C16384 --compress-hints="$inside/hints" -Efragments
	try -zlzma,level=9,dictsize=1048576 -C1048576 -Efragments=1048576 -Ededupe
	try -zzstd,level=19,dictsize=1048576 -C1048576
	# Of erofs-utils 1.9: numbers of 48 bits, records of extents, compressed tables.
	try -E48bit
	try -E48bit --chunksize=4096 -Eforce-chunk-indexes
	try -zlz4 -Edot-omitted
	try -zzstd -E48bit -C65536
	try -zlz4hc -E48bit,ztailpacking
	try -zlzma -C16384 -E48bit,all-fragments,dedupe
	try -zdeflate -C16384 -E48bit --max-extent-bytes=16384
	fsck=no try -zlz4 -m4096
	fsck=no try -zlz4 -m4096 -x1 --xattr-prefix=user.sh
	try -zlz4:zstd -m16384:zstd -C16384 --zD=1 -Efragments,ztailpacking
	try -zlz4 -Efragments,plain-xattr-prefixes --xattr-prefix=user.sh
	fsck=no try -zlz4 -m4096 -E48bit --MZ=id
}

"$here/erofs-tree.py" "$work/tree"
"$here/list-disk.py" "$work/tree" >"$work/tree-list"
printf '16384 1 ^same/\n4096 0 ^mixed/\n8192 0 ^text/\n' >"$work/hints"
try_all
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
