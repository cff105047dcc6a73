#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compares which entry of a versioned directory sysext-verify takes with what systemd-vpick
# of a Debian root takes, for directories made by chance and by hand.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=
program=
rounds=120

usage() {
	cat <<-EOF
	Usage: vpick.sh --root=DIR --program=FILE [--rounds=N]

	Makes directories NAME.raw.v, NAME.sysext.raw.v, NAME.v with entries of many
	names, asks systemd-vpick in the root and sysext-verify, and says where they
	differ.

	  --root=DIR      a root file system with systemd, as make-roots.sh makes them
	  --program=FILE  the sysext-verify to compare
	  --rounds=N      how many directories are made by chance (default $rounds)
	  --help          this text

	Must be run as root, because it changes into the root file system.
	EOF
}

die() {
	printf '%s\n' "vpick: error: $*" >&2
	exit 1
}

for arg; do
	case $arg in
	--root=?*) root=$(readlink -f "${arg#*=}") ;;
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--rounds=?*) rounds=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ -n "$root" ] || die "--root=DIR is missing; see --help"
[ -n "$program" ] || die "--program=FILE is missing; see --help"
[ -x "$root/usr/bin/systemd-vpick" ] || die "'$root' has no systemd-vpick"

work=$(mktemp -d "$root/tmp/vpick.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# A base that has of the root what the choice depends on: version and machine of systemd.
mkdir -p "$work/base/etc" "$work/base/usr/lib/systemd"
cp "$root"/usr/lib/*/systemd/libsystemd-shared-*.so "$work/base/usr/lib/systemd/"
cp "$root/usr/lib/systemd/systemd" "$work/base/usr/lib/systemd/"
cp "$root/usr/lib/os-release" "$work/base/usr/lib/os-release"
cp "$root/usr/lib/os-release" "$work/base/etc/initrd-release"

python3 "$here/vpick.py" make "$work/versions" "$rounds"
while read -r directory name suffix type; do
	[ "$suffix" != - ] || suffix=
	found=$(chroot "$root" systemd-vpick --basename="$name" --suffix="$suffix" \
		--type="$type" --print=filename "${work#"$root"}/versions/$directory" \
		2>/dev/null </dev/null) || found=
	printf '%s\t%s\n' "$directory" "$found"
done <"$work/versions.list" >"$work/theirs"
(cd "$work/versions" && find . -mindepth 1 -maxdepth 1 -name '*.v' -printf '%P\0' | sort -z |
	xargs -0 "$program" --base="$work/base" --location=initrd --report=json --) \
	>"$work/ours.json" || [ $? -eq 123 ] || die "sysext-verify failed"
python3 "$here/vpick.py" compare "$work/theirs" "$work/ours.json"
