#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what the tests need and runs all of them. The last line says how many passed.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
checkout=$(cd "$here/.." && pwd -P)
out=$checkout/build
# shellcheck source-path=SCRIPTDIR source=../examples/scratch-root.sh
. "$here/../examples/scratch-root.sh"
yes=
boot=
oracle=
suites=(trixie forky)
# Whose systemd alone is asked, by sysext.sh.
old_suites=(bookworm bookworm-backports)
compilers=(gcc clang)
passed=0
failed=0
skipped=0

usage() {
	cat <<-EOF
	Usage: run.sh [--yes] [--boot] [--oracle] [--compiler=CC]

	Builds with gcc and clang, warnings as errors, with address and undefined
	behaviour sanitizers, and runs every suite. Build folders are in build/.

	  --yes          install missing packages without a question
	  --boot         also run examples/ssh-initrd, log in, and compare verdicts with
	                 real boots in QEMU; needs root and about ten minutes
	  --oracle       also compare the readers with what the tools of Debian scratch
	                 roots make and unpack; needs root and about fifteen minutes
	  --compiler=CC  build with this compiler only
	  --help         this text

	Exit status: 0 if nothing failed.
	EOF
}

die() {
	printf '%s\n' "run: error: $*" >&2
	exit 1
}

say() {
	printf '\n%s\n' "=== $*"
}

count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + ${3:-0}))
}

# One result: the command succeeds or not; what it says is shown if it fails.
check() {
	local name=$1 log=$out/check.log
	shift
	if "$@" >"$log" 2>&1; then
		echo "ok $name"
		count 1 0
	else
		tail -n 60 "$log"
		echo "not ok $name"
		count 0 1
	fi
}

# A program that ends with "... N passed, N failed": those are counted.
check_counted() {
	local name=$1 log=$out/check.log status=0
	shift
	"$@" >"$log" 2>&1 || status=$?
	count_log "$name" "$log" "$status"
}

# The same of a program that has ended and left its log. What it skipped, because a tool
# cannot do it, is shown with the reason; the suite as a whole was not skipped.
count_log() {
	local name=$1 log=$2 status=$3 line n_skipped
	line=$(grep -E '[0-9]+ passed.*, [0-9]+ failed' "$log" | tail -n 1 || :)
	if [ -z "$line" ]; then
		tail -n 60 "$log"
		echo "not ok $name: it broke off with status $status"
		count 0 1
		return
	fi
	[ "$status" -eq 0 ] || tail -n 60 "$log"
	n_skipped=$(sed -nE 's/.*failed, ([0-9]+) skipped.*/\1/p' <<<"$line")
	[ "${n_skipped:-0}" -eq 0 ] || grep -E '^skip' "$log" || :
	echo "$line"
	count "$(sed -E 's/.*[^0-9]([0-9]+) passed.*/\1/; s/^([0-9]+) passed.*/\1/' <<<"$line")" \
		"$(sed -E 's/.* ([0-9]+) failed.*/\1/' <<<"$line")"
}

configure() {
	local folder=$1
	shift
	if [ -e "$folder/build.ninja" ]; then
		meson configure "$folder" "$@"
	else
		meson setup "$folder" "$checkout" "$@"
	fi
	ninja -C "$folder"
}

# Tests of the build itself: unit tests and corpora.
run_meson_tests() {
	local folder=$1 log=$out/check.log n_ok n_bad n_skipped
	meson test -C "$folder" --print-errorlogs >"$log" 2>&1 || :
	n_ok=$(sed -n 's/^Ok: *\([0-9]*\).*/\1/p' "$log")
	n_bad=$(sed -n 's/^\(Fail\|Timeout\|Unexpected Pass\): *\([0-9]*\).*/\2/p' "$log" | paste -sd+)
	n_skipped=$(sed -n 's/^Skipped: *\([0-9]*\).*/\1/p' "$log")
	if [ -z "$n_ok" ] || [ "$n_ok" -eq 0 ]; then
		tail -n 60 "$log"
		die "meson ran no test"
	fi
	[ $((n_bad)) -eq 0 ] || cat "$log"
	echo "unit and corpus: $n_ok passed, $((n_bad)) failed, $((n_skipped)) skipped"
	count "$n_ok" $((n_bad)) $((n_skipped))
}

