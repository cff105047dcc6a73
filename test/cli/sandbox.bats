#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What sysext-verify can still do once it reads. probe.c, loaded into it, tries at its end.

load fixture

setup_file() {
	make_site "$BATS_FILE_TMPDIR/site"
	cd "$BATS_FILE_TMPDIR/site" || return 1
	mkdir out
	run_build
	cc -D_GNU_SOURCE -Wall -Werror -shared -fPIC -o probe.so "$BATS_TEST_DIRNAME/probe.c"
	echo secret >other
}

# The report on standard output goes to the file "report", the rest is $output.
run_probed() {
	# A sanitizer wants to be the first library.
	run env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$PWD/probe.so" \
		PROBE_FILE="$PWD/other" PROBE_NEW="$PWD/new" \
		bash -c 'exec "$@" 2>&1 >report' - "${prefix[@]}" "$program" "$@"
	echo "status $status: $output"
}

setup() {
	cp -R "$BATS_FILE_TMPDIR/site/." "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR" || return 1
	prefix=()
	program=$verify
	# What the kernel has; a test that needs a fence cannot show one where there is none.
	state=$("$verify" --base=initrd --report=json out/hello.raw | sed -n 's/^  "sandbox": "\(.*\)",$/\1/p')
}

expect_fenced() {
	[ "$status" -eq 0 ]
	grep -q "^verdict: merges yes, works yes" report
	grep -qx "probe: read: Permission denied" <<<"$output"
	for attempt in append create mkdir remove socket code execute; do
		grep -qx "probe: $attempt: Operation not permitted" <<<"$output" || {
			echo "not refused: $attempt"
			return 1
		}
	done
	[ -s other ]
	[ ! -e new ]
}

@test "the kernel here has both fences" {
	echo "sandbox: $state"
	[ "$state" = full ]
}

@test "no other file, no new file, no socket, no program" {
	run_probed --base=initrd --cert=trusted.crt out/hello.raw
	expect_fenced
	run_probed --base=base out/hello.raw
	expect_fenced
}

@test "--no-sandbox" {
	run_probed --no-sandbox --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	for attempt in read append create socket code; do
		grep -qx "probe: $attempt: done" <<<"$output"
	done
	[ -e new ]
	run "$verify" --no-sandbox --base=initrd --report=json out/hello.raw
	[[ $output == *'"sandbox": "off"'* ]]
}

@test "a container without Landlock: a line says so, the rest holds" {
	PROBE_WITHHOLD=landlock run_probed --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	grep -q "^verdict: merges yes, works yes" report
	grep -qx "sysext-verify: the sandbox is partial: no Landlock (Operation not permitted)" \
		<<<"$output"
	grep -qx "probe: read: done" <<<"$output"
	for attempt in append create mkdir remove socket code execute; do
		grep -qx "probe: $attempt: Operation not permitted" <<<"$output"
	done
	PROBE_WITHHOLD=landlock run_probed --base=initrd --report=json out/hello.raw
	grep -qF '"sandbox": "partial: no Landlock (Operation not permitted)"' report
	[[ $output != *"sandbox is"* ]]
}

@test "a container that refuses seccomp: a line says so, the rest holds" {
	PROBE_WITHHOLD=seccomp run_probed --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	grep -q "^verdict: merges yes, works yes" report
	grep -qx "sysext-verify: the sandbox is partial: no seccomp (Operation not permitted)" \
		<<<"$output"
	for attempt in read append create remove execute; do
		grep -qx "probe: $attempt: Permission denied" <<<"$output"
	done
}

@test "a container that refuses both" {
	PROBE_WITHHOLD=both run_probed --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	grep -q "^verdict: merges yes, works yes" report
	grep -q "sandbox is partial: no Landlock (.*), no seccomp (.*)" <<<"$output"
}

@test "a failed run says one line, with either fence" {
	PROBE_WITHHOLD=landlock run_probed --base=absent
	[ "$status" -eq 2 ]
	[ "$(grep -c '^sysext-verify: ' <<<"$output")" -eq 1 ]
	run "$verify" --base=absent
	expect_error "base 'absent'" "No such file"
}

# The program where everybody may read it.
copy_for_others() {
	others=$(mktemp -d)
	cp -R "$verify" initrd base out probe.so other trusted.crt "$others"
	chmod -R a+rX "$others"
	cd "$others" || return 1
	program=$others/sysext-verify
}

teardown() {
	[ -z "$others" ] || rm -rf "$others"
}

@test "as an ordinary user" {
	copy_for_others
	# Who is not root is one already.
	[ "$(id -u)" -ne 0 ] || prefix=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	: >report
	run_probed --base=initrd --cert=trusted.crt out/hello.raw
	grep -q "^verdict: merges yes, works yes" report
	grep -qx "probe: read: Permission denied" <<<"$output"
	grep -qx "probe: socket: Operation not permitted" <<<"$output"
}

@test "in a chroot without /proc, /dev and configuration" {
	copy_for_others
	while read -r library; do
		cp --parents -L "$library" .
	done < <(ldd "$program" probe.so | grep -o '/[^ ):]*' | grep -v ':$' | sort -u)
	if [ "$(id -u)" -eq 0 ]; then
		prefix=(chroot "$PWD")
	else
		prefix=(unshare --user --map-root-user chroot "$PWD")
	fi
	program=/sysext-verify
	# The exit status is that of a sanitizer, if there is one: it wants /proc.
	"${prefix[@]}" "$program" --base=initrd --report=json out/hello.raw >report || :
	cat report
	grep -qF '"sandbox": "full"' report
	grep -qF '"works": "yes"' report
	grep -qF '"exit": 0' report
}

@test "links, slashes and odd names on the command line" {
	mkdir deep
	ln -s ../initrd deep/link
	ln -s "$PWD/out/hello.raw" deep/hello.raw
	mkdir dots
	cp out/hello.raw dots/..raw
	run "$verify" --base=deep/link deep/hello.raw
	[ "$status" -eq 0 ]
	run "$verify" --base=./base/ "$PWD/./out//hello.raw"
	[ "$status" -eq 0 ]
	run "$verify" --base=/dev/stdin out/hello.raw <initrd
	[ "$status" -eq 0 ]
	# Not a name that systemd takes, but one that can be read.
	run "$verify" --base=initrd dots/..raw
	[ "$status" -eq 1 ]
}
