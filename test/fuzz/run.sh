#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the fuzz targets and runs them one after the other. What they find is kept in
# build/fuzz/findings/TARGET/, what they learn in build/fuzz/scratch/TARGET/.

set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd -P)
out=$checkout/build/fuzz
seconds=300
targets=()

usage() {
	cat <<-EOF
	Usage: run.sh [--seconds=N] [TARGET...]

	Runs libFuzzer targets, all if none is named, on their corpus in test/corpus/ and on
	what earlier runs learned. An input may take one second and 256 MiB. Prints a line
	for each target. Needs clang.

	  --seconds=N  for each target (default: 300)
	  --help       this text

	Exit status: 0 if nothing was found, 1 if something was.
	EOF
}

die() {
	printf '%s\n' "fuzz: error: $*" >&2
	exit 2
}

# Bytes of an input. More than a reader can make use of is time lost.
max_size() {
	case $1 in
	env-file | ini | module-index | unit | release | waivers) echo 4096 ;;
	certificate | private-key | pkcs7 | verity-signature | partition-type) echo 8192 ;;
	verity-superblock) echo 1024 ;;
	gpt | uki | pe | kernel | module) echo 32768 ;;
	*) echo 65536 ;;
	esac
}

build() {
	if [ ! -e "$out/build.ninja" ]; then
		CC=clang meson setup "$out" "$checkout" -Dtests=true -Dfuzz=true -Dman=false \
			-Db_sanitize=address,undefined -Db_lundef=false
	fi
	ninja -C "$out"
}

all_targets() {
	local file
	for file in "$checkout"/test/fuzz/fuzz-*.c; do
		file=${file##*/fuzz-}
		echo "${file%.c}"
	done
}

run_once() {
	local target=$1 time=$2 log=$3
	# Freed memory that the sanitizer keeps would count as the reader's.
	ASAN_OPTIONS=quarantine_size_mb=8:allocator_may_return_null=1 \
		"$out/test/fuzz-$target" -max_total_time="$time" -timeout=1 -rss_limit_mb=256 \
		-max_len="$(max_size "$target")" -print_final_stats=1 -verbosity=1 \
		-artifact_prefix="$out/findings/$target/" \
		"$out/scratch/$target" "$checkout/test/corpus/$target" >"$log" 2>&1
}

# The processor's time for one input, in seconds; nothing if it does not end well.
time_of() {
	local target=$1 file=$2 TIMEFORMAT='%U %S' times
	times=$({ time ASAN_OPTIONS=quarantine_size_mb=8 "$out/test/fuzz-$target" "$file" \
		>/dev/null 2>&1; } 2>&1) || return 0
	awk '{ print int($1 + $2) }' <<<"$times"
}

# On a busy machine a second passes quickly: what was too slow is run alone once more, and
# only the processor's time counts.
drop_false_alarms() {
	local target=$1 file
	for file in "$out/findings/$target"/timeout-* "$out/findings/$target"/slow-unit-*; do
		[ -e "$file" ] || continue
		[ "$(time_of "$target" "$file")" != 0 ] || rm -- "$file"
	done
}

count_findings() {
	find "$out/findings/$1" -type f | wc -l
}

run_target() {
	local target=$1 log=$out/findings/$1.log start=$SECONDS runs=0 coverage=0 left n
	mkdir -p "$out/findings/$target" "$out/scratch/$target"
	rm -f -- "$out/findings/$target"/*
	while left=$((seconds - (SECONDS - start))) && [ "$left" -gt 0 ]; do
		run_once "$target" "$left" "$log" || :
		n=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
		[ -n "$n" ] || n=$(sed -n 's/^#\([0-9]*\).*/\1/p' "$log" | tail -n 1)
		runs=$((runs + ${n:-0}))
		n=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
		[ "${n:-0}" -le "$coverage" ] || coverage=$n
		[ "$runs" -gt 0 ] || die "'$target' does not run: $(tail -n 1 "$log")"
		drop_false_alarms "$target"
		[ "$(count_findings "$target")" -eq 0 ] || break
	done
	n=$(count_findings "$target")
	printf '%-20s %7s %10s %9s %9s\n' "$target" $((SECONDS - start)) "$runs" "$coverage" "$n"
	total=$((total + n))
}

for arg; do
	case $arg in
	--seconds=[1-9]*) seconds=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	-*) die "unknown argument '$arg'; see --help" ;;
	*) targets+=("$arg") ;;
	esac
done

mkdir -p "$out"
build >"$out.log" 2>&1 || {
	tail -n 40 "$out.log"
	die "the build failed"
}
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(all_targets)
for target in "${targets[@]}"; do
	[ -x "$out/test/fuzz-$target" ] || die "there is no target '$target'"
done
total=0
printf '%-20s %7s %10s %9s %9s\n' target seconds runs coverage findings
for target in "${targets[@]}"; do
	run_target "$target"
done
if [ "$total" -gt 0 ]; then
	echo "fuzz: $total findings, in $out/findings"
	exit 1
fi