run_bats() {
	local build=$1 log=$out/check.log file n_ok n_bad n_skipped
	shift
	for file; do
		BUILD=$build bats --tap "$file" >"$log" 2>&1 || :
		n_skipped=$(grep -c '^ok .* # skip' "$log" || :)
		n_ok=$(($(grep -c '^ok ' "$log" || :) - n_skipped))
		n_bad=$(grep -c '^not ok ' "$log" || :)
		[ "$n_bad" -eq 0 ] || cat "$log"
		[ "$n_skipped" -eq 0 ] || grep '# skip' "$log"
		if [ $((n_ok + n_bad + n_skipped)) -eq 0 ]; then
			cat "$log"
			n_bad=1
		fi
		echo "${file##*/}: $n_ok passed, $n_bad failed, $n_skipped skipped"
		count "$n_ok" "$n_bad" "$n_skipped"
	done
}

run_with_compiler() {
	local compiler=$1 folder=$out/test-$1

	say "$compiler with sanitizers"
	mkdir -p "$out"
	CC=$compiler check "build with $compiler" configure "$folder" --werror \
		-Db_sanitize=address,undefined -Db_lundef=false -Dtests=true -Dman=false
	[ -x "$folder/sysext-build/sysext-build" ] || return 0
	run_meson_tests "$folder"
	check_counted "cases" "$here/cases/run.sh" \
		--program="$folder/sysext-verify/sysext-verify"
	run_bats "$folder" "$here"/cli/*.bats
}

run_style() {
	local build=$out/release scripts

	say "style"
	check "build for release, with manual pages" configure "$build" --buildtype=release \
		--werror -Dtests=false -Dman=true
	check "layers" python3 "$here/style/layers.py"
	check "sizes" python3 "$here/style/sizes.py"
	check "text" python3 "$here/style/text.py"
	check "headers" "$here/style/headers.sh" "$build"
	check "checks" python3 "$here/style/cases.py" "$build/sysext-verify/sysext-verify"
	check "documents" python3 "$here/style/docs.py" "$build"
	# Other versions of clang-format disagree with themselves.
	if clang-format --version | grep -q 'version 14\.'; then
		check "format" bash -c 'git ls-files "*.[ch]" | xargs clang-format --dry-run -Werror'
	else
		echo "skipped format: clang-format 14 is missing"
		count 0 0 1
	fi
	mapfile -t scripts < <(git ls-files '*.sh' 'test/oracle/*.bash' test/oracle/guest-init .ci/run)
	check "shellcheck" shellcheck -x "${scripts[@]}"
	# The fence lets a sanitizer through; here there is none.
	run_bats "$build" "$here/cli/sandbox.bats"
	check "install" env DESTDIR="$out/installed" meson install -C "$build"
}

# The same folder would compare a file with itself.
check_same_bytes() {
	local work=$out/ssh-initrd again=$out/again

	rm -rf "$again"
	mkdir -p "$again"
	cp -R "$checkout/examples/ssh-initrd" "$again/example"
	(cd "$again" && TZ=Asia/Tokyo "$out/release/sysext-build/sysext-build" example/ssh.conf \
		--base="$work/initrd" --root="$work/root" --private-key="$work/verity.key" \
		--certificate="$work/verity.crt" --output=sshd.raw)
	cmp "$again/sshd.raw" "$work/sshd.raw"
}

# No login, although the image is merged: what the verdict "works no" stands for.
check_no_login() {
	! "$checkout/examples/ssh-initrd/boot.sh" --work="$out/ssh-initrd" --timeout=60 \
		--extension="$1"
}

check_verdict() {
	local wanted=$1
	shift
	"$out/release/sysext-verify/sysext-verify" "$@" >"$out/verdict" || :
	grep -qF "verdict: $wanted" "$out/verdict" || {
		cat "$out/verdict"
		return 1
	}
}

run_boot() {
	local work=$out/ssh-initrd variants=$out/variants program
	program=$out/release/sysext-verify/sysext-verify

	say "boot"
	check "example, with a login" "$checkout/examples/ssh-initrd/run.sh" ${yes:+"$yes"} --boot
	[ -e "$work/sshd.raw" ] || return 0
	check "the same bytes elsewhere and later" check_same_bytes
	rm -rf "$variants"
	check "variants" "$here/boot/make-variants.sh" --work="$work" --out="$variants"
	check "boot all variants" "$here/boot/cases.sh" --work="$work" --cases="$variants" \
		--out="$out/variants.json" --timeout=1200
	check_counted "verdicts" python3 "$here/boot/compare.py" "$program" "$work/initrd" \
		"$variants" "$out/variants.json"
	check "stock initrd: not seen, says a boot" "$here/boot/stock.sh" --work="$work"
	check "stock initrd: not seen, says the verdict" check_verdict "merges no (not seen)" \
		--base="$work/initrd-stock" "$work/sshd.raw"
	check "unit only in .wants: no login" check_no_login "$variants/wants-only/sshd.raw"
	check "unit only in .wants: works no" check_verdict "merges yes, works no" \
		--base="$work/initrd" "$variants/wants-only/sshd.raw"
	check "library missing: no login" check_no_login "$variants/library-missing/sshd.raw"
	check "library missing: works no" check_verdict "merges yes, works no" \
		--base="$work/initrd" "$variants/library-missing/sshd.raw"
}

# The roots are made while the compilers work: they wait for the network half of the time.
start_roots() {
	mkdir -p "$out/oracle"
	local suite options=()
	for suite in "${suites[@]}" "${old_suites[@]}"; do
		options+=("--suite=$suite")
	done
	"$here/oracle/make-roots.sh" --work="$out/oracle" "${options[@]}" \
		>"$out/oracle/roots.log" 2>&1 &
	roots_pid=$!
}

# All that test/oracle has for one root, one after the other; each leaves log and status,
# and gets those of the options that it knows.
run_oracle_in() {
	local suite=$1 build=$2 only=$3 script name status option options
	for script in "$here"/oracle/${only:-*}.sh; do
		name=$(basename "$script" .sh)
		[ "$name" != make-roots ] || continue
		status=0
		options=()
		for option in --root="$out/oracle/$suite/root" --build="$build" --quick \
			--program="$out/release/sysext-verify/sysext-verify"; do
			! grep -qF -e "${option%%=*}" "$script" || options+=("$option")
		done
		! grep -qF '[INITRD...]' "$script" ||
			options+=("$out/oracle/$suite/root/boot"/initrd.img-*)
		with_mounts "$out/oracle/$suite/root" "$script" "${options[@]}" \
			>"$out/oracle/$suite/$name.out" 2>&1 || status=$?
		echo "$status" >"$out/oracle/$suite/$name.status"
	done
}

run_oracle() {
	local build=$out/test-${compilers[0]} suite file pids=() pid

	say "oracle"
	check "scratch roots" wait "$roots_pid"
	roots_pid=
	for suite in "${suites[@]}"; do
		rm -f "$out/oracle/$suite"/*.status
		run_oracle_in "$suite" "$build" "" &
		pids+=($!)
	done
	for suite in "${old_suites[@]}"; do
		rm -f "$out/oracle/$suite"/*.status
		run_oracle_in "$suite" "$build" sysext
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || :
	done
	for suite in "${suites[@]}" "${old_suites[@]}"; do
		for file in "$out/oracle/$suite"/*.status; do
			count_log "oracle $(basename "$file" .status), $suite" "${file%.status}.out" \
				"$(cat "$file")"
		done
	done
}

roots_pid=
trap '[ -z "$roots_pid" ] || kill "$roots_pid"' EXIT
for arg; do
	case $arg in
	--yes) yes=--yes ;;
	--boot) boot=yes ;;
	--oracle) oracle=yes ;;
	--compiler=?*) compilers=("${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done

cd "$checkout"
say "Packages that are needed here"
"$checkout/examples/packages.sh" ${yes:+"$yes"} build test ${boot:+example} ${oracle:+oracle}
mkdir -p "$out"
[ -z "$oracle" ] || start_roots
for compiler in "${compilers[@]}"; do
	run_with_compiler "$compiler"
done
run_style
if [ -n "$boot" ]; then
	run_boot
else
	say "boot"
	echo "skipped: real boots in QEMU; run $0 --boot as root"
	count 0 0 1
fi
if [ -n "$oracle" ]; then
	run_oracle
else
	say "oracle"
	echo "skipped: comparisons with the tools of Debian; run $0 --oracle as root"
	count 0 0 1
fi
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
