#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs sysext-verify on real images, one a case, and compares all that it says.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
program=
update=
jobs=$(nproc)
cases=()

usage() {
	cat <<-EOF
	Usage: run.sh --program=FILE [--update] [CASE...]

	A case is a folder here, named for the check that it is about: case.sh changes
	a base and an extension that fit, "expected" is all that the program says.

	  --program=FILE  the sysext-verify to run
	  --update        write what it says as what is expected
	  --help          this text
	EOF
}

die() {
	printf '%s\n' "cases: error: $*" >&2
	exit 2
}

# What a case may set or redefine; see the cases.
prepare_case() {
	name=hello.raw
	given=initrd
	options=()
	base_options=()  # what a profile of the base is made with, and holds
	by_profile=yes   # unset where findings name layers, which a profile has not
	key=trusted
	image=signed
	packed=tree
	# shellcheck source=/dev/null
	. "$here/$1/case.sh"
}

release() {
	printf '%s\n' "$@" >tree/usr/lib/extension-release.d/extension-release.hello
}

before_image() { :; }
before_assembly() { :; }
after_image() { :; }

make_extension_image() {
	[ "${image:-}" != directory ] || {
		cp -R tree "$name"
		return
	}
	make_squashfs "$packed"
	before_image
	make_hash_tree
	make_signature "$key"
	before_assembly
	make_image "$name"
}

pack_base() {
	(cd base && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) | gzip -n1 >initrd
}

judge() {
	"$program" --base="$1" ${options[@]+"${options[@]}"} "${@:3}" "$name" >"$2" 2>&1
}

# The same again with the profile of the base under the base's name: all must be the same,
# byte for byte.
judge_by_profile() {
	local status=0

	# A profile already.
	[ ! -e "$given.p7s" ] || return 0
	"$program" --base="$given" ${base_options[@]+"${base_options[@]}"} \
		--write-profile=profile
	mv "$given" given
	mv profile "$given"
	judge "$given" output-of-profile || status=$?
	diff -u output output-of-profile
	[ "$status" -eq "$1" ] || {
		echo "exit status is $status with the profile of the base, $1 with the base"
		exit 0
	}
}

# Runs in a folder of its own, so that no path of this machine is in the output.
run_case() {
	local case=$1 dir=$work/$1 status=0

	# shellcheck source-path=SCRIPTDIR source=fixtures.sh
	. "$here/fixtures.sh"
	# shellcheck source-path=SCRIPTDIR source=image.sh
	. "$here/image.sh"
	mkdir "$dir"
	cp -R "$work/fixtures/." "$dir/"
	cd "$dir"
	prepare_case "$case"
	pack_base
	make_extension_image
	after_image
	judge "$given" output ${base_options[@]+"${base_options[@]}"} || status=$?
	[ -z "$by_profile" ] || judge_by_profile "$status"
	# Root hashes depend on the version of mksquashfs, the counts on how many checks there are.
	sed -E -e 's/[0-9a-f]{64}/ROOT-HASH/g' \
		-e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g' \
		-e 's/libblkid [0-9][0-9.]*/libblkid VERSION/g' \
		-e 's/[0-9]+ checks clean, [0-9]+ skipped/N checks clean, N skipped/' output >actual
	echo "exit status $status" >>actual
	compare_case "$case"
}

compare_case() {
	local expected=$here/$1/expected

	[ -z "$update" ] || cp actual "$expected"
	case $1 in
	good*) ;;
	*) grep -qF "[${1%%,*}]" actual || {
		cat actual
		echo "the check did not fire"
		exit 0
	} ;;
	esac
	diff -u "$expected" actual || exit 0
	echo "ok $1"
}

for arg; do
	case $arg in
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--update) update=--update ;;
	--help)
		usage
		exit 0
		;;
	--fixtures=?*) work=${arg#*=} ;;
	-*) die "unknown argument '$arg'; see --help" ;;
	*) cases+=("${arg%/}") ;;
	esac
done
[ -n "$program" ] || die "--program=FILE is missing; see --help"

# The inner call, for one case.
if [ -n "${work:-}" ]; then
	exec >"$work/${cases[0]}.log" 2>&1
	run_case "${cases[0]}"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=fixtures.sh
. "$here/fixtures.sh"
mkdir "$work/fixtures"
(cd "$work/fixtures" && make_fixtures)
[ ${#cases[@]} -gt 0 ] || mapfile -t cases < <(cd "$here" &&
	find . -mindepth 2 -name case.sh -printf '%P\n' | sed 's,/case.sh,,' | LC_ALL=C sort)
printf '%s\0' "${cases[@]}" |
	xargs -0 -n 1 -P "$jobs" "$0" --program="$program" ${update:+"$update"} --fixtures="$work" ||
	: "a case that broke off has no 'ok' in its log"

passed=0
failed=0
for case in "${cases[@]}"; do
	if [ "$(tail -n 1 "$work/$case.log")" = "ok $case" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		cat "$work/$case.log"
		echo "not ok $case"
	fi
done
echo "cases: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
