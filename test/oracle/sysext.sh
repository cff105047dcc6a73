#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Asks the real systemd-sysext of a Debian root and sysext-verify the same questions about
# hundreds of extensions: see sysext/cases.py for them, sysext/run.py for how.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
root=
program=
only=()

usage() {
	cat <<-EOF
	Usage: sysext.sh --root=DIR --program=FILE [CASE...]

	Merges each case for real, in a mount namespace of its own and in an overlay over
	the root, and says where sysext-verify expects something else.

	  --root=DIR      a root file system with systemd-sysext, of any version
	  --program=FILE  the sysext-verify to compare
	  --help          this text

	Must be run as root. The kernel needs loop devices, overlayfs, squashfs and erofs.
	EOF
}

die() {
	printf '%s\n' "sysext: error: $*" >&2
	exit 1
}

for arg; do
	case $arg in
	--root=?*) root=$(readlink -f "${arg#*=}") ;;
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	-*) die "unknown argument '$arg'; see --help" ;;
	*) only+=("--only=$arg") ;;
	esac
done
[ -n "$root" ] || die "--root=DIR is missing; see --help"
[ -n "$program" ] || die "--program=FILE is missing; see --help"
[ -x "$root/usr/bin/systemd-sysext" ] || die "'$root' has no systemd-sysext"
for module in overlay squashfs erofs; do
	modprobe -q "$module" 2>/dev/null || :
	grep -qw "$module" /proc/filesystems ||
		die "this kernel has no $module: run the comparison on another one"
done

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
python3 "$here/sysext/run.py" --root="$root" --program="$program" --work="$work/cases" \
	${only[@]+"${only[@]}"}
