#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Measures how much memory sysext-verify needs to read a base: at most half of what the base
# unpacks to, and 64 MiB. Wants a program built without sanitizers.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
program=
initrds=()

usage() {
	cat <<-EOF
	Usage: memory.sh --program=FILE [INITRD...]

	Crafted initrds are measured, then those that are named.

	  --program=FILE  the sysext-verify to run
	  --help          this text
	EOF
}

die() {
	printf '%s\n' "memory: error: $*" >&2
	exit 2
}

for arg; do
	case $arg in
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	-*) die "unknown argument '$arg'; see --help" ;;
	*) initrds+=("$arg") ;;
	esac
done
[ -n "$program" ] || die "--program=FILE is missing; see --help"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failed=0
passed=0
measure() {
	if python3 "$here/memory.py" measure "$program" "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

for kind in text elf links programs files units; do
	python3 "$here/memory.py" craft "$kind" "$work/$kind"
	measure "$work/$kind"
	rm "$work/$kind"
done
for initrd in ${initrds[@]+"${initrds[@]}"}; do
	measure "$initrd"
done
echo "memory: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
