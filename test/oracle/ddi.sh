#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Reads images of systemd-repart: sectors of 512 to 4096 bytes, squashfs and EROFS, with
# and without hash tree and signature. What our readers list must be the tree that was
# packed, sysext-verify must call each image good, and systemd-dissect must take it.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=
build=
work=
passed=0
failed=0

usage() {
	cat <<-EOF
	Usage: ddi.sh --root=DIR --build=DIR

	Makes images with systemd-repart of a Debian root and compares what we read with
	what was packed. Prints a line for each difference, and the counts at the end.

	  --root=DIR   a root file system with systemd-repart, squashfs-tools and
	               erofs-utils, as make-roots.sh makes them
	  --build=DIR  where meson built the project, with -Dtests=true
	  --help       this text

	Must be run as root, because it changes into the root file system.
	EOF
}

die() {
	printf '%s\n' "ddi: error: $*" >&2
	exit 1
}

count() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

inside() {
	printf '%s\n' "${1#"$root"}"
}

# A base of the version of systemd in the root, that trusts the key.
make_base() {
	local base=$work/base system=$work/base/usr/lib/systemd/system version

	version=$(chroot "$root" systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
	mkdir -p "$base/etc" "$system" "$base"/usr/lib/{verity.d,modules/6.1-test} "$base/usr/bin"
	ln -s usr/lib "$base/lib"
	ln -s usr/bin "$base/bin"
	cp "$root"/usr/lib/*/systemd/libsystemd-shared-*.so "$base/usr/lib/systemd/"
	cp "$root/usr/lib/systemd/systemd" "$base/usr/lib/systemd/"
	cp "$work/key.crt" "$base/usr/lib/verity.d/"
	printf '%s\n' ID=test >"$base/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$base/etc/initrd-release"
	echo "$version"
}

make_tree() {
	local tree=$work/tree

	mkdir -p "$tree"/usr/{bin,share/doc/deep/er,lib/extension-release.d}
	printf '%s\n' ID=_any SYSEXT_SCOPE=initrd \
		>"$tree/usr/lib/extension-release.d/extension-release.image"
	head -c 700000 /dev/urandom >"$tree/usr/share/random"
	head -c 700000 /dev/zero >"$tree/usr/share/zeros"
	seq 100000 >"$tree/usr/share/numbers"
	: >"$tree/usr/share/empty"
	echo one >"$tree/usr/share/doc/deep/er/one"
	ln "$tree/usr/share/doc/deep/er/one" "$tree/usr/share/another"
	ln -s ../share/numbers "$tree/usr/bin/link"
	for number in $(seq 300); do
		echo "$number" >"$tree/usr/share/doc/file-$number"
	done
}

make_definitions() {
	local dir=$1 filesystem=$2 verity=$3

	mkdir "$dir"
	printf '%s\n' '[Partition]' Type=root "Format=$filesystem" CopyFiles=/ Minimize=best \
		>"$dir/10-root.conf"
	[ "$verity" != plain ] || return 0
	printf '%s\n' Verity=data VerityMatchKey=root >>"$dir/10-root.conf"
	printf '%s\n' '[Partition]' Type=root-verity Verity=hash VerityMatchKey=root \
		Minimize=best >"$dir/20-hash.conf"
	[ "$verity" = signed ] || return 0
	printf '%s\n' '[Partition]' Type=root-verity-sig Verity=signature VerityMatchKey=root \
		>"$dir/30-signature.conf"
}

make_image() {
	local dir=$1 sector_size=$2

	chroot "$root" systemd-repart --offline=yes --empty=create --size=auto \
		--sector-size="$sector_size" --definitions="$(inside "$dir/definitions")" \
		--copy-source="$(inside "$work/tree")" --private-key="$(inside "$work/key.key")" \
		--certificate="$(inside "$work/key.crt")" \
		"$(inside "$dir/image.raw")" >"$dir/log" 2>&1
}

# Checks of the base may speak: it has no units, modules and libraries.
judge() {
	local image=$1 location=$2

	"$build/sysext-verify/sysext-verify" --base="$work/base" --location="$location" \
		--report=json "$image" >"$image.json" || [ $? -eq 1 ] || return 1
	python3 - "$image.json" <<-'EOF'
	import json, sys
	report = json.load(open(sys.argv[1], encoding="utf-8"))
	rows = [row for row in report["findings"] + report["unknown"]
	        if not row["id"].startswith("base-") and row["severity"] != "note"]
	for row in rows:
	    print(f"{row['id']}: {row['detail']}")
	sys.exit(1 if rows else 0)
	EOF
}

check() {
	local name=$1 dir=$2 location=$3 status=0

	"$build/test/list-tree" "$dir/image.raw" >"$dir/ours" 2>"$dir/said" || {
		status=1
		cat "$dir/said"
	}
	"$here/compare.py" --name="$name: listing" --ignore=uid,gid,mtime,xattrs,device,size \
		"$dir/ours" "$work/theirs" || status=1
	count "$status"
	status=0
	judge "$dir/image.raw" "$location" || status=1
	[ "$status" -eq 0 ] || echo "not ok $name: verdict"
	count "$status"
	status=0
	chroot "$root" systemd-dissect --validate "$(inside "$dir/image.raw")" \
		>"$dir/said" 2>&1 || status=1
	[ "$status" -eq 0 ] || echo "not ok $name: systemd-dissect: $(tail -n 1 "$dir/said")"
	count "$status"
}

run() {
	local sector_size filesystem verity dir location

	for sector_size in 512 1024 2048 4096; do
		for filesystem in squashfs erofs; do
			for verity in plain unsigned signed; do
				dir=$work/$sector_size-$filesystem-$verity
				location=initrd
				[ "$verity" != signed ] || location=esp
				mkdir "$dir"
				make_definitions "$dir/definitions" "$filesystem" "$verity"
				make_image "$dir" "$sector_size" || {
					cat "$dir/log"
					die "systemd-repart failed: $dir"
				}
				check "$sector_size $filesystem $verity" "$dir" "$location"
				rm -rf -- "$dir"
			done
		done
	done
}

for arg; do
	case $arg in
	--root=?*) root=$(readlink -f "${arg#*=}") ;;
	--build=?*) build=$(readlink -f "${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ -n "$root" ] || die "--root=DIR is missing; see --help"
[ -x "$build/test/list-tree" ] || die "--build=DIR: there is no '$build/test/list-tree'"

work=$(mktemp -d "$root/tmp/ddi.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 3650 \
	-keyout "$work/key.key" -out "$work/key.crt" 2>/dev/null
make_tree
version=$(make_base)
"$here/list-disk.py" "$work/tree" >"$work/theirs"
run
echo "ddi: systemd $version: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
